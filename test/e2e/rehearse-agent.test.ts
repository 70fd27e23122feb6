import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildAll } from "../../.ci/build.ts";
import { writeRelease } from "../../.ci/package.ts";
import { RUNTIME } from "../package/release.ts";
import { folderWith, prepare, rehearsalsPermitted, rehearse } from "./rehearsal.ts";

const URL = "https://releases.example.com/hostwright.tar.gz";

describe.skipIf(!rehearsalsPermitted)(
  "the release, installed from user data in a rehearsal",
  { timeout: 120_000 },
  () => {
    const out = mkdtempSync(join(tmpdir(), "hostwright-release-"));
    let archive = "";
    let sha256 = "";

    beforeAll(async () => {
      await prepare();
      archive = await writeRelease({
        version: "9.9.9",
        built: await buildAll(),
        node: RUNTIME,
        level: 1,
        out,
      });
      sha256 = createHash("sha256").update(readFileSync(archive)).digest("hex");
    }, 400_000);
    afterAll(() => rmSync(out, { recursive: true, force: true }));

    const host = (script: string) =>
      folderWith({
        "host.yaml": `name: shipper
boot:
  install_agent: {url: "${URL}", sha256: "${sha256}"}
  scripts: [boot.sh]
  completion: {lifecycle_hook: ready}
agent:
  logs:
    files:
      - {file_path: /var/log/app.log, log_group_name: /app}
      - {file_path: /var/log/syslog, log_group_name: /syslog}
      - {file_path: /var/log/cloud-init-output.log, log_group_name: /boot}
`,
        "boot.sh": `#!/bin/bash\nset -euo pipefail\n${script}`,
      });

    it("runs under systemd, ships files and what the journal has written, and tells that the boot is complete", async () => {
      const folder = host(
        'for n in $(seq 1 1000); do echo "line $n"; done >/var/log/app.log\necho from the journal | systemd-cat -t app\n',
      );
      const { report, status, err } = await rehearse(folder, "host.yaml", "--serve", `${URL}=${archive}`);
      expect(report.problems, err).toEqual([]);
      expect(status).toBe(0);
      expect(report.fetches).toEqual([{ url: URL, status: 200 }]);
      expect(basename(archive)).toContain("9.9.9");
      const of = (group: string) => report.shipped.find((stream) => stream.group === group);
      expect(of("/app")).toMatchObject({ events: 1_000, last: ["line 998", "line 999", "line 1000"] });
      expect(of("/syslog")?.events).toBeGreaterThan(10);
      expect(of("/boot")?.events).toBeGreaterThan(5);
      expect(report.calls).toContainEqual(
        expect.objectContaining({
          service: "autoscaling",
          action: "CompleteLifecycleAction",
          parameters: expect.objectContaining({
            LifecycleActionResult: "CONTINUE",
            LifecycleHookName: "ready",
          }),
        }),
      );
    });

    it("tells that the boot has failed, as soon as it has", async () => {
      const folder = host("false\n");
      const { report, status } = await rehearse(folder, "host.yaml", "--serve", `${URL}=${archive}`);
      expect(status).toBe(1);
      expect(report.problems[0]).toMatchObject({ file: "boot.sh", line: 3, command: "false" });
      expect(report.calls).toContainEqual(
        expect.objectContaining({
          action: "CompleteLifecycleAction",
          parameters: expect.objectContaining({ LifecycleActionResult: "ABANDON" }),
        }),
      );
    });

    it("goes on after a reboot, and after a stop with another address, where it was", async () => {
      const folder = host(
        `cat >/etc/systemd/system/writer.service <<'EOF'
[Service]
ExecStart=/bin/sh -c 'echo "boot at $(hostname -I)" >>/var/log/app.log'
[Install]
WantedBy=multi-user.target
EOF
echo first >/var/log/app.log
systemctl enable writer.service
`,
      );
      const { report, err } = await rehearse(
        folder,
        "host.yaml",
        ...[
          "--serve",
          `${URL}=${archive}`,
          "--then",
          "reboot",
          "--then",
          "stop-start",
          "--then",
          "rebalance=1s",
        ],
      );
      expect(report.problems, err).toEqual([]);
      expect(report.episodes.map(({ name }) => name)).toEqual(["reboot", "stop-start", "rebalance"]);
      for (const { agent, scripts } of report.episodes) {
        expect(agent).toMatchObject({ active: true, restarts: 0 });
        // User data runs once per instance.
        expect(scripts).toEqual([]);
      }
      const [reboot, stopped] = report.episodes;
      expect(stopped?.address).not.toBe(reboot?.address);
      const stream = report.shipped.find(({ group }) => group === "/app");
      expect(stream?.last).toEqual(["first", `boot at ${reboot?.address} `, `boot at ${stopped?.address} `]);
      expect(stream?.events).toBe(3);
    });

    it("is started again when it is killed, loses nothing, and leaves nothing when it is removed", async () => {
      const folder = host(`echo before >>/var/log/app.log
sleep 6
pid=$(systemctl show --property=MainPID --value host-agent)
kill -9 "$pid"
echo meanwhile >>/var/log/app.log
for n in $(seq 100); do
  now=$(systemctl show --property=MainPID --value host-agent)
  [ "$now" = 0 ] || [ "$now" = "$pid" ] || break
  sleep 0.2
done
echo after >>/var/log/app.log
sleep 7
/usr/local/bin/host-agent status --json | grep -q '"balanced":true'
echo "restarts: $(systemctl show --property=NRestarts --value host-agent)"
sh /opt/hostwright/current/install.sh uninstall
[ ! -e /etc/systemd/system/host-agent.service ]
[ ! -e /usr/local/bin/host-agent ]
`);
      writeFileSync(
        join(folder, "host.yaml"),
        readFileSync(join(folder, "host.yaml"), "utf8").replace(
          "  completion: {lifecycle_hook: ready}\n",
          "",
        ),
      );
      const { report } = await rehearse(folder, "host.yaml", "--serve", `${URL}=${archive}`);
      expect(
        report.problems.filter(({ severity }) => severity === "error"),
        report.output,
      ).toEqual([]);
      expect(report.output).toContain("restarts: 1");
      const stream = report.shipped.find(({ group }) => group === "/app");
      expect(stream?.last).toEqual(["before", "meanwhile", "after"]);
      expect(stream?.events).toBe(3);
    });

    it("is told of the end of the instance, and the report says what it did", async () => {
      const folder = host("echo first >/var/log/app.log\n");
      const { report } = await rehearse(
        folder,
        "host.yaml",
        ...["--serve", `${URL}=${archive}`, "--then", "spot=2s"],
      );
      expect(report.problems).toEqual([]);
      expect(report.episodes).toMatchObject([{ name: "spot", agent: { active: true } }]);
      expect(report.shipped.find(({ group }) => group === "/app")?.last).toEqual(["first"]);
    });
  },
);
