import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { AppError } from "../../agent/base/errors.ts";
import { openCheckpoints } from "../../agent/io/checkpoint-store.ts";
import type { Checkpoint, Checkpoints, Intent, Report } from "../../agent/logs/ports.ts";

let folder = "";
let reports: Report[] = [];
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "hostwright-checkpoints-")), "state");
  reports = [];
  onTestFinished(() => rmSync(join(folder, ".."), { recursive: true, force: true }));
});

const DAY = 24 * 3_600_000;
const now = 1_795_000_000_000;

const open = (directory = folder): Checkpoints & { readonly directory: string } => {
  const checkpoints = openCheckpoints(
    directory,
    () => now,
    (report) => reports.push(report),
  );
  let closed = false;
  const close = (): void => {
    if (!closed) checkpoints.close();
    closed = true;
  };
  onTestFinished(close);
  return { ...checkpoints, close, directory };
};

const checkpoint = (more: Partial<Checkpoint> = {}): Checkpoint => ({
  dev: 64_768n,
  ino: 12_345_678_901_234_567_890n,
  path: "/var/log/app.log",
  logGroupName: "/app",
  logStreamName: "i-0abc",
  offset: 1_234_567_890_123,
  anchor: "a".repeat(64),
  headLength: 1_024,
  headHash: "b".repeat(64),
  generation: 3,
  size: 2_000_000_000_000,
  bornAt: now + 0.25,
  seenAt: now,
  done: false,
  ...more,
});

const byKey = (all: readonly Checkpoint[]) => [...all].sort((a, b) => (a.ino < b.ino ? -1 : 1));
const refusal = (work: () => unknown): { code: string; message: string } => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return error as AppError;
  }
  throw new Error("nothing was refused");
};

describe("checkpoints", () => {
  it("come back as they were committed, the last of each file and stream", () => {
    const first = open();
    expect(first.load()).toEqual([]);
    const all = [
      checkpoint({ ino: 1n, offset: 5 }),
      checkpoint({ ino: 2n, path: "/var/log/ünï\ncode" }),
      checkpoint({ ino: 2n, logStreamName: "other" }),
      checkpoint({ ino: 3n, done: true }),
    ];
    first.commit(checkpoint({ ino: 1n, offset: 1 }));
    for (const one of all) first.commit(one);
    first.close();
    expect(byKey(open().load())).toEqual(byKey(all));
  });

  it("come back whatever they hold", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 });
    const any = fc.record<Checkpoint>({
      dev: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      ino: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      path: text,
      logGroupName: text,
      logStreamName: text,
      offset: fc.maxSafeNat(),
      anchor: text,
      headLength: fc.nat(1_024),
      headHash: text,
      generation: fc.nat(),
      size: fc.maxSafeNat(),
      bornAt: fc.double({ min: 0, max: 2e12, noNaN: true }),
      seenAt: fc.constant(now),
      done: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.uniqueArray(any, { selector: ({ ino }) => ino, maxLength: 20 }), (all) => {
        const directory = mkdtempSync(join(folder, "..", "any-"));
        const before = open(directory);
        for (const one of all) before.commit(one);
        before.close();
        const after = open(directory);
        expect(byKey(after.load())).toEqual(byKey(all));
        after.close();
      }),
      { numRuns: 20 },
    );
  });

  it("are on disk within 200 ms, without anybody's doing", async () => {
    const checkpoints = open();
    checkpoints.commit(checkpoint());
    await sleep(200);
    // A look from outside, as after a kill: the copy has no lock.
    const copy = join(folder, "..", "copy");
    mkdirSync(copy);
    for (const name of readdirSync(folder)) writeFileSync(join(copy, name), readFileSync(join(folder, name)));
    expect(open(copy).load()).toEqual([checkpoint()]);
  });

  it("are on disk within 200 ms also while the journal, which was slow, is not written to", async () => {
    const checkpoints = open();
    // So much to write at once takes longer than a hundredth of a second: the journal rests for longer than a second.
    for (let ino = 0n; ino < 20_000n; ino++) checkpoints.commit(checkpoint({ ino }));
    checkpoints.flush();
    checkpoints.commit(checkpoint({ ino: 1n, offset: 1 }));
    await sleep(300);
    checkpoints.commit(checkpoint({ ino: 2n, offset: 2 }));
    await sleep(300);
    const copy = join(folder, "..", "copy");
    cpSync(folder, copy, { recursive: true });
    rmSync(join(copy, "checkpoints.journal"));
    const offsets = open(copy)
      .load()
      .filter(({ ino }) => ino === 1n || ino === 2n)
      .map(({ offset }) => offset);
    expect(offsets.toSorted()).toEqual([1, 2]);
  });

  it("are on disk at once when they are flushed", () => {
    const checkpoints = open();
    checkpoints.commit(checkpoint());
    checkpoints.flush();
    const copy = join(folder, "..", "copy");
    mkdirSync(copy);
    for (const name of readdirSync(folder)) writeFileSync(join(copy, name), readFileSync(join(folder, name)));
    expect(open(copy).load()).toEqual([checkpoint()]);
  });

  it("of files that were finished long ago are forgotten, no others", () => {
    const first = open();
    first.commit(checkpoint({ ino: 1n, done: true, seenAt: now - 8 * DAY }));
    first.commit(checkpoint({ ino: 2n, done: true, seenAt: now - 6 * DAY }));
    first.commit(checkpoint({ ino: 3n, done: false, seenAt: now - 80 * DAY }));
    first.close();
    expect(byKey(open().load()).map(({ ino }) => ino)).toEqual([2n, 3n]);
  });
});

