/** What is done by another process than that of the test: `node --import tsx THIS WHAT PATH`. */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { oneAtATime } from "../../../../provision/io/rehearse/lock.ts";
import { ownerHere } from "../../../../provision/io/rehearse/owner.ts";
import { beginRun, keepRun } from "../../../../provision/io/rehearse/runs.ts";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

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
  /** Comes and goes: a letter when it begins, and one when it ends. */
  work: async (path) => {
    for (let turn = 0; turn < 5; turn += 1)
      await oneAtATime(
        path,
        () => undefined,
        async () => {
          appendFileSync(`${path}.log`, "(");
          await sleep(2);
          appendFileSync(`${path}.log`, ")");
        },
      );
  },
  run: async (path) => {
    say(beginRun(path, "left").id);
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
