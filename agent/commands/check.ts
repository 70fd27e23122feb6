import { EXIT, type ExitStatus } from "../base/errors.ts";
import { CONFIG_BYTES, formatProblem, type Problem, parseConfig } from "../config/load.ts";
import type { AgentConfig } from "../config/schema.ts";
import { readConfigFile } from "../io/config-file.ts";
import { defineCommand } from "./command.ts";

const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count === 0 ? "no" : count} ${count === 1 ? noun : plural}`;

const counts = (problems: readonly Problem[]): string => {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  return `${counted(errors, "error")}, ${counted(problems.length - errors, "warning")}`;
};

/** What a valid configuration will ship, and where to. */
const summary = (file: string, { logs: { files } }: AgentConfig): string => {
  const groups = new Set(files.map((entry) => entry.log_group_name));
  const head = `${file} is valid: ${counted(files.length, "entry", "entries")}, ${counted(groups.size, "log group")}`;
  const lines = files.map(
    (entry) => `  ${entry.file_path} → ${entry.log_group_name} / ${entry.log_stream_name}`,
  );
  return `${[head, ...lines].join("\n")}\n`;
};

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
        describe: 'Print {"valid": …, "problems": […]} on standard output',
      }),
  run: async ({ config: file, json }, { out, err }): Promise<ExitStatus> => {
    const { config, problems } = parseConfig(await readConfigFile(file, CONFIG_BYTES), file);
    if (json) out(`${JSON.stringify({ valid: config !== undefined, problems })}\n`);
    else {
      for (const problem of problems) err(`${formatProblem(problem)}\n`);
      if (problems.length > 0) err(`${counts(problems)}\n`);
      if (config !== undefined) out(summary(file, config));
    }
    return config === undefined ? EXIT.usage : EXIT.done;
  },
});
