import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findTool } from "../../tools.ts";
import type { HostOptions } from "../host.ts";
import type { Report } from "../report.ts";
import { movedAside, type StartDaemon } from "./moved-aside.ts";

/** rsyslogd writes what comes over a socket on loopback, and opens a new file on SIGHUP. */
export const rsyslogScenario = (options: HostOptions): Promise<Report> =>
  movedAside("rsyslog", options, startRsyslog);

const startRsyslog: StartDaemon = async (work, path) => {
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
  const gone = once(child, "exit");
  for (let waited = 0; ; waited += 50) {
    const port = Number(readIfThere(portFile));
    if (port > 0) {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      return {
        plain: true,
        take: (line) => void socket.write(`<13>${line}\n`),
        hangUp: () => void child.kill("SIGHUP"),
        close: async () => {
          socket.destroy();
          child.kill("SIGKILL");
          await gone;
        },
      };
    }
    if (waited > 10_000 || child.exitCode !== null) {
      child.kill("SIGKILL");
      throw new Error(`rsyslogd does not listen (status ${child.exitCode})`);
    }
    await Promise.race([pause(50), gone]);
  }
};

const readIfThere = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};
