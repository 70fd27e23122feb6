import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundlePath } from "../../.ci/build.ts";
import { toolAvailable } from "../tools.ts";
import {
  folderWith,
  prepare,
  type Report,
  rehearsalsPermitted,
  rehearse,
  STATE,
  startProvision,
} from "./rehearsal.ts";

const permitted =
  rehearsalsPermitted &&
  toolAvailable("slirp4netns", "slirp4netns") &&
  toolAvailable("nft", "nftables") &&
  toolAvailable("python3", "python3");

/** An address for documentation, which is only in a namespace of this test. */
const OUTSIDE = "203.0.113.1";
const HERE = "203.0.113.2";

/** A namespace that takes the place of the machine's own, and one behind it that takes the place of the Internet. */
class Networks {
  readonly #children: ChildProcess[] = [];

  #namespace(): number {
    const child = spawn("unshare", ["--net", "sleep", "600"], { stdio: "ignore" });
    this.#children.push(child);
    return child.pid ?? 0;
  }

  async open(): Promise<number> {
    const [machine, internet] = [this.#namespace(), this.#namespace()];
    await new Promise((resolve) => setTimeout(resolve, 300));
    const inside = (pid: number, ...command: readonly string[]): void => {
      const { status, stderr } = spawnSync("nsenter", [`--target=${pid}`, "--net", "--", ...command]);
      if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
    };
    for (const pid of [machine, internet]) inside(pid, "ip", "link", "set", "lo", "up");
    inside(
      machine,
      "ip",
      "link",
      "add",
      "wan",
      "type",
      "veth",
      "peer",
      "name",
      "lan",
      "netns",
      String(internet),
    );
    inside(machine, "ip", "address", "add", `${HERE}/24`, "dev", "wan");
    inside(machine, "ip", "link", "set", "wan", "up");
    inside(machine, "ip", "route", "add", "default", "via", OUTSIDE);
    inside(internet, "ip", "address", "add", `${OUTSIDE}/24`, "dev", "lan");
    inside(internet, "ip", "link", "set", "lan", "up");
    const server = [
      "python3",
      "-m",
      "http.server",
      "--bind",
      OUTSIDE,
      "--directory",
      "/usr/share/doc/base-files",
      "80",
    ];
    this.#children.push(
      spawn("nsenter", [`--target=${internet}`, "--net", "--", ...server], { stdio: "ignore" }),
    );
    return machine;
  }

  close(): void {
    for (const child of this.#children) child.kill("SIGKILL");
  }
}

const ASKS = `#!/bin/bash
set -euo pipefail
curl -fsS --max-time 5 --retry 5 --retry-connrefused http://${OUTSIDE}/ >/dev/null
TOKEN=$(curl -fsS -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)
curl -fsS -H "X-aws-ec2-metadata-token: $TOKEN" http://169.254.169.254/latest/meta-data/instance-id
`;

/** A namespace inside, as that of a container of Docker: its packets are forwarded once more. */
const FARTHER = `#!/bin/bash
set -euo pipefail
echo 1 >/proc/sys/net/ipv4/ip_forward
unshare --net sleep 60 &
sleep 0.3
ip link add near type veth peer name far netns $!
ip address add 10.88.0.1/24 dev near
ip link set near up
nsenter --target=$! --net sh -c 'ip link set lo up; ip address add 10.88.0.2/24 dev far; ip link set far up; ip route add default via 10.88.0.1'
iptables -t nat -A POSTROUTING -s 10.88.0.0/24 -j MASQUERADE
nsenter --target=$! --net curl -fsS --max-time 3 -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token
`;

