/** `host-agent signal` as user data calls it: a process, the SDK, a metadata service and the services on loopback. */
import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const INSTANCE = "i-0123456789abcdef0";

type Form = Readonly<Record<string, string>>;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = "";
  for await (const chunk of request) body += chunk;
  return body;
};

const listen = async (
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<{ readonly server: Server; readonly url: string }> => {
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => answer(request, response, body));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const close = ({ server }: { readonly server: Server }): Promise<unknown> =>
  new Promise((done) => server.close(done));

describe("host-agent signal", { timeout: 60_000 }, () => {
  const asked: Form[] = [];
  /** How often the hook does not wait yet. */
  let early = 0;
  let denied = "";
  let services: Awaited<ReturnType<typeof listen>>;
  let metadata: Awaited<ReturnType<typeof listen>>;

  const refuse = (response: ServerResponse, code: string, message: string): void => {
    response.statusCode = code === "AccessDenied" ? 403 : 400;
    response.end(
      `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
    );
  };

  /** Says what AWS says: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CompleteLifecycleAction.html */
  const answer = (_: IncomingMessage, response: ServerResponse, body: string): void => {
    const form = Object.fromEntries(new URLSearchParams(body)) as Form;
    const { Action = "" } = form;
    asked.push(form);
    response.setHeader("Content-Type", "text/xml");
    const isEarly = Action === "CompleteLifecycleAction" && early > 0;
    if (isEarly) early -= 1;
    const results: Readonly<Record<string, string>> = {
      DescribeAutoScalingInstances: `<AutoScalingInstances><member><InstanceId>${INSTANCE}</InstanceId><AutoScalingGroupName>web-asg</AutoScalingGroupName><AvailabilityZone>eu-central-1a</AvailabilityZone><LifecycleState>Pending:Wait</LifecycleState><HealthStatus>HEALTHY</HealthStatus><ProtectedFromScaleIn>false</ProtectedFromScaleIn></member></AutoScalingInstances>`,
      CompleteLifecycleAction: "",
      SignalResource: "",
    };
    if (Action === denied) refuse(response, "AccessDenied", `not authorized to perform: ${Action}`);
    else if (isEarly)
      refuse(response, "ValidationError", `No active Lifecycle Action found with instance ID ${INSTANCE}`);
    else if (!(Action in results)) refuse(response, "InvalidAction", `Could not find operation ${Action}`);
    else
      response.end(
        `<${Action}Response><${Action}Result>${results[Action]}</${Action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${Action}Response>`,
      );
  };

  /** Version 2 of the metadata service: nothing without a token. */
  const answerMetadata = ({ method, url, headers }: IncomingMessage, response: ServerResponse): void => {
    if (method === "PUT" && url === "/latest/api/token") response.end("TOKEN");
    else if (headers["x-aws-ec2-metadata-token"] !== "TOKEN") response.writeHead(401).end();
    else if (url === "/latest/dynamic/instance-identity/document")
      response.end(JSON.stringify({ instanceId: INSTANCE, region: "eu-central-1", privateIp: "10.0.0.1" }));
    else if (url === "/latest/meta-data/local-hostname") response.end("ip-10-0-0-1");
    else response.writeHead(404).end();
  };

  beforeAll(async () => {
    services = await listen(answer);
    metadata = await listen(answerMetadata);
  });
  afterAll(async () => {
    await close(services);
    await close(metadata);
  });
  beforeEach(() => {
    asked.length = 0;
    early = 0;
    denied = "";
  });

  const signal = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    new Promise<{ readonly status: number | null; readonly text: string }>((resolve) => {
      const child = spawn(
        process.execPath,
        ["--import", "tsx", "agent/main.ts", "signal", "--endpoint-url", services.url, ...args],
        {
          cwd: ROOT,
          stdio: ["ignore", "pipe", "pipe"],
          env: {
            PATH: process.env.PATH,
            AWS_ACCESS_KEY_ID: "AKIATESTING",
            AWS_SECRET_ACCESS_KEY: "secret",
            AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
            ...env,
          },
        },
      );
      let text = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk) => {
          text += chunk;
        });
      child.on("close", (status) => resolve({ status, text }));
    });

  it("completes the hook of the group that the instance is in", async () => {
    const { status, text } = await signal(["--exit-code", "0", "--lifecycle-hook", "launching"]);
    expect(text).toBe(`Hook launching of web-asg knows of the boot of ${INSTANCE}: it has succeeded.\n`);
    expect(status).toBe(0);
    expect(asked.map(({ Action }) => Action)).toEqual([
      "DescribeAutoScalingInstances",
      "CompleteLifecycleAction",
    ]);
    expect(asked[1]).toMatchObject({
      AutoScalingGroupName: "web-asg",
      LifecycleHookName: "launching",
      InstanceId: INSTANCE,
      LifecycleActionResult: "CONTINUE",
    });
  });

  it("gives an instance up whose boot has failed, and tells a stack", async () => {
    const { status } = await signal([
      ...["--exit-code", "17", "--lifecycle-hook", "launching", "--group", "db"],
      ...["--stack", "web", "--resource", "Group"],
    ]);
    expect(status).toBe(0);
    const [hook, stack] = asked.toSorted((a, b) => (a.Action ?? "").localeCompare(b.Action ?? ""));
    expect(hook).toMatchObject({ AutoScalingGroupName: "db", LifecycleActionResult: "ABANDON" });
    expect(stack).toMatchObject({
      Action: "SignalResource",
      StackName: "web",
      LogicalResourceId: "Group",
      UniqueId: INSTANCE,
      Status: "FAILURE",
    });
  });

  it("waits for a hook that does not wait yet", async () => {
    early = 1;
    expect((await signal(["--exit-code", "0", "--lifecycle-hook", "launching"])).status).toBe(0);
    expect(asked.filter(({ Action }) => Action === "CompleteLifecycleAction")).toHaveLength(2);
  });

  it("says what is not permitted", async () => {
    denied = "CompleteLifecycleAction";
    const { status, text } = await signal(["--exit-code", "0", "--lifecycle-hook", "launching"]);
    expect(text).toContain("autoscaling:CompleteLifecycleAction in eu-central-1: not authorized");
    expect(text).toContain("(AWS_DENIED)");
    expect(status).toBe(1);
  });

  it("says who nobody knows, and what is missing", async () => {
    const hook = ["--exit-code", "0", "--lifecycle-hook", "launching"];
    expect((await signal(hook, { AWS_EC2_METADATA_DISABLED: "true" })).text).toContain("(NO_INSTANCE)");
    const told = [...hook, "--instance-id", "i-1"];
    expect((await signal(told, { AWS_EC2_METADATA_DISABLED: "true" })).text).toContain("(NO_REGION)");
    expect((await signal(["--exit-code", "0"])).text).toContain("Say who waits: --lifecycle-hook NAME");
    expect((await signal(["--exit-code", "0", "--stack", "web"])).text).toContain("belong together");
    expect((await signal(["--exit-code", "x", "--lifecycle-hook", "l"])).text).toContain("a whole number");
    expect((await signal(["--lifecycle-hook", "l"])).text).toContain("exit-code");
    expect(asked).toEqual([]);
  });
});
