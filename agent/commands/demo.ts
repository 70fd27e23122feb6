import { join } from "node:path";
import { AppError, ERRORS } from "../base/errors.ts";
import { parseConfig } from "../config/load.ts";
import type { AgentConfig } from "../config/schema.ts";
import { systemClock } from "../io/clock.ts";
import { startDemoWriter } from "../io/demo-writer.ts";
import { startEndpoint } from "../io/local-endpoint/start.ts";
import { defineCommand, type Terminal } from "./command.ts";
import { aborted, finish } from "./finish.ts";
import { portNumber, waitable } from "./option-value.ts";
import { showProgress } from "./progress.ts";
import { prepareShipping } from "./ship.ts";

interface DemoOptions {
  readonly seconds: number | undefined;
  readonly port: number;
  readonly json: boolean;
}

/** What a host logs, without the binary files that share the directory with it. */
const demoConfig = (livePath: string): AgentConfig => {
  const text = `
logs:
  files:
    - file_path: "/var/log/**"
      exclude: ["wtmp*", "btmp*", "lastlog*", "faillog*", "tallylog*", "/var/log/journal/**"]
      log_group_name: /demo/var/log
      log_stream_name: "{hostname}{file_path}"
    - file_path: ${JSON.stringify(livePath)}
      log_group_name: /demo/live
      log_stream_name: "{hostname}"
`;
  const { config, problems } = parseConfig(Buffer.from(text), "the demo");
  if (config === undefined) throw new AppError("INTERNAL", `${ERRORS.INTERNAL.what} ${problems[0]?.message}`);
  return config;
};

/** Ships this machine's log files, and one that is written to all the time, to an endpoint of its own. */
export const command = defineCommand<DemoOptions>({
  options: (yargs) =>
    yargs
      .option("seconds", {
        type: "number",
        describe: "End by itself after so many seconds (default: at Ctrl-C)",
      })
      .option("port", {
        type: "number",
        default: 4586,
        describe: "Port of the endpoint and its page; 0 takes any",
      })
      .option("json", {
        type: "boolean",
        default: false,
        describe: "Print the accounting as one JSON object, last line",
      })
      .example("$0 demo", "Ship /var/log of this machine and look at it in a browser")
      .example("$0 demo --seconds 10 --json", "The same, for a script"),

  run: async ({ seconds, port, json }, terminal) => {
    if (seconds !== undefined && !(seconds > 0))
      throw new AppError("USAGE", `--seconds takes a number above 0, not "${seconds}"`);
    const wanted = portNumber(port);
    const writer = startDemoWriter();
    const endpoint = await startDemoEndpoint(wanted, terminal).catch((error) => {
      writer.close();
      throw error;
    });
    try {
      terminal.err(`\nOpen ${endpoint.url}/ to see the logs arrive.\n`);
      terminal.err(
        `${seconds === undefined ? "Ctrl-C ends" : `Ends by itself after ${seconds} s, or at Ctrl-C, and shows`} the sums.\n\n`,
      );
      const shipping = await prepareShipping(
        {
          config: demoConfig(writer.path),
          stateDirectory: join(writer.directory, "state"),
          endpoint: endpoint.url,
          local: true,
          // The table below shows what is amiss; log lines would only tear it apart.
          report: () => undefined,
        },
        terminal,
      );
      try {
        await shipping.shipper.start();
        const hide = showProgress(shipping.status, terminal);
        await Promise.race([aborted(terminal.stop), ...(seconds === undefined ? [] : [elapsed(seconds)])]);
        hide();
        terminal.err("\n");
        return await finish(shipping, { once: false, deadlineMs: 10_000, json }, terminal);
      } finally {
        await shipping.close();
      }
    } finally {
      await endpoint.close();
      writer.close();
    }
  },
});

/** A second demo on the same machine is no mistake: it takes another port. */
const startDemoEndpoint = async (port: number, terminal: Terminal) => {
  try {
    return await startEndpoint({ port });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "ENDPOINT_BUSY" || port === 0) throw error;
    terminal.err(`${error.message} Taking another port.\n`);
    return startEndpoint({ port: 0 });
  }
};

const elapsed = (seconds: number): Promise<void> =>
  new Promise((resolve) => void systemClock.after(waitable(seconds * 1_000), () => resolve()));
