/** What is done by another process than that of the test: `node --import tsx THIS WHAT PATH`. */
import fs, { appendFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { oneAtATime } from "../../../../provision/io/rehearse/lock.ts";
import { ownerHere } from "../../../../provision/io/rehearse/owner.ts";
import { beginRun, keepRun } from "../../../../provision/io/rehearse/runs.ts";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** A letter when it begins, and one when it ends. */
const worked = async (path: string): Promise<void> => {
  appendFileSync(`${path}.log`, "(");
  await sleep(800);
  appendFileSync(`${path}.log`, ")");
};

const TASKS: Readonly<Record<string, (path: string) => Promise<void>>> = {
  /** Says that it holds the lock, and holds it until it is killed. */
  hold: (path) =>
    oneAtATime(
      path,
      () => say("waits"),
      async () => {
        say("holds");
        await sleep(60_000);
      },
    ),
  /** Works, but whatever it removes it removes half a second after it has decided to. */
  slow: async (path) => {
    const { rmSync } = fs;
    fs.rmSync = (...args) => {
      say("removes");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      rmSync(...args);
    };
    syncBuiltinESMExports();
    await oneAtATime(
      path,
      () => undefined,
      () => worked(path),
    );
  },
  run: async (path) => {
    say(beginRun(path, "left").id);
    await sleep(60_000);
  },
  /** Begins a run, but writes down whose it is half a second later than it makes its directory. */
  "slow-run": async (path) => {
    const { writeFileSync } = fs;
    fs.writeFileSync = (...args) => {
      say("begins");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      writeFileSync(...args);
    };
    syncBuiltinESMExports();
    say(beginRun(path, "slow").id);
    await sleep(60_000);
  },
  keep: async (path) => {
    const run = beginRun(path, "kept");
    keepRun(run, "kept");
    say(run.id);
  },
  owner: async () => {
    say(JSON.stringify(ownerHere()));
    await sleep(60_000);
  },
};

const [, , what = "", path = ""] = process.argv;
await TASKS[what]?.(path);
