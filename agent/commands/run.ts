import { join } from "node:path";
import { parseDuration } from "../base/duration.ts";
import { AppError } from "../base/errors.ts";
import type { AgentConfig } from "../config/schema.ts";
import { startEndpoint } from "../io/local-endpoint/start.ts";
import { createLog } from "../io/log.ts";
import { defaultStateDirectory } from "../io/state-directory.ts";
import { defineCommand, type Terminal } from "./command.ts";
import { aborted, finish } from "./finish.ts";
import { loadConfig } from "./load-config.ts";
import { endpointUrl, notEmpty, portNumber, waitable } from "./option-value.ts";
import { prepareShipping } from "./ship.ts";

const DEFAULT_CONFIG = "/etc/host-agent/agent.yaml";

interface RunOptions {
  readonly config: string;
  readonly local: boolean;
  readonly port: number;
  readonly once: boolean;
  readonly deadline: string;
  readonly "endpoint-url": string | undefined;
  readonly "state-dir": string | undefined;
  readonly json: boolean;
}

export const command = defineCommand<RunOptions>({
  options: (yargs) =>
    yargs
      .option("config", {
        type: "string",
        default: DEFAULT_CONFIG,
        describe: "Configuration file, YAML or the CloudWatch agent's JSON",
      })
      .option("local", {
        type: "boolean",
        default: false,
        describe: "Ship to an embedded endpoint instead of AWS: no account needed",
      })
      .option("port", {
        type: "number",
        default: 4586,
        describe: "With --local: port of the endpoint and its page",
      })
      .option("once", {
        type: "boolean",
        default: false,
        describe: "Ship what the files hold now, print the accounting, and end",
      })
      .option("deadline", {
        type: "string",
        default: "60s",
        describe: "Longest time for --once, or for finishing after a signal",
      })
      .option("endpoint-url", { type: "string", describe: "Send to this endpoint" })
      .option("state-dir", {
        type: "string",
        describe: "Where the checkpoints are (default /var/lib/host-agent as root)",
      })
      .option("json", {
        type: "boolean",
        default: false,
        describe: "Print the accounting as one JSON object, last line",
      })
      .example("$0 run --config agent.yaml --local", "Try it without an account")
      .example("$0 run --config agent.yaml --once", "Ship everything now, then end"),

  run: async (options, terminal) => {
    const deadlineMs = parseDuration(options.deadline);
    if (deadlineMs === undefined)
      throw new AppError("USAGE", `--deadline takes a duration like 60s or 5m, not "${options.deadline}"`);
    if (options.local && options["endpoint-url"] !== undefined)
      throw new AppError(
        "USAGE",
        "--local brings its own endpoint; leave out one of --local and --endpoint-url",
      );
    const port = portNumber(options.port);
    const stateDir = notEmpty("--state-dir", options["state-dir"]);
    const given = options["endpoint-url"];
    const endpointGiven = given === undefined ? undefined : endpointUrl("--endpoint-url", given);
    const config = await loadConfig(options.config, terminal);
    const endpoint = options.local ? await startEndpoint({ port }) : undefined;
    if (endpoint !== undefined) terminal.err(`CloudWatch Logs endpoint and page: ${endpoint.url}\n`);
    try {
      const shipping = await prepareShipping(
        {
          config,
          stateDirectory: stateDir ?? ownStateDirectory(options.local, config, terminal),
          endpoint: endpoint?.url ?? endpointGiven,
          local: options.local,
          report: createLog(),
        },
        terminal,
      );
      try {
        await shipping.shipper.start();
        if (!options.once) await aborted(terminal.stop);
        return await finish(
          shipping,
          { once: options.once, deadlineMs: waitable(deadlineMs), json: options.json },
          terminal,
        );
      } finally {
        await shipping.close();
      }
    } finally {
      await endpoint?.close();
    }
  },
});

/** What an embedded endpoint has taken says nothing about what the service has: a try never moves the real offsets. */
const ownStateDirectory = (local: boolean, config: AgentConfig, terminal: Terminal): string => {
  const directory = config.state_dir ?? defaultStateDirectory(terminal.env);
  return local ? join(directory, "local") : directory;
};
