import { AppError, type ExitStatus } from "../../agent/base/errors.ts";
import { readInput, replaceFile } from "../io/files.ts";
import { runShellcheck } from "../io/shellcheck.ts";
import { type Finding, lintUserData, mended, ordered } from "../lint/lint.ts";
import { ARCHITECTURES, CONSUMERS, type Context, IMAGES, USES } from "../lint/rule.ts";
import { sheetsOf, shellcheckFindings } from "../lint/shellcheck.ts";
import type { UserData } from "../user-data/parse.ts";
import { defineCommand } from "./command.ts";
import { type FindingsArguments, tellFindings, withFindings } from "./findings-options.ts";

interface Options extends Context, FindingsArguments {
  readonly fix: boolean;
  readonly shellcheck: boolean;
}

interface Linted {
  readonly file: string;
  readonly data: UserData;
  readonly findings: readonly Finding[];
}

const lintFile = async (file: string, options: Options): Promise<Linted> => {
  let content = await readInput(file);
  if (options.fix) {
    const text = mended(content, options);
    if (text !== undefined) {
      await replaceFile(file, text);
      content = new TextEncoder().encode(text);
    }
  }
  return { file, ...lintUserData(content, file, options) };
};

/** With what shellcheck says of the scripts of all files, each finding in its place. */
const withShellcheck = async (files: readonly Linted[]): Promise<readonly Finding[]> => {
  const sheets = files.map(({ data, file }) => sheetsOf(data, file));
  const said = await runShellcheck(sheets.flat().map(({ text }) => text));
  let at = 0;
  return files.flatMap(({ data, findings }, nth) => {
    const own = (sheets[nth] ?? []).flatMap((sheet) => shellcheckFindings(sheet, said[at++] ?? []));
    return ordered(data, [...findings, ...own]);
  });
};

export const command = defineCommand<Options>({
  operands: "FILE...",
  options: (yargs) =>
    withFindings(yargs)
      .option("fix", {
        type: "boolean",
        default: false,
        describe: "Mend in the files what can be mended safely",
      })
      .option("shellcheck", {
        type: "boolean",
        default: true,
        describe: "Run shellcheck on shell scripts, when it is installed",
      })
      .option("use", { choices: USES, describe: "What will be done with it: some rules need to know" })
      .option("consumer", { choices: CONSUMERS, describe: "Who reads it; cloud-init unless said otherwise" })
      .option("architecture", { choices: ARCHITECTURES, describe: "The processor of the instance type" })
      .option("image", { choices: IMAGES, describe: "The distribution it runs on" }),
  run: async (options, files, terminal): Promise<ExitStatus> => {
    if (files.length === 0) throw new AppError("USAGE", "Name at least one file to lint.");
    const linted: Linted[] = [];
    for (const file of files) linted.push(await lintFile(file, options));
    const findings = options.shellcheck
      ? await withShellcheck(linted)
      : linted.flatMap(({ findings: found }) => found);
    return tellFindings(findings, options, terminal);
  },
});
