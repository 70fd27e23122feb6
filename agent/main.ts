import process from "node:process";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { AppError, ERRORS, EXIT, type ExitStatus } from "./base/errors.ts";
import { VERSION } from "./base/version.ts";
import type { Command, Terminal } from "./commands/command.ts";

/** Loads a command only when it is the one that runs, so that the others cost no start-up time. */
interface Entry {
  readonly summary: string;
  // biome-ignore lint/suspicious/noExplicitAny: each command checks its own options; the table holds all kinds.
  readonly load: () => Promise<{ readonly command: Command<any> }>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  run: { summary: "Ship logs to CloudWatch Logs", load: () => import("./commands/run.ts") },
  check: { summary: "Validate a configuration file", load: () => import("./commands/check.ts") },
  status: {
    summary: "Show what is shipped and what waits, per file",
    load: () => import("./commands/status.ts"),
  },
  local: {
    summary: "Serve the embedded CloudWatch Logs endpoint",
    load: () => import("./commands/local.ts"),
  },
  demo: {
    summary: "Ship this machine's logs to an embedded endpoint",
    load: () => import("./commands/demo.ts"),
  },
};

const terminal = (): Terminal => {
  const stop = new AbortController();
  const abandon = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => (stop.signal.aborted ? abandon : stop).abort(signal));
  // A reader that went away (`| head`) is no reason to die in the middle of a batch.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stop.abort("EPIPE"));
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    interactive: process.stdout.isTTY === true && process.env.CI === undefined,
    columns: process.stdout.columns ?? 100,
    env: process.env,
    stop: stop.signal,
    abandon: abandon.signal,
  };
};

const explain = (error: unknown, term: Terminal): ExitStatus => {
  if (error instanceof AppError) {
    term.err(`host-agent: ${error.message}\n  ${error.next} (${error.code})\n`);
    return error.exit;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  term.err(`host-agent: ${ERRORS.INTERNAL.what} ${ERRORS.INTERNAL.next} (INTERNAL)\n${stack}\n`);
  return ERRORS.INTERNAL.exit;
};

const main = async (argv: readonly string[]): Promise<ExitStatus> => {
  if (argv.length === 1 && argv[0] === "--version") {
    process.stdout.write(`${VERSION}\n`);
    return EXIT.done;
  }
  const term = terminal();
  let status: ExitStatus = EXIT.done;
  const cli = yargs([...argv])
    .scriptName("host-agent")
    .usage("$0 <command>\n\nShips the logs of this host to CloudWatch Logs.")
    .version(VERSION)
    .strict()
    .demandCommand(1, "Which command? See the list above.")
    .recommendCommands()
    .wrap(Math.min(term.columns, 110))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new AppError("USAGE", message);
    });
  for (const [name, { summary, load }] of Object.entries(COMMANDS))
    cli.command(
      name,
      summary,
      async (y) => (await load()).command.options(y),
      async (options) => {
        status = await (await load()).command.run(options, term);
      },
    );
  try {
    await cli.parseAsync();
  } catch (error) {
    status = explain(error, term);
  }
  return status;
};

process.exitCode = await main(hideBin(process.argv));
