import * as z from "zod/mini";
import { key, matching } from "../../host/key.ts";
import { quoteForShell } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { account, oneLine, targetPath } from "../values.ts";

/** A line that ends the check with what is wrong, unless a test holds. */
const demand = (test: string, otherwise: string): string =>
  `${test} || { echo ${quoteForShell(otherwise)} >&2; exit 1; }`;

export const fileState = defineKind({
  name: "file",
  summary: "A file, or whatever else the path names, is there, or is not there.",
  short: "path",
  timeout: "1m",
  waits: "never",
  shape: {
    path: key(targetPath(), { description: "Where it is." }),
    exists: key(z._default(z.boolean(), true), { description: "Whether it is there." }),
    mode: key(z.optional(matching(/^0?[0-7]{3,4}$/, 'must be an octal number in quotes, as "0644"')), {
      description: "Its permissions.",
      default: "any",
      limits: "in quotes",
    }),
    owner: key(z.optional(account()), { description: "The user that it belongs to.", default: "any" }),
    group: key(z.optional(account()), { description: "The group that it belongs to.", default: "any" }),
    contains: key(z.optional(oneLine()), { description: "A text that is in it.", default: "any" }),
  },
  fault: ({ exists, mode, owner, group, contains }) =>
    !exists && [mode, owner, group, contains].some((one) => one !== undefined)
      ? "says how a file is that shall not be there"
      : undefined,
  render: ({ path, exists, mode, owner, group, contains }) => {
    const file = quoteForShell(path);
    if (!exists)
      return [
        `if [ -e ${file} ] || [ -L ${file} ]; then echo ${quoteForShell(`${path} is there`)} >&2; exit 1; fi`,
      ];
    // By name or by number, as it is asked for.
    const belongs = (wanted: string, letter: "u" | "g"): string =>
      `[ "$(stat -L -c %${/^\d/.test(wanted) ? letter : letter.toUpperCase()} -- ${file})" = ${wanted} ]`;
    return [
      demand(`[ -e ${file} ]`, `${path} is not there`),
      ...(mode === undefined
        ? []
        : [
            demand(
              `[ "$(stat -L -c %a -- ${file})" = ${Number.parseInt(mode, 8).toString(8)} ]`,
              `${path} has not the permissions ${mode}`,
            ),
          ]),
      ...(owner === undefined ? [] : [demand(belongs(owner, "u"), `${path} does not belong to ${owner}`)]),
      ...(group === undefined
        ? []
        : [demand(belongs(group, "g"), `${path} does not belong to the group ${group}`)]),
      ...(contains === undefined
        ? []
        : [
            demand(`grep -qF -e ${quoteForShell(contains)} -- ${file}`, `${path} does not contain that text`),
          ]),
    ];
  },
  examples: {
    pass: [
      "file: /etc/motd",
      'file: {path: /etc/motd, mode: "0640", owner: root, group: "4", contains: "it\'s"}',
      "file: {path: /etc/nologin, exists: false}",
    ],
    fail: [
      "file: etc/motd",
      "file: {}",
      "file: {path: /etc/motd, mode: 640}",
      "file: {path: /etc/motd, exists: false, owner: root}",
    ],
  },
});
