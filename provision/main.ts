import process from "node:process";
import type Yargs from "yargs";
import type { Argv } from "yargs";
import { AppError, EXIT, type ExitStatus } from "../agent/base/errors.ts";
import { failureText } from "../agent/base/failure-text.ts";
import { VERSION } from "../agent/base/version.ts";
import { nearest } from "../agent/config/nearest.ts";
import type { Command, Terminal } from "./commands/command.ts";

/** Loads a command only when it is the one that runs, so that the others cost no start-up time. */
interface Entry {
  readonly summary: string;
  // biome-ignore lint/suspicious/noExplicitAny: each command checks its own options; the table holds all kinds.
  readonly load: () => Promise<{ readonly command: Command<any> }>;
}

/** By their full names: one word, or two for a command of a group. */
const COMMANDS: Readonly<Record<string, Entry>> = {
  init: { summary: "Write a host.yaml to start from", load: () => import("./commands/init.ts") },
  check: {
    summary: "Check a host.yaml and the scripts that it names",
    load: () => import("./commands/check.ts"),
  },
  "user-data render": {
    summary: "Make user data from host.yaml, within the size limit",
    load: () => import("./commands/user-data-render.ts"),
  },
  "user-data lint": {
    summary: "Find what will go wrong with user data, with file:line and the reason",
    load: () => import("./commands/user-data-lint.ts"),
  },
  "user-data explain": {
    summary: "Tell part by part what cloud-init will do",
    load: () => import("./commands/user-data-explain.ts"),
  },
  "user-data decode": {
    summary: "Show what is inside of encoded user data",
    load: () => import("./commands/user-data-decode.ts"),
  },
  "user-data diff": {
    summary: "Compare two user data by what cloud-init makes of them",
    load: () => import("./commands/user-data-diff.ts"),
  },
  "launch-template render": {
    summary: "Make the request for a launch template, or CloudFormation, or Terraform",
    load: () => import("./commands/launch-template-render.ts"),
  },
  "launch-template plan": {
    summary: "Compare host.yaml with the default version, and say what would be done",
    load: () => import("./commands/launch-template-plan.ts"),
  },
  "launch-template apply": {
    summary: "Make the version of a plan, compare it, and make it the default",
    load: () => import("./commands/launch-template-apply.ts"),
  },
  "launch-template history": {
    summary: "List the versions of a launch template",
    load: () => import("./commands/launch-template-history.ts"),
  },
  "launch-template show": {
    summary: "Show a version, with its user data decoded",
    load: () => import("./commands/launch-template-show.ts"),
  },
  "launch-template rollback": {
    summary: "Make the version the default again that was so before",
    load: () => import("./commands/launch-template-rollback.ts"),
  },
  "launch-template prune": {
    summary: "Delete old versions that nobody uses",
    load: () => import("./commands/launch-template-prune.ts"),
  },
  "launch-template drift": {
    summary: "Compare file, default version, groups, fleets and running instances",
    load: () => import("./commands/launch-template-drift.ts"),
  },
  rehearse: {
    summary: "Boot the user data in a local container as EC2 would",
    load: () => import("./commands/rehearse.ts"),
  },
  "rehearse event": {
    summary: "Tell a rehearsal under way what happens to its instance",
    load: () => import("./commands/rehearse-event.ts"),
  },
  "rehearse ls": {
    summary: "List rehearsals under way, and what earlier ones have left",
    load: () => import("./commands/rehearse-ls.ts"),
  },
  "rehearse gc": {
    summary: "Remove what rehearsals have left",
    load: () => import("./commands/rehearse-gc.ts"),
  },
  "iam-policy": {
    summary: "Print the policy that commands need, and nothing more",
    load: () => import("./commands/iam-policy.ts"),
  },
};

/** What the program starts by itself: no word of it in the help. */
const HIDDEN: Readonly<Record<string, Entry>> = {
  "rehearse serve-inside": {
    summary: "Serve the container of a rehearsal",
    load: () => import("./commands/rehearse-serve-inside.ts"),
  },
};

/** What is planned, and not here yet. */
const COMING: Readonly<Record<string, string>> = {
  ami: "Bake AMIs step by step, resumable, tested before they are published",
};

