import { ERRORS, EXIT } from "../agent/base/errors.ts";

/** What each exit status tells a script. */
const MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: "Done, or nothing to do.",
  failed: "Failed; the message says why.",
  usage: "The command line or an input file is invalid.",
  findings: "There are findings or differences that somebody should act on.",
  unfinished: "Unfinished; running the same command again goes on from there.",
};

const byStatus = ([, a]: readonly [string, number], [, b]: readonly [string, number]): number => a - b;

/** The reference of exit statuses and error codes, in Markdown. */
export const errorsPage = (): string => {
  const statuses = Object.entries(EXIT).toSorted(byStatus) as [keyof typeof EXIT, number][];
  const errors = Object.entries(ERRORS).toSorted(([a], [b]) => a.localeCompare(b, "en"));
  return `# Exit statuses and errors

<!-- Generated from agent/base/errors.ts by \`npm run generate\`. Change it there. -->

## Exit statuses

Both programs use the same.

| status | meaning |
| --- | --- |
${statuses.map(([name, status]) => `| ${status} | ${MEANINGS[name]} |`).join("\n")}

## Errors

An error is printed on standard error with what happened, what to do next, and its code.

${errors.map(([code, { exit, what, next }]) => `### ${code}\n\n${what} ${next}\n\nExit status: ${exit}`).join("\n\n")}
`;
};
