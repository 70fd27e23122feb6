/** The rotators and writers that hosts really have, against the agent. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { findTool } from "../tools.ts";
import { Host, type HostOptions } from "./host.ts";
import { judge } from "./judge.ts";
import { createRandom } from "./random.ts";
import { RealWriter } from "./real-writer.ts";
import { type Report, reportOf } from "./report.ts";

/** How logrotate is told to rotate, one log each. */
const LOGROTATE: Readonly<Record<string, readonly string[]>> = {
  create: ["create 0644"],
  copytruncate: ["copytruncate"],
  compress: ["create 0644", "compress"],
  delaycompress: ["create 0644", "compress", "delaycompress"],
  dateext: ["create 0644", "dateext", "dateformat -%Y%m%d-%s"],
};

const ROTATIONS = 4;
const PACE_MS = 25;

/** logrotate in all its ways at once, with the agent killed in between and during a rotation. */
export const logrotateScenario = async (options: HostOptions): Promise<Report> => {
  const host = new Host(options);
  const random = createRandom("logrotate");
  const ways = Object.entries(LOGROTATE);
  const writers = ways.map(([, way], index) => {
    const path = join(host.directory(index), "app.log");
    const writer = new RealWriter(index, path, { ...host, random: random.fork(String(index)) });
    return { writer, copies: way.includes("copytruncate"), path, way };
  });
  const config = join(host.scratch, "logrotate.conf");
  writeFileSync(config, writers.map(({ path, way }) => section(path, way)).join(""));
  const reopen = (): void => {
    for (const { writer, copies } of writers) if (!copies) writer.reopen();
  };
  process.on("SIGUSR2", reopen);
  const faucet = setInterval(() => {
    for (const { writer } of writers) writer.write(random.int(0, 4));
  }, PACE_MS);
  try {
    await host.open(
      writers.map(({ path }) => path),
      [],
    );
    await pause(1_500);
    for (let nth = 0; nth < ROTATIONS; nth++) {
      // Killed before the second rotation and back after the third.
      if (nth === 1) await host.agent.end("SIGKILL");
      await rotate(config, join(host.scratch, "logrotate.state"));
      for (const { writer } of writers) writer.look();
      // Names that are made of the time take a second to differ.
      await pause(1_200);
      if (nth === 2) await host.agent.start();
    }
    clearInterval(faucet);
    return await conclude(
      "logrotate",
      host,
      options,
      writers.map(({ writer }) => writer),
    );
  } finally {
    clearInterval(faucet);
    process.off("SIGUSR2", reopen);
    for (const { writer } of writers) writer.close();
    await host.close();
  }
};

const section = (path: string, way: readonly string[]): string =>
  `${path} {
  rotate 20
  missingok
  su root root
  ${way.join("\n  ")}
  ${way.includes("copytruncate") ? "" : `postrotate\n    kill -USR2 ${process.pid}; sleep 0.1\n  endscript`}
}
`;

const rotate = (config: string, state: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn("logrotate", ["-f", "-s", state, config], { stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    child.stderr.on("data", (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`logrotate: ${complaint}`))));
  });

/** rsyslogd writes what comes over a socket on loopback; its file is moved aside, and SIGHUP makes it open a new one. */
export const rsyslogScenario = async (options: HostOptions): Promise<Report> => {
  const host = new Host(options);
  const path = join(host.directory(0), "messages");
  const writer = new RealWriter(0, path, { ...host, random: createRandom("rsyslog") });
  const daemon = await startRsyslog(host.scratch, path);
  const faucet = setInterval(() => {
    for (let nth = 0; nth < 3; nth++) daemon.socket.write(`<13>${writer.next(true)}\n`);
  }, PACE_MS);
  try {
    await host.open([path], []);
    await pause(1_500);
    for (let nth = 0; nth < ROTATIONS; nth++) {
      if (nth === 1) await host.agent.end("SIGKILL");
      for (let old = nth; old > 0; old--) renameSync(`${path}.${old}`, `${path}.${old + 1}`);
      renameSync(path, `${path}.1`);
      await pause(150);
      daemon.child.kill("SIGHUP");
      await pause(900);
      if (nth === 2) await host.agent.start();
    }
    clearInterval(faucet);
    // rsyslogd writes a moment later than it is told.
    await pause(500);
    return await conclude("rsyslog", host, options, [writer]);
  } finally {
    clearInterval(faucet);
    daemon.socket.destroy();
    daemon.child.kill("SIGKILL");
    writer.close();
    await host.close();
  }
};

const startRsyslog = async (
  scratch: string,
  path: string,
): Promise<{ readonly child: ChildProcess; readonly socket: Socket }> => {
  const work = join(scratch, "rsyslog");
  mkdirSync(work);
  const portFile = join(work, "port");
  const config = join(work, "rsyslog.conf");
  writeFileSync(
    config,
    `global(workDirectory="${work}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off")
module(load="imtcp")
input(type="imtcp" address="127.0.0.1" port="0" listenPortFileName="${portFile}")
template(name="raw" type="string" string="%rawmsg-after-pri%\\n")
action(type="omfile" file="${path}" template="raw")
`,
  );
  const command = findTool("/usr/sbin/rsyslogd") ?? "rsyslogd";
  const child = spawn(command, ["-n", "-f", config, "-i", join(work, "pid")], { stdio: "ignore" });
  for (let waited = 0; ; waited += 50) {
    const port = Number(readIfThere(portFile));
    if (port > 0) {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      return { child, socket };
    }
    if (waited > 10_000 || child.exitCode !== null) {
      child.kill("SIGKILL");
      throw new Error(`rsyslogd does not listen (status ${child.exitCode})`);
    }
    await pause(50);
  }
};

const readIfThere = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

const conclude = async (
  name: string,
  host: Host,
  options: HostOptions,
  writers: readonly RealWriter[],
): Promise<Report> => {
  for (const writer of writers) writer.look();
  const settled = await host.finish();
  return {
    ...reportOf({
      plan: {
        seed: 0,
        seconds: 0,
        mode: "default",
        flushInterval: 1,
        compression: "gzip",
        actions: [],
        writers: writers.map(() => ({
          place: "literal",
          rate: 0,
          banner: false,
          blocks: false,
          naming: "numbered",
          keep: 20,
        })),
      },
      host,
      judgement: judge(host.ledger, host.history, "default"),
      settled,
      troubles: [],
      scratch: options.keep ? host.scratch : undefined,
    }),
    name,
  };
};

export const SCENARIOS = { logrotate: logrotateScenario, rsyslog: rsyslogScenario } as const;

export type Scenario = keyof typeof SCENARIOS;

export const SCENARIO_NAMES = Object.keys(SCENARIOS) as readonly Scenario[];
