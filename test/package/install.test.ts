import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { toolAvailable } from "../tools.ts";
import { type Ended, ROOT, run, scratch, testRelease } from "./release.ts";

const SCRIPT = join(ROOT, "install.sh");
const dir = scratch("install");
const good = join(dir, "good.yaml");
const other = join(dir, "other.yaml");
const bad = join(dir, "bad.yaml");

const config = (group: string): string =>
  `logs:\n  files:\n    - file_path: /var/log/dpkg.log\n      log_group_name: ${group}\n`;

let first = "";
let second = "";
let rebuilt = "";
let root = "";

const install = (...args: readonly string[]): Ended => run("sh", [SCRIPT, "--root", root, ...args]);
const at = (path: string): string => join(root, path);
const mode = (path: string): string => (lstatSync(at(path)).mode & 0o7777).toString(8);
const installed = (): Ended => run(at("opt/hostwright/current/bin/host-agent"), ["--version"]);

/** Every file below the root, with everything that an installation could change about it. */
const tree = (): readonly string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => {
      const { mode: bits, mtimeMs, ino } = lstatSync(path);
      return `${path} ${bits} ${statSync(path, { throwIfNoEntry: false })?.isDirectory() ? "" : `${mtimeMs} ${ino}`}`;
    })
    .sort();

beforeAll(async () => {
  first = await testRelease({ version: "1.0.0", out: dir });
  second = await testRelease({ version: "1.1.0", out: dir });
  mkdirSync(join(dir, "rebuilt"));
  rebuilt = await testRelease({
    version: "1.1.0",
    out: join(dir, "rebuilt"),
    edit: (code) => `${code}// again\n`,
  });
  writeFileSync(good, config("/install/good"));
  writeFileSync(other, config("/install/other"));
  writeFileSync(bad, "logs:\n  fils: []\n");
});

beforeEach(() => {
  root = join(dir, "root");
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root);
});

describe("install.sh", () => {
  it.skipIf(!toolAvailable("shellcheck", "shellcheck"))(
    "is POSIX sh that shellcheck has nothing to say about",
    () => {
      for (const script of [SCRIPT, join(ROOT, ".ci", "release-wrapper.sh")])
        expect(run("shellcheck", ["--shell=sh", script])).toEqual({ status: 0, out: "", err: "" });
    },
  );

  it("prints its help", () => {
    const { status, out } = run("sh", [SCRIPT, "--help"]);
    expect(status).toBe(0);
    expect(out).toMatch(/^Usage: install\.sh --from FILE/);
  });

  it.each([
    { args: [], says: "--from is missing" },
    { args: ["--frm", "x"], says: "Unknown argument: --frm" },
    { args: ["--from"], says: "--from needs a value" },
    { args: ["--from", "/no/such.tar.gz"], says: "/no/such.tar.gz is not a file that can be read" },
    { args: ["--from", "/usr"], says: "/usr is not a file" },
    { args: ["uninstall", "--config", "x"], says: "uninstall takes --purge and --root only" },
    { args: ["--purge", "--from", SCRIPT], says: "--purge goes with uninstall only" },
    { args: ["uninstall", "--no-start"], says: "uninstall takes --purge and --root only" },
    { args: ["--no-start", "--from", SCRIPT], says: "--no-start goes without --root" },
  ])("refuses $args with status 2", ({ args, says }) => {
    const { status, out, err } = install(...args);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toContain(says);
    expect(tree()).toEqual([]);
  });
});