const intent = (stream: string, stamp: number): Intent => ({
  logGroupName: "/app",
  logStreamName: stream,
  first: { stamp, hash: "c".repeat(64) },
  last: { stamp: stamp + 1, hash: "d".repeat(64) },
  ends: [checkpoint(), checkpoint({ ino: 7n })],
});

describe("requests that are about to be sent", () => {
  it("come back, the last one of each stream", () => {
    const first = open();
    expect(first.intents()).toEqual([]);
    first.intend(intent("a", 1));
    first.intend(intent("b", 1));
    first.intend(intent("a", 2));
    first.close();
    expect([...open().intents()].sort((a, b) => a.first.stamp - b.first.stamp)).toEqual([
      intent("b", 1),
      intent("a", 2),
    ]);
  });
});

describe("entries of the configuration", () => {
  it("are remembered from when they were first met", () => {
    const first = open();
    expect(first.firstMet("/var/log/*.log", 100)).toBe(100);
    expect(first.firstMet("/var/log/*.log", 200)).toBe(100);
    first.close();
    const second = open();
    expect([second.firstMet("/var/log/*.log", 300), second.firstMet("/other", 300)]).toEqual([100, 300]);
  });
});

describe("a store that was closed", () => {
  it("takes nothing any more, and keeps no process from ending", async () => {
    const store = join(import.meta.dirname, "../../agent/io/checkpoint-store.ts");
    const program = `
      import { openCheckpoints } from ${JSON.stringify(store)};
      const store = openCheckpoints(${JSON.stringify(folder)}, Date.now, (report) => console.log(JSON.stringify(report)));
      store.close();
      // What was under way when somebody lost patience goes on for a while.
      store.commit(${JSON.stringify(checkpoint(), (_, value) => (typeof value === "bigint" ? `big${value}` : value)).replace(/"big(\d+)"/g, "$1n")});
      store.flush();
      store.close();
    `;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", "tsx", "--input-type=module", "--eval", program],
      { cwd: join(import.meta.dirname, "../.."), encoding: "utf8", timeout: 5_000 },
    );
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
    const again = open();
    expect(again.load()).toEqual([]);
    again.close();
  });
});

describe("the directory of the state", () => {
  it("is for its owner alone, with all its files", () => {
    const checkpoints = open();
    checkpoints.commit(checkpoint());
    checkpoints.flush();
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    expect(mode(folder)).toBe("700");
    for (const name of readdirSync(folder)) expect([name, mode(join(folder, name))]).toEqual([name, "600"]);
    checkpoints.close();
    for (const name of readdirSync(folder)) expect([name, mode(join(folder, name))]).toEqual([name, "600"]);
  });

  it("keeps its mode when it was there, and its files are for the owner all the same", () => {
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    open().commit(checkpoint());
    expect((statSync(folder).mode & 0o777).toString(8)).toBe("755");
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
  });

  it("serves one agent at a time", () => {
    const first = open();
    first.commit(checkpoint());
    expect(refusal(() => open())).toMatchObject({
      code: "STATE_LOCKED",
      message: `${folder} is in use by another host-agent`,
    });
    first.close();
    expect(open().load()).toHaveLength(1);
  });

  it("is not touched when it is of a newer version", () => {
    open().close();
    const database = new DatabaseSync(join(folder, "checkpoints.db"));
    database.exec("PRAGMA user_version = 99");
    database.close();
    expect(refusal(() => open())).toMatchObject({
      code: "STATE_UNUSABLE",
      message: expect.stringContaining("newer host-agent (version 99"),
    });
    expect(readdirSync(folder).filter((name) => name.includes("damaged"))).toEqual([]);
  });

  it.each([
    ["is a file", () => writeFileSync(folder, "")],
    [
      "holds a directory where its database should be",
      () => mkdirSync(join(folder, "checkpoints.db"), { recursive: true }),
    ],
  ])("is refused when it %s", (_, make) => {
    make();
    expect(refusal(() => open())).toMatchObject({
      code: "STATE_UNUSABLE",
      message: expect.stringContaining(folder),
    });
  });
});

