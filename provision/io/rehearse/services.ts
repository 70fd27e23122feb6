import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { AppError } from "../../../agent/base/errors.ts";
import type { Instance } from "../../rehearse/metadata/instance.ts";
import { LOGS_PORT, SERVICES_ADDRESS, WAY_OUT } from "../../rehearse/network.ts";
import type { Seen, SeenStream, Services } from "../../rehearse/ports.ts";
import type { Answer, Order } from "./messages.ts";
import { unlessStopped } from "./process.ts";
import { ownProgram } from "./programs.ts";
import type { Run } from "./runs.ts";

/** What a container reaches, and how it is brought into reach. */
export interface Reachable extends Services {
  /** Brings the cable into a container that has just begun, as this instance. */
  readonly connect: (leader: number, instance: Instance) => Promise<void>;
}

/** The command that this program is started with to serve a container; behind it, for who lists processes, the run. */
export const SERVE_INSIDE = ["rehearse", "serve-inside"] as const;

/** What they need of the environment: nothing that leads to AWS. */
const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
  AWS_EC2_METADATA_DISABLED: "true",
};

/** A process of its own namespace that ends with us, however we end. */
const ending = (program: readonly string[]): readonly string[] => [
  "setpriv",
  "--pdeathsig",
  "KILL",
  ...program,
];

/** What the processes are started with, and what becomes of them. */
export interface Starting {
  /** Told of each process at once, so that it can be ended whatever happens next. */
  readonly onStart: (child: ChildProcess) => void;
  readonly stop: AbortSignal;
}

/**
 * Starts the processes that serve a container.
 *
 * @throws AppError REHEARSAL_BROKEN
 */
export const startServices = async (
  { directory }: Run,
  order: Omit<Extract<Order, { kind: "serve" }>, "kind">,
  { onStart, stop }: Starting,
): Promise<Reachable> => {
  const [program = "", ...args] = ending([
    "unshare",
    "--net",
    ...ownProgram("provision"),
    ...SERVE_INSIDE,
    directory,
  ]);
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
    detached: true,
    env: ENVIRONMENT,
  });
  onStart(child);
  const ask = asking(child);
  await ask({ kind: "serve", ...order });
  unlessStopped(stop);
  await startLogs(child, directory, onStart);
  unlessStopped(stop);
  if (order.network === "host") await openWayOut(child, onStart);
  let current = order.instance;
  return {
    connect: async (leader, instance) => {
      // Another instance has other metadata; what has happened to this one stays as it is.
      if (instance !== current) await ask({ kind: "instance", instance, changes: order.changes });
      current = instance;
      await ask({ kind: "connect", leader, outside: readlinkSync("/proc/self/ns/net") });
    },
    change: async (change) => void (await ask({ kind: "change", change })),
    deploy: async () => void (await ask({ kind: "deploy" })),
    seen: async () => (await ask({ kind: "seen" })) as Seen,
    streams: async () => (await ask({ kind: "streams" })) as readonly SeenStream[],
  };
};

const asking = (child: ChildProcess): ((order: Order) => Promise<unknown>) => {
  const waiting = new Map<number, (answer: Answer | undefined) => void>();
  let sent = 0;
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said = `${said}${chunk.toString("utf8")}`.slice(-2_000);
  });
  child.on("message", (answer: Answer) => {
    waiting.get(answer.nth)?.(answer);
    waiting.delete(answer.nth);
  });
  const giveUp = (): void => {
    for (const tell of waiting.values()) tell(undefined);
    waiting.clear();
  };
  child.on("exit", giveUp);
  child.on("error", giveUp);
  return async (order) => {
    const answer = await new Promise<Answer | undefined>((resolve) => {
      if (!child.connected) return resolve(undefined);
      waiting.set(sent++, resolve);
      child.send(order);
    });
    if (answer === undefined)
      throw new AppError(
        "REHEARSAL_BROKEN",
        `What serves the container has ended: ${said.trim().split("\n").slice(-3).join(" ")}`,
      );
    if ("ok" in answer) return answer.ok;
    // What the user can mend is said as it is.
    if (answer.code === "USAGE") throw new AppError("USAGE", answer.error);
    throw new AppError("REHEARSAL_BROKEN", `What serves the container says: ${answer.error}`);
  };
};

/** The embedded endpoint of the agent, in the namespace of the services. */
const startLogs = async (
  services: ChildProcess,
  directory: string,
  onStart: Starting["onStart"],
): Promise<void> => {
  const data = join(directory, "logs");
  mkdirSync(data, { mode: 0o700, recursive: true });
  const [program = "", ...args] = ending([
    "nsenter",
    `--target=${services.pid}`,
    "--net",
    "--",
    ...ownProgram("host-agent"),
    "local",
    `--host=${SERVICES_ADDRESS}`,
    `--port=${LOGS_PORT}`,
    `--data=${data}`,
    "--json",
  ]);
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env: { ...ENVIRONMENT, NODE_NO_WARNINGS: process.env.NODE_NO_WARNINGS ?? "1" },
  });
  onStart(child);
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said = `${said}${chunk.toString("utf8")}`.slice(-2_000);
  });
  const isReady = await new Promise<boolean>((resolve) => {
    child.stdout?.once("data", () => resolve(true));
    child.once("exit", () => resolve(false));
    child.once("error", () => resolve(false));
  });
  if (!isReady)
    throw new AppError("REHEARSAL_BROKEN", `The endpoint for logs has not started: ${said.trim()}`);
};

/**
 * A way out of the namespace of the services by way of programs of this machine: no interface, no route and no rule of
 * this machine is touched, and nothing that listens on its loopback device is reached.
 */
const openWayOut = async (services: ChildProcess, onStart: Starting["onStart"]): Promise<void> => {
  const [program = "", ...args] = ending([
    "slirp4netns",
    "--configure",
    "--mtu=65520",
    "--disable-host-loopback",
    "--ready-fd=3",
    String(services.pid),
    WAY_OUT,
  ]);
  const child = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    detached: true,
    env: ENVIRONMENT,
  });
  onStart(child);
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said = `${said}${chunk.toString("utf8")}`.slice(-2_000);
  });
  const isReady = await new Promise<boolean>((resolve) => {
    child.stdio[3]?.once("data", () => resolve(true));
    child.once("exit", () => resolve(false));
    child.once("error", () => resolve(false));
  });
  if (!isReady)
    throw new AppError("REHEARSAL_BROKEN", `slirp4netns has not opened a way out: ${said.trim()}`);
};
