/**
 * Applies a plan and is killed behind a line of the journal: `PLAN JOURNAL ENDPOINT LINE`. A program of its own, since
 * nothing else ends as SIGKILL ends a process.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { openJournal } from "../../../provision/io/audit.ts";
import { systemClock } from "../../../provision/io/clock.ts";
import { awsLaunchTemplates } from "../../../provision/io/launch-templates.ts";
import { applyPlan } from "../../../provision/launch-template/apply.ts";
import { readPlan } from "../../../provision/launch-template/plan-file.ts";

const [plan = "", file = "", endpointUrl = "", line = "0"] = process.argv.slice(2);
const journal = openJournal(file);
let lines = 0;
await applyPlan(readPlan(readFileSync(plan, "utf8"), plan), {
  templates: awsLaunchTemplates({ region: "eu-central-1", endpointUrl }),
  clock: systemClock,
  say: () => undefined,
  journal: {
    ...journal,
    write: async (entry) => {
      await journal.write(entry);
      lines += 1;
      if (lines === Number(line)) process.kill(process.pid, "SIGKILL");
    },
  },
});