describe("a damaged database", () => {
  /** As a disk does it: bytes in the middle are other ones. */
  const damage = (): void => {
    const path = join(folder, "checkpoints.db");
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 100, Math.min(bytes.length, 12_000));
    writeFileSync(path, bytes);
  };

  it("is put aside and made anew from the journal", () => {
    const first = open();
    first.commit(checkpoint());
    first.close();
    damage();
    expect(open().load()).toEqual([checkpoint()]);
    expect(reports).toMatchObject([
      { level: "error", event: "checkpoints.damaged", detail: { restored: 1 } },
    ]);
    expect(readdirSync(folder).some((name) => name.startsWith("checkpoints.db.damaged-"))).toBe(true);
  });

  it.each([0, 1, 1_000])("is made anew with all of %i files", (files) => {
    const all = Array.from({ length: files }, (_, n) =>
      checkpoint({ ino: BigInt(n), path: `/var/log/${n}"\u00e4\n.log` }),
    );
    const first = open();
    for (const one of all) first.commit(one);
    first.close();
    damage();
    expect(byKey(open().load())).toEqual(all);
    expect(reports).toMatchObject([{ event: "checkpoints.damaged", detail: { restored: files } }]);
  });

  it.each([
    ["a checkpoint", "9f86d081", "9f86d08\n"],
    ["a request", "of a request", "of a reque\n\n"],
    ["a name", "/var/log/met.log", "/var/log/mat.log"],
  ])("is noticed where SQLite sees nothing: other bytes in %s", (_, before, after) => {
    const first = open();
    const known = checkpoint({ anchor: "9f86d081" });
    first.commit(known);
    const about = intent("of a request", 1);
    first.intend(about);
    const met = first.firstMet("/var/log/met.log", 1_700_000_000_000);
    first.close();
    const path = join(folder, "checkpoints.db");
    const bytes = readFileSync(path);
    for (let at = bytes.indexOf(before); at !== -1; at = bytes.indexOf(before, at + 1))
      bytes.write(after, at);
    writeFileSync(path, bytes);
    const next = open();
    expect(reports.map(({ event }) => event)).toEqual(["checkpoints.damaged"]);
    expect(next.load()).toEqual([known]);
    expect(next.intents()).toEqual([about]);
    expect(next.firstMet("/var/log/met.log", 1_800_000_000_000)).toBe(met);
  });

  it("of the first version is read, and written as this one", () => {
    mkdirSync(folder, { recursive: true });
    const old = new DatabaseSync(join(folder, "checkpoints.db"));
    old.exec(`
      CREATE TABLE checkpoint (
        dev TEXT NOT NULL, ino TEXT NOT NULL, born_at REAL NOT NULL, log_group TEXT NOT NULL, log_stream TEXT NOT NULL,
        path TEXT NOT NULL, position INTEGER NOT NULL, anchor TEXT NOT NULL,
        head_length INTEGER NOT NULL, head_hash TEXT NOT NULL, generation INTEGER NOT NULL,
        size INTEGER NOT NULL, seen_at INTEGER NOT NULL, done INTEGER NOT NULL,
        PRIMARY KEY (dev, ino, born_at, log_group, log_stream)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE intent (
        log_group TEXT NOT NULL, log_stream TEXT NOT NULL, content TEXT NOT NULL,
        PRIMARY KEY (log_group, log_stream)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE met (pattern TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE revision (number INTEGER NOT NULL) STRICT;
      INSERT INTO revision VALUES (7);
      INSERT INTO checkpoint VALUES ('1', '2', 3.5, 'group', 'stream', '/var/log/a.log', 42, 'anchor', 9, 'head', 1, 50, 60, 0);
      INSERT INTO met VALUES ('/var/log/*.log', 5);
      PRAGMA user_version = 1;
    `);
    old.close();
    for (let start = 0; start < 2; start++) {
      const next = open();
      expect(next.load()).toEqual([
        {
          ...{ dev: 1n, ino: 2n, bornAt: 3.5, logGroupName: "group", logStreamName: "stream" },
          ...{ path: "/var/log/a.log", offset: 42, anchor: "anchor", headLength: 9, headHash: "head" },
          ...{ generation: 1, size: 50, seenAt: 60, done: false },
        },
      ]);
      expect(next.firstMet("/var/log/*.log", 9)).toBe(5);
      next.close();
    }
    expect(reports).toEqual([]);
  });

  it("without a journal, or with one that is damaged too, means to begin anew, and says so", () => {
    const first = open();
    first.commit(checkpoint());
    first.close();
    damage();
    writeFileSync(join(folder, "checkpoints.journal"), '01234567 1 {"checkpoint":{}}\n');
    expect(open().load()).toEqual([]);
    expect(reports[0]?.detail).toMatchObject({
      restored: 0,
      consequence: expect.stringContaining("first run"),
    });
  });
});

