import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  folderWith,
  prepare,
  provision,
  rehearsalsPermitted,
  rehearse,
  STATE,
  startProvision,
} from "./rehearsal.ts";

const TEN_LINES = readFileSync(join(import.meta.dirname, "..", "fixtures", "ten-lines.sh"), "utf8");

interface Leftovers {
  readonly mounts: readonly string[];
  readonly groups: readonly string[];
  readonly processes: readonly string[];
  readonly interfaces: readonly string[];
}

/** Names of the runs that were seen here. */
const known = new Set<string>();

/** Everything of the rehearsals of this file that this machine could still hold. */
const leftovers = (): Leftovers => {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(STATE));
  for (const name of existsSync(join(STATE, "runs")) ? readdirSync(join(STATE, "runs")) : []) known.add(name);
  const groups = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .flatMap((line) => (/ - cgroup2? /.test(line) ? (line.split(" ")[4] ?? []) : []))
    .flatMap((path) => readdirSync(path).filter((name) => known.has(name.replace("hostwright-", ""))));
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return line.includes(`${STATE}/runs`) ? [line] : [];
      } catch {
        return [];
      }
    });
  const interfaces = readFileSync("/proc/net/dev", "utf8").match(/^\s*(?:ens5|gateway):/gm) ?? [];
  return { mounts, groups: [...new Set(groups)], processes, interfaces };
};

const NOTHING = { mounts: [], groups: [], processes: [], interfaces: [] };

const runs = async (): Promise<readonly { readonly id: string; readonly state: string }[]> =>
  JSON.parse((await provision(["rehearse", "ls", "--state-dir", STATE, "--json"])).out).runs;

