import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { AppError } from "../../../agent/base/errors.ts";
import { DATABASE_FILE, openDatabase } from "../../../agent/io/local-endpoint/open-database.ts";
import { SCHEMA_VERSION } from "../../../agent/io/local-endpoint/schema.ts";

const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "hostwright-endpoint-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const unusable = (message: RegExp) =>
  expect.objectContaining({ code: "STATE_UNUSABLE", exit: 1, message: expect.stringMatching(message) });

describe("a data directory", () => {
  it("is made, for its owner alone, with all directories above it", () => {
    const folder = join(temporary(), "a", "b");
    openDatabase(folder).close();
    expect(modeOf(folder)).toBe("700");
    expect(modeOf(join(folder, DATABASE_FILE))).toBe("600");
  });

  it("that was there keeps its mode, since it may have other uses; its files are still for the owner alone", () => {
    const folder = temporary();
    chmodSync(folder, 0o755);
    const db = openDatabase(folder);
    expect(modeOf(folder)).toBe("755");
    for (const ending of ["", "-wal", "-shm"])
      expect(modeOf(join(folder, DATABASE_FILE + ending))).toBe("600");
    db.close();
  });

  it("may be open several times", () => {
    const folder = temporary();
    const [first, second] = [openDatabase(folder), openDatabase(folder)];
    first.close();
    second.close();
  });
});

describe("a data directory that cannot be used", () => {
  it("holds a file that is no database", () => {
    const folder = temporary();
    writeFileSync(
      join(folder, DATABASE_FILE),
      "not a database, but long enough to look like one ".repeat(100),
    );
    expect(() => openDatabase(folder)).toThrow(
      unusable(/^The data directory .* cannot be used: file is not a database$/),
    );
    expect(readFileSync(join(folder, DATABASE_FILE), "utf8")).toMatch(/^not a database/);
  });

  it("holds a database that was cut short", () => {
    const folder = temporary();
    openDatabase(folder).close();
    const file = join(folder, DATABASE_FILE);
    truncateSync(file, statSync(file).size / 2);
    expect(() => openDatabase(folder)).toThrow(unusable(/malformed/));
  });

  it("was written by another version, and is left as it is", () => {
    const folder = temporary();
    const db = openDatabase(folder);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    db.close();
    expect(() => openDatabase(folder)).toThrow(unusable(/another version \(schema 2\)/));
    const same = new DatabaseSync(join(folder, DATABASE_FILE));
    expect(same.prepare("PRAGMA user_version").get()).toEqual({ user_version: SCHEMA_VERSION + 1 });
    same.close();
  });

  it("is a file", () => {
    const file = join(temporary(), "file");
    writeFileSync(file, "");
    expect(() => openDatabase(file)).toThrow(unusable(/EEXIST|ENOTDIR/));
    expect(() => openDatabase(join(file, "below"))).toThrow(unusable(/ENOTDIR/));
  });

  it("has a directory in the place of the database", () => {
    const folder = temporary();
    mkdirSync(join(folder, DATABASE_FILE));
    expect(() => openDatabase(folder)).toThrow(unusable(/EISDIR/));
  });

  it("says what to do next", () => {
    const folder = join(temporary(), "file");
    writeFileSync(folder, "");
    try {
      openDatabase(folder);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect((error as AppError).next).toMatch(/directory/);
      expect((error as AppError).cause).toBeInstanceOf(Error);
    }
  });
});

it("memory needs no directory", () => {
  const db = openDatabase(undefined);
  expect(db.prepare("SELECT count(*) AS n FROM groups").get()).toEqual({ n: 0 });
  db.close();
});
