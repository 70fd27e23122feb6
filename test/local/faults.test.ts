import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../agent/base/errors.ts";
import { createFaults, type FaultScript, type FaultTarget, parseFaults } from "../../agent/local/faults.ts";

const put = (group = "/app/web", stream = "i-1", messages: readonly string[] = ["hello"]): FaultTarget => ({
  operation: "PutLogEvents",
  region: "eu-west-1",
  members: {
    logGroupName: group,
    logStreamName: stream,
    logEvents: messages.map((message) => ({ timestamp: 1, message })),
  },
});

const call = (operation: string, members: Record<string, unknown>): FaultTarget => ({
  operation,
  region: "eu-west-1",
  members,
});

type Rule = NonNullable<FaultScript["rules"]>[number];
const rules = (...list: readonly Rule[]) => createFaults({ rules: [...list] });

describe("each fault", () => {
  it.each([
    ["throttle", "ThrottlingException", 400, "Rate exceeded"],
    ["not_found", "ResourceNotFoundException", 400, "The specified log stream does not exist."],
    ["expired_token", "ExpiredTokenException", 400, "The security token included in the request is expired"],
    [
      "deny",
      "AccessDeniedException",
      400,
      "User: arn:aws:iam::000000000000:user/local is not authorized to perform: logs:PutLogEvents on resource: arn:aws:logs:eu-west-1:000000000000:log-group:/app/web:log-stream:i-1 because no identity-based policy allows the logs:PutLogEvents action",
    ],
  ] as const)("%s refuses with %s", (fault, type, status, message) => {
    expect(rules({ fault }).next(put())).toMatchObject({ kind: "refuse", error: { type, status, message } });
  });

  it("error refuses with whatever is wanted", () => {
    const fault = { error: { status: 503, type: "ServiceUnavailableException" } };
    expect(rules({ fault }).next(put())).toMatchObject({
      kind: "refuse",
      error: { type: "ServiceUnavailableException", status: 503, message: "Scripted fault." },
    });
    const worded = { error: { ...fault.error, message: "Later." } };
    expect(rules({ fault: worded }).next(put())).toMatchObject({ error: { message: "Later." } });
  });

  it.each<[Rule["fault"], object]>([
    ["reset_before", { kind: "reset", when: "before" }],
    ["reset_after_accept", { kind: "reset", when: "after" }],
    ["garbage", { kind: "garbage" }],
    [{ hang: { ms: 5 } }, { kind: "wait", ms: 5, next: "reset" }],
    [{ delay: { ms: 5 } }, { kind: "wait", ms: 5, next: "perform" }],
    [{ reject: { too_old: 2, too_new: 1 } }, { kind: "reject", reject: { too_old: 2, too_new: 1 } }],
  ])("%j becomes %j", (fault, plan) => {
    expect(rules({ fault }).next(put())).toEqual(plan);
  });

  it("invalid_parameter refuses only a batch that holds the text", () => {
    const faults = rules({ fault: { invalid_parameter: { contains: "poison" } } });
    expect(faults.next(put("g", "s", ["fine", "better"]))).toBeUndefined();
    expect(faults.next(put("g", "s", ["fine", "a poisoned event"]))).toMatchObject({
      kind: "refuse",
      error: { type: "InvalidParameterException" },
    });
    expect(faults.next(call("DescribeLogGroups", {}))).toBeUndefined();
    expect(faults.next(call("PutLogEvents", { logEvents: [null, 5, {}] }))).toBeUndefined();
  });
});

describe("a rule", () => {
  it("hits what it matches: operation, group and stream, each with asterisks", () => {
    const faults = rules({
      match: { operation: "Put*", log_group: "/app/*", log_stream: "i-*-b" },
      fault: "throttle",
    });
    expect(faults.next(put("/app/web", "i-1-b"))).toBeDefined();
    expect(faults.next(put("/db/web", "i-1-b"))).toBeUndefined();
    expect(faults.next(put("/app/web", "i-1-c"))).toBeUndefined();
    expect(
      faults.next(call("CreateLogStream", { logGroupName: "/app/web", logStreamName: "i-1-b" })),
    ).toBeUndefined();
  });

  it("knows a group also by its ARN, and a stream also from a list", () => {
    const arn = "arn:aws:logs:eu-west-1:000000000000:log-group:/app/web";
    const faults = rules({ match: { log_group: "/app/*" }, fault: "throttle" });
    expect(faults.next(call("GetLogEvents", { logGroupIdentifier: arn }))).toBeDefined();
    expect(faults.next(call("GetLogEvents", { logGroupIdentifier: "/app/web" }))).toBeDefined();
    expect(faults.next(call("TagResource", { resourceArn: arn }))).toBeDefined();
    expect(faults.next(call("TagResource", { resourceArn: "arn:aws:s3:::bucket" }))).toBeUndefined();
    const streams = rules({ match: { log_stream: "b" }, fault: "throttle" });
    expect(streams.next(call("FilterLogEvents", { logStreamNames: ["a", "b"] }))).toBeDefined();
    expect(streams.next(call("FilterLogEvents", { logStreamNames: ["a"] }))).toBeUndefined();
  });

  it("does not hit a call that names no group when it wants one", () => {
    const faults = rules({ match: { log_group: "*" }, fault: "throttle" });
    expect(faults.next(call("DescribeLogGroups", {}))).toBeUndefined();
    expect(faults.next(call("PutLogEvents", { logGroupName: 5 }))).toBeUndefined();
  });

  it("waits for `after` matching requests and ends after `times` hits", () => {
    const faults = rules({ match: { operation: "PutLogEvents" }, after: 2, times: 2, fault: "throttle" });
    faults.next(call("DescribeLogGroups", {}));
    const hits = Array.from({ length: 6 }, () => faults.next(put()) !== undefined);
    expect(hits).toEqual([false, false, true, true, false, false]);
  });

  it("is passed by when an earlier one hits: the first one wins", () => {
    const faults = rules({ times: 1, fault: "throttle" }, { after: 1, fault: "deny" });
    const hits = Array.from({ length: 4 }, () => {
      const plan = faults.next(put());
      return plan?.kind === "refuse" ? plan.error.type : undefined;
    });
    expect(hits).toEqual([
      "ThrottlingException",
      undefined,
      "AccessDeniedException",
      "AccessDeniedException",
    ]);
  });
});

