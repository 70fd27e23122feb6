import { parseDuration } from "../../../agent/base/duration.ts";
import { AppError } from "../../../agent/base/errors.ts";
import { nearest } from "../../../agent/config/nearest.ts";
import type { Change } from "./changes.ts";
import type { FaultEffect } from "./faults.ts";
import { LIFECYCLE_STATES, MAINTENANCE_CODES, MAINTENANCE_STATES, SPOT_ACTIONS } from "./instance.ts";

/** A change as somebody has typed it: `spot --in 2m`. */
export interface ChangeWords {
  readonly name: string;
  /** Values by the names of options, without dashes. One that is undefined was not given. */
  readonly options?: Readonly<Record<string, string | undefined>>;
  /** What the file has that `--file` names; whoever calls has read it. */
  readonly data?: Uint8Array | undefined;
}

interface Shape {
  readonly options: readonly string[];
  readonly read: (words: Words) => Change;
}

/** Two minutes are what EC2 gives; it hibernates at once. */
const SPOT_LEAD = { terminate: "2m", stop: "2m", hibernate: "0s" } as const;
const FAULT_OPTIONS = ["path", "times", "for"] as const;

const SHAPES: Readonly<Record<string, Shape>> = {
  spot: {
    options: ["action", "in"],
    read: (words) => {
      const action = words.oneOf("action", SPOT_ACTIONS, "terminate");
      return { kind: "spot", action, inMs: words.duration("in", SPOT_LEAD[action]) };
    },
  },
  rebalance: { options: [], read: () => ({ kind: "rebalance" }) },
  maintenance: {
    options: ["code", "state", "in", "for"],
    read: (words) => ({
      kind: "maintenance",
      code: words.oneOf("code", MAINTENANCE_CODES, "system-reboot"),
      state: words.oneOf("state", MAINTENANCE_STATES, "active"),
      inMs: words.duration("in", "24h"),
      forMs: words.duration("for", "2h"),
    }),
  },
  "target-lifecycle-state": {
    options: ["state"],
    read: (words) => ({ kind: "target-lifecycle-state", state: words.oneOf("state", LIFECYCLE_STATES) }),
  },
  clear: { options: [], read: () => ({ kind: "clear" }) },
  tags: {
    options: ["set", "remove"],
    read: (words) => ({ kind: "tags", set: words.pairs("set"), remove: words.list("remove") }),
  },
  "user-data": {
    options: ["file"],
    read: (words) => ({ kind: "user-data", data: words.content("file") }),
  },
  unauthorized: { options: FAULT_OPTIONS, read: (words) => words.fault({ kind: "unauthorized" }) },
  unavailable: { options: FAULT_OPTIONS, read: (words) => words.fault({ kind: "unavailable" }) },
  absent: { options: FAULT_OPTIONS, read: (words) => words.fault({ kind: "absent" }) },
  slow: {
    options: ["by", ...FAULT_OPTIONS],
    read: (words) => words.fault({ kind: "slow", ms: words.duration("by", "1s") }),
  },
  heal: { options: [], read: () => ({ kind: "heal" }) },
};

/** The names that a change can have. */
export const CHANGE_NAMES: readonly string[] = Object.keys(SHAPES);

/** What was meant with the words. @throws AppError USAGE */
export const parseChange = (words: ChangeWords): Change => {
  const { name, options = {} } = words;
  const shape = Object.hasOwn(SHAPES, name) ? SHAPES[name] : undefined;
  if (shape === undefined) throw unknown("change of the metadata", name, CHANGE_NAMES);
  for (const [option, value] of Object.entries(options))
    if (value !== undefined && !shape.options.includes(option))
      throw unknown(
        `option of ${name}`,
        `--${option}`,
        shape.options.map((known) => `--${known}`),
      );
  return shape.read(readerOf(words));
};

type Words = ReturnType<typeof readerOf>;

const readerOf = ({ name, options = {}, data }: ChangeWords) => {
  const wrong = (option: string, what: string): AppError =>
    new AppError("USAGE", `${name} --${option} ${JSON.stringify(options[option] ?? "")}: ${what}`);
  const duration = (option: string, otherwise: string): number => {
    const ms = parseDuration(options[option] ?? otherwise);
    if (ms === undefined) throw wrong(option, "give a time such as 90s, 2m or 1h");
    return ms;
  };
  const list = (option: string): readonly string[] =>
    (options[option] ?? "").split(",").filter((item) => item !== "");
  return {
    duration,
    list,
    oneOf: <Word extends string>(option: string, words: readonly Word[], otherwise?: Word): Word => {
      const given = options[option] ?? otherwise;
      const found = words.find((word) => word === given);
      if (found !== undefined) return found;
      if (given === undefined) throw wrong(option, `give one of ${words.join(", ")}`);
      throw unknown(`--${option} of ${name}`, given, words);
    },
    pairs: (option: string): Readonly<Record<string, string>> =>
      Object.fromEntries(
        list(option).map((pair) => {
          const at = pair.indexOf("=");
          if (at < 1) throw wrong(option, "give KEY=VALUE, more of them after commas");
          return [pair.slice(0, at), pair.slice(at + 1)];
        }),
      ),
    content: (option: string): Uint8Array => {
      if (data === undefined) throw wrong(option, "give the file that has the user data");
      return data;
    },
    fault: (effect: FaultEffect): Change => {
      const { times } = options;
      if (times !== undefined && !/^[1-9]\d{0,8}$/.test(times))
        throw wrong("times", "give a number of requests");
      return {
        kind: "fault",
        effect,
        path: options.path,
        times: times === undefined ? undefined : Number(times),
        forMs: options.for === undefined ? undefined : duration("for", ""),
      };
    },
  };
};

const unknown = (what: string, word: string, known: readonly string[]): AppError => {
  const meant = nearest(word, known);
  const hint = known.length === 0 ? "it has none" : `known: ${known.join(", ")}`;
  return new AppError(
    "USAGE",
    `There is no ${what} called ${JSON.stringify(word)}. ${meant === undefined ? "" : `Did you mean ${meant}? `}(${hint})`,
  );
};
