import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Server } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { describe, expect, it, onTestFinished } from "vitest";
import { instanceFacts, localFacts } from "../../agent/io/instance.ts";

const DOCUMENT = {
  instanceId: "i-0123456789abcdef0",
  privateIp: "10.0.0.7",
  region: "eu-west-1",
  accountId: "123456789012",
  imageId: "ami-1",
};

const listening = async (server: Server): Promise<{ readonly AWS_EC2_METADATA_SERVICE_ENDPOINT: string }> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

/** The metadata service, version 2: nothing without a token. */
const service = (answers: Readonly<Record<string, string>>): RequestListener => {
  return (incoming, response) => {
    const { method, url = "", headers } = incoming;
    if (method === "PUT" && url === "/latest/api/token" && headers["x-aws-ec2-metadata-token-ttl-seconds"])
      return void response.end("the-token");
    const answer = answers[url];
    if (method !== "GET" || headers["x-aws-ec2-metadata-token"] !== "the-token") response.writeHead(401);
    else if (answer === undefined) response.writeHead(404);
    response.end(answer);
  };
};

const WHOLE = {
  "/latest/dynamic/instance-identity/document": JSON.stringify(DOCUMENT),
  "/latest/meta-data/local-hostname": "ip-10-0-0-7.eu-west-1.compute.internal",
};

describe("an instance", () => {
  it("is asked with a token who it is", async () => {
    const env = await listening(createServer(service(WHOLE)));
    expect(await instanceFacts(env)).toEqual({
      instance_id: "i-0123456789abcdef0",
      hostname: hostname(),
      local_hostname: "ip-10-0-0-7.eu-west-1.compute.internal",
      ip_address: "10.0.0.7",
      aws_region: "eu-west-1",
      account_id: "123456789012",
    });
  });

  it("may have no name in a private network", async () => {
    const { "/latest/meta-data/local-hostname": _, ...rest } = WHOLE;
    const env = await listening(createServer(service(rest)));
    expect(await instanceFacts(env)).toMatchObject({
      instance_id: "i-0123456789abcdef0",
      local_hostname: hostname(),
    });
  });

  it.each<[string, RequestListener]>([
    ["there is nothing", (_, response) => void response.writeHead(404).end()],
    ["version 2 is refused", (_, response) => void response.writeHead(403).end()],
    [
      "the document is no JSON",
      service({ ...WHOLE, "/latest/dynamic/instance-identity/document": "<html>" }),
    ],
    ["the connection is cut off", (incoming) => void incoming.destroy()],
  ])("is none where %s", async (_, answer) => {
    expect(await instanceFacts(await listening(createServer(answer)))).toBeUndefined();
  });

  it("is none where nobody answers for a second", async () => {
    const env = await listening(createSocketServer(() => undefined));
    const startedAt = Date.now();
    expect(await instanceFacts(env)).toBeUndefined();
    expect(Date.now() - startedAt).toBeLessThan(2_500);
  });

  it("is none where nobody listens", async () => {
    expect(await instanceFacts({ AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:9" })).toBeUndefined();
  });

  it.each(["true", "TRUE", "True"])("is not asked with AWS_EC2_METADATA_DISABLED=%s", async (disabled) => {
    let asked = 0;
    const env = await listening(createServer(() => asked++));
    expect(await instanceFacts({ ...env, AWS_EC2_METADATA_DISABLED: disabled })).toBeUndefined();
    expect(asked).toBe(0);
  });

  it.each(["http://", "not a url", ""])("is none where the address is no address: %j", async (endpoint) => {
    expect(
      await instanceFacts({
        AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint === "" ? "http://127.0.0.1:9" : endpoint,
      }),
    ).toBeUndefined();
  });
});

describe("this machine by itself", () => {
  it("knows its name and its address, and nothing of an account", () => {
    const addresses = Object.values(networkInterfaces()).flat();
    const own = addresses.find(
      (address) => address !== undefined && address.family === "IPv4" && !address.internal,
    );
    expect(localFacts("eu-west-1")).toEqual({
      instance_id: undefined,
      hostname: hostname(),
      local_hostname: hostname(),
      ip_address: own?.address,
      aws_region: "eu-west-1",
      account_id: undefined,
    });
    expect(localFacts(undefined).aws_region).toBeUndefined();
  });
});
