import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openJournal } from "../../../provision/io/audit.ts";
import { unfinishedOf } from "../../../provision/launch-template/unfinished.ts";

const REQUEST = { of: "lt-1", description: "provision abc", tags: {}, token: "t" };
const CREATE = { event: "create", template: "web", fingerprint: "f", request: REQUEST };
const CREATED = { event: "created", template: "web", id: "lt-1", version: 2, warnings: ["w"] };

describe("what an apply has left undone", () => {
  it("is what its journal has no end of", () => {
    expect(unfinishedOf([], "web")).toBeUndefined();
    expect(unfinishedOf([CREATE], "web")).toEqual({ fingerprint: "f", request: REQUEST });
    expect(unfinishedOf([CREATE, CREATED], "web")).toEqual({
      fingerprint: "f",
      request: REQUEST,
      made: { id: "lt-1", number: 2, warnings: ["w"] },
    });
    for (const event of ["promote", "taken back", "roll back"])
      expect(unfinishedOf([CREATE, CREATED, { event, template: "web" }], "web")).toBeUndefined();
  });

  it("is that of the template, and of the last apply", () => {
    expect(unfinishedOf([CREATE, { ...CREATED, template: "db" }], "web")?.made).toBeUndefined();
    expect(unfinishedOf([CREATE, CREATED, { ...CREATE, fingerprint: "g" }], "web")).toEqual({
      fingerprint: "g",
      request: REQUEST,
    });
  });

  it("passes over lines of earlier versions of this program", () => {
    expect(
      unfinishedOf([{ event: "create", template: "web", fingerprint: "f", token: "t" }], "web"),
    ).toBeUndefined();
  });
});

describe("a journal", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "journal-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("reads what it wrote, without a line that was cut off", async () => {
    const file = join(folder, "journal.jsonl");
    const journal = openJournal(file);
    expect(await journal.entries()).toEqual([]);
    await journal.write(CREATE);
    appendFileSync(file, '{"event":"crea');
    expect(await journal.entries()).toEqual([expect.objectContaining(CREATE)]);
    await journal.write(CREATED);
    expect(await journal.entries()).toEqual([CREATE, CREATED].map((one) => expect.objectContaining(one)));
  });

  it("says what it cannot read", async () => {
    await expect(openJournal(folder).entries()).rejects.toMatchObject({ code: "STATE_UNUSABLE" });
  });
});
