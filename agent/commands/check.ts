import { EXIT, type ExitStatus } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { CONFIG_BYTES, formatProblem, type Problem, parseConfig } from "../config/load.ts";
import { type AgentConfig, type FileEntry, RETENTION_UNTOUCHED } from "../config/schema.ts";
import { readConfigFile } from "../io/config-file.ts";
import { defineCommand } from "./command.ts";

const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count === 0 ? "no" : count} ${count === 1 ? noun : plural}`;

const counts = (problems: readonly Problem[]): string => {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  return `${counted(errors, "error")}, ${counted(problems.length - errors, "warning")}`;
};

/** What is set when the log group is made, where the configuration says anything. */
const groupSettings = ({ retention_in_days, log_group_class }: FileEntry): string => {
  const days = retention_in_days === RETENTION_UNTOUCHED ? [] : [counted(retention_in_days, "day")];
  const others = log_group_class === "STANDARD" ? days : [...days, log_group_class];
  return others.length === 0 ? "" : ` (${others.join(", ")})`;
};

/** What a valid configuration will ship, and where to. */
const summary = (file: string, { logs: { files } }: AgentConfig): string => {
  const groups = new Set(files.map((entry) => entry.log_group_name));
  const head = `${file} is valid: ${counted(files.length, "entry", "entries")}, ${counted(groups.size, "log group")}`;
  const lines = files.map(
    (entry) =>
      `  ${entry.file_path} → ${entry.log_group_name} / ${entry.log_stream_name}${groupSettings(entry)}`,
  );
  return [head, ...lines].map((line) => `${printable(line)}\n`).join("");
};

/** A contract: `files` is what ships where, complete with defaults, and empty for a file that is not valid. */
const asJson = (config: AgentConfig | undefined, problems: readonly Problem[]): string =>
  `${printable(JSON.stringify({ valid: config !== undefined, problems, files: config?.logs.files ?? [] }))}\n`;

export const command = defineCommand<{ readonly config: string; readonly json: boolean }>({
  options: (yargs) =>
    yargs
      .option("config", {
        type: "string",
        default: "/etc/host-agent/agent.yaml",
        requiresArg: true,
        describe: "The configuration: agent.yaml, or the CloudWatch agent's JSON",
      })
      .option("json", {
        type: "boolean",
        default: false,
        describe: 'Print {"valid": …, "problems": […], "files": […]} on standard output',
      }),
  run: async ({ config: file, json }, { out, err }): Promise<ExitStatus> => {
    const { config, problems } = parseConfig(await readConfigFile(file, CONFIG_BYTES), file);
    if (json) out(asJson(config, problems));
    else {
      for (const problem of problems) err(`${formatProblem(problem)}\n`);
      if (problems.length > 0) err(`${counts(problems)}\n`);
      if (config !== undefined) out(summary(file, config));
    }
    return config === undefined ? EXIT.usage : EXIT.done;
  },
});