const NAMES: readonly string[] = [...Object.keys(COMMANDS), ...Object.keys(COMING)];

const listed = (table: Readonly<Record<string, string>>): string => {
  const width = Math.max(...NAMES.map((name) => name.length));
  return Object.entries(table)
    .map(([name, what]) => `  ${name.padEnd(width)}  ${what}`)
    .join("\n");
};

const help = (): string => `provision <command>

Plans EC2 hosts before they cost money.

Commands:
${listed(Object.fromEntries(Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary])))}

Coming, not in version ${VERSION}:
${listed(COMING)}

Options:
  --help     Show this help
  --version  Show the version

provision <command> --help shows the options of a command.
`;

/** Runs one command. Only its own options are known to the parser. */
const runCommand = async (
  name: string,
  { summary, load }: Entry,
  argv: readonly string[],
  term: Terminal,
): Promise<ExitStatus> => {
  const [{ default: yargs }, { command }] = await Promise.all([import("yargs"), load()]);
  const cli = command.options(
    parser(yargs, argv).usage(`$0 ${name} ${command.operands} [options]\n\n${summary}.`),
  );
  const options = lastOnes(await cli.parseAsync(), command.repeatable);
  if (options.help === true || options.version === true) return EXIT.done;
  return command.run(options, options._.map(String), term);
};

/** An option that is given twice: the last one counts, as everywhere. */
const lastOnes = <T extends object>(options: T, repeatable: readonly string[] = []): T => {
  const several = ["_", ...repeatable];
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      Array.isArray(value) && !several.includes(name) ? value.at(-1) : value,
    ]),
  ) as T;
};

const parser = (yargs: typeof Yargs, argv: readonly string[]): Argv =>
  yargs([...argv])
    .scriptName("provision")
    .version(VERSION)
    .strictOptions()
    // Files may have numbers for names.
    .parserConfiguration({ "parse-positional-numbers": false })
    .wrap(Math.min(process.stdout.columns ?? 100, 110))
    .exitProcess(false)
    .fail((message, error) => {
      // What yargs itself throws is about the command line too.
      throw error === undefined || error.name === "YError" ? new AppError("USAGE", message) : error;
    });

const unknown = (words: readonly string[]): AppError => {
  const two = words.slice(0, 2).join(" ");
  const [one = ""] = words;
  const planned = [two, one].find((name) => Object.hasOwn(COMING, name));
  if (planned !== undefined)
    return new AppError("USAGE", `"${planned}" is planned, but not part of version ${VERSION}.`);
  const inGroup = NAMES.filter((name) => name.startsWith(`${one} `));
  if (inGroup.length > 0 && (words.length < 2 || words[1]?.startsWith("-")))
    return new AppError("USAGE", `"${one}" is a group of commands: ${inGroup.join(", ")}.`);
  const word = inGroup.length > 0 ? two : one;
  const groups = NAMES.map((name) => name.split(" ")[0] ?? "");
  const meant = nearest(word, [...NAMES, ...groups, "--help", "--version"]);
  return new AppError(
    "USAGE",
    `There is no command or option "${word}".${meant === undefined ? "" : ` Did you mean ${meant}?`}`,
  );
};

const main = async (argv: readonly string[]): Promise<ExitStatus> => {
  const [first, second = ""] = argv;
  if (first === "--version") {
    process.stdout.write(`${VERSION}\n`);
    return EXIT.done;
  }
  if (first === undefined || first === "--help") {
    (first === undefined ? process.stderr : process.stdout).write(help());
    return first === undefined ? EXIT.usage : EXIT.done;
  }
  const all = { ...COMMANDS, ...HIDDEN };
  const name = [`${first} ${second}`, first].find((words) => Object.hasOwn(all, words));
  const entry = name === undefined ? undefined : all[name];
  if (name === undefined || entry === undefined) throw unknown(argv);
  const terminal: Terminal = {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  };
  return runCommand(name, entry, argv.slice(name.split(" ").length), terminal);
};

// A reader that went away (`| head`) has seen what it wanted.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    const { text, exit } = failureText("provision", error);
    process.stderr.write(text);
    process.exitCode = exit;
  },
);