describe("a first installation", () => {
  it("puts everything in place, and tells what is left to do", () => {
    const { status, out, err } = install("--from", first, "--config", good);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toContain("host-agent 1.0.0 is installed.");
    expect(out).toContain("useradd --system");
    expect(installed().status).toBe(0);
    expect(readlinkSync(at("opt/hostwright/current"))).toBe("1.0.0");
    expect(readlinkSync(at("usr/local/bin/host-agent"))).toBe("/opt/hostwright/current/bin/host-agent");
    expect(readFileSync(at("etc/host-agent/agent.yaml"), "utf8")).toBe(config("/install/good"));
    expect(mode("etc/host-agent/agent.yaml")).toBe("640");
    expect(mode("var/lib/host-agent")).toBe("700");
    expect(mode("opt/hostwright/1.0.0")).toBe("755");
    expect(readFileSync(at("etc/systemd/system/host-agent.service"), "utf8")).toBe(
      readFileSync(join(ROOT, "templates", "host-agent.service"), "utf8"),
    );
    expect(readdirSync(at("opt/hostwright")).sort()).toEqual([".lock", "1.0.0", "current"]);
  });

  it("changes nothing when it is done again", () => {
    install("--from", first, "--config", good);
    const before = tree();
    const { status, out } = install("--from", first, "--config", good);
    expect(status).toBe(0);
    expect(out).toBe("install.sh: host-agent 1.0.0 is installed already; nothing to do.\n");
    expect(tree()).toEqual(before);
  });

  it("waits for nobody: a second one at the same time is refused", () => {
    install("--from", first, "--config", good);
    const { status, err } = run("flock", [
      at("opt/hostwright/.lock"),
      "sh",
      SCRIPT,
      "--root",
      root,
      "--from",
      second,
    ]);
    expect(status).toBe(1);
    expect(err).toContain("Another install.sh is running.");
    expect(readlinkSync(at("opt/hostwright/current"))).toBe("1.0.0");
  });

  it("needs a configuration", () => {
    const { status, err } = install("--from", first);
    expect(status).toBe(2);
    expect(err).toContain("--config is missing, and no configuration is installed yet.");
    expect(existsSync(at("opt/hostwright/current"))).toBe(false);
  });

  it("takes names with blanks, quotes, dollars and a leading dash as they are", () => {
    const odd = join(dir, "a 'b' \"c\" $(touch pwned) `id` ;d.yaml");
    writeFileSync(odd, config("/install/odd"));
    writeFileSync(join(dir, "-n"), config("/install/dash"));
    expect(install("--from", first, "--config", odd).status).toBe(0);
    expect(run("sh", [SCRIPT, "--from", first, "--config", "-n", "--root", root], dir).status).toBe(0);
    expect(readFileSync(at("etc/host-agent/agent.yaml"), "utf8")).toContain("/install/dash");
  });

  it("leaves a program of the same name alone", () => {
    mkdirSync(at("usr/local/bin"), { recursive: true });
    symlinkSync("/usr/bin/true", at("usr/local/bin/host-agent"));
    const { status, err } = install("--from", first, "--config", good);
    expect(status).toBe(1);
    expect(err).toContain("belongs to something else");
    expect(existsSync(at("opt"))).toBe(false);
  });
});

describe("an upgrade", () => {
  beforeEach(() => {
    expect(install("--from", first, "--config", good).status).toBe(0);
  });

  it("switches over, keeps the configuration, and the version before", () => {
    const { status, out } = install("--from", second);
    expect(status).toBe(0);
    expect(out).toContain("host-agent 1.1.0 is installed; before it was 1.0.0.");
    expect(readlinkSync(at("opt/hostwright/current"))).toBe("1.1.0");
    expect(readFileSync(at("etc/host-agent/agent.yaml"), "utf8")).toBe(config("/install/good"));
    expect(readdirSync(at("opt/hostwright")).sort()).toEqual([".lock", "1.0.0", "1.1.0", "current"]);
  });

  it("removes what is older than the version before", () => {
    install("--from", second);
    expect(install("--from", rebuilt).status).toBe(0);
    const names = readdirSync(at("opt/hostwright")).sort();
    expect(names).toEqual([".lock", "1.1.0", expect.stringMatching(/^1\.1\.0\+[0-9a-f]{8}$/), "current"]);
    expect(readlinkSync(at("opt/hostwright/current"))).toBe(names[2]);
  });

  it("keeps the configuration until now aside when it brings another one", () => {
    const { status, out } = install("--from", second, "--config", other);
    expect(status).toBe(0);
    const kept = readdirSync(at("etc/host-agent")).filter((name) => name !== "agent.yaml");
    expect(kept).toEqual([expect.stringMatching(/^agent\.yaml\.\d{8}T\d{6}Z$/)]);
    expect(out).toContain(`/etc/host-agent/${kept[0]}`);
    expect(readFileSync(at(`etc/host-agent/${kept[0]}`), "utf8")).toBe(config("/install/good"));
    expect(readFileSync(at("etc/host-agent/agent.yaml"), "utf8")).toBe(config("/install/other"));
    expect(mode("etc/host-agent/agent.yaml")).toBe("640");
  });
});

