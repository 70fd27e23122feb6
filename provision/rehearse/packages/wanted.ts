import type { Node } from "../../../agent/config/document.ts";
import { type Config, type Place, subjectOf } from "../../lint/subject.ts";
import type { Part, UserData } from "../../user-data/parse.ts";
import { sniff } from "../../user-data/sniff.ts";
import type { Manager } from "./install-command.ts";
import { type Mentions, mentionsIn } from "./mentions.ts";
import { type NamedPackage, packageOf } from "./package-names.ts";
import { lineFinder, type Named } from "./part-lines.ts";
import { shellsOf } from "./shells.ts";

export interface WantedPackage extends NamedPackage, Named {}

/** What will be installed, too, and cannot be known before: `$PACKAGES`, `./agent.deb`. */
export interface UnknownPackages extends Named {
  readonly text: string;
}

/** One command, or one list of a cloud-config, that installs packages together. */
export interface Install extends Named {
  readonly manager: Manager;
  readonly packages: readonly WantedPackage[];
  readonly unknown: readonly UnknownPackages[];
}

/** A template is read as what it will be: its first line is a comment there, and names rarely come out of one. */
const asFilledIn = (part: Part): Part =>
  part.type === "text/jinja2" && sniff(part.text.slice(part.text.indexOf("\n") + 1)) === "text/cloud-config"
    ? { ...part, type: "text/cloud-config" }
    : part;

/** `name`, or `[name, version]`. */
const entryText = ({ value, items = [] }: Node): string =>
  Array.isArray(value) ? items.map((item) => String(item.value)).join("=") : String(value);

const MANAGERS: Readonly<Record<string, Manager>> = { apt: "apt", dnf: "dnf", yum: "yum", snap: "snap" };

/** `packages` of a cloud-config: names for whichever manager there is, and mappings from a manager to its names. */
const listed = ({ part, root }: Config): readonly Mentions[] => {
  const list = root?.entries?.get("packages")?.node;
  if (list === undefined) return [];
  const mentions = (manager: Manager, nodes: readonly Node[]): Mentions => ({
    manager,
    at: { part, offset: list.offset },
    mentions: nodes.map((node) => ({ at: { part, offset: node.offset }, words: [entryText(node)] })),
  });
  const items = list.items ?? [list];
  const named = items.flatMap(({ entries }) => [...(entries ?? [])]);
  return [
    mentions(
      "base",
      items.filter(({ entries, value }) => entries === undefined && value !== null),
    ),
    ...named.map(([manager, { node }]) => mentions(MANAGERS[manager] ?? "base", node.items ?? [])),
  ].filter(({ mentions: found }) => found.length > 0);
};

const installOf = ({ manager, at, mentions }: Mentions, place: (at: Place) => Named): Install => {
  const packages: WantedPackage[] = [];
  const unknown: UnknownPackages[] = [];
  for (const { at: where, words, open } of mentions) {
    if (open !== undefined) unknown.push({ text: open, ...place(where) });
    for (const word of words) {
      const found = packageOf(word);
      if (found === undefined) unknown.push({ text: word, ...place(where) });
      else if (found !== "removed") packages.push({ ...found, ...place(where) });
    }
  }
  return { manager, ...place(at), packages, unknown };
};

/**
 * What user data is going to install, command by command, wherever in it that is said. A command in a branch that is
 * never taken counts, too. Pure; never throws.
 */
export const wantedPackages = (data: UserData): readonly Install[] => {
  const subject = subjectOf({ ...data, parts: data.parts.map(asFilledIn) }, {});
  const place = lineFinder();
  return [...subject.configs.flatMap(listed), ...shellsOf(subject).flatMap(mentionsIn)]
    .map((mentions) => installOf(mentions, place))
    .filter(({ packages, unknown }) => packages.length + unknown.length > 0);
};

/** What each command that apt can be asked for names, as apt takes it. */
export const aptRequests = (installs: readonly Install[]): readonly (readonly string[])[] =>
  installs
    .filter(({ manager, packages }) => (manager === "apt" || manager === "base") && packages.length > 0)
    .map(({ packages }) => [...new Set(packages.map(({ spec }) => spec))]);
