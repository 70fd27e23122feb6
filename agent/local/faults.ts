import { parse } from "yaml";
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { ACCOUNT, groupArn, groupNameOf } from "./arn.ts";
import type { ForcedRejection, Members } from "./operation.ts";
import { compileGlob } from "./pattern/glob.ts";
import { invalidParameter, notFound, ServiceError } from "./service-error.ts";

const milliseconds = z.strictObject({ ms: z.int().min(0).max(3_600_000) });
const some = z.int().min(1);

const NAMED = [
  "throttle",
  "deny",
  "expired_token",
  "not_found",
  "garbage",
  "reset_before",
  "reset_after_accept",
] as const;

const faultSchema = z.union(
  [
    z.enum(NAMED),
    z.strictObject({
      error: z.strictObject({
        status: z.int().min(400).max(599),
        type: z.string().min(1),
        message: z.string().optional(),
      }),
    }),
    z.strictObject({ hang: milliseconds }),
    z.strictObject({ delay: milliseconds }),
    z.strictObject({
      reject: z
        .strictObject({ too_old: some.optional(), too_new: some.optional(), expired: some.optional() })
        .refine((reject) => Object.keys(reject).length > 0, "give too_old, too_new or expired"),
    }),
    z.strictObject({ invalid_parameter: z.strictObject({ contains: z.string().min(1) }) }),
  ],
  {
    error: `give one of ${NAMED.join(", ")}, or one of error, hang, delay, reject, invalid_parameter with its details`,
  },
);

const ruleSchema = z.strictObject({
  match: z
    .strictObject({
      operation: z.string().optional(),
      log_group: z.string().optional(),
      log_stream: z.string().optional(),
    })
    .default({}),
  after: z.int().min(0).default(0),
  times: some.optional(),
  probability: z.number().min(0).max(1).optional(),
  fault: faultSchema,
});

const scriptSchema = z.strictObject({ seed: z.int().default(1), rules: z.array(ruleSchema).default([]) });

/** What can be scripted; docs/local-endpoint.md describes it. */
export type FaultScript = z.input<typeof scriptSchema>;
type Rule = z.output<typeof ruleSchema>;

/** The request that a rule may hit. */
export interface FaultTarget {
  readonly operation: string;
  readonly members: Members;
  readonly region: string;
}

/** What to do to the request instead of just performing it. */
export type FaultPlan =
  | { readonly kind: "refuse"; readonly error: ServiceError }
  | { readonly kind: "wait"; readonly ms: number; readonly next: "perform" | "reset" }
  | { readonly kind: "reset"; readonly when: "before" | "after" }
  | { readonly kind: "reject"; readonly reject: ForcedRejection }
  | { readonly kind: "garbage" };

export interface Faults {
  /** Called once per request, in the order of arrival: rules count what they see. */
  readonly next: (target: FaultTarget) => FaultPlan | undefined;
}

/** Reads a script from YAML or JSON. Throws AppError FAULTS_INVALID. */
export const parseFaults = (text: string, source: string): FaultScript => {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new AppError(
      "FAULTS_INVALID",
      `${source}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const result = scriptSchema.safeParse(content ?? {});
  if (!result.success) throw new AppError("FAULTS_INVALID", `${source}:\n${z.prettifyError(result.error)}`);
  return result.data;
};

/** Starts a script from its beginning. The first rule that matches and fires wins. */
export const createFaults = (script: FaultScript): Faults => {
  const { seed, rules } = scriptSchema.parse(script);
  const random = seededRandom(seed);
  const states = rules.map((rule) => ({ rule, seen: 0, fired: 0 }));
  return {
    next: (target) => {
      for (const state of states) {
        const { rule } = state;
        if (!matches(rule, target)) continue;
        state.seen += 1;
        if (state.seen <= rule.after || state.fired >= (rule.times ?? Number.POSITIVE_INFINITY)) continue;
        if (rule.probability !== undefined && random() >= rule.probability) continue;
        state.fired += 1;
        return planOf(rule.fault, target);
      }
      return undefined;
    },
  };
};

const matches = ({ match, fault }: Rule, { operation, members }: FaultTarget): boolean =>
  fits(match.operation, [operation]) &&
  fits(match.log_group, groupsOf(members)) &&
  fits(match.log_stream, [members.logStreamName, members.logStreamNames].flat()) &&
  (typeof fault === "string" ||
    !("invalid_parameter" in fault) ||
    holds(members, fault.invalid_parameter.contains));

/** The groups that a call names, in whichever of its members. */
const groupsOf = ({ logGroupName, logGroupIdentifier, resourceArn }: Members): readonly unknown[] =>
  [logGroupName, logGroupIdentifier, resourceArn].map((name) => {
    try {
      return typeof name === "string" ? groupNameOf(name) : undefined;
    } catch {
      // The ARN of something else; whether the call is valid is not for a rule to say.
      return undefined;
    }
  });

/** One of the names fits when it is equal, where `*` stands for any characters. */
const fits = (wanted: string | undefined, names: readonly unknown[]): boolean => {
  if (wanted === undefined) return true;
  const test = compileGlob(wanted);
  return names.some((name) => typeof name === "string" && test(name));
};

const holds = ({ logEvents }: Members, text: string): boolean =>
  Array.isArray(logEvents) && logEvents.some((event) => String(event?.message).includes(text));

const planOf = (fault: Rule["fault"], target: FaultTarget): FaultPlan => {
  if (typeof fault === "string") return namedPlan(fault, target);
  if ("error" in fault) {
    const { type, message = "Scripted fault.", status } = fault.error;
    return { kind: "refuse", error: new ServiceError(type, message, status) };
  }
  if ("hang" in fault) return { kind: "wait", ms: fault.hang.ms, next: "reset" };
  if ("delay" in fault) return { kind: "wait", ms: fault.delay.ms, next: "perform" };
  if ("reject" in fault) return { kind: "reject", reject: fault.reject };
  return { kind: "refuse", error: invalidParameter("The log events contain an invalid parameter.") };
};

const namedPlan = (fault: Extract<Rule["fault"], string>, target: FaultTarget): FaultPlan => {
  switch (fault) {
    case "garbage":
      return { kind: "garbage" };
    case "reset_before":
      return { kind: "reset", when: "before" };
    case "reset_after_accept":
      return { kind: "reset", when: "after" };
    case "throttle":
      return { kind: "refuse", error: new ServiceError("ThrottlingException", "Rate exceeded") };
    case "not_found":
      return { kind: "refuse", error: notFound("log stream") };
    case "expired_token": {
      const text = "The security token included in the request is expired";
      return { kind: "refuse", error: new ServiceError("ExpiredTokenException", text) };
    }
    case "deny":
      return { kind: "refuse", error: denied(target) };
  }
};

const denied = ({ operation, members, region }: FaultTarget): ServiceError => {
  const who = `arn:aws:iam::${ACCOUNT}:user/local`;
  const what = `${groupArn(region, String(members.logGroupName ?? "*"))}:log-stream:${String(members.logStreamName ?? "")}`;
  return new ServiceError(
    "AccessDeniedException",
    `User: ${who} is not authorized to perform: logs:${operation} on resource: ${what} because no identity-based policy allows the logs:${operation} action`,
  );
};

/** Numbers from 0 to below 1, the same for the same seed (the mulberry32 generator). */
const seededRandom = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
