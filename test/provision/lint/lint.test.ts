import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { lintUserData, mended } from "../../../provision/lint/lint.ts";

const lint = (text: string | Uint8Array) =>
  lintUserData(typeof text === "string" ? new TextEncoder().encode(text) : text, "boot.sh").findings;
const fix = (text: string) => mended(new TextEncoder().encode(text), {});

const SCRIPT = "#!/bin/bash\nset -euo pipefail\n";

describe("a finding", () => {
  it("says where it is, in a script and in a part of a message", () => {
    expect(lint(`${SCRIPT}\n  sudo systemctl start nginx\n`)).toEqual([
      {
        rule: "UD22",
        severity: "warning",
        file: "boot.sh",
        line: 4,
        column: 3,
        message: expect.stringContaining("sudo does nothing"),
        fixable: false,
      },
    ]);
    const message = `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/x-shellscript\n\n${SCRIPT}sudo x\n--b--\n`;
    expect(lint(message)).toMatchObject([{ rule: "UD22", line: 9, column: 1 }]);
  });

  it("in an encoded part says which line of the part", () => {
    const body = Buffer.from(`${SCRIPT}sudo x\n`).toString("base64");
    const message = `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n${body}\n--b--\n`;
    expect(lint(message)).toMatchObject([{ rule: "UD22", line: 8, within: "line 3 of part-001" }]);
  });

  it("in runcmd is at the line of the command, also inside of a block", () => {
    const text = "#cloud-config\nruncmd:\n  - systemctl start x\n  - |\n    true\n    sudo y\n";
    expect(lint(text)).toMatchObject([{ rule: "UD22", line: 6, column: 5 }]);
  });
});

describe("an ignore", () => {
  it("with a reason silences its line, the next line, or the file", () => {
    for (const text of [
      `${SCRIPT}sudo x # provision-lint: ignore UD22 -- the vendor wants it\n`,
      `${SCRIPT}# provision-lint: ignore UD22 -- the vendor wants it\nsudo x\n`,
      `${SCRIPT}sudo x\n# provision-lint: ignore-file UD22, UD35 -- the vendor wants it\n`,
    ])
      expect(lint(text)).toEqual([]);
  });

  it("does nothing for other rules and lines, or without a reason", () => {
    const other = `${SCRIPT}# provision-lint: ignore UD35 -- why\nsudo x\n`;
    expect(lint(other).map(({ rule }) => rule)).toEqual(["UD22"]);
    const without = `${SCRIPT}# provision-lint: ignore UD22\nsudo x\n`;
    expect(lint(without).map(({ rule }) => rule)).toEqual(["UD00", "UD22"]);
  });
});

describe("--fix", () => {
  it("mends what is safe, all of it at once", () => {
    expect(fix("\ufeff\n#!/bin/sh\r\nset -e\r\ndnf install nginx\r\n")).toBe(
      "#!/bin/sh\nset -e\ndnf install -y nginx\n",
    );
    expect(fix("# cloud-config\npackages: [x]\n")).toBe("#cloud-config\npackages: [x]\n");
  });

  it("leaves alone what is well, what is ignored, and what is encoded", () => {
    expect(fix(`${SCRIPT}true\n`)).toBeUndefined();
    expect(fix(`${SCRIPT}dnf install x # provision-lint: ignore UD23 -- asks on purpose\n`)).toBeUndefined();
    expect(fix(Buffer.from("\n#!/bin/sh\ntrue\n").toString("base64"))).toBeUndefined();
  });
});
