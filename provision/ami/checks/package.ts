import * as z from "zod/mini";
import { key, matching } from "../../host/key.ts";
import { quoteForShell } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { PACKAGE } from "../values.ts";

export const packageState = defineKind({
  name: "package",
  summary: "A package is installed.",
  short: "name",
  timeout: "1m",
  waits: "never",
  shape: {
    name: key(matching(PACKAGE, "must be the name of a package"), { description: "The package." }),
    version: key(z.optional(matching(/^[A-Za-z0-9][A-Za-z0-9.+:~^_-]*$/, "must be a version")), {
      description: "Its version, as `dpkg-query -W` or `rpm -q` spells it.",
      default: "any",
    }),
  },
  render: ({ name, version }) => {
    const word = quoteForShell(name);
    return [
      "if command -v dpkg-query >/dev/null; then",
      `  installed=$(dpkg-query -W -f '\${db:Status-Status} \${Version}\\n' -- ${word} 2>/dev/null | sed -n 's/^installed //p')`,
      "else",
      `  installed=$(rpm -q --qf '%{VERSION}-%{RELEASE}\\n' -- ${word}) || installed=''`,
      "fi",
      `[ -n "$installed" ] || { echo ${quoteForShell(`${name} is not installed`)} >&2; exit 1; }`,
      ...(version === undefined
        ? []
        : [
            `[ "$installed" = ${quoteForShell(version)} ] || { echo "the version is $installed" >&2; exit 1; }`,
          ]),
    ];
  },
  examples: {
    pass: ["package: nginx", "package: {name: nginx, version: 1.22.1-9+deb12u1}"],
    fail: ["package: {}", "package: -x", "package: {name: nginx, version: [1]}"],
  },
});
