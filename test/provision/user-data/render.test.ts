import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it, onTestFinished } from "vitest";
import { formatProblem } from "../../../agent/config/load.ts";
import { parseHost } from "../../../provision/host/load.ts";
import { lintUserData } from "../../../provision/lint/lint.ts";
import { parseUserData } from "../../../provision/user-data/parse.ts";
import { FAILED_MARK } from "../../../provision/user-data/prologue.ts";
import { renderUserData, type Sources } from "../../../provision/user-data/render.ts";
import { toolAvailable } from "../../tools.ts";
import { cloudInitReadings, ourReading } from "./cloud-init.ts";

const SUM = "0".repeat(64);

const render = (yaml: string, sources: Partial<Sources> = {}) => {
  const { host, problems } = parseHost(`name: web\n${yaml}`, "host.yaml");
  if (host === undefined) throw new Error(JSON.stringify(problems));
  return renderUserData(host, { scripts: [], ...sources });
};

const script = (path: string, body: string) => ({ path, text: `#!/bin/bash\nset -euo pipefail\n${body}\n` });
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const AGENT = `boot:\n  params: {env: "it's prod"}\n  install_agent: {url: "s3://b/a.tar.gz", sha256: "${SUM}"}\nagent:\n  logs:\n    files:\n      - file_path: /var/log/x\n`;

const COMPLETED = AGENT.replace(
  "agent:\n",
  "  completion: {lifecycle_hook: it's up, stack: {name: web, resource: Group}}\nagent:\n",
);

