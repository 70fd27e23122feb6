import { describe, expect, it } from "vitest";
import { Ledger, type Line } from "./ledger.ts";
import { BANNER, makeLine, parseLine } from "./line.ts";
import { createRandom } from "./random.ts";
import { groupName, Receiver } from "./receiver.ts";

const random = createRandom("receiver");

const scene = (count: number) => {
  const ledger = new Ledger();
  const file = ledger.file(0, 0, "matching", "app.log");
  const lines = Array.from({ length: count }, (_, sequence) => {
    const label = { writer: 0, generation: 0, sequence };
    return ledger.begin(label, makeLine(label, random, 80), file, 0);
  });
  const receiver = new Receiver(ledger);
  let clock = 0;
  const eventOf = (message: Line | string | undefined) => ({
    timestamp: ++clock,
    message: typeof message === "string" ? message : (message?.text ?? ""),
  });
  type Messages = readonly (Line | string | undefined)[];
  const take = (messages: Messages, rejected: Messages = []): void =>
    receiver.take(
      {
        group: groupName(0),
        stream: "stream",
        ingestedAt: 0,
        events: messages.map(eventOf),
        bytes: 0,
        rejected: rejected.map(eventOf),
      },
      clock,
    );
  return { lines, receiver, take };
};

describe("a line", () => {
  it("is recognised by its checksum, whatever is in it", () => {
    for (const length of [40, 200, 5_000]) {
      const label = { writer: 3, generation: 2, sequence: 77 };
      const text = makeLine(label, random, length);
      expect(text).not.toContain("\n");
      expect(parseLine(text)).toEqual({ kind: "line", ...label });
      expect(parseLine(text.slice(0, -1))).toEqual({ kind: "unknown" });
      expect(parseLine(`\0${text}`)).toEqual({ kind: "unknown" });
    }
  });
});

describe("what arrives", () => {
  it("counts for the line that it is, once each time", () => {
    const { lines, receiver, take } = scene(3);
    take([lines[0], lines[1]]);
    take([lines[1], lines[2], BANNER]);
    expect(lines.map(({ deliveries }) => deliveries.length)).toEqual([1, 2, 1]);
    expect(receiver).toMatchObject({ corrupt: [], reordered: [] });
  });

  it("is reordered when a line comes for the first time after a later one", () => {
    const { lines, receiver, take } = scene(3);
    take([lines[0], lines[2], lines[1], lines[0]]);
    const what = "1 came after 2 (in what is now app.log, without a newline)";
    expect(receiver.reordered).toEqual([{ at: 4, writer: 0, what }]);
  });

  it("is corrupt when it is cut, joined, foreign or nobody's", () => {
    const { lines, receiver, take } = scene(2);
    const [first = { text: "" }, second = { text: "" }] = lines;
    const foreign = makeLine({ writer: 1, generation: 0, sequence: 0 }, random, 80);
    take([first.text.slice(0, 30), `${first.text}${second.text}`, foreign, "nobody's"]);
    expect(receiver.corrupt).toHaveLength(4);
  });

  it("may come in two pieces where it was rightly cut", () => {
    const { lines, receiver, take } = scene(1);
    const [line] = lines;
    const bytes = Buffer.from(line?.text ?? "");
    line?.cuts.add(30);
    take([bytes.subarray(0, 30).toString()]);
    expect(line?.pieces).toBe(1);
    take([bytes.subarray(30).toString()]);
    expect([line?.pieces, receiver.corrupt]).toEqual([3, []]);
  });

  it("is in its place when it came in pieces first, and whole once more", () => {
    const { lines, receiver, take } = scene(2);
    const text = lines[0]?.text ?? "";
    lines[0]?.cuts.add(30);
    take([Buffer.from(text).subarray(0, 30).toString(), Buffer.from(text).subarray(30).toString()]);
    take([lines[1], lines[0]]);
    expect(receiver).toMatchObject({ corrupt: [], reordered: [] });
  });

  it("tells what was refused, also when nothing of a batch was taken", () => {
    const { lines, receiver, take } = scene(6);
    take([lines[0]]);
    take([lines[4]], [lines[2], lines[3]]);
    take([], [lines[5], BANNER]);
    expect(lines.map(({ refused }) => refused)).toEqual([false, false, true, true, false, true]);
    expect(receiver.batches.map(({ rejected }) => rejected)).toEqual([0, 2, 2]);
  });

  it("knows the piece of a line that was refused", () => {
    const { lines, take } = scene(2);
    lines[1]?.cuts.add(30);
    take(
      [],
      [
        Buffer.from(lines[1]?.text ?? "")
          .subarray(30)
          .toString(),
      ],
    );
    expect(lines.map(({ refused }) => refused)).toEqual([false, true]);
  });

  it("does not call refused what was taken before its sender got to know that", () => {
    const { lines, take } = scene(1);
    take([lines[0]]);
    take([], [lines[0]]);
    expect(lines.map(({ refused }) => refused)).toEqual([false]);
  });
});
