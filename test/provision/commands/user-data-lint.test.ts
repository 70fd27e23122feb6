import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command } from "../../../provision/commands/user-data-lint.ts";
import { toolAvailable } from "../../tools.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hostwright-lint-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const lint = async (files: readonly string[], options: object = {}) => {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    out: (text: string | Uint8Array) => out.push(String(text)),
    err: (text: string) => err.push(text),
  };
  const defaults = { format: "text", "fail-on": "warning", fix: false, shellcheck: false } as const;
  const status = await command.run({ ...defaults, ...options }, files, terminal);
  return { status, out: out.join(""), err: err.join("") };
};

const SUDO = "#!/bin/bash\nset -euo pipefail\nsudo systemctl start nginx\n";

describe("provision user-data lint", () => {
  it("ends with 0 and silence when all is well", async () => {
    expect(await lint([file("good", "#cloud-config\npackages: [nginx]\n")])).toEqual({
      status: 0,
      out: "",
      err: "",
    });
  });

  it("prints findings by file and line, sums them up, and ends with 3", async () => {
    const path = file("sudo", SUDO);
    const { status, out, err } = await lint([path]);
    expect({ status, err }).toEqual({ status: 3, err: "0 errors, 1 warning, 0 info\n" });
    expect(out).toMatch(new RegExp(`^${path}:3:1: warning UD22: sudo does nothing.*\n$`));
  });

  it("minds only what --fail-on says", async () => {
    expect((await lint([file("sudo", SUDO)], { "fail-on": "error" })).status).toBe(0);
  });

  it("prints JSON, SARIF and commands of GitHub", async () => {
    const path = file("sudo", SUDO);
    const json = JSON.parse((await lint([path], { format: "json" })).out);
    expect(json.findings).toMatchObject([{ rule: "UD22", line: 3, column: 1, file: path }]);
    const sarif = JSON.parse((await lint([path], { format: "sarif" })).out);
    expect(sarif.version).toBe("2.1.0");
    expect(sarif.runs[0].results).toMatchObject([{ ruleId: "UD22", level: "warning" }]);
    expect((await lint([path], { format: "github" })).out).toBe(
      `::warning file=${path},line=3,col=1,title=UD22::sudo does nothing: this runs as root; use chown where files belong to somebody else\n`,
    );
  });

  it("mends files with --fix", async () => {
    const path = file("crlf", "#!/bin/sh\r\nset -eu\r\ntrue\r\n");
    expect(await lint([path], { fix: true })).toEqual({ status: 0, out: "", err: "" });
    expect(readFileSync(path, "utf8")).toBe("#!/bin/sh\nset -eu\ntrue\n");
  });

  it("says which file cannot be read, and why", async () => {
    await expect(lint([join(folder, "none")])).rejects.toThrow("there is no such file");
    await expect(lint([folder])).rejects.toThrow("it is a directory");
    await expect(lint([])).rejects.toThrow("at least one file");
  });

  it("reads 1,000 files within 3 seconds", async () => {
    const body = Array.from({ length: 60 }, (_, at) => `install -d -m 0755 "/opt/app/${at}" # ${at}`).join(
      "\n",
    );
    const files = Array.from({ length: 1000 }, (_, at) =>
      at % 2 === 0
        ? file(`many-${at}`, `#!/bin/bash\nset -euo pipefail\n${body}\n`)
        : file(
            `many-${at}`,
            `#cloud-config\npackages: [nginx]\nwrite_files:\n  - path: /etc/x\n    content: |\n${body.replace(/^/gm, "      ")}\n`,
          ),
    );
    const began = performance.now();
    expect((await lint(files)).status).toBe(0);
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it.skipIf(!toolAvailable("shellcheck", "shellcheck"))(
    "maps shellcheck's lines to those of the file",
    async () => {
      const message = `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/x-shellscript\n\n#!/bin/bash\nset -euo pipefail\necho $1\n--b--\n`;
      const path = file("mime", message);
      const { out } = await lint([path], { shellcheck: true });
      expect(out).toMatch(new RegExp(`^${path}:9:6: info SC2086: `));
    },
  );
});
