import { renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Host, type HostOptions } from "../host.ts";
import { createRandom } from "../random.ts";
import { RealWriter } from "../real-writer.ts";
import type { Report } from "../report.ts";
import { conclude } from "./conclude.ts";

/** A program that takes lines and writes them to a log some time later. */
export interface Daemon {
  /** It would alter what is not plain text. */
  readonly plain: boolean;
  readonly take: (line: string) => void;
  /** As `postrotate` does: its file has another name now, and it is to open a new one. */
  readonly hangUp: () => void;
  /** Resolves when no process of it is left. */
  readonly close: () => Promise<void>;
}

/** A working directory, and the log to write. When it fails, it leaves no process behind. */
export type StartDaemon = (work: string, path: string) => Promise<Daemon>;

const ROTATIONS = 4;
const PACE_MS = 25;
/** How long a daemon may take from the last line that it is given until that is in its file. */
const DELIVERY_MS = 10_000;

/** The log of a daemon is moved aside; the agent is killed after the first time and comes back after two more. */
export const movedAside = async (name: string, options: HostOptions, start: StartDaemon): Promise<Report> => {
  const host = new Host(options);
  const path = join(host.directory(0), "messages");
  const writer = new RealWriter(0, path, { ...host, random: createRandom(name) });
  try {
    const daemon = await start(join(host.scratch, name), path);
    const faucet = setInterval(() => {
      for (let nth = 0; nth < 3; nth++) daemon.take(writer.next(daemon.plain));
    }, PACE_MS);
    try {
      await host.open([path], []);
      await pause(1_500);
      for (let nth = 0; nth < ROTATIONS; nth++) {
        if (nth === 1) await host.agent.end("SIGKILL");
        for (let old = nth; old > 0; old--) renameSync(`${path}.${old}`, `${path}.${old + 1}`);
        renameSync(path, `${path}.1`);
        await pause(150);
        daemon.hangUp();
        await pause(900);
        if (nth === 2) await host.agent.start();
      }
      clearInterval(faucet);
      const troubles = await faultsOf(writer);
      return await conclude({ name, host, options, writers: [writer], troubles });
    } finally {
      clearInterval(faucet);
      await daemon.close();
    }
  } finally {
    writer.close();
    await host.close();
  }
};

/**
 * What a daemon lost or wrote twice is no fault of the agent. Without a look at the files the one would be excused as a
 * line that was there too shortly, and the agent be blamed for the other.
 */
const faultsOf = async (writer: RealWriter): Promise<readonly string[]> => {
  let missing = writer.missing().length;
  for (let waited = 0; missing > 0 && waited < DELIVERY_MS; waited += 100) {
    await pause(100);
    missing = writer.missing().length;
  }
  const repeated = writer.repeated();
  return [
    ...(missing > 0 ? [`${missing} lines were written and are in no file`] : []),
    ...(repeated > 0 ? [`${repeated} lines are in the files more than once`] : []),
  ];
};
