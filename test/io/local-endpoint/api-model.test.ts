/**
 * The limits of the endpoint against the API model that the AWS CLI brings along: whatever constraint the model has,
 * one step beyond it is refused and the step before it is not.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import process from "node:process";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../../agent/local/operations/index.ts";
import { post, withEndpoint } from "./endpoint-client.ts";

interface Shape {
  readonly type: "structure" | "list" | "map" | "string" | "integer" | "long" | "boolean";
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

interface Model {
  readonly operations: Readonly<Record<string, { readonly input: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** Where Debian's package has it. */
const MODEL =
  "/usr/lib/python3/dist-packages/{awscli/botocore,botocore}/data/logs/2014-03-28/service-2.json{,.gz}";

const readModel = (): Model | undefined => {
  const path = globSync(MODEL).find(existsSync);
  if (path === undefined) {
    const missing = "the API model of CloudWatch Logs is not installed: apt-get install awscli";
    if (process.env.CI) throw new Error(missing);
    process.stderr.write(`SKIPPED: ${missing}\n`);
    return undefined;
  }
  const bytes = readFileSync(path);
  return JSON.parse((path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString()) as Model;
};

const ARN = "arn:aws:logs:us-east-1:000000000000:log-group:g";
const TIME = 1_795_000_000_000;

/** A request for each operation that fits the model; whether what it names exists does not matter here. */
const FITTING: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  CreateLogGroup: { logGroupName: "g" },
  CreateLogStream: { logGroupName: "g", logStreamName: "s" },
  DeleteLogGroup: { logGroupName: "g" },
  DeleteLogStream: { logGroupName: "g", logStreamName: "s" },
  DeleteRetentionPolicy: { logGroupName: "g" },
  DescribeLogGroups: {},
  DescribeLogStreams: { logGroupName: "g" },
  FilterLogEvents: { logGroupName: "g" },
  GetLogEvents: { logGroupName: "g", logStreamName: "s" },
  ListTagsForResource: { resourceArn: ARN },
  PutLogEvents: { logGroupName: "g", logStreamName: "s", logEvents: [{ timestamp: TIME, message: "x" }] },
  PutLogGroupDeletionProtection: { logGroupIdentifier: "g", deletionProtectionEnabled: true },
  PutRetentionPolicy: { logGroupName: "g", retentionInDays: 7 },
  TagResource: { resourceArn: ARN, tags: { k: "v" } },
  UntagResource: { resourceArn: ARN, tagKeys: ["k"] },
};

interface Probe {
  readonly why: string;
  readonly value: unknown;
  readonly refused: boolean;
}

/** Values on both sides of every constraint of a shape, and of the shapes inside it. */
const probesOf = (model: Model, name: string): Probe[] => {
  const shape = model.shapes[name] as Shape;
  const { type, min = 0, max = 0, pattern, member, key, value } = shape;
  if (shape.enum !== undefined) return [{ why: "another word than those", value: "NEVER", refused: true }];
  if (type === "integer" || type === "long") {
    const edges: Probe[] = [];
    if (shape.min !== undefined) edges.push(...around("value", min, (n) => n, -1));
    if (shape.max !== undefined) edges.push(...around("value", max, (n) => n, 1));
    return edges;
  }
  const edges: Probe[] = [];
  const make = makerOf(model, name);
  if (make !== undefined && shape.min !== undefined && min > 0)
    edges.push(...around("length", min, make, -1));
  if (make !== undefined && shape.max !== undefined) edges.push(...around("length", max, make, 1));
  if (type === "string" && pattern !== undefined) edges.push(...misfits(shape));
  if (type === "list" && member) edges.push(...inside(probesOf(model, member.shape), (inner) => [inner]));
  if (type === "map" && key && value) {
    edges.push(...inside(probesOf(model, key.shape), (inner) => ({ [String(inner)]: "v" })));
    edges.push(...inside(probesOf(model, value.shape), (inner) => ({ k: inner })));
  }
  return edges;
};

const around = (what: string, limit: number, make: (n: number) => unknown, beyond: 1 | -1): Probe[] => [
  { why: `${what} ${limit}`, value: make(limit), refused: false },
  { why: `${what} ${limit + beyond}`, value: make(limit + beyond), refused: true },
];

const inside = (probes: readonly Probe[], wrap: (inner: unknown) => unknown): Probe[] =>
  probes.map(({ why, value, refused }) => ({ why: `${why} inside`, value: wrap(value), refused }));

/** A value of a given length that fits in everything else. */
const makerOf = (model: Model, name: string): ((length: number) => unknown) | undefined => {
  const { type, pattern, member, key } = model.shapes[name] as Shape;
  if (type === "string") return (length) => (/^\^?\\d/.test(pattern ?? "") ? "1" : "a").repeat(length);
  if (type === "list" && member) {
    const inner = model.shapes[member.shape] as Shape;
    const one =
      inner.type === "structure"
        ? { timestamp: TIME, message: "x" }
        : makerOf(model, member.shape)?.(inner.min || 1);
    return (length) => Array(length).fill(one);
  }
  if (type === "map" && key)
    return (length) => Object.fromEntries(Array.from({ length }, (_, n) => [`k${n}`, "v"]));
  return undefined;
};

const misfits = ({ pattern = "" }: Shape): Probe[] => {
  const whole = new RegExp(`^(?:${pattern})$`, "u");
  const wrong = ["a b!", "a:b*", "\u0007"].filter((text) => !whole.test(text));
  return wrong.slice(0, 1).map((value) => ({ why: `${JSON.stringify(value)}`, value, refused: true }));
};

const model = readModel();

describe.skipIf(model === undefined)("the constraints of the API model", () => {
  if (model === undefined) return;
  const known = Object.keys(OPERATIONS).filter((name) => name in model.operations);

  it("are there for what the endpoint answers", () => {
    expect(known.length).toBeGreaterThan(10);
    expect(Object.keys(FITTING).sort()).toEqual(Object.keys(OPERATIONS).sort());
  });

  it.each(known.map((name) => [name] as const))("hold for %s", async (name) => {
    const { endpoint } = await withEndpoint({ now: () => TIME });
    const { members = {}, required = [] } = model.shapes[model.operations[name]?.input.shape ?? ""] as Shape;
    const complaint = async (input: object) => {
      const { __type, message } = (await post(endpoint, name, JSON.stringify(input))).json();
      return __type === "InvalidParameterException" ? String(message) : "";
    };
    for (const member of required)
      expect(
        await complaint({ ...FITTING[name], [member]: undefined }),
        `${name} without ${member}`,
      ).toContain(`at '${member}' failed to satisfy constraint: Member must not be null`);
    for (const [member, { shape }] of Object.entries(members))
      for (const { why, value, refused } of probesOf(model, shape)) {
        const answer = await complaint({ ...FITTING[name], [member]: value });
        const named = answer.includes(`at '${member}`) && answer.includes("failed to satisfy constraint");
        expect(named, `${name}.${member}, ${why}: ${answer.slice(0, 300)}`).toBe(refused);
      }
  });
});