describe("what is refused changes nothing", () => {
  let before: readonly string[] = [];
  beforeEach(() => {
    install("--from", first, "--config", good);
    before = tree();
  });

  it("a configuration that the new version does not accept", () => {
    const { status, err } = install("--from", second, "--config", bad);
    expect(status).toBe(2);
    expect(err).toMatch(/bad\.yaml:2:3/);
    expect(err).toContain(`host-agent 1.1.0 does not accept ${bad}.`);
    expect(tree()).toEqual(before);
  });

  it("an installed configuration that the new version does not accept", () => {
    writeFileSync(at("etc/host-agent/agent.yaml"), "logs: []\n");
    before = tree();
    expect(install("--from", second).status).toBe(2);
    expect(tree()).toEqual(before);
  });

  it("an archive with another checksum than the one given", () => {
    const { status, err } = install("--from", second, "--sha256", "0".repeat(64));
    expect(status).toBe(2);
    expect(err).toContain("not the one given");
    expect(tree()).toEqual(before);
  });

  it("an archive that was cut off", () => {
    const cut = join(dir, "cut.tar.gz");
    writeFileSync(cut, readFileSync(second).subarray(0, 200_000));
    const { status, err } = install("--from", cut);
    expect(status).toBe(2);
    expect(err).toContain("cut.tar.gz cannot be unpacked");
    expect(tree()).toEqual(before);
  });

  const repacked = (change: (home: string) => void): string => {
    const work = join(dir, "repack");
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work);
    run("tar", ["-xzf", second, "-C", work]);
    const [name = ""] = readdirSync(work);
    change(join(work, name));
    const path = join(dir, "repacked.tar.gz");
    run("tar", ["-czf", path, "-C", work, name]);
    return path;
  };

  it.each<[string, (home: string) => void, string]>([
    [
      "with a changed file",
      (home) => writeFileSync(join(home, "lib/host-agent.cjs"), "evil"),
      "is damaged: lib/host-agent.cjs: FAILED",
    ],
    [
      "with a file too many",
      (home) => writeFileSync(join(home, "lib/extra.cjs"), ""),
      "holds files that are not in its SHA256SUMS",
    ],
    [
      "with a link too many",
      (home) => symlinkSync("/etc/passwd", join(home, "lib/extra")),
      "holds files that are not in its SHA256SUMS",
    ],
    [
      "without the program",
      (home) => rmSync(join(home, "lib/host-agent.cjs")),
      "is not a hostwright archive: lib/host-agent.cjs is missing",
    ],
  ])("an archive %s", (_, change, says) => {
    const { status, err } = install("--from", repacked(change));
    expect(status).toBe(2);
    expect(err).toContain(says);
    expect(tree()).toEqual(before);
  });

  it("something that is no archive at all", () => {
    const { status, err } = install("--from", good);
    expect(status).toBe(2);
    expect(err).toContain("good.yaml cannot be unpacked");
    expect(tree()).toEqual(before);
  });
});

describe("uninstall", () => {
  it("removes the programs and the unit; keeps the configuration and the state", () => {
    install("--from", first, "--config", good);
    writeFileSync(at("var/lib/host-agent/checkpoints.db"), "state");
    const { status, out } = install("uninstall");
    expect(status).toBe(0);
    expect(out).toContain("uninstall --purge removes them");
    for (const path of [
      "opt/hostwright",
      "usr/local/bin/host-agent",
      "etc/systemd/system/host-agent.service",
    ])
      expect(existsSync(at(path))).toBe(false);
    expect(existsSync(at("etc/host-agent/agent.yaml"))).toBe(true);
    expect(existsSync(at("var/lib/host-agent/checkpoints.db"))).toBe(true);
    expect(install("--from", first).status).toBe(0);
  });

  it("removes everything with --purge", () => {
    install("--from", first, "--config", good);
    expect(install("uninstall", "--purge").status).toBe(0);
    for (const path of ["opt/hostwright", "etc/host-agent", "var/lib/host-agent"])
      expect(existsSync(at(path))).toBe(false);
  });

  it("is content when there is nothing to remove", () => {
    expect(install("uninstall").status).toBe(0);
  });
});

describe("docs/install.md", () => {
  const page = readFileSync(join(ROOT, "docs", "install.md"), "utf8");

  it("shows configurations that are accepted", () => {
    const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const [, inUserData = ""] = /<<'EOF'\n([\s\S]*?)EOF/.exec(page) ?? [];
    for (const text of [yaml, inUserData]) {
      writeFileSync(good, text);
      rmSync(root, { recursive: true });
      mkdirSync(root);
      expect(install("--from", first, "--config", good)).toMatchObject({ status: 0, err: "" });
    }
    writeFileSync(good, config("/install/good"));
  });

  it("explains what install.sh says, in its words", () => {
    const script = readFileSync(SCRIPT, "utf8");
    const [, table = ""] = /\| what it says [\s\S]*?\n\|[ -|]*\n([\s\S]*)$/.exec(page) ?? [];
    const messages = [...table.matchAll(/^\| `([^`]*)`/gm)].map(([, message = ""]) => message);
    expect(messages.length).toBeGreaterThan(5);
    for (const message of messages) {
      const words = message
        .split("…")
        .flatMap((part) => part.split("agent.yaml"))
        .map((part) => part.trim());
      for (const part of words.filter((word) => word.length > 3 && !word.includes("FAILED")))
        expect(script).toContain(part);
    }
  });
});

describe("the unit", () => {
  it.skipIf(!toolAvailable("systemd-analyze", "systemd"))(
    "is one that systemd understands, and tight",
    () => {
      install("--from", first, "--config", good);
      // The programs are below the root of this test, and systemd-analyze looks whether they can be run.
      const unit = join(dir, "host-agent.service");
      const text = readFileSync(at("etc/systemd/system/host-agent.service"), "utf8");
      writeFileSync(unit, text.replaceAll("/opt/hostwright", at("opt/hostwright")));
      expect(run("systemd-analyze", ["verify", "--man=no", unit])).toEqual({ status: 0, out: "", err: "" });
      // The score goes from 0 (tight) to 10; the option takes ten times that.
      expect(run("systemd-analyze", ["security", "--offline=true", "--threshold=25", unit]).status).toBe(0);
    },
  );
});