describe("what a SIGKILL leaves behind", () => {
  /** The state as it is on disk at this moment, for another agent. */
  const left = (): string => {
    const copy = join(folder, "..", `left-${readdirSync(join(folder, "..")).length}`);
    cpSync(folder, copy, { recursive: true });
    return copy;
  };

  const stateFile = fc.constantFrom("checkpoints.db", "checkpoints.db-wal", "checkpoints.journal");
  const harm = fc.oneof(
    fc.record({ kind: fc.constant("torn" as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ kind: fc.constant("garbage" as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ kind: fc.constant("bent" as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ kind: fc.constant("gone" as const), at: fc.constant(0) }),
  );
  type Harm = (typeof harm extends fc.Arbitrary<infer Value> ? Value : never)["kind"];
  const inflict = (path: string, { kind, at }: { kind: Harm; at: number }): void => {
    if (!existsSync(path)) return;
    const bytes = readFileSync(path);
    const from = Math.floor(at * bytes.length);
    if (kind === "gone") rmSync(path);
    else if (kind === "bent") {
      const bent = Math.min(from, bytes.length - 1);
      writeFileSync(path, bytes.fill((bytes[bent] ?? 0) ^ 0x11, bent, bent + 1));
    } else if (kind === "torn") writeFileSync(path, bytes.subarray(0, from));
    else writeFileSync(path, bytes.fill(0x5a, from, Math.min(bytes.length, from + 8_192)));
  };

  it("survives any harm to any one of its files, once and then once more to another", () => {
    const write = fc.record({ ino: fc.bigInt({ min: 1n, max: 12n }), offset: fc.nat() });
    fc.assert(
      fc.property(
        fc.array(fc.array(write, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 }),
        stateFile,
        harm,
        stateFile,
        harm,
        (groups, file, first, otherFile, second) => {
          const running = open(join(folder, "..", `run-${readdirSync(join(folder, "..")).length}`));
          folder = running.directory;
          const known = new Map<bigint, Checkpoint>();
          let last: Intent | undefined;
          for (const group of groups) {
            for (const { ino, offset } of group) {
              const one = checkpoint({ ino, offset });
              known.set(ino, one);
              running.commit(one);
            }
            last = intent("a", group.length);
            running.intend(last);
            running.flush();
          }
          const met = running.firstMet("/var/log/*.log", 1_700_000_000_000);
          running.flush();
          let directory = left();
          running.close();
          for (const [name, what] of [
            [file, first],
            [otherFile, second],
          ] as const) {
            inflict(join(directory, name), what);
            const next = open(directory);
            expect(byKey(next.load())).toEqual(byKey([...known.values()]));
            expect(next.intents()).toEqual([last]);
            expect(next.firstMet("/var/log/*.log", 1_800_000_000_000)).toBe(met);
            folder = directory;
            directory = left();
            next.close();
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it("says when the database had lost its last transactions without a word", () => {
    const first = open();
    first.commit(checkpoint({ ino: 1n }));
    first.flush();
    first.commit(checkpoint({ ino: 2n }));
    first.flush();
    const directory = left();
    truncateSync(join(directory, "checkpoints.db-wal"), 0);
    expect(byKey(open(directory).load()).map(({ ino }) => ino)).toEqual([1n, 2n]);
    expect(reports).toMatchObject([{ level: "warn", event: "checkpoints.behind", detail: { restored: 2 } }]);
  });

  const journalLines = (): number =>
    readFileSync(join(folder, "checkpoints.journal"), "utf8").split("\n").length;

  it("does not grow with the number of starts either", () => {
    for (let start = 0; start < 8; start++) {
      const agent = open();
      for (let n = 0; n < 900; n++) {
        agent.commit(checkpoint({ offset: 900 * start + n }));
        agent.flush();
      }
      agent.close();
    }
    expect(journalLines()).toBeLessThan(2_000);
    expect(open().load()).toEqual([checkpoint({ offset: 7_199 })]);
  });

  it("does not grow for ever: the journal is written anew when most of it does not count any more", () => {
    const first = open();
    for (let n = 0; n < 5_000; n++) {
      first.commit(checkpoint({ offset: n }));
      first.flush();
    }
    expect(journalLines()).toBeLessThan(1_100);
    expect(statSync(join(folder, "checkpoints.journal")).mode & 0o777).toBe(0o600);
    const next = open(left());
    expect(next.load()).toEqual([checkpoint({ offset: 4_999 })]);
  });
});
