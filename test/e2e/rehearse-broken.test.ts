import { beforeAll, describe, expect, it } from "vitest";
import { folderWith, type Problem, prepare, rehearsalsPermitted, rehearse } from "./rehearsal.ts";

/** What is wrong with a script, and where the report must say so. */
interface Broken {
  readonly what: string;
  readonly script: string;
  /** The line that is marked in the script with `# HERE`; undefined: of the file as a whole. */
  readonly says: RegExp;
  readonly command?: string;
  readonly severity?: Problem["severity"];
}

const BASH = "#!/bin/bash\nset -euo pipefail\n";

const BROKEN: readonly Broken[] = [
  {
    what: "a command that fails",
    script: `${BASH}echo begun\ngrep nothing /etc/hostname # HERE\n`,
    says: /status 1/,
    command: "grep nothing /etc/hostname",
  },
  {
    what: "a command that is not there",
    script: `${BASH}echo begun\nfrobnicate --all # HERE\n`,
    says: /status 127.*not found/,
  },
  {
    what: "a variable that is not set",
    script: `${BASH}echo begun\necho "$NOWHERE" # HERE\n`,
    says: /NOWHERE: unbound variable/,
  },
  {
    what: "a pipe of which the first part fails",
    script: `${BASH}cat /nonexistent | sort # HERE\n`,
    says: /status 1/,
    command: "cat /nonexistent | sort",
  },
  {
    what: "a function in which something fails",
    script: `${BASH}setup() {\n  mkdir /proc/nothing # HERE\n}\nsetup\n`,
    says: /status 1/,
    command: "mkdir /proc/nothing",
  },
  {
    what: "an exit of its own",
    script: `${BASH}echo begun\n[ -e /opt/app ] || exit 42 # HERE\n`,
    says: /status 42/,
  },
  { what: "a syntax error", script: `${BASH}if true; then\n  echo yes\n`, says: /syntax error/ },
  {
    what: "a failure that nobody looks at",
    script: "#!/bin/bash\ncp /nonexistent /etc/app.conf # HERE\necho done\n",
    says: /went on/,
    command: "cp /nonexistent /etc/app.conf",
    severity: "warning",
  },
  {
    what: "a name that nobody resolves",
    script: `${BASH}curl -fsS https://downloads.example.com/app.tar.gz -o /tmp/app.tar.gz # HERE\n`,
    says: /status 6/,
  },
  {
    what: "a package that is not there",
    script: `${BASH}apt-get install -y no-such-package-anywhere # HERE\n`,
    says: /status 100/,
  },
  {
    what: "a unit that is not there",
    script: `${BASH}systemctl enable --now no-such.service # HERE\n`,
    says: /status 1/,
  },
  {
    what: "metadata without a token",
    script: `${BASH}curl -fsS http://169.254.169.254/latest/meta-data/instance-id # HERE\n`,
    says: /status 22/,
  },
  {
    what: "an interpreter that is not there",
    script: "#!/usr/bin/no-such-shell\necho never\n",
    says: /could not be started/,
  },
  {
    what: "a script of sh with bashisms",
    script: "#!/bin/sh\nset -eu\nnames=(one two) # HERE\necho done\n",
    says: /[Ss]yntax error/,
  },
  {
    what: "a command of sh that is not there",
    script: "#!/bin/sh\nset -eu\nfrobnicate # HERE\n",
    says: /not found/,
  },
  {
    what: "an exception of Python",
    script: "#!/usr/bin/python3\nimport json\njson.loads('{') # HERE\n",
    says: /JSONDecodeError/,
  },
  {
    what: "line ends of Windows",
    script: "#!/bin/bash\nset -e\r # HERE\necho one\r\n",
    says: /went on/,
    severity: "warning",
  },
  {
    what: "a file that is read-only",
    script: `${BASH}echo 1 > /proc/sys/kernel/panic # HERE\n`,
    says: /status 1/,
  },
  {
    what: "a check of a sum",
    script: `${BASH}echo data > /tmp/file\necho "0000  /tmp/file" | sha256sum -c - # HERE\n`,
    says: /status 1/,
  },
  {
    what: "what is no user data at all",
    script: "echo there is no first line\n",
    says: /ignored|no known header/,
  },
  {
    what: "a user that is not there",
    script: `${BASH}chown app: /etc/hostname # HERE\n`,
    says: /status 1/,
    command: "chown app: /etc/hostname",
  },
  { what: "a subshell that fails", script: `${BASH}(cd /srv && ./deploy) # HERE\n`, says: /status 127/ },
  {
    what: "a package of cloud-config that is not there",
    script: "#cloud-config\nfinal_message: done\npackages: # HERE\n  - no-such-package-anywhere\n",
    says: /module package.update.upgrade.install has failed/,
  },
  {
    what: "a file of cloud-config that cannot be written",
    script: "#cloud-config\nwrite_files: # HERE\n  - {path: /proc/nothing/here, content: x}\n",
    says: /module write.files has failed/,
  },
  {
    what: "a command of runcmd that is not there",
    script: "#cloud-config\nruncmd:\n  - echo one\n  - frobnicate --all # HERE\n",
    says: /frobnicate: not found/,
  },
];

describe.skipIf(!rehearsalsPermitted)("user data that is broken", { timeout: 120_000 }, () => {
  beforeAll(prepare, 400_000);

  it.each(BROKEN)("is told apart, with its line: $what", { timeout: 60_000 }, async (broken) => {
    const { script, says, command, severity = "error" } = broken;
    const folder = folderWith({ "boot.sh": script.replaceAll(" # HERE", "") });
    const { report, status } = await rehearse(folder, "boot.sh");
    const at = script.split("\n").findIndex((line) => line.endsWith("# HERE")) + 1;
    const found = report.problems.filter(
      (problem) => problem.severity === severity && says.test(problem.message),
    );
    expect(found, JSON.stringify(report.problems, null, 1)).toHaveLength(1);
    const [problem] = found;
    if (at > 0) expect({ file: problem?.file, line: problem?.line }).toEqual({ file: "boot.sh", line: at });
    if (command !== undefined) expect(problem?.command).toBe(command);
    expect(status).toBe(severity === "error" ? 1 : 3);
    expect(report.problems.filter((each) => each.severity === "error")).toHaveLength(
      severity === "error" ? 1 : 0,
    );
  });
});
