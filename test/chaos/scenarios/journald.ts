import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostOptions } from "../host.ts";
import type { Report } from "../report.ts";
import { movedAside, type StartDaemon } from "./moved-aside.ts";

/** systemd-cat writes to a journal, and rsyslogd writes what imjournal reads there, as on RHEL and Amazon Linux 2. */
export const journaldScenario = (options: HostOptions): Promise<Report> =>
  movedAside("journald", options, startJournald);

const NAMESPACES = ["--mount", "--pid", "--net", "--fork", "--kill-child"];

/** What ends by itself, but not in this time, is killed. */
const FAREWELL_MS = 5_000;

const startJournald: StartDaemon = async (work, path) => {
  mkdirSync(work);
  // The limit is for journals that return the same entries for ever. The journal also has what the daemons say.
  writeFileSync(
    join(work, "rsyslog.conf"),
    `global(workDirectory="${work}" abortOnUncleanConfig="on" parser.escapeControlCharactersOnReceive="off")
module(load="imjournal" StateFile="imjournal.state" Ratelimit.Interval="0")
template(name="message" type="string" string="%msg%\\n")
if $programname == "app" then action(type="omfile" file="${path}" template="message")
`,
  );
  const script = join(import.meta.dirname, "journald.sh");
  const child = spawn("unshare", [...NAMESPACES, "--", "bash", script, work], { stdio: "pipe" });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stdin.on("error", () => undefined);
  // The end of what is written ends the first process of the namespaces, and with it all others.
  const gone = once(child, "close");
  const close = async (): Promise<void> => {
    const late = setTimeout(() => child.kill("SIGKILL"), FAREWELL_MS);
    child.stdin.end();
    await gone;
    clearTimeout(late);
  };
  const [init] = await Promise.race([once(child.stdout, "data"), gone]);
  if (!Buffer.isBuffer(init))
    throw new Error(`a journal needs root, namespaces, journald and rsyslogd: ${said}`);
  const target = String(init).trim();
  return {
    // Of the text of a line journald and rsyslogd alter NUL and what is blank at the end, and none has these.
    plain: false,
    take: (line) => void child.stdin.write(`${line}\n`),
    hangUp: () => {
      const pid = readFileSync(join(work, "pid"), "utf8").trim();
      execFileSync("nsenter", ["--target", target, "--pid", "--", "sh", "-c", `kill -HUP ${pid}`]);
    },
    close,
  };
};
