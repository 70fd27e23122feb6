import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hunt, unseen } from "../../agent/logs/hunt.ts";
import type { OpenFile, Sibling } from "../../agent/logs/ports.ts";
import { NO_PRINT, printAt } from "../../agent/logs/print.ts";

const LOG = "/log/app.log";

const sibling = (number: number, more: Partial<Sibling> = {}): Sibling => ({
  dev: 1n,
  ino: BigInt(number),
  bornAt: number,
  path: `${LOG}.${number}`,
  size: 0,
  modifiedAt: number,
  ...more,
});

/** Files in memory, and how many of them are open. */
class Shelf {
  opened = 0;
  open = 0;
  readonly #contents: ReadonlyMap<bigint, string>;

  constructor(contents: ReadonlyMap<bigint, string>) {
    this.#contents = contents;
  }

  readonly take = async (of: Sibling): Promise<OpenFile | undefined> => {
    const text = this.#contents.get(of.ino);
    if (text === undefined) return undefined;
    const bytes = Buffer.from(text);
    this.opened++;
    this.open++;
    return {
      id: of,
      read: async (into, at, length, position) => bytes.copy(into, at, position, position + length),
      size: () => bytes.length,
      modifiedAt: () => of.modifiedAt,
      close: () => void this.open--,
    };
  };
}

const contentOf = async (file: OpenFile | undefined): Promise<string | undefined> => {
  if (file === undefined) return undefined;
  const bytes = Buffer.alloc(file.size());
  await file.read(bytes, 0, bytes.length, 0);
  return bytes.toString();
};

/** Lines that begin alike more often than not. */
const content = fc
  .array(fc.constantFrom("start\n", "same line again\n", "one\n", "two\n", `${"x".repeat(200)}\n`), {
    minLength: 1,
    maxLength: 12,
  })
  .map((lines) => lines.join(""));

describe("a hunt", () => {
  it("finds a file that goes on from a print, and none that does not", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(content, { maxLength: 8 }), content, fc.nat(), async (texts, sought, cut) => {
        const offset = 1 + (cut % sought.length);
        const shelf = new Shelf(new Map(texts.map((text, at) => [BigInt(at), text])));
        const source = await new Shelf(new Map([[0n, sought]])).take(sibling(0));
        const print = await printAt(source as OpenFile, offset);
        const found = await hunt(
          texts.map((_, at) => sibling(at)),
          shelf.take,
          undefined,
          print,
        );
        const begins = texts.filter((text) => text.startsWith(sought.slice(0, offset)));
        const text = await contentOf(found?.file);
        if (begins.length > 0) expect(text).toBeDefined();
        // What is between head and anchor is not read, so that only short files are told for sure.
        if (text !== undefined && offset <= 1_024) expect(begins).toContain(text);
        expect(shelf.open).toBe(found === undefined ? 0 : 1);
      }),
    );
  });

  it("asks the file itself first, whatever it is called", async () => {
    const text = "the same in all\n";
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.nat(), async (count, which) => {
        const id = sibling(which % count);
        const shelf = new Shelf(new Map(Array.from({ length: count }, (_, at) => [BigInt(at), text])));
        const source = (await shelf.take(id)) as OpenFile;
        const print = await printAt(source, text.length);
        source.close();
        const all = Array.from({ length: count }, (_, at) => sibling(at));
        const found = await hunt(all, shelf.take, id, print);
        expect(found?.path).toBe(id.path);
      }),
    );
  });

  it("does not take another file for one of which nothing was read", async () => {
    const shelf = new Shelf(new Map([[1n, "a\n"]]));
    expect(await hunt([sibling(1)], shelf.take, sibling(2), NO_PRINT)).toBeUndefined();
    expect(shelf.opened).toBe(0);
  });

  it("opens no more than 64 of the others", async () => {
    const shelf = new Shelf(new Map(Array.from({ length: 500 }, (_, at) => [BigInt(at), "other\n"])));
    const source = (await new Shelf(new Map([[0n, "sought\n"]])).take(sibling(0))) as OpenFile;
    const all = Array.from({ length: 500 }, (_, at) => sibling(at));
    expect(await hunt(all, shelf.take, undefined, await printAt(source, 7))).toBeUndefined();
    expect([shelf.opened, shelf.open]).toEqual([64, 0]);
  });

  it("passes over what cannot be opened, is left out, or is another one after all", async () => {
    const shelf = new Shelf(
      new Map([
        [2n, "a\n"],
        [3n, "a\n"],
        [4n, "a\n"],
      ]),
    );
    const source = (await new Shelf(new Map([[0n, "a\n"]])).take(sibling(0))) as OpenFile;
    const found = await hunt(
      [1, 2, 3, 4].map((number) => sibling(number)),
      shelf.take,
      undefined,
      await printAt(source, 2),
      ({ ino }) => ino === 2n,
      async (file) => file.id.ino === 3n,
    );
    expect(found?.path).toBe(`${LOG}.4`);
    expect(shelf.open).toBe(1);
  });
});

/** The longest step that kernels count the times of files in, in milliseconds: 100 steps a second. */
const TICK_MS = 10;

describe("generations that nobody has seen", () => {
  const some = fc.array(
    fc.record({
      number: fc.integer({ min: 1, max: 30 }),
      bornAt: fc.integer({ min: 0, max: 50 }),
      after: fc.integer({ min: 0, max: 50 }),
      packed: fc.boolean(),
      known: fc.boolean(),
    }),
    { maxLength: 20 },
  );

  it("may bear a time before that of the look that they came after: kernels count in steps", () => {
    // Seen at 100.0 under its path, which then got another file in the step that began at 99.94.
    const late = sibling(1, { bornAt: 99.94, modifiedAt: 120 });
    expect(unseen(LOG, [late], 100, () => false)).toEqual([late]);
  });

  it("are those of that log that are unknown and younger, the oldest first", () => {
    fc.assert(
      fc.property(some, fc.integer({ min: 0, max: 60 }), (files, since) => {
        const siblings = files.map(({ number, bornAt, after, packed }, at) =>
          sibling(at, {
            path: `${LOG}.${number}${packed ? ".gz" : ""}`,
            bornAt,
            modifiedAt: bornAt + after,
          }),
        );
        const others = [sibling(100, { path: "/log/other.log.1", bornAt: 99, modifiedAt: 99 })];
        const known = ({ ino }: Sibling): boolean => files[Number(ino)]?.known === true;
        const found = unseen(LOG, [...siblings, ...others], since, known);
        const expected = siblings.filter((one, at) => {
          const { packed, known: isKnown } = files[at] as (typeof files)[number];
          // What was packed came into being when it was packed; where nothing is said of it, its last line tells.
          return !isKnown && (packed || one.bornAt === 0 ? one.modifiedAt : one.bornAt) > since - TICK_MS;
        });
        expect(new Set(found)).toEqual(new Set(expected));
        for (const [at, one] of found.entries())
          expect(one.modifiedAt).toBeGreaterThanOrEqual(found[at - 1]?.modifiedAt ?? 0);
      }),
    );
  });
});
