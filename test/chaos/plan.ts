import { createRandom, type Random } from "./random.ts";

/** How the file of a writer is named, and by which pattern the agent finds it. */
export const PLACES = [
  /** `app.log`, named in full; rotated files do not match. */
  "literal",
  /** `*.log`: rotated files do not match. */
  "glob",
  /** `app.log*`: rotated files match too. */
  "wide",
  /** `app-*.log`: each generation has a name of its own, and all match. */
  "dated",
  /** `current.log` links to `current.log.N`. */
  "link",
  /** `current.log` links to `data/run-N`, which no pattern finds. */
  "link-aside",
  /** `logs/app.log`; a renamed directory is not found any more. */
  "directory",
  /** `*` + `/app.log`: a renamed directory matches too. */
  "directory-glob",
] as const;

export type Place = (typeof PLACES)[number];

export interface WriterPlan {
  readonly place: Place;
  /** Lines per second when nothing else happens. */
  readonly rate: number;
  /** Every file begins with the same kilobyte. */
  readonly banner: boolean;
  /** Writes blocks that end anywhere, as stdio does, instead of lines. */
  readonly blocks: boolean;
  /** How rotated files are named: `app.log.1` and so on, or by the time. */
  readonly naming: "numbered" | "dated";
  /** How many rotated files are kept. */
  readonly keep: number;
}

export type Fault =
  | "throttle"
  | "unavailable"
  | "hang"
  | "delay"
  | "reset_before"
  | "reset_after_accept"
  | "deny"
  | "expired_token"
  | "reject"
  | "invalid_parameter"
  | "garbage";

type Of<Kind extends string, Detail extends object = object> = { readonly kind: Kind } & Readonly<Detail>;

/** What happens at a time. Everything that chance decides is in here, so that a plan can be printed and replayed. */
export type Deed =
  | Of<"burst", { writer: number; lines: number; ms: number; length: number }>
  | Of<"long-line", { writer: number; length: number }>
  /** A line that stops half-way, and goes on later. */
  | Of<"partial", { writer: number; cut: number; ms: number }>
  | Of<
      "rotate",
      {
        writer: number;
        create: "before" | "after";
        /** For so long the writer goes on writing to the old file. */
        lingerMs: number;
        generations: number;
        pauseMs: number;
        /** The last line of the old file has no end. */
        open: boolean;
        compress: boolean;
      }
    >
  | Of<"compress", { writer: number }>
  | Of<"copytruncate", { writer: number; gapMs: number; hole: boolean; compress: boolean }>
  /** Emptied without a copy; at once written again, so many bytes past where it ended, or not at all. */
  | Of<"truncate", { writer: number; refill: number }>
  | Of<"unlink", { writer: number; lingerMs: number }>
  | Of<"relink", { writer: number; lingerMs: number }>
  | Of<"rename-directory", { writer: number; lingerMs: number }>
  /** Another, larger file with the same head takes the name. */
  | Of<"swap", { writer: number; how: "rename" | "unlink" | "overwrite"; extra: number }>
  | Of<"kill", { downMs: number }>
  | Of<"terminate", { downMs: number }>
  | Of<"freeze", { ms: number }>
  | Of<"fault", { fault: Fault; ms: number; writer: number | undefined; probability: number }>
  | Of<"endpoint-down", { ms: number }>
  | Of<"delete-stream", { writer: number }>
  | Of<"delete-group", { writer: number }>
  | Of<"state-full", { ms: number }>
  /** One file of the state, chosen by where it stands among all. */
  | Of<"state-damage", { how: "torn" | "garbage" | "empty"; which: number; downMs: number }>;

export type Kind = Deed["kind"];

export interface Action {
  readonly id: number;
  /** Milliseconds after the start. */
  readonly at: number;
  readonly deed: Deed;
}

export interface Plan {
  readonly seed: number;
  readonly seconds: number;
  readonly mode: Mode;
  readonly writers: readonly WriterPlan[];
  readonly flushInterval: number;
  readonly compression: "gzip" | "none";
  readonly actions: readonly Action[];
}

