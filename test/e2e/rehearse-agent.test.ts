import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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
  },
);
