import { describe, expect, it } from "vitest";
import { CLOUD_CONFIG_KEYS } from "../../../../provision/user-data/cloud-config-keys.ts";
import { CLOUD_CONFIG } from "../../../../provision/user-data/cloud-config-shapes/cloud-config.ts";
import type { Shape } from "../../../../provision/user-data/cloud-config-shapes/shape.ts";
import { hasKnownSchema, machineFacts } from "../machine-schema.ts";

/** What a shape says, as `machineFacts` has it. */
function* factsOf(shape: Shape, path = ""): Generator<string> {
  if (shape.is === "either" || shape.is === "byKind") for (const one of shape.of) yield* factsOf(one, path);
  if (shape.is === "single") {
    for (const kind of shape.kinds) yield `${path}: ${kind}`;
    for (const value of shape.values ?? []) yield `${path} = ${JSON.stringify(value)}`;
  }
  if (shape.is === "list") {
    yield `${path}: array`;
    yield* factsOf(shape.each, `${path}[]`);
  }
  if (shape.is !== "mapping") return;
  yield `${path}: object`;
  for (const name of [...(shape.required ?? []), ...(shape.oneOf ?? [])]) yield `${path}.${name} is required`;
  const others =
    shape.others === undefined || shape.others.is === "anything" ? [] : [["*", shape.others] as const];
  for (const [name, one] of [...Object.entries(shape.keys), ...others]) {
    yield `${path}.${name}`;
    yield* factsOf(one, `${path}.${name}`);
  }
}

const ours = new Set(factsOf(CLOUD_CONFIG));

/** To a mapping, as this is, the schema cannot say of what kind its items are. */
const ONLY_THEIRS = [".chef.initial_attributes[]: string"];
/** Of these the schema says what they hold, and not that they have to be what can hold it. */
const ONLY_OURS = [
  ".ansible.setup_controller.run_ansible[]: object",
  ...["config", "final", "init"].map((stage) => `.cloud_${stage}_modules[]: string`),
];

const missingIn = (some: ReadonlySet<string>, all: ReadonlySet<string>): readonly string[] =>
  [...all].filter((fact) => !some.has(fact)).toSorted();

describe("the shapes of cloud-config", () => {
  it("have no key at the top that lint does not know", () => {
    const tops = [...ours].flatMap((fact) => /^\.([\w-]+)$/.exec(fact)?.[1] ?? []);
    expect(tops.length).toBeGreaterThan(80);
    expect(tops.filter((name) => !CLOUD_CONFIG_KEYS.has(name))).toEqual([]);
  });

  it.skipIf(!hasKnownSchema())(
    "know all keys, kinds and values that cloud-init 22.4 knows, and no others",
    () => {
      const theirs = machineFacts();
      expect(theirs.size).toBeGreaterThan(1_000);
      expect(missingIn(ours, theirs)).toEqual(ONLY_THEIRS);
      expect(missingIn(theirs, ours)).toEqual(ONLY_OURS);
    },
  );
});
