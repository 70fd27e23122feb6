/**
 * Programs that were written for EC2 take the service for what it stands for. None of them is told to do anything but
 * to ask elsewhere.
 */
import { Buffer } from "node:buffer";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { instanceFacts } from "../../../../agent/io/instance.ts";
import { agentsNamed, CLOUD_INIT_AGENTS } from "../../../../provision/rehearse/metadata/model.ts";
import { pythonTools } from "../../../python-tools.ts";
import { toolAvailable } from "../../../tools.ts";
import { anInstance } from "../../rehearse/metadata/an-instance.ts";
import { aService, environmentFor, jsonOf, type Started } from "./a-service.ts";

const run = promisify(execFile);
const MINUTE = 60_000;
const PYTHON = "/usr/bin/python3";

const tools = await pythonTools();
const withProfile = () => anInstance({ launchedAt: Date.now(), profile: "web-role" });

/** The paths below a version that were read, in their order. */
const read = (service: Started): readonly string[] =>
  service.requests().flatMap(({ method, target }) => (method === "GET" ? [target] : []));

describe.skipIf(!toolAvailable("python3", "python3"))("what these programs run in", () => {
  // Bound to loopback: should the guard be broken, the kernel refuses to route it, and no packet leaves either way.
  const reach = (host: string) =>
    `import socket; socket.create_connection((${JSON.stringify(host)}, 80), 1, ("127.0.0.1", 0))`;

  it.each(["169.254.169.254", "198.51.100.7", "instance-data.", "fd00:ec2::254"])(
    "does not lead to %s",
    async (host) => {
      const env = environmentFor(await aService());
      await expect(run("python3", ["-c", reach(host)], { env })).rejects.toThrow(
        /tests talk to loopback only/i,
      );
    },
  );

  it("leads to this machine", async () => {
    const service = await aService();
    const connect = `import socket; socket.create_connection(("127.0.0.1", ${new URL(service.url).port}), 5)`;
    await expect(run("python3", ["-c", connect], { env: environmentFor(service) })).resolves.toBeDefined();
  });
});

describe("our own agent", () => {
  it("learns which instance it is on", async () => {
    const service = await aService();
    const { id, hostname, network, region, account } = service.instance();
    expect(await instanceFacts(environmentWithout(service))).toMatchObject({
      instance_id: id,
      local_hostname: hostname,
      ip_address: network.address,
      aws_region: region,
      account_id: account,
    });
    expect(service.tokenless()).toEqual([]);
  });

  it("does without when the service refuses, is away or is out of order", async () => {
    for (const kind of ["unauthorized", "absent", "unavailable"] as const) {
      const service = await aService({ changes: [{ kind: "fault", effect: { kind } }] });
      expect(await instanceFacts(environmentWithout(service))).toBeUndefined();
      expect(service.requests()).toHaveLength(1);
    }
  });

  const environmentWithout = ({ url }: Started) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url });
});

describe("the AWS SDK for JavaScript", () => {
  const clientOf = (service: Started): CloudWatchLogsClient => {
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"])
      vi.stubEnv(name, undefined);
    vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.url);
    onTestFinished(() => void vi.unstubAllEnvs());
    return new CloudWatchLogsClient({});
  };

  it("gets the credentials of the role, with a token", async () => {
    const service = await aService({ instance: withProfile() });
    const { accessKeyId, sessionToken, expiration } = await clientOf(service).config.credentials();
    expect(accessKeyId).toMatch(/^ASIAREHEARSAL/);
    expect(sessionToken).toMatch(/^rehearsal\//);
    expect(expiration?.getTime()).toBeGreaterThan(Date.now() + 5 * 60 * MINUTE);
    expect(read(service)).toContain("/latest/meta-data/iam/security-credentials/web-role");
    expect(service.tokenless()).toEqual([]);
  });

  it("finds none where there is no role", async () => {
    const service = await aService();
    await expect(clientOf(service).config.credentials()).rejects.toThrow(/could not load credentials/i);
    expect(service.requests().at(-1)?.status).toBe(404);
  });
});

