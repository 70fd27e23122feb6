import { quoteForShell } from "../../user-data/prologue.ts";

/**
 * Shell that tries something each second until it holds, or for so long.
 *
 * @param attempt the body of a function that ends with 0 when it holds
 * @param what is said when it never does
 */
export const until = (seconds: number, attempt: readonly string[], what: string): readonly string[] => [
  "attempt() {",
  ...attempt.map((line) => `  ${line}`),
  "}",
  `end=$(($(date +%s) + ${seconds}))`,
  "until attempt; do",
  `  [ "$(date +%s)" -lt "$end" ] || { echo ${quoteForShell(`${what}, for ${seconds} seconds`)} >&2; exit 1; }`,
  "  sleep 1",
  "done",
];
