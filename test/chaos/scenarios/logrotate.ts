import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { Host, type HostOptions } from "../host.ts";
import { createRandom } from "../random.ts";
import { RealWriter } from "../real-writer.ts";
import type { Report } from "../report.ts";
import { conclude } from "./conclude.ts";

/** How logrotate is told to rotate, one log each. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
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
  const ways = Object.entries(WAYS);
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
    return await conclude({ name: "logrotate", host, options, writers: writers.map(({ writer }) => writer) });
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
