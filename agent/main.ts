import process from "node:process";
import type Yargs from "yargs";
import type { Argv } from "yargs";
import { demandNode } from "./base/demand-node.ts";
import { AppError, EXIT, type ExitStatus } from "./base/errors.ts";
import { failureText } from "./base/failure-text.ts";
import { VERSION } from "./base/version.ts";
import type { Command, Terminal } from "./commands/command.ts";

/** Loads a command only when it is the one that runs, so that the others cost no start-up time. */
interface Entry {
  readonly summary: string;
  // biome-ignore lint/suspicious/noExplicitAny: each command checks its own options; the table holds all kinds.
  readonly load: () => Promise<{ readonly command: Command<any> }>;
  /** It runs for months: memory counts for more than speed, from the first module that is loaded. */
  readonly lasting?: boolean;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  run: {
    summary: "Ship logs to CloudWatch Logs",
    load: () => import("./commands/run.ts"),
    lasting: true,
  },
  check: { summary: "Validate a configuration file", load: () => import("./commands/check.ts") },
  status: {
    summary: "Show what is shipped and what waits, per file",
    load: () => import("./commands/status.ts"),
  },
  local: {
    summary: "Serve the embedded CloudWatch Logs endpoint",
    load: () => import("./commands/local.ts"),
  },
  signal: {
    summary: "Tell Auto Scaling or CloudFormation how the boot went",
    load: () => import("./commands/signal.ts"),
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

/** Runs one command. Only its own options are known to the parser: setting up those of the others takes time. */
const runCommand = async (
  name: string,
  { summary, load, lasting = false }: Entry,
  argv: readonly string[],
  term: Terminal,
): Promise<ExitStatus> => {
  demandNode(process.versions.node, process.execPath);
  if (lasting) (await import("./io/engine.ts")).preferLowMemory();
  const [{ default: yargs }, { command }] = await Promise.all([import("yargs"), load()]);
  const cli = command.options(
    parser(yargs, argv, term)
      .usage(`$0 ${name} [options]\n\n${summary}.`)
      .demandCommand(0, 0, "", "A command takes options only; see --help."),
  );
  const options = await parsed(cli);
  return options.help === true || options.version === true ? EXIT.done : command.run(options, term);
};

/** What stands where a command should: shows the list for --help, else says what is wrong. */
const withoutCommand = async (argv: readonly string[], term: Terminal): Promise<ExitStatus> => {
  const [word = ""] = argv;
  if (word !== "" && !word.startsWith("-")) throw await unknownCommand(word);
  const { default: yargs } = await import("yargs");
  const cli = parser(yargs, argv, term)
    .usage("$0 <command>\n\nShips the logs of this host to CloudWatch Logs.")
    .epilogue("host-agent <command> --help shows the options of a command.");
  for (const [name, { summary }] of Object.entries(COMMANDS)) cli.command(name, summary);
  if (argv.length === 0) {
    term.err(`${await cli.getHelp()}\n`);
    return EXIT.usage;
  }
  const { help, version } = await parsed(cli);
  if (help === true || version === true) return EXIT.done;
  throw new AppError("USAGE", "The name of the command comes first, its options behind it.");
};

const unknownCommand = async (word: string): Promise<AppError> => {
  const { nearest } = await import("./config/nearest.ts");
  const meant = nearest(word, Object.keys(COMMANDS));
  return new AppError(
    "USAGE",
    `There is no command "${word}".${meant === undefined ? "" : ` Did you mean ${meant}?`}`,
  );
};

const parser = (yargs: typeof Yargs, argv: readonly string[], { columns }: Terminal): Argv =>
  yargs([...argv])
    .scriptName("host-agent")
    .version(VERSION)
    .strict()
    // An option that is given twice: the last one counts, as everywhere.
    .parserConfiguration({ "duplicate-arguments-array": false })
    .wrap(Math.min(columns, 110))
    .exitProcess(false)
    .fail((message, error) => {
      // What yargs itself throws is about the command line too.
      throw error === undefined || error.name === "YError" ? new AppError("USAGE", message) : error;
    });

const parsed = async <Options>(cli: Argv<Options>) => {
  try {
    return await cli.parseAsync();
  } catch (error) {
    throw await (await import("./commands/unknown-option.ts")).withGuess(error, cli);
  }
};

const main = async (argv: readonly string[]): Promise<ExitStatus> => {
  if (argv.length === 1 && argv[0] === "--version") {
    process.stdout.write(`${VERSION}\n`);
    return EXIT.done;
  }
  const term = terminal();
  const [name = "", ...rest] = argv;
  try {
    const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    return await (entry === undefined ? withoutCommand(argv, term) : runCommand(name, entry, rest, term));
  } catch (error) {
    const { text, exit } = failureText("host-agent", error);
    term.err(text);
    return exit;
  }
};

void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
