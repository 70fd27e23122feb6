import type { UserData } from "../user-data/parse.ts";
import type { Config, Place, Script } from "./subject.ts";

export type Severity = "error" | "warning" | "info";

/** What will be done with the user data, where that decides what is wrong with it. */
export const USES = ["launch-template", "asg", "cloudformation", "modify-instance", "bake"] as const;
export const CONSUMERS = ["cloud-init", "batch", "eks"] as const;
export const ARCHITECTURES = ["x86_64", "arm64"] as const;
export const IMAGES = ["al2023", "ubuntu-24.04", "debian-12"] as const;

/** What a file alone cannot tell. A rule that needs what is not known here finds nothing. */
export interface Context {
  readonly use?: (typeof USES)[number] | undefined;
  readonly consumer?: (typeof CONSUMERS)[number] | undefined;
  readonly architecture?: (typeof ARCHITECTURES)[number] | undefined;
  readonly image?: (typeof IMAGES)[number] | undefined;
  /** A trap that tells of a failure goes before it when it is rendered. */
  readonly reported?: boolean | undefined;
}

/** User data with all that rules look at, taken apart once. */
export interface Subject {
  readonly data: UserData;
  readonly context: Context;
  /** Everything that a shell runs: scripts, boothooks, runcmd and bootcmd. */
  readonly scripts: readonly Script[];
  readonly configs: readonly Config[];
}

/** A change of a text that mends what was found: at an index, take away so many characters, put others there. */
export interface Edit {
  readonly offset: number;
  readonly remove: number;
  readonly insert: string;
}

/** One place where a rule is broken. */
export interface Hit {
  /** A part and an index into its text; without one the index is into the whole decoded text. */
  readonly at: Place;
  readonly message: string;
  /** Where it differs from that of the rule. */
  readonly severity?: Severity;
  /** Indexes into the same text. Only where the result means what was meant. */
  readonly fix?: Edit;
}

export type Example = string | { readonly text: string | Uint8Array; readonly context: Context };

/** What every rule says of itself, whatever it looks at. */
export interface RuleText {
  readonly severity: Severity;
  readonly title: string;
  readonly why: string;
  /** URLs of what it rests on; empty for rules of practice. */
  readonly sources: readonly string[];
}

export interface Rule extends RuleText {
  readonly id: `UD${number}`;
  /** Pure. */
  readonly check: (subject: Subject) => Iterable<Hit>;
  /** User data that the rule passes, and that it finds fault with. The tests run all of them. */
  readonly examples: { readonly pass: readonly Example[]; readonly fail: readonly Example[] };
}

export const SOURCE = {
  cloudInit: "https://github.com/canonical/cloud-init",
  aws: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html",
  al2023: "https://docs.amazonaws.cn/linux/al2/ug/prepare-for-al2023.html",
} as const;

/** A bash script of an example, with the first lines that every script should have. */
export const bash = (body: string): string => `#!/bin/bash\nset -euo pipefail\n${body}\n`;

export const cloudConfig = (body: string): string => `#cloud-config\n${body}\n`;

/** A MIME message of an example, with one part for each text and its headers. */
export const mime = (...parts: readonly string[]): string =>
  `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=="\n\n${parts.map((part) => `--==\n${part}\n`).join("")}--==--\n`;
