import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cloudInitResult,
  failedCommands,
  scriptRuns,
  stageIn,
  warningsIn,
} from "../../../provision/rehearse/cloud-init-log.ts";
import { toolAvailable } from "../../tools.ts";

const SCRIPTS = "/var/lib/cloud/instance/scripts";

/** Of Debian 12. */
const LOG_22_4 = `2026-03-01 10:00:01,000 - util.py[DEBUG]: Cloud-init v. 22.4.2 running 'modules:final' at Sun, 01 Mar 2026 10:00:01 +0000. Up 3.20 seconds.
2026-03-01 10:00:01,100 - cc_scripts_user.py[DEBUG]: something
2026-03-01 10:00:01,200 - subp.py[DEBUG]: Running command ['${SCRIPTS}/01-one'] with allowed return codes [0] (shell=False, capture=False)
2026-03-01 10:00:03,250 - subp.py[DEBUG]: Running command ['${SCRIPTS}/02-two'] with allowed return codes [0] (shell=False, capture=False)
2026-03-01 10:00:03,300 - subp.py[DEBUG]: Unexpected error while running command.
Command: ['${SCRIPTS}/02-two']
Exit code: 7
Reason: -
Stdout: -
Stderr: -
2026-03-01 10:00:03,310 - cc_scripts_user.py[WARNING]: Failed to run module scripts-user (scripts in ${SCRIPTS})
2026-03-01 10:00:03,311 - util.py[WARNING]: Running module scripts-user (<module>) failed
2026-03-01 10:00:03,312 - util.py[DEBUG]: Running module scripts-user (<module>) failed
Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/cloudinit/config/modules.py", line 246, in _run_modules
RuntimeError: Runparts: 1 failures (02-two) in 2 attempted commands
`;

/** Of Ubuntu 24.04: other file names, and a level of its own. */
const LOG_24_4 = `2026-03-01 10:00:00,100 - log_util.py[DEPRECATED]: Config key 'lists' is deprecated in 22.3
2026-03-01 10:00:01,200 - subp.py[DEBUG]: Running command ['${SCRIPTS}/part-001'] with allowed return codes [0] (shell=False, capture=False)
2026-03-01 10:00:01,203 - subp.py[DEBUG]: Unexpected error while running command.
Command: ['${SCRIPTS}/part-001']
Exit code: -
Reason: [Errno 2] No such file or directory: b'${SCRIPTS}/part-001'
Stdout: -
Stderr: -
2026-03-01 10:00:01,204 - subp.py[DEBUG]: Running command ['/var/lib/cloud/scripts/per-boot/always'] with allowed return codes [0] (shell=False, capture=False)
2026-03-01 10:00:02,204 - log_util.py[WARNING]: Failed to run module scripts_user
`;

describe("the log of cloud-init", () => {
  it("of 22.4 tells its scripts, how each ended and how long it took", () => {
    expect(scriptRuns(LOG_22_4)).toEqual([
      { path: `${SCRIPTS}/01-one`, status: 0, ms: 2_050 },
      { path: `${SCRIPTS}/02-two`, status: 7, ms: 50 },
    ]);
  });

  it("of a newer one tells a script that could not be started, and why", () => {
    expect(scriptRuns(LOG_24_4)).toEqual([
      {
        path: `${SCRIPTS}/part-001`,
        status: "not started",
        reason: `[Errno 2] No such file or directory: b'${SCRIPTS}/part-001'`,
        ms: 3,
      },
      { path: "/var/lib/cloud/scripts/per-boot/always", status: 0, ms: 1_000 },
    ]);
  });

  it("that ends with a script tells that this one runs", () => {
    const until = LOG_22_4.slice(0, LOG_22_4.indexOf("2026-03-01 10:00:03,300"));
    expect(scriptRuns(until)).toEqual([
      { path: `${SCRIPTS}/01-one`, status: 0, ms: 2_050 },
      { path: `${SCRIPTS}/02-two`, status: "running", ms: undefined },
    ]);
  });

  it("counts what other commands it runs for no scripts", () => {
    const other = LOG_22_4.replaceAll(SCRIPTS, "/usr/bin");
    expect(scriptRuns(other)).toEqual([]);
    expect(scriptRuns("")).toEqual([]);
  });

  it("cut off anywhere tells the scripts before, and nothing that is not so", () => {
    const whole = scriptRuns(LOG_22_4);
    for (let at = 0; at < LOG_22_4.length; at += 1)
      for (const [nth, { path, status }] of scriptRuns(LOG_22_4.slice(0, at)).entries()) {
        expect(path).toBe(whole[nth]?.path);
        // Before its end is written, a failure can only be unknown.
        expect(status === "running" || status === whole[nth]?.status || nth === 1, `${at}`).toBe(true);
      }
  });

  it("warns of each thing once, and of nothing that is no warning", () => {
    expect(warningsIn(LOG_22_4 + LOG_22_4)).toEqual([
      `Failed to run module scripts-user (scripts in ${SCRIPTS})`,
      "Running module scripts-user (<module>) failed",
    ]);
    expect(warningsIn(LOG_24_4)).toEqual(["Failed to run module scripts_user"]);
  });
});

