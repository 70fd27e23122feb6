import { parseDuration } from "../base/duration.ts";
import { AppError, EXIT, type ExitStatus } from "../base/errors.ts";
import { systemClock } from "../io/clock.ts";
import { startEndpoint } from "../io/local-endpoint/start.ts";
import { createLog } from "../io/log.ts";
import { defaultStateDirectory } from "../io/state-directory.ts";
import { accountingJson, accountingText } from "./accounting-text.ts";
import { defineCommand, type Terminal } from "./command.ts";
import { loadConfig } from "./load-config.ts";
import { prepareShipping, type Shipping } from "./ship.ts";

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
      .conflicts("local", "endpoint-url")
      .example("$0 run --config agent.yaml --local", "Try it without an account")
      .example("$0 run --config agent.yaml --once", "Ship everything now, then end"),

  run: async (options, terminal) => {
    const deadlineMs = parseDuration(options.deadline);
    if (deadlineMs === undefined)
      throw new AppError("USAGE", `--deadline takes a duration like 60s or 5m, not "${options.deadline}"`);
    const config = await loadConfig(options.config, terminal);
    const endpoint = options.local ? await startEndpoint({ port: options.port }) : undefined;
    if (endpoint !== undefined) terminal.err(`CloudWatch Logs endpoint and page: ${endpoint.url}\n`);
    try {
      const shipping = await prepareShipping(
        {
          config,
          stateDirectory: options["state-dir"] ?? config.state_dir ?? defaultStateDirectory(terminal.env),
          endpoint: endpoint?.url ?? options["endpoint-url"],
          local: options.local,
          report: createLog(),
        },
        terminal,
      );
      return await ship(shipping, options.once, deadlineMs, options.json, terminal);
    } finally {
      await endpoint?.close();
    }
  },
});

/** Ships once, or until a signal comes; then finishes within the deadline and tells how it went. */
const ship = async (
  shipping: Shipping,
  once: boolean,
  deadlineMs: number,
  json: boolean,
  terminal: Terminal,
): Promise<ExitStatus> => {
  const { shipper, status } = shipping;
  try {
    await shipper.start();
    if (!once) await aborted(terminal.stop);
    const interrupted = once ? [terminal.stop, terminal.abandon] : [terminal.abandon];
    const finished = await within(shipper.drain(once), deadlineMs, interrupted);
    shipper.stop();
    const last = status();
    terminal.out(json ? accountingJson(last) : accountingText(last, terminal.columns));
    const behind = last.files.filter(({ lag_bytes, state }) => lag_bytes > 0 && state !== "deleted");
    if (!finished || (once && behind.length > 0)) {
      for (const { path, lag_bytes, last_error } of behind)
        terminal.err(
          `not shipped: ${path}: ${lag_bytes} bytes${last_error === null ? "" : ` (${last_error})`}\n`,
        );
      terminal.err("Run the same command again to go on from here.\n");
      return EXIT.unfinished;
    }
    return EXIT.done;
  } finally {
    await shipping.close();
  }
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** True when `work` has ended before the time was up and before anybody lost patience. */
const within = async (
  work: Promise<void>,
  ms: number,
  impatience: readonly AbortSignal[],
): Promise<boolean> => {
  let cancel: () => void = () => undefined;
  const late = new Promise<boolean>((resolve) => {
    cancel = systemClock.after(ms, () => resolve(false));
    for (const signal of impatience) void aborted(signal).then(() => resolve(false));
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    cancel();
  }
};
