import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { table } from "../../agent/base/table.ts";

const COLUMNS = [
  { title: "file", shrinks: true },
  { title: "to", shrinks: true },
  { title: "bytes", align: "right" },
] as const;

describe("table", () => {
  it("puts words on the left edge and numbers on the right one", () => {
    const rows = [
      ["/var/log/a", "web", "7"],
      ["/b", "application", "1,234,567"],
    ];
    expect(table(COLUMNS, rows, 80)).toEqual([
      "file        to               bytes",
      "/var/log/a  web                  7",
      "/b          application  1,234,567",
    ]);
  });

  it("shows the titles alone when there are no rows", () => {
    expect(table(COLUMNS, [], 80)).toEqual(["file  to  bytes"]);
  });

  it("takes a cell that is missing for an empty one, and leaves no blanks at the end of a line", () => {
    expect(table([{ title: "a" }, { title: "b" }], [["x"]], 80)).toEqual(["a  b", "x"]);
  });

  it("shortens from the front: the end of a path says more", () => {
    const long = "/srv/application/releases/current/log/production.log";
    const [, line = ""] = table(COLUMNS, [[long, "web", "1"]], 40);
    expect(line).toHaveLength(40);
    expect(line).toMatch(/^….*production\.log {2}web {6}1$/);
  });

  it("shortens the second column only when the first has given what it can", () => {
    const [, line = ""] = table(COLUMNS, [["a".repeat(50), "b".repeat(50), "1"]], 60);
    expect(line).toHaveLength(60);
    expect(line.startsWith(`…${"a".repeat(15)}  …`)).toBe(true);
  });

  it("never shortens a column below 16 characters, its title, or where nobody allowed it", () => {
    const rows = [["a".repeat(50), "b".repeat(50), "1".repeat(30)]];
    const [, line = ""] = table(COLUMNS, rows, 10);
    expect(line.split("  ").map((cell) => cell.length)).toEqual([16, 16, 30]);
  });

  it("keeps to the width whenever the shrinking columns have room", () => {
    const cell = fc.string({ minLength: 0, maxLength: 60, unit: fc.constantFrom("a", "/", "9") });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 }),
        fc.integer({ min: 100, max: 200 }),
        (rows, width) => {
          for (const line of table(COLUMNS, rows, width)) expect(line.length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
