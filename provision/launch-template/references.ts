/** What follows from who uses which version: what may go, and what is not as it should be. */
import { pinCommand } from "./group.ts";
import type { Head, Reference, Version } from "./ports.ts";
import { previous } from "./promotions.ts";

/** Why a version stays. */
export type Kept = "default" | "latest" | "previous default" | "among the newest" | `used by ${string}`;

export interface PruneLine {
  readonly version: number;
  readonly kept?: Kept;
}

const versionOf = ({ version }: Pick<Reference, "version">, head: Head): number => {
  if (version === "$Latest") return head.latest_version;
  return version === "$Default" ? head.default_version : Number(version);
};

/**
 * Which versions can go when the newest `keep` stay: never the default, the latest, the one that a rollback would go to,
 * or one that a group, a fleet or an instance was started with. Pure.
 */
export const pruneOf = (
  head: Head,
  versions: readonly Version[],
  references: readonly Reference[],
  keep: number,
): readonly PruneLine[] => {
  const users = new Map<number, Reference>();
  for (const reference of references) users.set(versionOf(reference, head), reference);
  const back = previous(head);
  return versions
    .map(({ number }) => number)
    .toSorted((a, b) => b - a)
    .map((version, at): PruneLine => {
      const user = users.get(version);
      if (version === head.default_version) return { version, kept: "default" };
      if (version === head.latest_version) return { version, kept: "latest" };
      if (version === back) return { version, kept: "previous default" };
      if (user !== undefined) return { version, kept: `used by ${user.kind} ${user.name}` };
      return at < keep ? { version, kept: "among the newest" } : { version };
    });
};

/** Something that is not as the template says. */
export interface Drift {
  readonly kind: "file" | Reference["kind"];
  readonly name: string;
  readonly message: string;
}

/** What runs, or will be started, that is not the default version; and what may be without anybody asking. Pure. */
export const driftOf = (head: Head, references: readonly Reference[]): readonly Drift[] =>
  references.flatMap((reference) => [...elsewhere(head, reference), ...unpinned(head, reference)]);

const elsewhere = (head: Head, { kind, name, version }: Reference): readonly Drift[] => {
  const resolved = versionOf({ version }, head);
  if (resolved === head.default_version) return [];
  const what = kind === "instance" ? "was started with" : "starts";
  const message = `${what} version ${resolved}${version === "$Latest" ? " ($Latest)" : ""}, the default is ${head.default_version}`;
  return [{ kind, name, message }];
};

/** LT28: https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html */
const unpinned = (head: Head, { kind, name, version }: Reference): readonly Drift[] =>
  kind === "auto scaling group" && version.startsWith("$")
    ? [
        {
          kind,
          name,
          message: `follows ${version}, so that a refresh of it cannot be rolled back (LT28); give it the number: ${pinCommand(name, head.name, versionOf({ version }, head))}`,
        },
      ]
    : [];
