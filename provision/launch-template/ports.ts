import type { TemplateData } from "./data.ts";

/** A version as the service tells of it. */
export interface Version {
  readonly number: number;
  readonly description: string;
  /** As an ISO 8601 date; empty where the service does not say. */
  readonly created_at: string;
  readonly created_by: string;
  readonly data: TemplateData;
}

/** A template as the service tells of it. */
export interface Head {
  readonly id: string;
  readonly name: string;
  readonly default_version: number;
  readonly latest_version: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** What came of a request that makes a version. */
export interface Made {
  readonly id: string;
  readonly number: number;
  /** What the service says is wrong with it, although it has made it; empty when nothing is. */
  readonly warnings: readonly string[];
}

/** What makes a version, besides its content. */
export interface VersionRequest {
  /** The id of the template that it is for; absent when that is to be made, too. */
  readonly of?: string | undefined;
  readonly description: string;
  /** Of a template that is to be made. */
  readonly tags: Readonly<Record<string, string>>;
  readonly token: string;
}

/** Who starts instances from a template: an Auto Scaling group, a fleet, or an instance that was. */
export interface Reference {
  readonly kind: "auto scaling group" | "fleet" | "instance";
  readonly name: string;
  /** A number, `$Latest` or `$Default`. */
  readonly version: string;
}

/** Launch templates of one account in one Region. Every call throws AppError AWS_… for what the service refuses. */
export interface LaunchTemplates {
  /** Undefined when there is none of that name. */
  readonly find: (name: string) => Promise<Head | undefined>;
  /** Undefined while there is none of that number, or not yet. `$Default` and `$Latest` are numbers too. */
  readonly version: (id: string, version: number | "$Default" | "$Latest") => Promise<Version | undefined>;
  /** All of them, the newest first. */
  readonly versions: (id: string) => Promise<readonly Version[]>;
  readonly create: (request: {
    readonly name: string;
    readonly description: string;
    readonly data: TemplateData;
    readonly tags: Readonly<Record<string, string>>;
    readonly token: string;
  }) => Promise<Made>;
  readonly createVersion: (request: {
    readonly id: string;
    readonly description: string;
    readonly data: TemplateData;
    readonly token: string;
  }) => Promise<Made>;
  readonly setDefault: (id: string, version: number) => Promise<void>;
  readonly tag: (id: string, tags: Readonly<Record<string, string>>) => Promise<void>;
  /** Resolves to those that the service kept, and why. */
  readonly deleteVersions: (
    id: string,
    versions: readonly number[],
  ) => Promise<readonly { readonly version: number; readonly reason: string }[]>;
  /** The actions that are denied of those that a change needs; nothing is changed. `id`: absent for a new template. */
  readonly mayChange: (request: {
    readonly id: string | undefined;
    readonly name: string;
    readonly data: TemplateData;
  }) => Promise<readonly string[]>;
  /** The same for making another version the default. */
  readonly mayPromote: (id: string) => Promise<readonly string[]>;
  /** The template with all its versions. */
  readonly remove: (id: string) => Promise<void>;
  readonly references: (template: Pick<Head, "id" | "name">) => Promise<readonly Reference[]>;
}

export type Entry = Readonly<Record<string, unknown>>;

/** What was done and what is about to be done, on disk before it is done. */
export interface Journal {
  readonly write: (entry: Entry) => Promise<void>;
  /** All that was written, the oldest first. A line that a power cut has left half-written is passed over. */
  readonly entries: () => Promise<readonly Entry[]>;
}

export interface Clock {
  readonly now: () => number;
  /** Resolves earlier when it is told to stop. */
  readonly pause: (ms: number, stop?: AbortSignal) => Promise<void>;
}
