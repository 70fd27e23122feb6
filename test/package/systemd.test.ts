import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { constants, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { buildAll, bundlePath } from "../../.ci/build.ts";
import { parseHost } from "../../provision/host/load.ts";
import { parseUserData } from "../../provision/user-data/parse.ts";
import { renderUserData } from "../../provision/user-data/render.ts";
import { namespacesPermitted, toolAvailable } from "../tools.ts";
import { type Ended, ROOT, RUNTIME, run, scratch, testRelease } from "./release.ts";

const LINES = 2_000;

const permitted =
  toolAvailable("unshare", "util-linux") &&
  toolAvailable("ip", "iproute2") &&
  toolAvailable("/lib/systemd/systemd", "systemd") &&
  namespacesPermitted("installing under systemd");

const CONFIG = `region: eu-west-1
logs:
  endpoint_override: http://127.0.0.1:4586
  files:
    - {file_path: /root/secret.log, log_group_name: /systemd/root, log_stream_name: s}
    - {file_path: /tmp/app.log, log_group_name: /systemd/tmp, log_stream_name: s}
`;

describe.skipIf(!permitted)("install.sh on a host with systemd", { timeout: 90_000 }, () => {
  const dir = scratch("systemd");
  const share = join(dir, "share");
  let machine: ChildProcessByStdio<Writable, Readable, null>;
  let init = "";

  const inside = (...command: readonly string[]): Ended =>
    run("nsenter", ["--target", init, "--all", "--", ...command]);
  const install = (...args: readonly string[]): Ended => inside("sh", "/mnt/install.sh", ...args);
  const property = (name: string): string =>
    inside("systemctl", "show", `--property=${name}`, "--value", "host-agent").out.trim();
  const status = () => JSON.parse(inside("/usr/local/bin/host-agent", "status", "--json").out);
  const shipped = (): Promise<void> =>
    vi.waitFor(
      () => expect(status().files.map(({ lag_bytes }: { lag_bytes: number }) => lag_bytes)).toEqual([0, 0]),
      { timeout: 15_000, interval: 250 },
    );

  beforeAll(async () => {
    mkdirSync(share);
    mkdirSync(join(dir, "machine"));
    await buildAll();
    copyFileSync(RUNTIME, join(share, "node"), constants.COPYFILE_FICLONE);
    copyFileSync(bundlePath("host-agent"), join(share, "endpoint.cjs"));
    copyFileSync(join(ROOT, "install.sh"), join(share, "install.sh"));
    writeFileSync(join(share, "agent.yaml"), CONFIG);
    writeFileSync(join(share, "other.yaml"), `${CONFIG}# another one\n`);
    const release = { out: share, runtime: "/mnt/node" };
    await testRelease({ ...release, version: "1.0.0" });
    await testRelease({ ...release, version: "1.1.0" });
    // Accepts the configuration, and dies as soon as it is to run.
    const dies = 'if (process.argv[2] === "run") { console.error("no luck today"); process.exit(7); }\n';
    await testRelease({
      ...release,
      version: "1.2.0",
      edit: (code) => code.replace("const load = ", `${dies}const load = `),
    });

    machine = spawn("bash", [join(import.meta.dirname, "systemd-boot.sh"), join(dir, "machine"), share], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [chunk] = await once(machine.stdout, "data");
    init = String(chunk).trim();
    await vi.waitFor(() => expect(inside("systemctl", "is-system-running").out.trim()).toBe("running"), {
      timeout: 30_000,
      interval: 250,
    });

    const lines = Array.from({ length: LINES }, (_, line) => `line ${line}\n`).join("");
    writeFileSync(join(share, "app.log"), lines);
    inside("sh", "-c", "cp /mnt/app.log /tmp/app.log && (umask 077 && cp /mnt/app.log /root/secret.log)");
    inside("systemd-run", "--unit=endpoint", "/mnt/node", "/mnt/endpoint.cjs", "local", "--port", "4586");
  }, 120_000);

  afterAll(async () => {
    machine?.stdin.end();
    if (machine?.exitCode === null) await once(machine, "exit");
  });

  const archive = (version: string): string => `/mnt/hostwright-${version}-linux-x64.tar.gz`;

  it("with --no-start enables the unit and starts nothing, for an image that is made from within", () => {
    const args = ["--from", archive("1.0.0"), "--config", "/mnt/agent.yaml", "--no-start"];
    const { status: exit, out, err } = install(...args);
    expect(exit, err).toBe(0);
    expect(out).toContain("Created the user host-agent");
    expect(out).toContain("host-agent 1.0.0 is installed.\ninstall.sh: It starts with the next boot.\n");
    expect(property("UnitFileState")).toBe("enabled");
    expect(property("ActiveState")).toBe("inactive");
    expect(inside("ls", "-A", "/var/lib/host-agent").out).toBe("");
  });

  it("starts the unit, and ships what only root may read, and what is under /tmp", async () => {
    const { status: exit, err } = install("--from", archive("1.0.0"), "--config", "/mnt/agent.yaml");
    expect(exit, err).toBe(0);
    expect(property("ActiveState")).toBe("active");
    expect(property("UnitFileState")).toBe("enabled");
    await shipped();
    expect(status().records).toMatchObject({ read: 2 * LINES, accepted: 2 * LINES, in_flight: 0 });
  });

  it("runs as a user of its own, with one capability and a filter on its system calls", () => {
    const proc = inside("cat", `/proc/${property("MainPID")}/status`).out;
    const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(proc)?.[1] ?? "";
    const capability = (1 << 2).toString(16).padStart(16, "0"); // CAP_DAC_READ_SEARCH
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
      expect(`${set} ${field(set)}`).toBe(`${set} ${capability}`);
    expect(field("NoNewPrivs")).toBe("1");
    expect(field("Seccomp")).toBe("2");
    expect(field("Uid").split(/\s+/)[0]).toBe(inside("id", "-u", "host-agent").out.trim());
    expect(inside("stat", "-c", "%U:%G %a", "/etc/host-agent/agent.yaml", "/var/lib/host-agent").out).toBe(
      "root:host-agent 640\nhost-agent:host-agent 700\n",
    );
  });

  it("leaves a running agent alone when there is nothing to change", () => {
    const before = property("MainPID");
    expect(install("--from", archive("1.0.0"), "--config", "/mnt/agent.yaml").out).toContain("nothing to do");
    expect(property("MainPID")).toBe(before);
  });

  it("restarts into the new version, which goes on where the old one was", async () => {
    const before = property("MainPID");
    const { status: exit, out, err } = install("--from", archive("1.1.0"));
    expect(exit, err).toBe(0);
    expect(out).toContain("host-agent 1.1.0 is installed; before it was 1.0.0.");
    expect(property("MainPID")).not.toBe(before);
    await shipped();
    expect(status().records.read).toBe(0);
  });

  it("goes back, with the configuration, when the new version does not start", () => {
    const { status: exit, err } = install("--from", archive("1.2.0"), "--config", "/mnt/other.yaml");
    expect(exit).toBe(1);
    expect(err).toContain("no luck today");
    expect(err).toContain("host-agent 1.2.0 did not start, its last words are above; 1.1.0 runs again");
    expect(inside("readlink", "/opt/hostwright/current").out).toBe("1.1.0\n");
    expect(inside("cat", "/etc/host-agent/agent.yaml").out).toBe(CONFIG);
    expect(inside("ls", "/etc/host-agent", "/opt/hostwright").out).not.toMatch(/agent\.yaml\.|1\.2\.0/);
    expect(property("ActiveState")).toBe("active");
    expect(status().files).toHaveLength(2);
  });

  it("ends by itself at a stop, within its time", () => {
    expect(inside("systemctl", "stop", "host-agent").status).toBe(0);
    expect(property("Result")).toBe("success");
    expect(property("ExecMainStatus")).toBe("0");
  });

  it("is gone after uninstall --purge", () => {
    inside("systemctl", "start", "host-agent");
    const { status: exit, err } = install("uninstall", "--purge");
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    expect(inside("systemctl", "is-active", "host-agent").out).toBe("inactive\n");
    expect(inside("systemctl", "list-unit-files", "host-agent.service").out).toContain("0 unit files listed");
    expect(inside("id", "host-agent").status).toBe(1);
    for (const path of [
      "/opt/hostwright",
      "/etc/host-agent",
      "/var/lib/host-agent",
      "/usr/local/bin/host-agent",
    ])
      expect(inside("test", "-e", path).status, path).toBe(1);
  });

  describe("from user data", () => {
    /** Carries out the scripts that `provision` makes, as cloud-init would: in order, each as a file. */
    const boot = (sha256: string): readonly Ended[] => {
      const { host, problems } = parseHost(
        `name: web\nboot:\n  params: {word: it's}\n  scripts: [boot.sh]\n  install_agent: {url: "https://releases.example.com/agent.tar.gz", sha256: "${sha256}"}\nagent: ${JSON.stringify(
          {
            region: "eu-west-1",
            logs: {
              endpoint_override: "http://127.0.0.1:4586",
              files: [{ file_path: "/tmp/app.log", log_group_name: "/user-data", log_stream_name: "s" }],
            },
          },
        )}\n`,
        "host.yaml",
      );
      if (host === undefined) throw new Error(JSON.stringify(problems));
      const script = { path: "boot.sh", text: '#!/bin/sh\nset -eu\necho "$word" >>/tmp/app.log\n' };
      const { parts } = parseUserData(renderUserData(host, { scripts: [script] }).bytes);
      return parts.map(({ name, text }) => {
        writeFileSync(join(share, name ?? ""), text, { mode: 0o755 });
        return inside("env", "PATH=/mnt/bin:/usr/sbin:/usr/bin:/sbin:/bin", `/mnt/${name}`);
      });
    };
    const sum = (): string =>
      createHash("sha256")
        .update(readFileSync(join(share, "hostwright-1.1.0-linux-x64.tar.gz")))
        .digest("hex");

    beforeAll(() => {
      mkdirSync(join(share, "bin"));
      // The one thing that is not there: a place on the network to download from.
      writeFileSync(
        join(share, "bin", "curl"),
        `#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\n[ "$3" = https://releases.example.com/agent.tar.gz ] && cp ${archive("1.1.0")} "$2"\n`,
        { mode: 0o755 },
      );
    });

    it("nothing is run of an archive with another sum, nor of what comes behind it", () => {
      const [first, second] = boot("0".repeat(64));
      expect(first?.status).not.toBe(0);
      expect(first?.err).toContain("boot: 01-install-agent.sh has failed with status 1");
      expect(second).toMatchObject({ status: 1, out: "" });
      expect(inside("test", "-e", "/opt/hostwright").status).toBe(1);
      inside("rm", "-f", "/run/hostwright-boot-failed");
    });

    it("the agent of the archive is installed, with its configuration, and ships what the scripts write", async () => {
      const [first, second] = boot(sum());
      expect(first?.status, first?.err).toBe(0);
      expect(second?.status, second?.err).toBe(0);
      expect(property("ActiveState")).toBe("active");
      await vi.waitFor(() => expect(status().records.accepted).toBe(LINES + 1), { timeout: 15_000 });
      expect(install("uninstall", "--purge").status).toBe(0);
    });
  });

  it("says so when a first installation does not start, and leaves it to be looked at", () => {
    const { status: exit, err } = install("--from", archive("1.2.0"), "--config", "/mnt/agent.yaml");
    expect(exit).toBe(1);
    expect(err).toContain("no luck today");
    expect(err).toContain("host-agent 1.2.0 is installed, but does not start");
    expect(inside("readlink", "/opt/hostwright/current").out).toBe("1.2.0\n");
  });

  it("has not touched this machine", () => {
    expect(existsSync("/etc/systemd/system/host-agent.service")).toBe(false);
  });
});
