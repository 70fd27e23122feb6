import process from "node:process";
import { AppError, EXIT, type ExitStatus } from "../agent/base/errors.ts";
import { failureText } from "../agent/base/failure-text.ts";
import { VERSION } from "../agent/base/version.ts";
import { nearest } from "../agent/config/nearest.ts";

/** What is planned, in the order in which a host comes to be. None of it is here yet, and the help says so. */
const COMING: Readonly<Record<string, string>> = {
  check: "Run every rule over a host.yaml and point at file:line",
  "user-data": "Render user data from it, explain it, keep it within the size limit",
  "launch-template": "Build, compare, plan and apply launch templates",
  ami: "Bake AMIs step by step, resumable, tested before they are published",
  rehearse: "Boot the user data in a local container as EC2 would",
};

const help = (): string => {
  const width = Math.max(...Object.keys(COMING).map((name) => name.length));
  const commands = Object.entries(COMING).map(([name, what]) => `  ${name.padEnd(width)}  ${what}`);
  return `provision <command>

Plans EC2 hosts before they cost money: from one file, host.yaml, that describes a host.

This version has no commands yet. Coming:
${commands.join("\n")}

Options:
  --help     Show this help
  --version  Show the version
`;
};

const main = (argv: readonly string[]): ExitStatus => {
  const [word] = argv;
  switch (word) {
    case "--version":
      process.stdout.write(`${VERSION}\n`);
      return EXIT.done;
    case "--help":
      process.stdout.write(help());
      return EXIT.done;
    case undefined:
      process.stderr.write(help());
      return EXIT.usage;
    default:
      throw new AppError(
        "USAGE",
        Object.hasOwn(COMING, word)
          ? `"${word}" is planned, but not part of version ${VERSION}.`
          : unknown(word),
      );
  }
};

const unknown = (word: string): string => {
  const meant = nearest(word, [...Object.keys(COMING), "--help", "--version"]);
  return `There is no command or option "${word}".${meant === undefined ? "" : ` Did you mean ${meant}?`}`;
};

// A reader that went away (`| head`) has seen what it wanted.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  const { text, exit } = failureText("provision", error);
  process.stderr.write(text);
  process.exitCode = exit;
}