describe.skipIf(tools === undefined)("botocore", () => {
  const python = join(dirname(tools?.motoServer ?? ""), "python");
  const ask = (service: Started) => jsonOf(python, "botocore-asks.py", [], environmentFor(service));

  it(
    "gets the credentials of the role and the Region, with a token",
    async () => {
      const service = await aService({ instance: withProfile() });
      expect(await ask(service)).toEqual({
        region: "eu-central-1",
        method: "iam-role",
        key: expect.stringMatching(/^ASIAREHEARSAL/),
        secret: expect.stringMatching(/^rehearsal\//),
        token: expect.stringMatching(/^rehearsal\//),
      });
      expect(service.tokenless()).toEqual([]);
    },
    MINUTE,
  );

  it(
    "reads without a token when its request for one goes too far, and is refused that",
    async () => {
      const service = await aService({ instance: withProfile(), hopsOf: () => 2 });
      const env = { ...environmentFor(service), AWS_METADATA_SERVICE_TIMEOUT: "1" };
      expect(await jsonOf(python, "botocore-asks.py", [], env)).toMatchObject({ method: null, key: null });
      const [reader] = service.tokenless();
      expect(reader?.userAgent).toMatch(/^Botocore\//);
      expect(reader?.refused).toBe(reader?.requests);
    },
    MINUTE,
  );
});

describe.skipIf(!toolAvailable("aws", "awscli"))("the AWS CLI", () => {
  it(
    "signs with the credentials of the role",
    async () => {
      const service = await aService({ instance: withProfile() });
      const { url, seen } = await anEndpoint();
      const { stdout } = await run(
        "aws",
        ["sts", "get-caller-identity", "--endpoint-url", url, "--output", "text", "--query", "Account"],
        // Older ones put the path behind it without a slash.
        { env: environmentFor({ ...service, url: `${service.url}/` }), timeout: MINUTE },
      );
      expect(stdout.trim()).toBe("123456789012");
      expect(seen()?.authorization).toContain("Credential=ASIAREHEARSAL");
      expect(seen()?.["x-amz-security-token"]).toMatch(/^rehearsal\//);
      expect(service.tokenless()).toEqual([]);
    },
    MINUTE,
  );

  /** Answers one call of STS, and remembers how it was signed. */
  const anEndpoint = async () => {
    let headers: IncomingHttpHeaders | undefined;
    const server = createServer((request, response) => {
      headers = request.headers;
      response.writeHead(200, { "Content-Type": "text/xml" }).end(IDENTITY);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen: () => headers };
  };
});

const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:sts::123456789012:assumed-role/web-role/i-0123456789abcdef0</Arn>
    <UserId>AROAEXAMPLE:i-0123456789abcdef0</UserId>
    <Account>123456789012</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>
`;

interface Crawled {
  readonly version: string | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly identity: Readonly<Record<string, unknown>>;
  readonly userData: string;
  readonly summary: Readonly<Record<string, unknown>>;
}

describe.skipIf(!toolAvailable("cloud-init", "cloud-init"))("cloud-init", () => {
  const crawl = async (service: Started, cloud = "aws") =>
    (await jsonOf(PYTHON, "cloud-init-crawl.py", [service.url, cloud], environmentFor(service))) as Crawled;

  it(
    "finds all that there is, with tokens, and user data to the byte",
    async () => {
      const userData = Buffer.from([...Buffer.from("#!/bin/sh\n"), 0, 255, 10, 13, 10]);
      const service = await aService({
        instance: anInstance({
          launchedAt: Date.now(),
          userData,
          profile: "web-role",
          launchIndex: 3,
          key: { name: "my-key", openssh: "ssh-ed25519 AAAA my-key" },
          tags: { Name: "web", Environment: "test" },
          options: { tags: true },
        }),
      });
      const { version, metadata, identity, userData: found, summary } = await crawl(service);
      const { id, network, hostname } = service.instance();
      expect(version).toMatch(/^20\d\d-\d\d-\d\d$/);
      expect(Buffer.from(found, "base64")).toEqual(userData);
      expect(summary).toEqual({
        id,
        zone: "eu-central-1a",
        region: "eu-central-1",
        launchIndex: "3",
        keys: ["ssh-ed25519 AAAA my-key"],
      });
      expect(identity).toMatchObject({ instanceId: id, accountId: "123456789012", kernelId: null });
      expect(metadata).toMatchObject({
        "instance-id": id,
        "local-hostname": hostname,
        "block-device-mapping": { ami: "/dev/xvda", root: "/dev/xvda" },
        events: { maintenance: { history: "[]", scheduled: "[]" } },
        iam: { info: { Code: "Success" } },
        network: {
          interfaces: {
            macs: {
              [network.mac]: {
                "device-number": "0",
                "local-ipv4s": network.address,
                "subnet-ipv4-cidr-block": network.subnet.cidr,
                "vpc-id": network.vpc.id,
              },
            },
          },
        },
        "public-keys": { "my-key": ["ssh-ed25519 AAAA my-key"] },
        services: { domain: "amazonaws.com", partition: "aws" },
        tags: { instance: { Name: "web", Environment: "test" } },
      });
      expect(service.tokenless()).toEqual([]);
      // A listing that leads nowhere would be a 404. It does look for the newest version that there is.
      expect(service.requests().filter(({ status }) => status !== 200)).toEqual([]);
    },
    MINUTE,
  );

  it(
    "does without user data where there are none",
    async () => {
      const { userData, summary } = await crawl(await aService());
      expect(userData).toBe("");
      expect(summary).toMatchObject({ keys: [] });
    },
    MINUTE,
  );

  it(
    "gets another token when its own is refused",
    async () => {
      const service = await aService();
      service.change({ kind: "fault", effect: { kind: "unauthorized" }, path: "meta-data/mac", times: 1 });
      const { metadata } = await crawl(service);
      expect(metadata).toMatchObject({ mac: service.instance().network.mac });
      expect(service.requests().filter(({ method }) => method === "PUT")).toHaveLength(2);
    },
    MINUTE,
  );

  it(
    "that takes this for another cloud asks for no token, and is let in by an exception only",
    async () => {
      const strict = await aService();
      expect((await crawl(strict, "unknown")).metadata).toBeNull();
      const [reader] = strict.tokenless();
      expect(reader?.userAgent).toMatch(/^Cloud-Init\//);
      expect(reader?.refused).toBe(reader?.requests);
      const lax = await aService({ mayReadTokenless: agentsNamed(CLOUD_INIT_AGENTS) });
      expect((await crawl(lax, "unknown")).metadata).toMatchObject({ "instance-id": lax.instance().id });
    },
    MINUTE,
  );
});