/** `verify`: the agent reads back what did land before it repeats a request, and duplicates nothing. */
export const MODES = ["default", "verify"] as const;

export type Mode = (typeof MODES)[number];

export interface PlanOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly mode: Mode;
  /** Leave out these kinds. */
  readonly without?: readonly Kind[];
  /** Only these kinds. */
  readonly only?: readonly Kind[];
}

/** Everything that will happen, decided by the seed alone. */
export const makePlan = (options: PlanOptions): Plan => {
  const { seed, seconds, mode } = options;
  const random = createRandom(seed);
  const writers = makeWriters(random.fork("writers"));
  const actions = makeActions(random.fork("actions"), writers, options);
  const settings = random.fork("settings");
  return {
    seed,
    seconds,
    mode,
    writers,
    flushInterval: settings.pick([0.1, 0.5, 1, 1, 2]),
    compression: settings.pick(["gzip", "none"]),
    actions,
  };
};

const makeWriters = (random: Random): readonly WriterPlan[] =>
  Array.from({ length: random.int(3, 5) }, () => ({
    place: random.pick(PLACES),
    rate: random.spread(2, 80),
    banner: random.chance(0.3),
    blocks: random.chance(0.3),
    naming: random.chance(0.7) ? "numbered" : "dated",
    keep: random.int(3, 9),
  }));

/** How often each kind is drawn, relative to the others; what needs the agent to be down brings its own downtime. */
const WEIGHTS: Readonly<Record<Kind, number>> = {
  burst: 8,
  "long-line": 2,
  partial: 4,
  rotate: 12,
  compress: 3,
  copytruncate: 5,
  truncate: 3,
  unlink: 3,
  relink: 3,
  "rename-directory": 3,
  swap: 3,
  kill: 8,
  terminate: 3,
  freeze: 2,
  fault: 10,
  "endpoint-down": 2,
  "delete-stream": 2,
  "delete-group": 1,
  "state-full": 1,
  "state-damage": 1,
};

export const KINDS = Object.keys(WEIGHTS) as readonly Kind[];

/** Which kinds make sense in which place. Those that are not named here fit everywhere. */
const FITTING: Readonly<Partial<Record<Kind, readonly Place[]>>> = {
  rotate: ["literal", "glob", "wide", "dated", "directory", "directory-glob"],
  compress: ["literal", "glob", "wide", "dated", "directory", "directory-glob", "link"],
  copytruncate: ["literal", "glob", "wide", "directory"],
  relink: ["link", "link-aside"],
  "rename-directory": ["directory", "directory-glob"],
  swap: ["literal", "glob", "wide"],
};

/** True when a kind of action can happen to a file in this place. */
export const fits = (kind: Kind, place: Place): boolean => FITTING[kind]?.includes(place) ?? true;

/** Mean time between two actions, in milliseconds. */
const PACE_MS = 900;
/** At the beginning the agent is left alone for so long that it knows every file. */
const QUIET_MS = 1_500;

const makeActions = (
  random: Random,
  writers: readonly WriterPlan[],
  { seconds, mode, without = [], only = KINDS }: PlanOptions,
): readonly Action[] => {
  const kinds = KINDS.filter((kind) => only.includes(kind) && !without.includes(kind));
  const bag = kinds.flatMap((kind) => Array.from({ length: WEIGHTS[kind] }, () => kind));
  const drawn: Omit<Action, "id">[] = [];
  if (bag.length === 0) return [];
  for (let at = QUIET_MS; at < seconds * 1_000 - 1_000; at += random.int(1, 2 * PACE_MS)) {
    const kind = random.pick(bag);
    const able = writers.flatMap(({ place }, writer) => (fits(kind, place) ? [writer] : []));
    if (able.length === 0) continue;
    drawn.push({ at, deed: makeDeed(kind, random.pick(able), random, mode) });
    drawn.push(...company(kind, at, writers, random, mode).filter(({ deed }) => kinds.includes(deed.kind)));
  }
  return drawn
    .filter(({ at }) => at < seconds * 1_000)
    .sort((a, b) => a.at - b.at)
    .map((action, id) => ({ id, ...action }));
};

