import { stripVTControlCharacters } from "node:util";

/** Something that a program says it could not have, where a rehearsal may be why. */
export interface Shortfall {
  /**
   * A package that no repository has, or not in the version or from the release that was asked for, a release that no
   * repository is of, or a host that is out of reach.
   */
  readonly kind: "package" | "version" | "release" | "host";
  /** Of the output, counted from 1. */
  readonly line: number;
  readonly text: string;
  /** Undefined for a host that the line does not name. */
  readonly name?: string;
}

interface Form {
  readonly kind: Shortfall["kind"];
  readonly pattern: RegExp;
}

const HOST = "(?<name>[A-Za-z0-9][\\w.-]*)";
const UNREACHABLE = "(?:network is unreachable|no route to host|connection timed out)";

/** How programs say it; the first that fits a line counts. */
const FORMS: readonly Form[] = [
  // apt
  { kind: "package", pattern: /E: Unable to locate package (?<name>\S+)/ },
  { kind: "package", pattern: /E: Package '(?<name>[^']+)' has no installation candidate/ },
  { kind: "package", pattern: /E: Couldn't find any package by (?:glob|regex) '(?<name>[^']+)'/ },
  { kind: "version", pattern: /E: (?:Version|Release) '[^']*' for '(?<name>[^']+)' was not found/ },
  { kind: "package", pattern: /Depends: (?<name>\S+)(?: \([^)]*\))? but it is not installable/ },
  { kind: "release", pattern: /E: The value '(?<name>[^']+)' is invalid for APT::Default-Release/ },
  // cloud-init, which prints a Python set
  { kind: "package", pattern: /Failed to install the following packages: [{[](?<name>[^}\]]+)[}\]]/ },
  // dnf, yum, apk
  { kind: "package", pattern: /No match for argument: (?<name>\S+)/ },
  { kind: "package", pattern: /Unable to find a match: (?<name>.+)$/ },
  { kind: "package", pattern: /No package (?<name>\S+) available/ },
  { kind: "package", pattern: /^\s*(?<name>\S+) \(no such package\)/ },
  // curl, git, ssh, wget, apt, dnf
  { kind: "host", pattern: new RegExp(`could not resolve (?:host(?:name)?|proxy)?:?\\s*['"]?${HOST}`, "i") },
  { kind: "host", pattern: new RegExp(`(?:temporary failure resolving|bad address) '${HOST}'`, "i") },
  { kind: "host", pattern: new RegExp(`unable to resolve host address [‘'"\`]?${HOST}`, "i") },
  { kind: "host", pattern: new RegExp(`resolving ${HOST} \\(.*failed: `, "i") },
  { kind: "host", pattern: new RegExp(`connecting to ${HOST}.*failed: ${UNREACHABLE}`, "i") },
  {
    kind: "host",
    pattern: new RegExp(
      `(?:failed|could not|cannot|unable) (?:to )?(?:open TCP connection|initiate the connection|connect) to ${HOST}(?:: | port |:\\d)`,
      "i",
    ),
  },
  { kind: "host", pattern: new RegExp(`connect to host ${HOST} port \\d+: ${UNREACHABLE}`, "i") },
  // Node, Go, Python, the AWS CLI, snap
  { kind: "host", pattern: new RegExp(`getaddrinfo (?:EAI_AGAIN|ENOTFOUND) ${HOST}`) },
  { kind: "host", pattern: new RegExp(`connect (?:ENETUNREACH|EHOSTUNREACH|ETIMEDOUT) ${HOST}`) },
  { kind: "host", pattern: new RegExp(`\\blookup ${HOST}(?: on \\S+)?: `) },
  { kind: "host", pattern: new RegExp(`dial (?:tcp|udp) ${HOST}:\\d+: connect: ${UNREACHABLE}`) },
  { kind: "host", pattern: new RegExp(`host='${HOST}'.*(?:Max retries exceeded|NewConnectionError)`) },
  { kind: "host", pattern: new RegExp(`Could not connect to the endpoint URL: "https?://${HOST}`) },
  {
    kind: "host",
    pattern: new RegExp(`${HOST}: (?:temporary failure in name resolution|name or service not known)`, "i"),
  },
  // pip, whose index named none: the same when nobody answered
  { kind: "host", pattern: /Could not find a version that satisfies .*\(from versions: none\)/ },
  { kind: "host", pattern: /unable to contact snap store/i },
  {
    kind: "host",
    pattern: /network is unreachable|no route to host|temporary failure in name resolution/i,
  },
];

/** Those that a rehearsal has, too: whatever is wrong with them is wrong on EC2. */
const THERE = /^(localhost|127\.[\d.]+|0\.0\.0\.0|169\.254\.169\.254)$/;

/** sudo warns so when the host's own name has no address. */
const OWN_NAME = /^sudo: unable to resolve host /;

/** Longer lines are no messages. */
const MOST_CHARACTERS = 4_000;

const namesIn = (kind: Shortfall["kind"], text: string | undefined): readonly (string | undefined)[] =>
  kind === "package" && text !== undefined
    ? text.split(/[\s,'"]+/).filter((name) => name !== "")
    : [text?.replace(/\.$/, "")];

const shortfallsOf = (raw: string, line: number): readonly Shortfall[] => {
  const text = stripVTControlCharacters(raw.slice(0, MOST_CHARACTERS)).trimEnd();
  if (OWN_NAME.test(text)) return [];
  for (const { kind, pattern } of FORMS) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const said = match.groups?.name ?? (kind === "host" ? /https?:\/\/([\w.-]+)/.exec(text)?.[1] : undefined);
    return namesIn(kind, said)
      .filter((name) => name === undefined || kind !== "host" || !THERE.test(name))
      .map((name) => ({ kind, line, text: text.trim(), ...(name === undefined ? {} : { name }) }));
  }
  return [];
};

/**
 * What the output of a boot says it could not have: packages that no repository has, hosts that cannot be reached. Each
 * once, at the first line that says so. Pure; never throws.
 *
 * @param output such as cloud-init-output.log
 */
export const shortfallsIn = (output: string): readonly Shortfall[] => {
  const all = output.split("\n").flatMap((line, index) => shortfallsOf(line, index + 1));
  const first = new Map<string, Shortfall>();
  for (const shortfall of all) {
    const key = `${shortfall.kind} ${shortfall.name ?? ""}`;
    if (!first.has(key)) first.set(key, shortfall);
  }
  return [...first.values()];
};
