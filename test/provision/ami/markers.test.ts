import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { markerLine, progressOf, readMarkers } from "../../../provision/ami/markers.ts";

const AUTHOR = { id: "0123456789ab-1", nonce: "n".repeat(32) };
const DIGEST = "d".repeat(64);

const line = (seq: number, said: string): string => markerLine(AUTHOR, seq, said);
const read = (...lines: readonly string[]) => readMarkers(lines.join("\n"), AUTHOR);
const progress = (...lines: readonly string[]) => progressOf(read(...lines).markers);

const RUN = [
  "steps[0].packages start 0 0",
  "steps[0].packages ok 0 12340",
  "steps[1].shell start 0 0",
  "steps[1].shell ok 0 20",
  `fact machine-id ${"a".repeat(64)}`,
  "hygiene start 0 0",
  "hygiene ok 0 100",
  `result ok ${DIGEST}`,
].map((said, at) => line(at + 1, said));

describe("the markers of a run", () => {
  it("tell its steps, how each ended and how long it took", () => {
    expect(progress(...RUN)).toEqual({
      steps: [
        { name: "steps[0].packages", status: "ok", exit: 0, ms: 12340 },
        { name: "steps[1].shell", status: "ok", exit: 0, ms: 20 },
        { name: "hygiene", status: "ok", exit: 0, ms: 100 },
      ],
      identities: [{ name: "machine-id", hash: "a".repeat(64) }],
      result: { ok: true, digest: DIGEST },
      missing: 0,
    });
  });

  it("tell what runs, and what has failed", () => {
    expect(progress(...RUN.slice(0, 3)).steps.at(-1)).toEqual({ name: "steps[1].shell", status: "running" });
    expect(progress(...RUN.slice(0, 3)).result).toBeUndefined();
    const failed = progress(
      ...RUN.slice(0, 3),
      line(4, "steps[1].shell fail 7 30"),
      line(5, "result fail steps[1].shell 7"),
    );
    expect(failed.steps.at(-1)).toEqual({ name: "steps[1].shell", status: "failed", exit: 7, ms: 30 });
    expect(failed.result).toEqual({ ok: false, step: "steps[1].shell", exit: 7 });
  });

  it("count for nothing with another secret or another id, or when anything was changed", () => {
    const other = markerLine({ ...AUTHOR, nonce: "m".repeat(32) }, 9, `result ok ${DIGEST}`);
    expect(read(...RUN.slice(0, 7), other)).toMatchObject({ refused: 1 });
    expect(progress(...RUN.slice(0, 7), other).result).toBeUndefined();
    const foreign = markerLine({ ...AUTHOR, id: "another-1" }, 8, `result ok ${DIGEST}`);
    expect(read(foreign)).toEqual({ markers: [], refused: 0 });
    const whole = line(4, "steps[1].shell fail 7 30");
    for (let at = "@@bake1 ".length + AUTHOR.id.length + 1; at < whole.length; at += 1) {
      const changed = `${whole.slice(0, at)}${whole[at] === "1" ? "2" : "1"}${whole.slice(at + 1)}`;
      expect(read(changed).markers, changed).toEqual([]);
    }
  });

  it("cannot be made longer by who has seen one", () => {
    const seen = line(3, "steps[1].shell start 0 0");
    expect(read(`${seen} ${seen.slice(-32)}`).markers).toHaveLength(1);
    expect(read(seen.replace("start 0 0", "start 0 00")).markers).toEqual([]);
  });

  it("say how many are missing", () => {
    expect(progress(...RUN.slice(0, 2), ...RUN.slice(5)).missing).toBe(3);
  });
});

/** What else a console shows: the kernel, escapes, halves of lines. None of it has a code of ours. */
const noise = fc.oneof(
  fc.constantFrom(
    "[   12.345678] cloud-init[612]: Cloud-init v. 24.1 running",
    "\u001b[0;32m  OK  \u001b[0m] Reached target",
    "@@bake1 ",
    "@@bake1",
    `@@bake1 ${AUTHOR.id} 3 steps[1].sh`,
    `@@bake1 ${AUTHOR.id} 99 result ok ${DIGEST} ${"0".repeat(32)}`,
    "\r",
    "",
  ),
  fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.replaceAll("@", "")),
);

describe("a console", () => {
  it("shows the same run in any order, repeated, with noise on every side and with either line end", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(RUN, { minLength: RUN.length }),
        fc.array(fc.constantFrom(...RUN)),
        fc.array(fc.tuple(noise, noise, fc.constantFrom("\n", "\r\n")), { minLength: 40, maxLength: 40 }),
        (shuffled, repeated, around) => {
          const console = [...shuffled, ...repeated]
            .map((marker, at) => {
              // Something that could go on a code would be another code.
              const [before, behind, end] = around[at % around.length] ?? ["", "", "\n"];
              return `${before}${marker} ${behind}${end}`;
            })
            .join("");
          expect(progressOf(readMarkers(console, AUTHOR).markers)).toEqual(progress(...RUN));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("cut off anywhere shows the markers that are whole, and no other", () => {
    const whole = RUN.join("\n");
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(whole.length), (a, b) => {
        const shown = whole.slice(Math.min(a, b), Math.max(a, b));
        const expected = RUN.flatMap((marker, at) => (shown.includes(marker) ? [at + 1] : []));
        expect(readMarkers(shown, AUTHOR).markers.map(({ seq }) => seq)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("may show anything at all", () => {
    fc.assert(
      fc.property(fc.array(noise), (lines) => {
        expect(readMarkers(lines.join("\n"), AUTHOR).markers).toEqual([]);
      }),
    );
  });

  it("of a megabyte is read at once, also when it is made to be slow", () => {
    const slow = `@@bake1 ${AUTHOR.id} 1 ${"a ".repeat(500_000)}`;
    const many = "@@bake1 x 1 a ".repeat(70_000);
    const from = performance.now();
    expect(readMarkers(slow, AUTHOR).markers).toEqual([]);
    expect(readMarkers(many, AUTHOR).markers).toEqual([]);
    expect(performance.now() - from).toBeLessThan(3_000);
  });
});
