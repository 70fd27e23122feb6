import { quoteForShell } from "../../user-data/prologue.ts";
import type { ImageSection } from "../recipe-schema.ts";
import { ACCESS } from "./access.ts";
import { RUNNER_TRACES, removedPackages } from "./bake.ts";
import { IDENTITY } from "./identity.ts";
import { type HygieneItem, LIBRARY } from "./item.ts";
import { TRACES } from "./traces.ts";

/** Everything of the profile `strict`, in the order in which it is done: what others write to comes last. */
export const CHECKLIST: readonly HygieneItem[] = [...ACCESS, ...IDENTITY, ...TRACES];

/** What a recipe asks for: all of it, or nothing but that the runner leaves. */
export const itemsFor = ({ profile, remove_packages }: ImageSection["cleanup"]): readonly HygieneItem[] => [
  ...(remove_packages.length === 0 ? [] : [removedPackages(remove_packages)]),
  ...(profile === "strict" ? CHECKLIST : []),
  RUNNER_TRACES,
];

/** They would write again behind our back; rsyslog is started by its socket as soon as anybody says anything. auditd refuses systemctl, and may be stopped in this way alone. */
const STOP_WRITERS = `if [ -d /run/systemd/system ]; then
  for name in amazon-ssm-agent snap.amazon-ssm-agent.amazon-ssm-agent syslog.socket rsyslog amazon-cloudwatch-agent \\
    host-agent chrony chronyd cron crond apt-daily.timer apt-daily-upgrade.timer; do
    systemctl --quiet stop "$name" 2>/dev/null
  done
  service auditd stop 2>/dev/null
fi`;

// shellcheck looks at each program, and none of them uses all of the library.
const HEAD = ["#!/bin/sh", "# shellcheck disable=SC2317", "set -u", LIBRARY, ""];

const functionOf = (name: string, body: readonly string[]): readonly string[] => [
  `${name.replaceAll("-", "_")}() {`,
  ...body.map((line) => `  ${line}`),
  "}",
];

/** Something for an item, on the distributions that it is for. */
const forItem = ({ on }: HygieneItem, lines: readonly string[]): readonly string[] =>
  on === undefined
    ? lines
    : [
        `case $distribution in`,
        `  ${on.join(" | ")})`,
        ...lines.map((line) => `    ${line}`),
        "    ;;",
        "esac",
      ];

/** A program that takes away all that the items are for. What it could not do the assertions tell. */
export const cleanScript = (items: readonly HygieneItem[]): string =>
  [
    ...HEAD,
    ...items.flatMap(({ name, clean }) => functionOf(`clean_${name}`, clean)),
    STOP_WRITERS,
    ...items.flatMap((item) =>
      forItem(item, [`echo '- ${item.name}'`, `clean_${item.name.replaceAll("-", "_")}`]),
    ),
    "exit 0",
    "",
  ].join("\n");

const REPORT = `broken=0
# report NAME FINDINGS
report() {
  [ -n "$2" ] || return 0
  broken=1
  printf '%s\\n' "$1" >>"$HOSTWRIGHT_DIR/broken"
  printf '%s\\n' "$2" | while read -r line; do printf '%s: %s\\n' "$1" "$line"; done
}`;

/** What an item asserts where it is asked. */
const assertionOf = (item: HygieneItem, where: "image" | "host"): readonly string[] | undefined => {
  if (where === "image") return item.assert;
  return item.fresh === "same" ? item.assert : item.fresh;
};

/** Prints `NAME HASH` for each identity, as the builder tells it and a new host compares it. */
const IDENTITY_LINES = (items: readonly HygieneItem[]): readonly string[] => [
  ...items.flatMap(({ name, identity }) =>
    identity === undefined ? [] : functionOf(`identity_${name}`, identity),
  ),
  "identities() {",
  "  :",
  ...items.flatMap(({ name, identity }) =>
    identity === undefined
      ? []
      : [
          `  identity_${name.replaceAll("-", "_")} | while read -r value; do`,
          `    sum=$(printf '%s\\n' "$value" | sha256sum)`,
          `    printf '%s %s\\n' ${name} "\${sum%% *}"`,
          "  done",
        ],
  ),
  "}",
];

/** A program that prints what no other host may share with this one. */
export const identityScript = (items: readonly HygieneItem[]): string =>
  [...HEAD, ...IDENTITY_LINES(items), "identities", "exit 0", ""].join("\n");

/** What the builder was known by. */
export interface Identity {
  readonly name: string;
  /** SHA-256, so that nothing is told that is not for everybody. */
  readonly hash: string;
}

const DIFFERENT = (builder: readonly Identity[]): readonly string[] => [
  "identities | while read -r name hash; do",
  '  case "$name $hash" in',
  ...builder.map(
    ({ name, hash }) => `    ${quoteForShell(`${name} ${hash}`)}) echo "$name is that of the builder" ;;`,
  ),
  "  esac",
  "done",
];

/**
 * A program that tells what is not as it must be, in the log, and in the file `broken` by name.
 *
 * @param builder for a new host: none of these may be its own
 */
export const assertScript = (
  items: readonly HygieneItem[],
  where: "image" | "host",
  builder: readonly Identity[] = [],
): string => {
  const asserted = items.flatMap((item) => {
    const lines = assertionOf(item, where);
    return lines === undefined ? [] : [{ item, lines }];
  });
  return [
    ...HEAD,
    REPORT,
    ...asserted.flatMap(({ item, lines }) => functionOf(`assert_${item.name}`, lines)),
    ...asserted.flatMap(({ item }) =>
      forItem(item, [`report ${item.name} "$(assert_${item.name.replaceAll("-", "_")} 2>&1)"`]),
    ),
    ...(builder.length === 0
      ? []
      : [
          ...IDENTITY_LINES(items),
          ...functionOf("different", DIFFERENT(builder)),
          'report identity "$(different 2>&1)"',
        ]),
    'exit "$broken"',
    "",
  ].join("\n");
};
