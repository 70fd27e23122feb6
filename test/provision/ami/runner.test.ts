import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readMarkers } from "../../../provision/ami/markers.ts";
import type { Runner, RunnerInput } from "../../../provision/ami/runner.ts";
import { toolAvailable } from "../../tools.ts";
import {
  inPrivateRoot,
  place,
  rootsPermitted,
  runInPrivateRoot as run,
  runnerFiles,
} from "./private-root.ts";
import { AUTHOR, DIGEST, NONCE, recipeFrom, runnerOf, told } from "./recipes.ts";

const permitted = rootsPermitted("running a recipe");

const NO_CLEANUP = "cleanup: {profile: none}";

const bake = (
  image: string,
  files: Readonly<Record<string, string | Uint8Array>> = {},
  input: Partial<RunnerInput> = {},
): Runner => runnerOf(recipeFrom(image, files), input);

describe("the program", () => {
  const folder = mkdtempSync(join(tmpdir(), "hostwright-runner-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const runners = {
    bake: bake("steps: [reboot]\ncleanup: {remove_packages: [git]}"),
    test: bake(
      "test: [{port: 80}]",
      {},
      {
        phase: "test",
        builder: [{ name: "machine-id", hash: "a".repeat(64) }],
        ending: "power-off",
      },
    ),
  };
  const scripts = Object.entries(runners).flatMap(([name, { files }]) =>
    files
      .filter((file) => file.name.endsWith(".sh"))
      .map((file) => {
        const path = join(folder, `${name}-${file.name.replaceAll("/", "-")}`);
        writeFileSync(path, file.content);
        return path;
      }),
  );

  it("is shell that dash, bash and shellcheck have nothing to say about", { timeout: 60_000 }, () => {
    expect(scripts.length).toBeGreaterThan(5);
    for (const shell of ["dash", "bash"].filter((name) => toolAvailable(name, name)))
      for (const script of scripts)
        expect(spawnSync(shell, ["-n", script], { encoding: "utf8" })).toMatchObject({
          status: 0,
          stderr: "",
        });
    if (!toolAvailable("shellcheck", "shellcheck")) return;
    const { status, stdout } = spawnSync("shellcheck", ["--format=gcc", ...scripts], { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });

  it("is the same for the same recipe", () => {
    const image = "steps: [{packages: [nginx]}, {shell: make}]";
    expect(bake(image)).toEqual(bake(image));
  });

  it("takes no value that would be something else in a shell", () => {
    for (const wrong of [
      { id: "a b" },
      { digest: "" },
      { sink: "console" },
      { log: "/x;y" },
      { nonce: "short" },
    ])
      expect(() => bake("steps: [reboot]", {}, wrong)).toThrow(TypeError);
  });
});

const BYTES = Buffer.from([0, 255, 13, 10, 39, 36, 96, 92, 0]);

describe.skipIf(!permitted)("a bake", { timeout: 60_000 }, () => {
  const image = `
steps:
  - directory: {path: /srv/app/data, mode: "2750", group: adm}
  - user: {name: app, uid: 777, groups: [adm, newgroup]}
  - user: {name: max, system: false, shell: /bin/sh}
  - file: {from: data.bin, to: /srv/app/data/data.bin, mode: "0600", owner: app}
  - file: {content: "it's $HOME\\n", to: /opt/a/b/text}
  - service: {unit: app.service, enable: [app], mask: [other.timer]}
  - shell: {run: setup.sh, params: {greeting: it's "on"}, user: app}
  - shell: |
      cd /opt
      pwd >/opt/where
validate:
  - shell: test -s /opt/where
  - file: {path: /opt/a/b/text, contains: $HOME}
${NO_CLEANUP}`;
  const files = {
    "data.bin": BYTES,
    "app.service": "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n",
    "setup.sh": '#!/bin/bash -eu\nprintf "%s" "$greeting|$(id -un)|$HOME|$PWD|$-" >/tmp/setup\n',
  };

  it("does its steps in order, and tells of each", () => {
    const after = `
      stat -c '%n %a %U:%G' /srv/app/data /srv/app/data/data.bin /opt/a/b/text
      od -An -tx1 /srv/app/data/data.bin
      cat /opt/a/b/text /opt/where /tmp/setup; echo
      id app; getent passwd app max | cut -d: -f3-; test -d ~max && echo home
      grep '^\\(app\\|max\\):' /etc/shadow | cut -d: -f1-2
      readlink /etc/systemd/system/multi-user.target.wants/app.service /etc/systemd/system/other.timer
      ls -d /run/provision-bake /var/lib/provision-bake 2>&1 || true`;
    const ended = run(bake(image, files), { after });
    expect(ended.err).toBe("");
    expect(ended.status, ended.left("log")).toBe(0);
    const lines = ended.out.split("\n");
    expect(lines.slice(0, 8)).toEqual([
      "/srv/app/data 2750 root:adm",
      "/srv/app/data/data.bin 600 app:root",
      "/opt/a/b/text 644 root:root",
      " 00 ff 0d 0a 27 24 60 5c 00",
      "it's $HOME",
      "/opt",
      'it\'s "on"|app|/home/app|/|ehuB',
      "uid=777(app) gid=777(app) groups=777(app),4(adm),999(newgroup)".replace(
        "999",
        /,(\d+)\(newgroup/.exec(ended.out)?.[1] ?? "",
      ),
    ]);
    expect(lines.slice(8)).toEqual([
      "777:777::/home/app:/usr/sbin/nologin",
      expect.stringMatching(/^1\d{3}:1\d{3}::\/home\/max:\/bin\/sh$/),
      "home",
      "app:!",
      "max:!",
      "/etc/systemd/system/app.service",
      "/dev/null",
      expect.stringContaining("cannot access '/run/provision-bake'"),
      expect.stringContaining("cannot access '/var/lib/provision-bake'"),
      "",
    ]);

    const { steps, result, missing, identities } = told(ended);
    expect(steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "steps[0].directory ok",
      "steps[1].user ok",
      "steps[2].user ok",
      "steps[3].file ok",
      "steps[4].file ok",
      "steps[5].service ok",
      "steps[6].shell ok",
      "steps[7].shell ok",
      "validate[0].shell ok",
      "validate[1].file ok",
      "cleanup ok",
      "hygiene ok",
    ]);
    expect(result).toEqual({ ok: true, digest: DIGEST });
    expect(missing).toBe(0);
    expect(identities).toEqual([]);
  });

  it("gives the same when it is done a second time, as in an image that is made of another one", () => {
    const runner = bake(image, files);
    const again = `${place(runner)}\nsh ${runner.directory}/run.sh || { cat /mnt/log; exit 9; }`;
    expect(run(runner, { after: again })).toMatchObject({ status: 0, err: "" });
  });

  it("ends at the first step that fails, with its name and its status", () => {
    const failing = bake(
      `steps: [{shell: "echo begun; exit 42"}, {shell: touch /opt/later}]\nvalidate: [{shell: touch /opt/later}]`,
    );
    const ended = run(failing, { after: "ls /opt/later 2>&1 || true" });
    expect(ended.status).toBe(1);
    expect(ended.out).toContain("cannot access '/opt/later'");
    expect(ended.left("log")).toContain("begun");
    expect(told(ended)).toMatchObject({
      steps: [{ name: "steps[0].shell", status: "failed", exit: 42 }],
      result: { ok: false, step: "steps[0].shell", exit: 42 },
    });
  });

  it("ends at a command of an inline script that fails, also in a pipe", () => {
    const ended = run(bake(`steps: [{shell: "false | cat; touch /opt/later"}]`), { after: "ls /opt" });
    expect(ended.out).not.toContain("later");
    expect(told(ended).result).toEqual({ ok: false, step: "steps[0].shell", exit: 1 });
  });

  it("gives a step its time, and no more", () => {
    const ended = run(bake(`steps: [{shell: {script: "sleep 60", timeout: 1s}}]`));
    expect(told(ended).result).toEqual({ ok: false, step: "steps[0].shell", exit: 124 });
    expect(told(ended).steps[0]?.ms).toBeGreaterThanOrEqual(1_000);
    expect(told(ended).steps[0]?.ms).toBeLessThan(8_000);
    expect(ended.left("log")).toContain("more than 1 seconds");
  });

  it("tries a step again, as often as it says", () => {
    const script = `"echo x >>/opt/tries; test $(wc -l </opt/tries) -ge 2"`;
    const step = (retries: number) =>
      bake(`steps: [{shell: {script: ${script}, retries: ${retries}}}]\n${NO_CLEANUP}`);
    expect(told(run(step(0))).result).toMatchObject({ ok: false, exit: 1 });
    expect(told(run(step(1))).result).toMatchObject({ ok: true });
  });

  it("tells that it was ended by a signal", () => {
    const runner = bake("steps: [{shell: sleep 2}]");
    const ended = inPrivateRoot(
      `${place(runner)}
       sh ${runner.directory}/run.sh & runner=$!
       sleep 1; kill -TERM "$runner"; status=0; wait "$runner" || status=$?; exit "$status"`,
      runnerFiles(runner),
    );
    expect(ended.status).toBe(1);
    expect(told(ended)).toMatchObject({
      steps: [{ name: "steps[0].shell", status: "failed", exit: 143 }],
      result: { ok: false, step: "steps[0].shell", exit: 143 },
    });
  });

  it("does nothing from anywhere else than its own place: it would take the keys of the machine away", () => {
    const runner = bake("steps: [{shell: touch /opt/done}]");
    const ended = inPrivateRoot(
      `echo key >/root/.netrc; cp -R /mnt/runner /root/runner; sh /root/runner/run.sh && exit 1; echo "status $?"; cat /root/.netrc; ls /opt`,
      runnerFiles(runner),
    );
    expect(ended.err).toContain("runs from /run/provision-bake or /var/lib/provision-bake alone");
    expect(ended.out).toMatch(/^status 2\nkey\n/);
    expect(ended.out).not.toContain("done");
    expect(ended.left("markers")).toBeUndefined();
  });

  it("writes markers that only who knows the secret can write", () => {
    const ended = run(bake(`steps: [{shell: "true"}]\n${NO_CLEANUP}`));
    const markers = ended.left("markers") ?? "";
    const other = { ...AUTHOR, nonce: `${NONCE}x` };
    expect(readMarkers(markers, AUTHOR)).toMatchObject({ refused: 0, markers: { length: 7 } });
    expect(readMarkers(markers, other)).toEqual({ refused: 7, markers: [] });
    expect(markers).not.toContain(NONCE);
  });
});

/** A systemctl that notes what it is asked for, and ends the runner as a reboot does. */
const FAKE_SYSTEMCTL = `cat >/usr/local/bin/systemctl <<'END'
#!/bin/sh
case $1 in
  poweroff) echo "$*" >>/mnt/calls ;;
  reboot) kill -TERM "$PPID" ;;
  *) exec /usr/bin/systemctl "$@" ;;
esac
END
chmod 755 /usr/local/bin/systemctl`;

describe.skipIf(!permitted)("a recipe with a reboot", { timeout: 60_000 }, () => {
  const image = `steps: [{shell: echo before}, reboot, {shell: echo behind}, reboot, {shell: "true"}]\n${NO_CLEANUP}`;

  it("goes on behind it, by a unit that is gone at the end", () => {
    const runner = bake(image);
    const boot = (id: string): string =>
      `echo ${id} >/run/boot-id; rm -f /mnt/log; $(sed -n 's/^ExecStart=//p' "$unit") || { status=$?; cat /mnt/log; exit $status; }`;
    const ended = inPrivateRoot(
      `${FAKE_SYSTEMCTL}
       unit=/etc/systemd/system/provision-bake.service
       # The kernel says by this file which boot it is.
       cp /proc/sys/kernel/random/boot_id /run/boot-id
       sed -i 's|/proc/sys/kernel/random/boot_id|/run/boot-id|' /mnt/runner/run.sh
       ${place(runner)}
       sh ${runner.directory}/run.sh
       ls -l "$unit" /etc/systemd/system/multi-user.target.wants/ | grep -c provision-bake
       ${boot("second")}
       ${boot("third")}
       find /etc/systemd /var/lib/provision-bake -name 'provision-bake*' 2>&1 || true`,
      runnerFiles(runner),
    );
    expect(ended.err).toBe("");
    expect(ended.status, ended.out).toBe(0);
    expect(ended.out).toMatch(/^2\nfind: .*No such file or directory\n$/);
    expect(runner.directory).toBe("/var/lib/provision-bake");
    const { steps, result, missing } = told(ended);
    expect(steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "steps[0].shell ok",
      "steps[1].reboot ok",
      "steps[2].shell ok",
      "steps[3].reboot ok",
      "steps[4].shell ok",
      "cleanup ok",
      "hygiene ok",
    ]);
    expect(result?.ok).toBe(true);
    expect(missing).toBe(0);
    // In memory it was gone with each boot.
    expect(ended.left("log")).toMatch(/before[\s\S]*behind/);
  });

  it("ends with a machine that is off only when it is asked to, also when a step has failed", () => {
    const ending = (script: string, input: Partial<RunnerInput>) =>
      run(bake(`steps: [{shell: "${script}"}]\n${NO_CLEANUP}`, {}, input), { before: FAKE_SYSTEMCTL }).left(
        "calls",
      );
    expect(ending("true", {})).toBeUndefined();
    expect(ending("true", { ending: "power-off" })).toBe("poweroff --force\n");
    expect(ending("false", { ending: "power-off" })).toBe("poweroff --force\n");
  });

  it("fails when the machine does not start again, or starts again in the middle of a step", () => {
    const runner = bake(`steps: [reboot]`);
    const same = inPrivateRoot(
      `${FAKE_SYSTEMCTL}\n${place(runner)}\nsh ${runner.directory}/run.sh\nsh ${runner.directory}/run.sh`,
      runnerFiles(runner),
    );
    expect(told(same).result).toEqual({ ok: false, step: "steps[0].reboot", exit: 1 });

    const crashing = bake(`steps: [{shell: 'kill -KILL $(cat /run/pid)'}, reboot]`);
    const crashed = inPrivateRoot(
      `${place(crashing)}
       sh -c 'echo $$ >/run/pid; exec sh ${crashing.directory}/run.sh' || true
       sh ${crashing.directory}/run.sh || true
       find /etc/systemd -name 'provision-bake*'`,
      runnerFiles(crashing),
    );
    expect(crashed.out).toBe("");
    expect(told(crashed).result).toEqual({ ok: false, step: "steps[0].shell", exit: 255 });
  });
});
