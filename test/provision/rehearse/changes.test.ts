import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FileChange, tellingChanges } from "../../../provision/rehearse/changes.ts";

const pathsOf = (...paths: readonly string[]): readonly string[] =>
  tellingChanges(paths.map((path) => ({ kind: "added", path }))).map(({ path }) => path);

describe("what a boot has changed", () => {
  it.each([
    "/run/nginx.pid",
    "/tmp/x",
    "/var/log/syslog",
    "/var/cache/apt/archives/jq.deb",
    "/var/lib/cloud/instance/user-data.txt",
    "/var/lib/dpkg/status",
    "/etc/machine-id",
    "/etc/hosts",
    "/etc/environment",
    "/etc/passwd-",
    "/etc/shadow",
    "/etc/rc3.d/S01x",
    "/etc/ssh/ssh_host_ed25519_key.pub",
    "/etc/sudoers.d/90-cloud-init-users",
    "/etc/systemd/system/cloud-init.service.d/hostwright-rehearsal-trace.conf",
    "/usr/lib/hostwright-rehearsal/trace.bash",
    "/etc/apt/sources.list",
    "/root/.ssh/authorized_keys",
    "/home/debian/.bashrc",
  ])("is not %s, which every boot changes", (path) => {
    expect(pathsOf(path)).toEqual([]);
  });

  it.each([
    "/etc/nginx/nginx.conf",
    "/etc/apt/sources.list.d/nginx.list",
    "/etc/systemd/system/app.service",
    "/etc/sudoers.d/app",
    "/etc/ssh/sshd_config",
    "/etc/passwd.bak",
    "/etc/hosts.allow",
    "/opt/app/run",
    "/running",
    "/srv/tmp/x",
    "/var/lib/app/state",
    "/var/logs",
    "/home/app/.bashrc",
    "/root/.aws/config",
  ])("is %s", (path) => {
    expect(pathsOf(path)).toEqual([path]);
  });

  it("is sorted by path, and nothing is made up or changed", () => {
    const change: fc.Arbitrary<FileChange> = fc.record({
      kind: fc.constantFrom("added", "changed", "deleted"),
      path: fc
        .array(fc.constantFrom("srv", "opt", "a", "b"), { minLength: 1, maxLength: 4 })
        .map((names) => `/${names.join("/")}`),
    });
    fc.assert(
      fc.property(fc.uniqueArray(change, { selector: ({ path }) => path }), (changes) => {
        const told = tellingChanges(changes);
        expect(new Set(told)).toEqual(new Set(changes));
        expect(told.map(({ path }) => path)).toEqual(changes.map(({ path }) => path).toSorted());
      }),
    );
  });
});