describe("chance", () => {
  const pattern = (seed: number, count = 400) => {
    const faults = createFaults({ seed, rules: [{ probability: 0.25, fault: "throttle" }] });
    return Array.from({ length: count }, () => faults.next(put()) !== undefined);
  };

  it("is the same for the same seed, and another for another", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(pattern(seed, 100)).toEqual(pattern(seed, 100));
      }),
      { numRuns: 50 },
    );
    expect(pattern(1)).not.toEqual(pattern(2));
  });

  it("hits about as often as it should", () => {
    for (const seed of [1, 2, 3, -7, 2 ** 31]) {
      const share = pattern(seed, 4_000).filter(Boolean).length / 4_000;
      expect(share).toBeGreaterThan(0.21);
      expect(share).toBeLessThan(0.29);
    }
  });

  it("of nought never hits, of one always", () => {
    const never = rules({ probability: 0, fault: "throttle" });
    const always = rules({ probability: 1, fault: "throttle" });
    for (let n = 0; n < 100; n++) {
      expect(never.next(put())).toBeUndefined();
      expect(always.next(put())).toBeDefined();
    }
  });

  it("counts only hits towards `times`", () => {
    const faults = createFaults({ seed: 3, rules: [{ probability: 0.5, times: 3, fault: "throttle" }] });
    const hits = Array.from({ length: 50 }, () => faults.next(put()) !== undefined).filter(Boolean);
    expect(hits).toHaveLength(3);
  });
});

describe("a script", () => {
  it("may be YAML or JSON, and may be empty", () => {
    const yaml = "seed: 7\nrules:\n  - match: {operation: PutLogEvents}\n    fault: {hang: {ms: 100}}\n";
    const json = '{"seed":7,"rules":[{"match":{"operation":"PutLogEvents"},"fault":{"hang":{"ms":100}}}]}';
    expect(parseFaults(yaml, "f")).toEqual(parseFaults(json, "f"));
    for (const text of ["", "# nothing\n", "{}", "rules: []"])
      expect(createFaults(parseFaults(text, "f")).next(put())).toBeUndefined();
  });

  it.each([
    ["no YAML", "rules: [", /f\.yaml: /],
    ["a list", "- fault: throttle", /f\.yaml:\n/],
    ["an unknown key", "rule: []", /rule/],
    ["an unknown key of a rule", "rules: [{fault: throttle, count: 1}]", /count/],
    ["an unknown key to match", "rules: [{match: {group: x}, fault: throttle}]", /group/],
    ["no fault", "rules: [{times: 1}]", /fault/],
    [
      "an unknown fault",
      "rules: [{fault: explode}]",
      /give one of throttle, deny, .*hang.*\n.*at rules\[0\]\.fault/,
    ],
    ["a fault without its details", "rules: [{fault: hang}]", /fault/],
    ["an endless hang", "rules: [{fault: {hang: {ms: 3600001}}}]", /ms/],
    ["a success as an error", "rules: [{fault: {error: {status: 200, type: X}}}]", /status/],
    ["a rejection of nothing", "rules: [{fault: {reject: {}}}]", /too_old, too_new or expired/],
    ["no text to look for", "rules: [{fault: {invalid_parameter: {contains: ''}}}]", /contains/],
    ["a chance above one", "rules: [{probability: 1.5, fault: throttle}]", /probability/],
    ["no times at all", "rules: [{times: 0, fault: throttle}]", /times/],
    ["a negative after", "rules: [{after: -1, fault: throttle}]", /after/],
    ["two documents", "rules: []\n---\nrules: []\n", /f\.yaml/],
  ])("with %s is refused and says where", (_, text, message) => {
    const parse = () => parseFaults(text, "f.yaml");
    expect(parse).toThrow(AppError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ code: "FAULTS_INVALID", exit: 2 }));
  });

  it("is never answered with another error", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.string({ unit: fc.constantFrom(..."rules: [{}]-\n\t&*!|>%@`a1") }),
        ),
        (text) => {
          try {
            createFaults(parseFaults(text, "f"));
          } catch (error) {
            expect(error).toMatchObject({ name: "AppError", code: "FAULTS_INVALID" });
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