describe.skipIf(!permitted)("the network of a rehearsal", { timeout: 120_000 }, () => {
  const networks = new Networks();
  let machine = 0;
  beforeAll(async () => {
    await prepare();
    machine = await networks.open();
  }, 400_000);
  afterAll(() => networks.close());

  const rehearseIn = async (folder: string, ...more: readonly string[]): Promise<Report> => {
    const args = ["rehearse", "boot.sh", "--state-dir", STATE, "--base", "debian-12", "--json", ...more];
    const child = spawn(
      "nsenter",
      [`--target=${machine}`, "--net", "--", process.execPath, bundlePath("provision"), ...args],
      { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
    );
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    await new Promise((resolve) => child.once("close", resolve));
    if (!out.startsWith("{")) throw new Error(err);
    return JSON.parse(out);
  };

  it("has a way out only when it is asked for, and its own metadata service either way", async () => {
    const open = await rehearseIn(folderWith({ "boot.sh": ASKS }), "--network", "host");
    expect(open.problems, open.output.slice(-1_000)).toEqual([]);
    const closed = await rehearseIn(folderWith({ "boot.sh": ASKS }));
    expect(closed.problems).toMatchObject([{ file: "boot.sh", line: 3 }]);
    expect(JSON.stringify(closed)).toContain("a rehearsal has none");
  });

  it("does not lead to what listens on this machine", async () => {
    const server = createServer((_, response) => response.end("secret"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const tries = ["127.0.0.1", "172.31.0.1", "100.64.0.1", "169.254.169.254"];
    const script = `#!/bin/bash\n${tries.map((address) => `curl -sS --max-time 2 http://${address}:${port}/ && exit 9\n`).join("")}true\n`;
    try {
      const { report } = await rehearse(folderWith({ "boot.sh": script }), "boot.sh");
      expect(report.boot?.scripts).toMatchObject([{ status: 0 }]);
      expect(report.output).not.toContain("secret");
    } finally {
      server.close();
    }
  });

  it.each([
    [1, 28],
    [2, 0],
  ])("answers a request for a token over two hops with a limit of %i as EC2 does", async (hops, status) => {
    const folder = folderWith({
      "boot.sh": FARTHER,
      "host.yaml": `name: far
boot: {scripts: [boot.sh], cloud_config: config.yaml}
launch: {image: debian-12, instance_type: t3.micro, security_group_ids: [sg-00000000], metadata: {hop_limit: ${hops}}}
`,
      "config.yaml": "#cloud-config\npackages: [iptables]\n",
    });
    const { report } = await rehearse(folder, "host.yaml");
    expect(report.boot?.scripts[0], JSON.stringify(report.problems)).toMatchObject({ status });
  });

  it("tells the instance what happens to it while it runs, and lets the metadata service fail", async () => {
    const script = `#!/bin/bash
set -euo pipefail
token() { curl -fsS -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token; }
until curl -fsS -H "X-aws-ec2-metadata-token: $(token)" http://169.254.169.254/latest/meta-data/spot/instance-action; do sleep 0.3; done
`;
    const child = startProvision(
      ["rehearse", "boot.sh", "--state-dir", STATE, "--base", "debian-12", "--json"],
      folderWith({ "boot.sh": script }),
    );
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    const tell = async (): Promise<number | null> => {
      const told = startProvision(["rehearse", "event", "spot", "--in", "2m", "--state-dir", STATE]);
      return new Promise((resolve) => told.once("close", resolve));
    };
    const closed = new Promise((resolve) => child.once("close", resolve));
    // As early as possible: what is told before the instance boots is true of it, too.
    while ((await tell()) !== 0) await new Promise((resolve) => setTimeout(resolve, 50));
    await closed;
    const report: Report = JSON.parse(out);
    expect(report.problems).toEqual([]);
    expect(report.output).toMatch(/"action": ?"terminate"/);
  });

  it("can be without a metadata service, and then no user data runs", async () => {
    const { report } = await rehearse(
      folderWith({ "boot.sh": "#!/bin/sh\ntrue\n" }),
      "boot.sh",
      "--event",
      "unauthorized",
    );
    expect(report.problems.map(({ message }) => message).join("\n")).toMatch(
      /has not found the metadata service/,
    );
    expect(report.outcome).toBe("failed");
  });
});