/** Some things are worth most while something else is going on: files that move while the agent is down. */
const company = (
  kind: Kind,
  at: number,
  writers: readonly WriterPlan[],
  random: Random,
  mode: Mode,
): readonly Omit<Action, "id">[] => {
  if (kind === "swap") return [{ at: at - 300, deed: { kind: "kill", downMs: 800 } }];
  if (!["kill", "terminate", "endpoint-down", "fault"].includes(kind) || random.chance(0.5)) return [];
  const meanwhile = random.pick(["rotate", "rotate", "copytruncate", "relink", "rename-directory"] as const);
  const able = writers.flatMap(({ place }, writer) => (fits(meanwhile, place) ? [writer] : []));
  if (able.length === 0) return [];
  return [{ at: at + random.int(50, 500), deed: makeDeed(meanwhile, random.pick(able), random, mode) }];
};

const FAULTS: readonly Fault[] = [
  "throttle",
  "throttle",
  "unavailable",
  "unavailable",
  "hang",
  "delay",
  "reset_before",
  "reset_after_accept",
  "deny",
  "expired_token",
  "reject",
  "invalid_parameter",
  "garbage",
];

const makeDeed = (kind: Kind, writer: number, random: Random, mode: Mode): Deed => {
  const linger = (): number => (random.chance(0.5) ? 0 : random.int(20, 3_000));
  const down = (): number => (random.chance(0.4) ? 0 : random.spread(50, 4_000));
  switch (kind) {
    case "burst":
      return {
        kind,
        writer,
        lines: random.spread(50, 6_000),
        ms: random.int(0, 1_500),
        length: random.spread(60, 600),
      };
    case "long-line":
      return { kind, writer, length: random.spread(5_000, 400_000) };
    case "partial":
      return {
        kind,
        writer,
        cut: random.next(),
        ms: random.chance(0.7) ? random.int(50, 2_500) : random.int(7_000, 9_000),
      };
    case "rotate":
      return {
        kind,
        writer,
        create: random.pick(["before", "after"]),
        lingerMs: linger(),
        generations: random.chance(0.6) ? 1 : random.int(2, 6),
        pauseMs: random.int(0, 400),
        open: random.chance(0.25),
        compress: random.chance(0.2),
      };
    case "compress":
      return { kind, writer };
    case "copytruncate":
      return {
        kind,
        writer,
        gapMs: random.chance(0.5) ? 0 : random.int(1, 60),
        hole: random.chance(0.15),
        compress: random.chance(0.2),
      };
    case "truncate":
      return { kind, writer, refill: random.chance(0.7) ? random.spread(1, 20_000) : 0 };
    case "unlink":
    case "relink":
    case "rename-directory":
      return { kind, writer, lingerMs: linger() };
    case "swap":
      return {
        kind,
        writer,
        how: random.pick(["rename", "unlink", "overwrite"]),
        extra: random.spread(100, 20_000),
      };
    case "kill":
    case "terminate":
      return { kind, downMs: down() };
    case "freeze":
      return { kind, ms: random.int(200, 6_000) };
    case "fault": {
      const drawn = random.pick(FAULTS);
      // A request that arrives after its sender was killed and replaced cannot be foreseen by reading back.
      const fault = mode === "verify" && drawn === "delay" ? "throttle" : drawn;
      return {
        kind,
        fault,
        ms: random.spread(200, 6_000),
        writer: random.chance(0.4) ? writer : undefined,
        probability: random.pick([1, 1, 0.5, 0.2]),
      };
    }
    case "endpoint-down":
      return { kind, ms: random.spread(200, 6_000) };
    case "delete-stream":
    case "delete-group":
      return { kind, writer };
    case "state-full":
      return { kind, ms: random.int(500, 5_000) };
    case "state-damage":
      return {
        kind,
        how: random.pick(["torn", "garbage", "empty"]),
        which: random.next(),
        downMs: random.int(50, 1_500),
      };
  }
};