describe("rendered user data", () => {
  it("of one script is the script, with its parameters in front of its own text", () => {
    const { bytes, compressed } = render("boot:\n  params: {env: prod}\n", {
      scripts: [script("boot.sh", 'echo "$env"')],
    });
    expect(compressed).toBe(false);
    expect(text(bytes)).toMatch(
      /^#!\/bin\/bash\nreadonly env='prod'\n[\s\S]*\nset -euo pipefail\necho "\$env"\n$/,
    );
  });

  it("of more is MIME, which cloud-init takes apart into the same", () => {
    const cloudConfig = { path: "c.yaml", text: "#cloud-config\npackages: [nginx] # ä\n" };
    const { bytes } = render(AGENT, {
      scripts: [script("boot.sh", "echo ä"), script("b.sh", "true")],
      cloudConfig,
    });
    const { parts } = parseUserData(bytes);
    expect(parts.map(({ name, type }) => [name, type])).toEqual([
      ["cloud-config.yaml", "text/cloud-config"],
      ["01-install-agent.sh", "text/x-shellscript"],
      ["02-boot.sh", "text/x-shellscript"],
      ["03-b.sh", "text/x-shellscript"],
    ]);
    expect(parts[0]?.text).toBe(cloudConfig.text);
    expect(parts[1]?.text).toContain(`${SUM}  host-agent.tar.gz`);
    expect(parts[2]?.text).toContain("readonly env='it'\\''s prod'");
    if (toolAvailable("cloud-init", "cloud-init"))
      expect(cloudInitReadings([bytes])).toEqual([ourReading(bytes)]);
  });

  it.each([AGENT, COMPLETED])("passes our own rules, and shellcheck", (yaml) => {
    const { bytes } = render(yaml, { scripts: [script("boot.sh", 'echo "$env"')] });
    expect(lintUserData(bytes, "x").findings.filter(({ severity }) => severity === "error")).toEqual([]);
    if (!toolAvailable("shellcheck", "shellcheck")) return;
    for (const part of parseUserData(bytes).parts) {
      const { stdout } = spawnSync("shellcheck", ["--severity=warning", "-"], {
        input: part.text,
        encoding: "utf8",
      });
      expect(stdout).toBe("");
    }
  });

  it("is compressed only when it has to be, and may be", () => {
    const long = { scripts: [script("boot.sh", `# ${"x".repeat(20_000)}`)] };
    const { bytes, compressed } = render("", long);
    expect(compressed).toBe(true);
    expect(bytes.length).toBeLessThan(1_000);
    expect(parseUserData(bytes).layers).toEqual(["gzip"]);
    expect(() => render("boot: {compression: never}\n", long)).toThrow(
      /20,\d+ bytes, .* more than EC2 takes. The largest: 01-boot.sh/,
    );
  });

  it("takes 16,384 bytes, and not one more", () => {
    const empty = render("boot: {compression: never}\n", { scripts: [script("a", "#")] }).bytes.length;
    const filled = (size: number) =>
      render("boot: {compression: never}\n", { scripts: [script("a", `#${"x".repeat(size - empty)}`)] });
    expect(filled(16_384).bytes.length).toBe(16_384);
    expect(() => filled(16_385)).toThrow("16,385 bytes, 1 more");
  });

  it("refuses what would not run", () => {
    expect(() => render("", { scripts: [{ path: "a.py", text: "#!/usr/bin/python3\n" }] })).toThrow(
      "a.py:1:1",
    );
    expect(() => render("", { scripts: [{ path: "a", text: "#!/bin/sh\r\n" }] })).toThrow();
    expect(() => render("")).toThrow("nothing to run at boot");
  });

  it.each(["bash", "dash"])(
    "tells of a failure, keeps its status, and stops what is behind it, in %s",
    (shell) => {
      const folder = mkdtempSync(join(tmpdir(), "hostwright-render-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const mark = join(folder, "failed");
      const fail = { path: "a.sh", text: "#!/bin/sh\nset -eu\nsh -c 'exit 7'\necho never\n" };
      const { bytes } = render("", { scripts: [fail, { ...fail, path: "b.sh" }] });
      const run = (at: number) => {
        const input = parseUserData(bytes)
          .parts[at]?.text.replaceAll(FAILED_MARK, mark)
          .replace("/dev/console", "/dev/null");
        return spawnSync(shell, { input: input ?? "", encoding: "utf8" });
      };
      expect(run(0)).toMatchObject({
        status: 7,
        stdout: "",
        stderr: "boot: 01-a.sh has failed with status 7\n",
      });
      expect(readFileSync(mark, "utf8")).toBe("boot: 01-a.sh has failed with status 7\n");
      expect(run(1)).toMatchObject({ status: 1, stdout: "" });
    },
  );

  it.each(["bash", "dash"])("tells whoever waits how the boot went, in %s", (shell) => {
    const folder = mkdtempSync(join(tmpdir(), "hostwright-render-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [mark, agent, told] = ["failed", "host-agent", "told"].map((name) => join(folder, name));
    const boot = (body: string) => {
      const scripts = [body, "true"].map((line, at) => ({
        path: `${at}.sh`,
        text: `#!/bin/sh\nset -eu\n${line}\n`,
      }));
      const { bytes } = render(COMPLETED, { scripts });
      const { parts } = parseUserData(bytes);
      // As cloud-init orders them, with what runcmd makes among them.
      expect([...parts.map(({ name }) => name), "runcmd"].toSorted().at(-1)).toBe("zz-boot-completed");
      const [, ...afterInstall] = parts.toSorted((a, b) => ((a.name ?? "") < (b.name ?? "") ? -1 : 1));
      return afterInstall.map(({ text: body }) => {
        const input = body
          .replaceAll(FAILED_MARK, mark ?? "")
          .replaceAll("/usr/local/bin/host-agent", agent ?? "")
          .replaceAll("/dev/console", "/dev/null");
        return spawnSync(shell, { input, encoding: "utf8", env: { PATH: process.env.PATH, TOLD: told } });
      });
    };
    const words = "signal --exit-code N --lifecycle-hook it's up --stack web --resource Group\n";
    writeFileSync(agent ?? "", '#!/bin/sh\necho "$*" >>"$TOLD"\n', { mode: 0o755 });
    expect(boot("true").map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(readFileSync(told ?? "", "utf8")).toBe(words.replace("N", "0"));
    rmSync(told ?? "");
    // As soon as one has failed, once, and with its status.
    expect(boot("sh -c 'exit 7'").map(({ status }) => status)).toEqual([7, 1, 1]);
    expect(readFileSync(told ?? "", "utf8")).toBe(words.replace("N", "7"));
    rmSync(mark ?? "");
    // Nobody is told of a failure when the agent is not there, or does not get through.
    writeFileSync(agent ?? "", "#!/bin/sh\nexit 1\n");
    expect(boot("sh -c 'exit 7'").map(({ status }) => status)).toEqual([7, 1, 1]);
    rmSync(mark ?? "");
    rmSync(agent ?? "");
    expect(boot("sh -c 'exit 7'").map(({ status }) => status)).toEqual([7, 1, 1]);
  });

  it("refuses to tell anybody without an agent, and to tell nobody", () => {
    const said = (yaml: string) => parseHost(`name: web\n${yaml}`, "host.yaml").problems.map(formatProblem);
    expect(said("boot: {completion: {lifecycle_hook: x}}\n")).toEqual([
      "host.yaml:2:20: error: boot.completion: is the work of the agent, which is not installed (add install_agent)",
    ]);
    expect(said(AGENT.replace("agent:\n", "  completion: {}\nagent:\n"))).toEqual([
      expect.stringContaining("boot.completion: says nobody to tell (give lifecycle_hook or stack)"),
    ]);
  });
});
