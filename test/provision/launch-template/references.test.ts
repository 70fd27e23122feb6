import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Head, Reference, Version } from "../../../provision/launch-template/ports.ts";
import {
  demoted,
  PROMOTIONS_TAG,
  previous,
  promoted,
  promotionsOf,
} from "../../../provision/launch-template/promotions.ts";
import { driftOf, pruneOf } from "../../../provision/launch-template/references.ts";

const headOf = (default_version: number, latest_version: number, promotions = ""): Head => ({
  id: "lt-1",
  name: "web",
  default_version,
  latest_version,
  tags: promotions === "" ? {} : { [PROMOTIONS_TAG]: promotions },
});

const versionsUpTo = (latest: number): readonly Version[] =>
  Array.from({ length: latest }, (_, at) => ({
    number: at + 1,
    description: "",
    created_at: "",
    created_by: "",
    data: {},
  }));

describe("promotions", () => {
  it("are a stack: each rollback goes one further back, whatever was done before", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("apply", "roll back"), { maxLength: 18 }), (steps) => {
        let head = headOf(1, 1);
        /** What the stack should be: the default on top. */
        const expected = [1];
        for (const step of steps) {
          if (step === "apply") {
            const next = head.latest_version + 1;
            const tag = promoted(head, next);
            expected.unshift(next);
            head = { ...headOf(next, next), tags: { [PROMOTIONS_TAG]: tag } };
          } else {
            const back = previous(head);
            expect(back).toBe(expected[1]);
            if (back === undefined) continue;
            expected.shift();
            const tag = demoted(head, back);
            head = { ...head, default_version: back, tags: { [PROMOTIONS_TAG]: tag } };
          }
          expect(promotionsOf(head)).toEqual(expected);
        }
      }),
    );
  });

  it("are right, too, when a run was killed between the tag and the default, or the other way round", () => {
    // Applied: the tag says 3, the default is still 2.
    expect(previous(headOf(2, 3, "3 2 1"))).toBe(1);
    expect(promoted(headOf(2, 3, "3 2 1"), 3)).toBe("3 2 1");
    // Rolled back: the default is 2 again, and the tag does not say so yet.
    expect(previous(headOf(2, 3, "3 2 1"))).toBe(1);
    // Somebody else has made 7 the default.
    expect(previous(headOf(7, 9, "3 2 1"))).toBe(3);
    expect(promoted(headOf(7, 9, "3 2 1"), 9)).toBe("9 7 3 2 1");
  });

  it("fit into a tag", () => {
    const many = Array.from({ length: 60 }, (_, at) => 9_999 - at).join(" ");
    expect(promoted(headOf(9_999, 10_000, many), 10_000).length).toBeLessThanOrEqual(256);
  });
});

const reference = fc.record({
  kind: fc.constantFrom("auto scaling group", "fleet", "instance"),
  name: fc.constant("x"),
  version: fc.oneof(fc.constantFrom("$Latest", "$Default"), fc.integer({ min: 1, max: 30 }).map(String)),
}) as fc.Arbitrary<Reference>;

describe("pruning", () => {
  it("never touches what is the default, the latest, gone back to, or used", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.nat(),
        fc.array(reference, { maxLength: 5 }),
        fc.nat(10),
        fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 }),
        (latest, chosen, references, keep, promotions) => {
          const head = headOf(1 + (chosen % latest), latest, promotions.join(" "));
          const gone = pruneOf(head, versionsUpTo(latest), references, keep)
            .filter(({ kept }) => kept === undefined)
            .map(({ version }) => version);
          const used = references.map(({ version }) => {
            if (version === "$Latest") return latest;
            return version === "$Default" ? head.default_version : Number(version);
          });
          const sacred = [head.default_version, latest, previous(head), ...used];
          expect(gone.filter((version) => sacred.includes(version))).toEqual([]);
          expect(gone.filter((version) => version > latest - keep)).toEqual([]);
          // And everything else goes.
          const left = versionsUpTo(latest).map(({ number }) => number);
          expect(gone.toSorted((a, b) => a - b)).toEqual(
            left.filter((version) => !sacred.includes(version) && version <= latest - keep),
          );
        },
      ),
    );
  });

  it("says why a version stays", () => {
    const references: Reference[] = [{ kind: "instance", name: "i-1", version: "3" }];
    expect(pruneOf(headOf(5, 6, "5 4 2"), versionsUpTo(6), references, 0)).toEqual([
      { version: 6, kept: "latest" },
      { version: 5, kept: "default" },
      { version: 4, kept: "previous default" },
      { version: 3, kept: "used by instance i-1" },
      { version: 2 },
      { version: 1 },
    ]);
  });
});

describe("drift", () => {
  it("is what starts, or was started with, another version than the default", () => {
    const references: Reference[] = [
      { kind: "auto scaling group", name: "a", version: "$Default" },
      { kind: "auto scaling group", name: "b", version: "$Latest" },
      { kind: "fleet", name: "c", version: "5" },
      { kind: "instance", name: "d", version: "4" },
    ];
    const pin = (name: string, version: number): string =>
      `(LT28); give it the number: aws autoscaling update-auto-scaling-group --auto-scaling-group-name ${name} --launch-template LaunchTemplateName=web,Version=${version}`;
    expect(driftOf(headOf(5, 6), references).map(({ name, message }) => `${name} ${message}`)).toEqual([
      `a follows $Default, so that a refresh of it cannot be rolled back ${pin("a", 5)}`,
      "b starts version 6 ($Latest), the default is 5",
      `b follows $Latest, so that a refresh of it cannot be rolled back ${pin("b", 6)}`,
      "d was started with version 4, the default is 5",
    ]);
    expect(driftOf(headOf(6, 6), [{ kind: "auto scaling group", name: "a", version: "6" }])).toEqual([]);
  });
});
