import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Batch, type Span } from "../../agent/logs/batch.ts";
import { Body, BufferPool } from "../../agent/logs/body.ts";
import { eventsOf, outcomes, type Refusal, refusalsOf } from "../../agent/logs/settle.ts";
import type { Tail } from "../../agent/logs/tail.ts";

const TAIL = { path: "/var/log/app.log" } as unknown as Tail;

/** A batch as it is sent: each list of messages is what was read of one file at once. */
const batchOf = (
  parts: readonly { readonly messages: readonly string[]; readonly blanks?: number }[],
): Batch => {
  const pool = new BufferPool(1e6);
  const target = {
    logGroupName: "/g",
    logStreamName: "s",
    retentionInDays: undefined,
    logGroupClass: "STANDARD",
  } as const;
  const body = new Body(pool, target, 100);
  const batch = new Batch(0, {
    body,
    memory: { hold: () => undefined, tryHold: () => true, release: () => undefined },
  });
  let at = 0;
  for (const { messages, blanks = 0 } of parts) {
    for (const message of messages) body.append(Buffer.from(`,${JSON.stringify({ timestamp: 1, message })}`));
    const bytes = messages.reduce((sum, message) => sum + Buffer.byteLength(message) + 1, blanks);
    const place = { tail: TAIL, generation: 0, from: at, to: at + bytes, stamp: 1, anchor: "", final: false };
    const span: Span = { ...place, records: messages.length, blanks, hole: 0 };
    const counts = {
      consumed: bytes,
      records: messages.length,
      blanks,
      bytes,
      repaired: 0,
      cuts: 0,
      full: false,
    };
    batch.add(span, counts);
    at += bytes;
  }
  return batch;
};

const sizes = (messages: readonly string[]) => ({
  records: messages.length,
  bytes: messages.reduce((sum, message) => sum + Buffer.byteLength(message) + 1, 0),
});
const NONE = { records: 0, bytes: 0 };

describe("what a batch has come to", () => {
  it("is all of it, when nothing was refused", () => {
    const batch = batchOf([{ messages: ["one", "two"], blanks: 3 }, { messages: ["thrée"] }]);
    expect(
      outcomes(batch, []).map(({ accepted, rejected, invalid }) => [accepted, rejected, invalid]),
    ).toEqual([
      [sizes(["one", "two"]), NONE, NONE],
      [sizes(["thrée"]), NONE, NONE],
    ]);
  });

  it("is told apart by file, to the byte", () => {
    const batch = batchOf([{ messages: ["a", "bb", "ccc"] }, { messages: ["dddd", "eeeee"] }]);
    const refusals: Refusal[] = [
      { from: 0, to: 1, reason: "too_old" },
      { from: 1, to: 2, reason: "invalid" },
      { from: 4, to: 5, reason: "too_new" },
    ];
    expect(
      outcomes(batch, refusals).map(({ accepted, rejected, invalid }) => [accepted, rejected, invalid]),
    ).toEqual([
      [sizes(["ccc"]), sizes(["a"]), sizes(["bb"])],
      [sizes(["dddd"]), sizes(["eeeee"]), NONE],
    ]);
  });

  it("may be nothing", () => {
    const batch = batchOf([{ messages: ["a", "b"] }, { messages: ["c"] }]);
    expect(
      outcomes(batch, [{ from: 0, to: 3, reason: "expired" }]).map(({ accepted, rejected }) => [
        accepted,
        rejected,
      ]),
    ).toEqual([
      [NONE, sizes(["a", "b"])],
      [NONE, sizes(["c"])],
    ]);
  });
});

describe("the answer of the service", () => {
  it.each([
    [undefined, []],
    [{ tooOldEnd: 2, expiredEnd: 0, tooNewStart: undefined }, [[10, 12, "too_old"]]],
    [{ tooOldEnd: 0, expiredEnd: 3, tooNewStart: undefined }, [[10, 13, "expired"]]],
    [
      { tooOldEnd: 2, expiredEnd: 3, tooNewStart: 4 },
      [
        [10, 12, "too_old"],
        [12, 13, "expired"],
        [14, 15, "too_new"],
      ],
    ],
    [{ tooOldEnd: 3, expiredEnd: 2, tooNewStart: undefined }, [[10, 13, "too_old"]]],
    [{ tooOldEnd: 0, expiredEnd: 0, tooNewStart: 0 }, [[10, 15, "too_new"]]],
    [{ tooOldEnd: 99, expiredEnd: 99, tooNewStart: 99 }, [[10, 15, "too_old"]]],
  ])("%o speaks of these events", (rejected, expected) => {
    expect(refusalsOf(rejected, 10, 5).map(({ from, to, reason }) => [from, to, reason])).toEqual(expected);
  });
});

const message = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 30 })
  .filter((text) => !text.includes("\n"));
const part = fc.record({ messages: fc.array(message, { maxLength: 8 }), blanks: fc.nat(5) });

describe("whatever was refused", () => {
  it("the outcomes add up to what was sent, in records and in bytes, for each file", () => {
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        fc.array(fc.constantFrom("taken", "too_old", "expired", "too_new", "invalid"), {
          minLength: 48,
          maxLength: 48,
        }),
        (parts, fates) => {
          const batch = batchOf(parts);
          const all = parts.flatMap(({ messages }) => messages);
          expect(eventsOf(batch).map(({ message: text }) => text)).toEqual(all);
          const refusals = all.flatMap((_, at): Refusal[] => {
            const reason = fates[at] ?? "taken";
            return reason === "taken" ? [] : [{ from: at, to: at + 1, reason }];
          });
          let index = 0;
          for (const [at, { span, accepted, rejected, invalid }] of outcomes(batch, refusals).entries()) {
            const own = parts[at]?.messages ?? [];
            const fated = (...wanted: string[]) =>
              sizes(own.filter((_, n) => wanted.includes(fates[index + n] ?? "taken")));
            expect(span.records).toBe(own.length);
            expect({ accepted, rejected, invalid }).toEqual({
              accepted: fated("taken"),
              rejected: fated("too_old", "expired", "too_new"),
              invalid: fated("invalid"),
            });
            index += own.length;
          }
        },
      ),
    );
  });

  it("adds up also where messages were repaired or cut, and their bytes are not those of the file", () => {
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1 }),
        fc.array(fc.nat(40)),
        fc.array(fc.boolean()),
        (parts, less, refused) => {
          const batch = batchOf(parts);
          const spans = batch.spans.map((span, at): Span => {
            const fewest = span.blanks + span.records;
            return { ...span, to: Math.max(span.from + fewest, span.to - (less[at] ?? 0)) };
          });
          batch.spans.splice(0, spans.length, ...spans);
          const refusals = refused.flatMap((no, at): Refusal[] =>
            no && at < batch.records
              ? [{ from: at, to: at + 1, reason: at % 2 === 0 ? "invalid" : "too_old" }]
              : [],
          );
          for (const { span, accepted, rejected, invalid } of outcomes(batch, refusals)) {
            expect(accepted.records + rejected.records + invalid.records).toBe(span.records);
            expect(accepted.bytes + rejected.bytes + invalid.bytes).toBe(span.to - span.from - span.blanks);
            for (const { bytes, records } of [accepted, rejected, invalid]) {
              expect(bytes).toBeGreaterThanOrEqual(0);
              expect(records).toBeGreaterThanOrEqual(0);
            }
          }
        },
      ),
    );
  });
});