describe.skipIf(!toolAvailable("cloud-init", "cloud-init"))("the cloud-init of this machine", () => {
  const logOf = (scripts: Readonly<Record<string, string>>): string => {
    const folder = mkdtempSync(join(tmpdir(), "hostwright-scripts-"));
    try {
      for (const [name, text] of Object.entries(scripts))
        writeFileSync(join(folder, name), text, { mode: 0o700 });
      const program = join(import.meta.dirname, "cloud-init-runs.py");
      const { stdout, stderr } = spawnSync("/usr/bin/python3", [program, folder], { encoding: "utf8" });
      if (stdout === "") throw new Error(stderr);
      return stdout.replaceAll(folder, SCRIPTS);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  it("writes down how scripts end as it is read", () => {
    const log = logOf({
      "1-well": "#!/bin/sh\nexit 0\n",
      "2-failed": "#!/bin/sh\nexit 3\n",
      "3-no-shell": "#!/no/such/shell\n",
      "4-killed": "#!/bin/sh\nkill -KILL $$\n",
      "5-no-header": "echo no header\n",
    });
    expect(scriptRuns(log).map(({ path, status }) => [path.slice(SCRIPTS.length + 1), status])).toEqual([
      ["1-well", 0],
      ["2-failed", 3],
      ["3-no-shell", "not started"],
      // As shells say it.
      ["4-killed", 128 + 9],
      ["5-no-header", "not started"],
    ]);
    expect(warningsIn(log)).toEqual(["Running module scripts-user (...) failed"]);
  });
});

describe("the result of cloud-init", () => {
  it("is a data source and errors, and undefined for what is none", () => {
    const result = {
      v1: { datasource: "DataSourceEc2Local", errors: ["('scripts-user', RuntimeError())", 1] },
    };
    expect(cloudInitResult(JSON.stringify(result))).toEqual({
      datasource: "DataSourceEc2Local",
      errors: ["('scripts-user', RuntimeError())", "1"],
    });
    for (const text of [undefined, "", "{", "null"]) expect(cloudInitResult(text)).toBeUndefined();
    for (const text of ["{}", "1", '{"v1": {"datasource": null, "errors": "x"}}'])
      expect(cloudInitResult(text)).toEqual({ datasource: "", errors: [] });
  });

  it("and its status never throw, whatever is in them", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const result = cloudInitResult(text);
        expect(result === undefined || Array.isArray(result.errors)).toBe(true);
        expect(stageIn(text)).toBeUndefined();
      }),
    );
  });

  it("has a stage while one is under way", () => {
    expect(stageIn('{"v1": {"stage": "modules-final"}}')).toBe("modules-final");
    expect(stageIn('{"v1": {"stage": null}}')).toBeUndefined();
    expect(stageIn('{"v1": {"stage": "constructor"}}')).toBeUndefined();
  });
});

const record = fc.record({
  path: fc.constantFrom("/a", "/b"),
  line: fc.nat(999),
  status: fc.nat(255),
  command: fc.string().map((text) => `c${text.replaceAll("\0", "")}`),
});

describe("the records of commands that have failed", () => {
  const textOf = (records: readonly (readonly (string | number)[])[]): string =>
    records.map((fields) => fields.map((field) => `${field}\0`).join("")).join("");

  it("are read as they were written, and one that is cut off is either whole or not there", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), fc.nat(), (records, cut) => {
        const text = textOf(
          records.map(({ path, line, status, command }) => [path, line, status, command, 0]),
        );
        expect(failedCommands(text)).toEqual(records);
        const some = failedCommands(text.slice(0, cut % (text.length + 1)));
        expect(some).toEqual(records.slice(0, some.length));
      }),
    );
  });

  it("are none where nothing was written", () => {
    expect(failedCommands(undefined)).toEqual([]);
    expect(failedCommands("")).toEqual([]);
    expect(failedCommands("/a\x002\0")).toEqual([]);
  });

  it("tell what fails in a subshell once, and all that fails beside it", () => {
    const inner = ["/a", 4, 1, "false", 1] as const;
    const commands = (...records: readonly (readonly (string | number)[])[]) =>
      failedCommands(textOf(records)).map(({ command }) => command);
    expect(commands(inner, ["/a", 5, 1, "( false )", 0])).toEqual(["false"]);
    expect(commands(inner, ["/a", 5, 1, "x=$(false)", 0])).toEqual(["false"]);
    expect(commands(inner, ["/a", 5, 1, "test -e /no", 0])).toEqual(["false", "test -e /no"]);
    expect(commands(inner, ["/a", 5, 2, "( false; exit 2 )", 0])).toHaveLength(2);
    expect(commands(inner, ["/b", 5, 1, "( false )", 0])).toHaveLength(2);
  });
});
