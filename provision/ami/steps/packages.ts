import * as z from "zod/mini";
import { key, matching } from "../../host/key.ts";
import { quoteForShell } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { PACKAGE } from "../values.ts";

const wanted = matching(
  new RegExp(`${PACKAGE.source.slice(0, -1)}(?:=[A-Za-z0-9][A-Za-z0-9.+:~^_-]*)?$`),
  "must be the name of a package, or name=version",
);

type Update = "none" | "security" | "all";

/** Nobody answers a question, a configuration file that somebody has changed stays, and a busy lock is waited for. */
const APT = `apt() {
  apt-get --yes --quiet -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \\
    -o APT::Update::Error-Mode=any -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}`;

/** What a package starts when it is installed would leave its traces in the image. */
const NO_STARTS = [
  "policy=/usr/sbin/policy-rc.d",
  'if [ ! -e "$policy" ]; then',
  "  trap 'rm -f -- \"$policy\"' EXIT",
  "  trap 'exit 143' TERM INT",
  "  printf '#!/bin/sh\\nexit 101\\n' >\"$policy\"",
  '  chmod 755 "$policy"',
  "fi",
];

const APT_UPDATES: Readonly<Record<Update, readonly string[]>> = {
  none: [],
  // What would come from an archive whose name ends with -security, by what a dry run says.
  security: [
    "fixes=$(apt-get --simulate --quiet upgrade | sed -n 's/^Inst \\([^ ]*\\) .*-[Ss]ecurity[:, ].*/\\1/p')",
    'for name in $fixes; do set -- "$@" "$name"; done',
    '[ "$#" -eq 0 ] || apt install --only-upgrade -- "$@"',
  ],
  all: ["apt full-upgrade"],
};

const DNF_UPDATES: Readonly<Record<Update, readonly string[]>> = {
  none: [],
  security: ["dnf upgrade --security"],
  all: ["dnf upgrade"],
};

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

export const packages = defineKind({
  name: "packages",
  summary:
    "Installs packages with apt or dnf, whichever the host has. Nothing that comes with them is started meanwhile.",
  short: "install",
  timeout: "20m",
  shape: {
    install: key(z._default(z.array(wanted), []), {
      description: "The packages. `name=version` installs this version or fails.",
    }),
    update: key(z._default(z.enum(["none", "security", "all"]), "none"), {
      description: "What of that which is there already is brought up to date before.",
    }),
    release: key(z.optional(matching(/^[0-9][0-9.]{0,30}$/, "must be a release as 2023.6.20241010")), {
      description:
        "The release of Amazon Linux that packages are taken from. Without it they are those of the release that the image is made of, for which there are no updates.",
      default: "that of the image; apt knows no such thing",
    }),
  },
  fault: ({ install, update }) =>
    install.length === 0 && update === "none" ? "says nothing to do: give install or update" : undefined,
  render: ({ install, update, release }) => {
    const names = install.map(quoteForShell);
    const pinned = install.map((name) => quoteForShell(name.replace("=", "-")));
    return [
      "if command -v apt-get >/dev/null; then",
      "  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1",
      ...indented(APT.split("\n")),
      ...indented(NO_STARTS),
      "  apt update",
      ...indented(APT_UPDATES[update]),
      ...(names.length === 0 ? [] : [`  apt install -- ${names.join(" ")}`]),
      "elif command -v dnf >/dev/null; then",
      `  dnf() { command dnf --assumeyes --setopt=retries=5${release === undefined ? "" : ` --releasever=${release}`} "$@"; }`,
      ...indented(DNF_UPDATES[update]),
      ...(pinned.length === 0 ? [] : [`  dnf install -- ${pinned.join(" ")}`]),
      "else",
      "  echo 'there is neither apt-get nor dnf' >&2",
      "  exit 1",
      "fi",
    ];
  },
  examples: {
    pass: [
      "packages: [nginx, g++, libc6:amd64]",
      "packages: nginx",
      "packages: {update: all, release: 2023.6.20241010}",
      "packages: {install: [nginx=1.22.1-9+deb12u1], update: security, timeout: 30m}",
    ],
    fail: [
      "packages: []",
      "packages: {}",
      "packages: [nginx-]",
      "packages: [--purge]",
      "packages: [nginx=]",
      "packages: {install: [nginx], update: yes}",
    ],
  },
});
