import { beforeAll, describe, expect, it } from "vitest";
import { folderWith, prepare, rehearsalsPermitted, rehearse } from "./rehearsal.ts";

const host = (image: string, boot = ""): string =>
  folderWith({
    "host.yaml": `name: web\nimage:\n  base: debian-12\n${image}${boot}`,
    "boot.sh": "#!/bin/bash\nset -euo pipefail\ntest -e /etc/baked\n",
    "setup.sh": "#!/bin/bash\nset -euo pipefail\necho one\n\ncp /nonexistent /etc/app.conf\n",
  });

const BAKED = '  steps:\n    - file: {content: "yes\\n", to: /etc/baked}\n';

describe.skipIf(!rehearsalsPermitted)("a recipe, rehearsed", { timeout: 120_000 }, () => {
  beforeAll(prepare, 400_000);

  it("is baked, booted, and tested on a new instance that shares nothing with the builder", async () => {
    const folder = host(
      `${BAKED}    - packages: {install: [jq]}\n    - service: {enable: [ssh]}\n  validate:\n    - shell: jq --version\n  test:\n    - file: {path: /etc/baked, contains: yes}\n    - service: {name: ssh, is: [active]}\n`,
      "boot: {scripts: [boot.sh]}\n",
    );
    const { report, status, err } = await rehearse(folder, "host.yaml");
    expect(report.problems, err).toEqual([]);
    expect(status).toBe(0);
    expect(report.bake?.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "steps[0].file ok",
      "steps[1].packages ok",
      "steps[2].service ok",
      "validate[0].shell ok",
      "cleanup ok",
      "hygiene ok",
    ]);
    expect(report.boot?.scripts).toMatchObject([{ file: "boot.sh", status: 0 }]);
    expect(report.test?.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "test[0].file ok",
      "test[1].service ok",
      "hygiene ok",
    ]);
  });

  it("goes on behind a reboot that it asks for", async () => {
    const { report } = await rehearse(
      host(`${BAKED}    - reboot: {}\n    - shell: test -e /etc/baked\n`),
      "host.yaml",
      "--phase",
      "bake",
    );
    expect(report.problems).toEqual([]);
    expect(report.bake?.steps.map(({ name }) => name)).toEqual([
      "steps[0].file",
      "steps[1].reboot",
      "steps[2].shell",
      "cleanup",
      "hygiene",
    ]);
    expect(report.boot).toBeNull();
  });

  it.each([
    [
      "a script",
      "    - shell: {run: setup.sh}\n",
      { file: "setup.sh", line: 5 },
      /steps\[1\]\.shell has ended with status 1/,
    ],
    [
      "a text",
      "    - shell: |\n        echo one\n        false\n",
      { file: "host.yaml", line: 8 },
      /steps\[1\]\.shell has ended with status 1/,
    ],
    [
      "a package",
      "    - packages: {install: [no-such-package-anywhere]}\n",
      { file: "host.yaml", line: 6 },
      /steps\[1\]\.packages has ended/,
    ],
  ])("tells the line of %s that fails", async (_, step, place, message) => {
    const { report, status } = await rehearse(host(`${BAKED}${step}`), "host.yaml");
    expect(status).toBe(1);
    expect(report.problems).toHaveLength(1);
    expect(report.problems[0]).toMatchObject(place);
    expect(report.problems[0]?.message).toMatch(message);
    // Nothing is booted of an image that was not made.
    expect(report.test).toBeNull();
  });

  it("fails when a new instance has what the builder had", async () => {
    const keep = `    - shell: |
        mkdir -p /usr/share/keys
        cp /etc/ssh/ssh_host_* /usr/share/keys
        cat >/etc/systemd/system/keep.service <<EOF
        [Unit]
        After=cloud-init.service
        [Service]
        Type=oneshot
        ExecStart=/bin/sh -c "cp /usr/share/keys/* /etc/ssh"
        [Install]
        WantedBy=cloud-final.service
        EOF
        systemctl enable keep.service
`;
    const { report, status } = await rehearse(host(`${BAKED}${keep}`), "host.yaml");
    expect(status).toBe(1);
    expect(report.test?.steps.at(-1)).toMatchObject({ name: "hygiene.identity", state: "failed" });
    expect(JSON.stringify(report.problems)).toContain("host-keys is that of the builder");
  });

  it("fails when a check of the new instance does", async () => {
    const { report } = await rehearse(
      host(`${BAKED}  test:\n    - port: {number: 4711, timeout: 1s}\n`),
      "host.yaml",
    );
    expect(report.problems).toMatchObject([{ file: "host.yaml", line: 7 }]);
    expect(report.problems[0]?.message).toMatch(/test\[0\]\.port has ended/);
  });

  it("says when there is nothing for a phase", async () => {
    await expect(rehearse(host(BAKED), "host.yaml", "--phase", "boot")).rejects.toThrow(
      /nothing for the phase boot/,
    );
  });
});
