import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { mkdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { AppError } from "../../../agent/base/errors.ts";
import type { Instance } from "../../rehearse/metadata/instance.ts";
import { LOGS_PORT, SERVICES_ADDRESS, WAY_OUT } from "../../rehearse/network.ts";
import type { Seen, SeenStream, Services } from "../../rehearse/ports.ts";
import type { Answer, Order } from "./messages.ts";
import { SYSTEM_PATH, unlessStopped } from "./process.ts";
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
  PATH: SYSTEM_PATH,
  LC_ALL: "C.UTF-8",
  AWS_EC2_METADATA_DISABLED: "true",
};

/** What the processes are started with, and what becomes of them. */
export interface Starting {
  /** Told of each process at once, so that it can be ended whatever happens next. */
  readonly onStart: (child: ChildProcess) => void;
  readonly stop: AbortSignal;
}

/** Of standard error only the end is kept, in characters. */
const KEPT = 2_000;

interface Started {
  readonly child: ChildProcess;
  /** The last that it has said on standard error. */
  readonly said: () => string;
}

/** Starts a process that ends with us, however we end. */
const start = (
  words: readonly string[],
  onStart: Starting["onStart"],
  { env, ...options }: Pick<SpawnOptions, "stdio" | "serialization" | "env">,
): Started => {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...words], {
    ...options,
    detached: true,
    env: { ...ENVIRONMENT, ...env },
  });
  onStart(child);
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    said = `${said}${chunk}`.slice(-KEPT);
  });
  return { child, said: () => said.trim() };
};

/** Waits until it says that it is ready, by whatever it writes there. @throws AppError REHEARSAL_BROKEN */
const readiness = async ({ child, said }: Started, stream: 1 | 3, otherwise: string): Promise<void> => {
  const isReady = await new Promise<boolean>((resolve) => {
    child.stdio[stream]?.once("data", () => resolve(true));
    child.once("exit", () => resolve(false));
    child.once("error", () => resolve(false));
  });
  if (!isReady) throw new AppError("REHEARSAL_BROKEN", `${otherwise}: ${said()}`);
};

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
  const serving = start(
    ["unshare", "--net", ...ownProgram("provision"), ...SERVE_INSIDE, directory],
    onStart,
    { stdio: ["ignore", "ignore", "pipe", "ipc"], serialization: "advanced" },
  );
  const ask = asking(serving);
  await ask({ kind: "serve", ...order });
  unlessStopped(stop);
  await startLogs(serving.child, directory, onStart);
  unlessStopped(stop);
  if (order.network === "host") await openWayOut(serving.child, onStart);
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

const asking = ({ child, said }: Started): ((order: Order) => Promise<unknown>) => {
  const waiting = new Map<number, (answer: Answer | undefined) => void>();
  let sent = 0;
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
        `What serves the container has ended: ${said().split("\n").slice(-3).join(" ")}`,
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
  const started = start(
    [
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
    ],
    onStart,
    { stdio: ["ignore", "pipe", "pipe"], env: { NODE_NO_WARNINGS: process.env.NODE_NO_WARNINGS ?? "1" } },
  );
  await readiness(started, 1, "The endpoint for logs has not started");
};

/**
 * A way out of the namespace of the services by way of programs of this machine: no interface, no route and no rule of
 * this machine is touched, and nothing that listens on its loopback device is reached.
 */
const openWayOut = async (services: ChildProcess, onStart: Starting["onStart"]): Promise<void> => {
  const started = start(
    [
      "slirp4netns",
      "--configure",
      "--mtu=65520",
      "--disable-host-loopback",
      "--ready-fd=3",
      String(services.pid),
      WAY_OUT,
    ],
    onStart,
    { stdio: ["ignore", "ignore", "pipe", "pipe"] },
  );
  await readiness(started, 3, "slirp4netns has not opened a way out");
};
