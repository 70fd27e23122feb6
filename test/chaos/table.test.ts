import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KINDS } from "./plan.ts";
import type { Report } from "./report.ts";
import { MEANINGS, tableText, writeTable } from "./table.ts";

const report: Report = {
  name: "seed 1",
  seed: 1,
  mode: "default",
  seconds: 61,
  ok: true,
  failures: [],
  written: 12_345,
  delivered: 12_300,
  lost: 0,
  duplicated: 0,
  reordered: 0,
  corrupt: 0,
  refused: 5,
  unbalanced: 0,
  inherent: { short: 30, down: 10 },
  explained: [],
  excused: { kill: 7, ambiguous: 4 },
  at_risk: 99,
  kills: 3,
  status_samples: 60,
  peak_buffer_bytes: 0,
  kinds: { kill: { times: 3, lost: 0, duplicated: 0 } },
  notices: [],
  scratch: undefined,
};

describe("the table of the manual", () => {
  it("has a row for every mode and scenario, and one for every kind of action", () => {
    const text = tableText([{ ...report, name: "rsyslog" }, report, { ...report, mode: "verify" }], 60);
    expect(text).toContain(
      "| 1 seeds × 60 s, `resume: replay` | 12,345 | 0 | 0 | 0 | 0 | 7 of 99 | 4 | 40 | 0 |",
    );
    expect(text).toContain("| 1 seeds × 60 s, `resume: verify` |");
    expect(text).toContain("| rsyslog |");
    for (const kind of KINDS) expect(text).toContain(`| ${kind} | ${MEANINGS[kind]} |`);
  });

  it("has a row for each figure of a run that has some, and says which limit does not hold", () => {
    const figures = [
      { what: "caught up after", value: 40.61, unit: "s" },
      { what: "memory", value: 63.4, unit: "MiB", limit: { most: 64 } },
      { what: "catching up", value: 9.9, unit: "×", limit: { least: 10 } },
    ];
    const text = tableText([{ ...report, name: "outage", figures }], 60);
    expect(text).toContain("| outage | caught up after | 40.6 s |  |  |");
    expect(text).toContain("|  | memory | 63.4 MiB | ≤ 64 | yes |");
    expect(text).toContain("|  | catching up | 9.9 × | ≥ 10 | **no** |");
    expect(tableText([report], 60)).not.toContain("| run | measured |");
  });

  it("takes the place of the one that is there", () => {
    const folder = mkdtempSync(join(tmpdir(), "hostwright-table-"));
    const path = join(folder, "page.md");
    try {
      writeFileSync(path, "before\n<!-- chaos: begin -->\nold\n<!-- chaos: end -->\nbehind\n");
      writeTable(path, "new");
      expect(readFileSync(path, "utf8")).toBe(
        "before\n<!-- chaos: begin -->\nnew\n<!-- chaos: end -->\nbehind\n",
      );
      writeFileSync(path, "nothing");
      expect(() => writeTable(path, "new")).toThrow("no place");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