describe.skipIf(!rehearsalsPermitted)("provision rehearse", { timeout: 120_000 }, () => {
  beforeAll(prepare, 400_000);

  const folderWithout = (): string => folderWith({ "boot.sh": TEN_LINES });

  it("boots user data as EC2 would, and says what came of it", async () => {
    const { report, status } = await rehearse(folderWith({ "boot.sh": TEN_LINES }), "boot.sh", "--diff");
    expect(report.problems).toEqual([]);
    expect(status).toBe(0);
    expect(report.boot).toMatchObject({ end: "finished", datasource: "DataSourceEc2Local" });
    expect(report.boot?.scripts).toMatchObject([
      { name: "part-001", file: "boot.sh", status: 0, state: "ended" },
    ]);
    const added = report.changes?.map(({ path }) => path);
    expect(added).toContain("/srv/app/one");
    expect(report.changes).toContainEqual({ kind: "added", path: "/srv/app/since" });
    expect(leftovers()).toEqual(NOTHING);
  });

  it.each([0, 100, 200, 400, 800, 1_600])(
    "leaves nothing behind when it is interrupted after %s ms",
    async (ms) => {
      const child = startProvision(
        ["rehearse", "boot.sh", "--base", "debian-12", "--state-dir", STATE],
        folderWith({ "boot.sh": "#!/bin/sh\nsleep 60\n" }),
      );
      // Before that it has not begun.
      await vi.waitFor(() => expect(readdirSync(join(STATE, "runs")).length).toBeGreaterThan(0), {
        timeout: 30_000,
        interval: 5,
      });
      leftovers();
      await new Promise((resolve) => setTimeout(resolve, ms));
      child.kill("SIGINT");
      const status = await new Promise((resolve) => child.once("close", resolve));
      expect(status).toBe(1);
      expect(leftovers()).toEqual(NOTHING);
      expect(await runs()).toEqual([]);
    },
  );

  it.each([0, 200, 400, 800, 1_600, 3_000])(
    "leaves no process, mount or interface when it is killed after %s ms, and the next one removes the rest",
    async (ms) => {
      const folder = folderWith({ "boot.sh": "#!/bin/sh\nsleep 60\n" });
      const child = startProvision(
        ["rehearse", "boot.sh", "--base", "debian-12", "--state-dir", STATE],
        folder,
      );
      await new Promise((resolve) => setTimeout(resolve, 400 + ms));
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("close", resolve));
      await vi.waitFor(() => expect({ ...leftovers(), groups: [] }).toEqual(NOTHING), {
        timeout: 10_000,
        interval: 50,
      });
      const { status } = await provision(["rehearse", "gc", "--state-dir", STATE]);
      expect(status).toBe(0);
      expect(leftovers()).toEqual(NOTHING);
      expect(await runs()).toEqual([]);
    },
  );

  it("says where the metadata service was asked without a token", async () => {
    const script = "#!/bin/bash\ncurl -s http://169.254.169.254/latest/meta-data/instance-id || true\n";
    const { out } = await provision(
      ["rehearse", "boot.sh", "--base", "debian-12", "--state-dir", STATE],
      folderWith({ "boot.sh": script }),
    );
    expect(out).toMatch(
      /IMDSv1 {3}curl\S* asked 1 times? without a token, first for \/latest\/meta-data\/instance-id/,
    );
  });

  it("installs packages without a network, and says which are not to be had", async () => {
    const script = `#!/bin/bash
set -euo pipefail
apt-get -o DPkg::Lock::Timeout=60 update
DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=60 install -y --no-install-recommends jq
test "$(echo '{"a":1}' | jq .a)" = 1
apt-get install -y no-such-package-anywhere
`;
    const { report } = await rehearse(folderWith({ "boot.sh": script }), "boot.sh");
    expect(report.problems).toMatchObject([{ file: "boot.sh", line: 6 }]);
    expect(JSON.stringify(report)).toContain("no-such-package-anywhere is not in the local repository");
  });

  it("ends an instance of a group when that has said that it may go, and gives out what S3 has", async () => {
    const script = `#!/bin/bash
set -euo pipefail
curl -fsS "$AWS_ENDPOINT_URL/bucket/a/key" | grep -qx "from S3"
cat >/usr/local/bin/leave <<'EOF'
#!/bin/bash
token() { curl -fsS -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token; }
state() { curl -fsS -H "X-aws-ec2-metadata-token: $(token)" http://169.254.169.254/latest/meta-data/autoscaling/target-lifecycle-state; }
until [ "$(state)" = Terminated ]; do sleep 0.3; done
curl -fsS "$AWS_ENDPOINT_URL/" -d "Action=CompleteLifecycleAction&LifecycleActionResult=CONTINUE" \\
  -H "Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/autoscaling/aws4_request"
EOF
chmod 755 /usr/local/bin/leave
systemd-run --unit=leave /usr/local/bin/leave
`;
    const folder = folderWith({ "boot.sh": script, key: "from S3\n" });
    const { report, ms } = await rehearse(
      folder,
      "boot.sh",
      ...["--serve", "s3://bucket/a/key=key", "--then", "terminate=60s"],
    );
    // What was waited for is there, and nobody waits on.
    expect(ms).toBeLessThan(25_000);
    expect(report.problems).toEqual([]);
    expect(report.fetches).toEqual([{ url: "s3://bucket/a/key", status: 200 }]);
    expect(report.episodes).toMatchObject([{ name: "terminate", agent: null }]);
    expect(report.episodes[0]?.ms).toBeLessThan(40_000);
    expect(report.calls).toMatchObject([{ action: "CompleteLifecycleAction", taken: true }]);
  });

  it("keeps the files where it is told to, until they are removed", async () => {
    const folder = folderWith({ "boot.sh": TEN_LINES });
    await rehearse(folder, "boot.sh", "--keep");
    const [kept] = await runs();
    expect(kept?.state).toBe("kept");
    expect(readFileSync(join(STATE, "runs", kept?.id ?? "", "boot/upper/srv/app/one"), "utf8")).toBe("one\n");
    expect({ ...leftovers(), groups: [] }).toEqual(NOTHING);
    await provision(["rehearse", "gc", kept?.id ?? "", "--state-dir", STATE]);
    expect(existsSync(join(STATE, "runs", kept?.id ?? ""))).toBe(false);
  });

  it("holds four at once that do not disturb each other", async () => {
    const all = await Promise.all(
      [1, 2, 3, 4].map((nth) => {
        const script = `${TEN_LINES}echo ${nth} >/srv/app/nth\n[ ${nth} != 3 ] || exit 7\n`;
        return rehearse(folderWith({ "boot.sh": script }), "boot.sh", "--diff");
      }),
    );
    expect(all.map(({ status }) => status)).toEqual([0, 0, 1, 0]);
    expect(all.map(({ report }) => report.boot?.scripts[0]?.status)).toEqual([0, 0, 7, 0]);
    expect(leftovers()).toEqual(NOTHING);
  });

  it.each([
    ["a base that is none", ["--base", "debian-21"], /Did you mean debian-12\?|debian-13/],
    ["a time that is none", ["--timeout", "soon"], /--timeout takes a time/],
    ["a thing to serve that is none", ["--serve", "example.com"], /--serve takes URL=FILE/],
    ["a base that nobody can make", ["--base", "al2023"], /There is no al2023 here yet/],
  ])("says what is wrong with %s", async (_, args, says) => {
    const said = await provision(
      ["rehearse", "boot.sh", "--state-dir", join(STATE, "none"), ...args],
      folderWithout(),
    );
    expect(said.err).toMatch(says);
    expect(said.out).toBe("");
  });
});
