import * as z from "zod/mini";
import { parseDuration } from "../../agent/base/duration.ts";
import { key, matching, whole } from "../host/key.ts";

/** What surrounds an item of a recipe while it is rendered: everything that goes along with it is named here. */
export interface Surroundings {
  /** A file of the recipe, where the runner will have it: a word of shell. */
  readonly file: (path: string) => string;
  /** A directory of the recipe with all that is in it: a word of shell. */
  readonly tree: (path: string) => string;
  /** A text as a file of its own, byte for byte: a word of shell. */
  readonly text: (text: string) => string;
  /** A script of the recipe, by its path or as a text, with lines that go in front of its body. */
  readonly script: (
    script: { readonly path: string } | { readonly inline: string },
    before: readonly string[],
  ) => PlacedScript;
  /** The configuration of host-agent. */
  readonly agent: unknown;
}

/** A script where the runner will have it. */
export interface PlacedScript {
  /** Its path: a word of shell. */
  readonly file: string;
  /** Words of shell that run it: where it is, nothing may be executed directly. */
  readonly command: string;
}

/** What is at a path of the recipe, and what for: a file, a file that a shell has to understand, a whole directory. */
export type PathUse = "bytes" | "script" | "tree";

/** One kind of step, or of check: what it takes, what it does, and what is said of it. */
export interface Kind {
  /** Its key in an entry of the list. */
  readonly name: string;
  /** What it does, in Markdown. */
  readonly summary: string;
  /** The key that a value stands for which is no mapping. */
  readonly short?: string | undefined;
  /** Keys whose values are paths, as seen from the file, and what is there. */
  readonly paths: Readonly<Record<string, PathUse>>;
  readonly schema: z.core.$ZodType;
  /** How long one attempt may take, in seconds, and how many there may be. */
  readonly limits: (config: unknown) => { readonly seconds: number; readonly attempts: number };
  /** Lines of POSIX shell that do it, or fail; {@link PRELUDE} goes before them. */
  readonly render: (config: unknown, around: Surroundings) => readonly string[];
  /** The machine is started again, by the runner. */
  readonly restarts: boolean;
  /** YAML of one entry of the list. The tests run all of them. */
  readonly examples: { readonly pass: readonly string[]; readonly fail: readonly string[] };
}

/** How every rendered step begins. */
export const PRELUDE = ["#!/bin/sh", "set -eu"] as const;

/** What its time is for: one attempt, or all of them until a check holds. */
type Waits = "attempt" | "until" | "never";

type Shape = z.core.$ZodLooseShape;

interface Definition<S extends Shape> {
  readonly name: string;
  readonly summary: string;
  readonly short?: keyof S & string;
  readonly paths?: Readonly<Partial<Record<keyof S & string, PathUse>>>;
  readonly shape: S;
  /** What `timeout` is when nobody says so: `10m`. */
  readonly timeout: string;
  readonly waits?: Waits;
  readonly restarts?: boolean;
  /** What cannot be meant, though each key alone is right. */
  readonly fault?: (config: z.output<z.ZodMiniObject<S>>) => string | undefined;
  readonly render: (
    config: z.output<z.ZodMiniObject<S>>,
    around: Surroundings & { readonly seconds: number },
  ) => readonly string[];
  /** YAML of one entry of the list. The tests run all of them. */
  readonly examples: { readonly pass: readonly string[]; readonly fail: readonly string[] };
}

const TIME = matching(/^[1-9]\d{0,4}[smh]$/, "must be a time as 90s, 5m or 1h");

const common = (timeout: string, waits: Waits) => ({
  ...(waits === "never"
    ? {}
    : {
        timeout: key(z._default(TIME, timeout), {
          description:
            waits === "attempt"
              ? "How long one attempt may take. Then it gets SIGTERM, and SIGKILL ten seconds later."
              : "How long it may take until it is so; it is tried again each second.",
          limits: "as `90s`, `5m` or `1h`",
        }),
      }),
  ...(waits === "attempt"
    ? {
        retries: key(z._default(whole(0, 10), 0), {
          description: "How often it is tried again when it fails.",
          limits: "0 to 10",
        }),
      }
    : {}),
});

/** One attempt of a check may hang: what it gets beyond its own time, in seconds. */
const SLACK_SECONDS = 15;

/** The keys that it takes. */
export const keysOf = ({ schema }: Kind): readonly string[] =>
  Object.keys((schema as z.ZodMiniObject)._zod.def.shape);

/** A kind of step or check, from its parts; lists of them need not know what each one takes. */
export const defineKind = <S extends Shape>(definition: Definition<S>): Kind => {
  const { name, summary, short, paths = {}, shape, timeout, waits = "attempt", fault } = definition;
  const own = z.object(shape);
  const limited = z.object({ timeout: z._default(TIME, timeout) });
  const limitOf = (config: unknown): number => (parseDuration(limited.parse(config).timeout) ?? 0) / 1_000;
  const schema = z.strictObject({ ...shape, ...common(timeout, waits) }).check((context) => {
    const message = fault?.(context.value as z.output<typeof own>);
    if (message !== undefined) context.issues.push({ code: "custom", input: context.value, message });
  });
  return {
    name,
    summary,
    short,
    paths: paths as Readonly<Record<string, PathUse>>,
    schema,
    restarts: definition.restarts ?? false,
    limits: (config) => {
      const { retries } = z.object({ retries: z._default(z.number(), 0) }).parse(config);
      return { seconds: limitOf(config) + (waits === "until" ? SLACK_SECONDS : 0), attempts: retries + 1 };
    },
    render: (config, around) => definition.render(own.parse(config), { ...around, seconds: limitOf(config) }),
    examples: definition.examples,
  };
};
