import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  besides,
  byAge,
  compareNames,
  isMovedAside,
  isRotatedName,
  logName,
  plainPath,
} from "../../agent/logs/rotated-name.ts";

const stem = fc.stringMatching(/^[a-z][a-z_]{0,8}$/);
const directory = fc.stringMatching(/^(\/[a-z]{1,6}){1,3}\/$/);
const extension = fc.constantFrom("", ".log", ".txt");
const day = fc
  .integer({ min: 0, max: 3_000 })
  .map((days) => new Date(Date.UTC(2020, 0, 1 + days)).toISOString().slice(0, 10));

/** What rotation puts behind a name, or before its extension: larger is older for a number, earlier for a date. */
const behind = fc.oneof(
  fc.integer({ min: 0, max: 999 }).map((number) => `.${number}`),
  day.map((date) => `-${date.replaceAll("-", "")}`),
  day.map((date) => `.${date}`),
  fc.constantFrom(".old", ".bak", ".prev"),
);
const packed = fc.constantFrom("", ".gz");

describe("the name that rotation gives", () => {
  it("leads back to the one that it was made of", () => {
    fc.assert(
      fc.property(directory, stem, extension, behind, packed, (where, name, end, mark, gz) => {
        const plain = `${where}${name}${end}`;
        const moved = `${plain}${mark}${gz}`;
        expect(plainPath(moved)).toBe(plain);
        expect(isRotatedName(moved, plain)).toBe(true);
        expect(logName(moved)).toBe(logName(plain));
        expect(isMovedAside(moved, plain)).toBe(true);
      }),
    );
  });

  it("may stand before the extension", () => {
    fc.assert(
      fc.property(directory, stem, day, packed, (where, name, date, gz) => {
        const plain = `${where}${name}.log`;
        expect(plainPath(`${where}${name}-${date}.log${gz}`)).toBe(plain);
        expect(isRotatedName(`${where}${name}-${date}.log${gz}`, plain)).toBe(true);
      }),
    );
  });

  it("is known in whatever directory it is by now", () => {
    fc.assert(
      fc.property(directory, directory, stem, behind, (here, there, name, mark) => {
        const plain = `${here}${name}.log`;
        expect(isRotatedName(`${besides(there, plain)}${mark}`, plain)).toBe(true);
      }),
    );
  });

  it.each([
    ["/log/app.log", "/log/app.log"],
    ["/log/apple.log", "/log/app.log"],
    ["/log/app.log.sock", "/log/app.log"],
    ["/log/app.logs", "/log/app.log"],
    ["/log/my-app.log.1", "/log/app.log"],
  ])("%s is none of %s", (other, plain) => {
    expect(isRotatedName(other, plain)).toBe(false);
  });
});

describe("the age that names tell", () => {
  const sign = (number: number): number => Math.sign(number);

  it("is the same from both sides", () => {
    const name = fc
      .tuple(fc.option(behind, { nil: "" }), packed)
      .map((parts) => `/log/app.log${parts.join("")}`);
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(sign(compareNames(a, b))).toBe(sign(-compareNames(b, a)) + 0);
      }),
    );
  });

  it("counts numbers down and dates up", () => {
    const number = fc.integer({ min: 0, max: 999 });
    fc.assert(
      fc.property(number, number, packed, (a, b, gz) => {
        expect(sign(compareNames(`/log/a.log.${a}${gz}`, `/log/a.log.${b}`))).toBe(sign(b - a));
      }),
    );
    fc.assert(
      fc.property(day, day, (a, b) => {
        expect(sign(compareNames(`/log/a.log-${a}`, `/log/a.log-${b}`))).toBe(
          sign(a < b ? -1 : Number(a > b)),
        );
      }),
    );
  });

  it("takes what has no such name for newer than what has one", () => {
    fc.assert(
      fc.property(behind, packed, (mark, gz) => {
        expect(compareNames(`/log/a.log${mark}${gz}`, "/log/a.log")).toBeLessThan(0);
      }),
    );
  });

  it("is asked only where times do not tell", () => {
    const at = (path: string, modifiedAt: number, bornAt: number) => ({ path, modifiedAt, bornAt });
    expect(byAge(at("/a.log.1", 5, 1), at("/a.log.2", 6, 1))).toBeLessThan(0);
    expect(byAge(at("/a.log.1", 5, 2), at("/a.log.2", 5, 1))).toBeGreaterThan(0);
    // A compressed file came into being when it was packed.
    expect(byAge(at("/a.log.2.gz", 5, 9), at("/a.log.1", 5, 1))).toBeLessThan(0);
    expect(byAge(at("/a.log.1.gz", 5, 9), at("/a.log", 5, 1))).toBeLessThan(0);
  });
});
