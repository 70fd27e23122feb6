import { existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { removeAbandoned } from "../../../../provision/io/rehearse/hold.ts";
import {
  beginRun,
  containerName,
  keepRun,
  listRuns,
  removeRun,
} from "../../../../provision/io/rehearse/runs.ts";
import { newFolder, otherProcess } from "./other-process.ts";

describe("runs", () => {
  it("are none where nothing is", () => {
    const state = newFolder();
    expect(listRuns(join(state, "no"))).toEqual([]);
    expect(listRuns(state)).toEqual([]);
  });

  it("of this process run, and nobody else looks into them", async () => {
    const state = join(newFolder(), "state");
    const run = beginRun(state, "boot.sh");
    expect(listRuns(state)).toEqual([{ ...run, state: "running", subject: "boot.sh" }]);
    expect(containerName(run)).toBe(`hostwright-${run.id}`);
    for (const path of [join(state, "runs"), run.directory]) expect(statSync(path).mode & 0o777).toBe(0o700);
    await removeRun(run);
    expect(existsSync(run.directory)).toBe(false);
    expect(listRuns(state)).toEqual([]);
  });

  it("that are kept run as long as their process", () => {
    const state = newFolder();
    const run = beginRun(state, "a");
    keepRun(run, "b");
    expect(listRuns(state)).toEqual([{ ...run, state: "running", subject: "b" }]);
  });

  it("of a process that was killed are abandoned, and go when somebody cleans up; those of others stay", async () => {
    const state = newFolder();
    const killed = otherProcess("run", state);
    const running = otherProcess("run", state);
    const keeping = otherProcess("keep", state);
    const ids = [await killed.said(), await running.said(), await keeping.said()];
    await killed.kill();
    expect(await keeping.ended).toBe(0);
    const stateOf = (id: string | undefined) => listRuns(state).find((run) => run.id === id)?.state;
    expect(ids.map(stateOf)).toEqual(["abandoned", "running", "kept"]);
    expect(await removeAbandoned(state)).toEqual([ids[0]]);
    expect(ids.map(stateOf)).toEqual([undefined, "running", "kept"]);
    await running.kill();
    expect(await removeAbandoned(state)).toEqual([ids[1]]);
    expect(listRuns(state).map(({ id, subject }) => [id, subject])).toEqual([[ids[2], "kept"]]);
  });

  it("that have just begun are left alone, though nobody has written down yet whose they are", async () => {
    const state = newFolder();
    const other = otherProcess("slow-run", state);
    expect(await other.said()).toBe("begins");
    expect(await removeAbandoned(state)).toEqual([]);
    expect(await other.said()).toBe(listRuns(state)[0]?.id);
    expect(listRuns(state).map(({ state: how, subject }) => [how, subject])).toEqual([["running", "slow"]]);
  });

  it("that nobody has a name for for long are abandoned, and what is no run is left alone", async () => {
    const state = newFolder();
    for (const name of ["01234567", "89abcdef", "notes"])
      mkdirSync(join(state, "runs", name), { recursive: true });
    writeFileSync(join(state, "runs/89abcdef/owner.json"), "{");
    const long = new Date(Date.now() - 60_000);
    for (const name of ["01234567", "89abcdef", "notes"]) utimesSync(join(state, "runs", name), long, long);
    expect(await removeAbandoned(state)).toEqual(["01234567", "89abcdef"]);
    expect(existsSync(join(state, "runs/notes"))).toBe(true);
  });
});
