/** A bounded piece of `npm run chaos`: some seeds, and the rotators and writers that hosts really have. */
import { beforeAll, describe, expect, it } from "vitest";
import { namespacesPermitted, toolAvailable } from "../tools.ts";
import { builtBundle, inProcess, type Task } from "./chaos.ts";
import { makePlan } from "./plan.ts";
import { reportText } from "./report.ts";

const SECONDS = 10;
const SEEDS = [
  { seed: 1, mode: "default" },
  { seed: 1, mode: "verify" },
  { seed: 2, mode: "verify" },
] as const;

const rsyslog = toolAvailable("/usr/sbin/rsyslogd", "rsyslog");
const journald =
  rsyslog &&
  toolAvailable("unshare", "util-linux") &&
  toolAvailable("/lib/systemd/systemd-journald", "systemd") &&
  namespacesPermitted("a journal of its own");

let bundle = "";

const passes = async (task: Task): Promise<void> => {
  const report = await inProcess(task, { bundle, settings: [], keep: false, patienceMs: 45_000 });
  expect(report.failures, reportText(report)).toEqual([]);
  expect(report.written).toBeGreaterThan(200);
  expect(report.status_samples).toBeGreaterThan(3);
};

describe.concurrent("nothing is lost, whatever happens", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    bundle = await builtBundle();
  });

  it.each(SEEDS)("seed $seed, $mode", async (options) => {
    await passes(makePlan({ ...options, seconds: SECONDS }));
  });

  it.skipIf(!toolAvailable("logrotate", "logrotate"))("logrotate, in five ways", async () => {
    await passes("logrotate");
  });

  it.skipIf(!rsyslog)("rsyslogd, and SIGHUP", async () => {
    await passes("rsyslog");
  });

  it.skipIf(!journald)("journald, which rsyslogd reads", async () => {
    await passes("journald");
  });
});
