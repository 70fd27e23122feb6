import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  RecordLifecycleActionHeartbeatCommand,
} from "@aws-sdk/client-auto-scaling";
import { CloudFormationClient, SignalResourceCommand } from "@aws-sdk/client-cloudformation";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type AwsCall,
  type AwsRequest,
  awsAnswer,
  awsCall,
  isTaken,
} from "../../../provision/rehearse/aws-answers.ts";

const ASKER = {
  instanceId: "i-0123456789abcdef0",
  accountId: "123456789012",
  zone: "eu-west-1a",
  group: "web",
};

const HOOK = {
  LifecycleHookName: "up & <running>",
  AutoScalingGroupName: "web",
  InstanceId: ASKER.instanceId,
};

describe("clients of AWS", () => {
  const calls: AwsCall[] = [];
  const server = createServer(async (request, response) => {
    const { method = "", url: path = "", headers } = request;
    const call = awsCall({ method, path, headers, body: await text(request) });
    calls.push(call);
    const { status, contentType, body } = awsAnswer(call, ASKER);
    response.writeHead(status, { "Content-Type": contentType }).end(body);
  });
  let endpoint = "";

  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const settings = () => ({ endpoint, region: "eu-west-1", maxAttempts: 1 });

  it("tell a group that they are up, and are understood", async () => {
    const client = new AutoScalingClient(settings());
    await client.send(new CompleteLifecycleActionCommand({ ...HOOK, LifecycleActionResult: "CONTINUE" }));
    expect(calls.at(-1)).toMatchObject({
      service: "autoscaling",
      action: "CompleteLifecycleAction",
      parameters: { ...HOOK, LifecycleActionResult: "CONTINUE" },
    });
    await client.send(new RecordLifecycleActionHeartbeatCommand(HOOK));
    expect(calls.at(-1)?.action).toBe("RecordLifecycleActionHeartbeat");
    const { AutoScalingInstances } = await client.send(new DescribeAutoScalingInstancesCommand({}));
    expect(AutoScalingInstances).toEqual([
      {
        InstanceId: ASKER.instanceId,
        AutoScalingGroupName: ASKER.group,
        AvailabilityZone: ASKER.zone,
        LifecycleState: "Pending:Wait",
        HealthStatus: "HEALTHY",
        ProtectedFromScaleIn: false,
      },
    ]);
    client.destroy();
  });

  it("signal a stack", async () => {
    const client = new CloudFormationClient(settings());
    const signal = {
      StackName: "web",
      LogicalResourceId: "Group",
      UniqueId: ASKER.instanceId,
      Status: "SUCCESS",
    } as const;
    await client.send(new SignalResourceCommand(signal));
    expect(calls.at(-1)).toMatchObject({
      service: "cloudformation",
      action: "SignalResource",
      parameters: signal,
    });
    client.destroy();
  });

  it("hear in words what nobody here answers, in either protocol", async () => {
    const scaling = new AutoScalingClient(settings());
    await expect(scaling.send(new DescribeAutoScalingGroupsCommand({}))).rejects.toMatchObject({
      name: "NotInRehearsal",
      message: "A rehearsal has no autoscaling: nobody here answers DescribeAutoScalingGroups.",
    });
    const ssm = new SSMClient(settings());
    await expect(ssm.send(new GetParameterCommand({ Name: "/secret" }))).rejects.toThrow();
    expect(calls.at(-1)).toEqual({ service: "ssm", action: "GetParameter", parameters: {} });
    scaling.destroy();
    ssm.destroy();
  });
});

const request = (more: Partial<AwsRequest> = {}): AwsRequest => ({
  method: "GET",
  path: "/",
  headers: {},
  body: "",
  ...more,
});

describe("a call", () => {
  it("that nobody has signed is one of S3", () => {
    expect(awsCall(request({ path: "/bucket/key?x=1" }))).toEqual({
      service: "s3",
      action: "GET /bucket/key",
      parameters: {},
    });
  });

  it("of who somebody is gets an answer of this account", () => {
    const call: AwsCall = { service: "sts", action: "GetCallerIdentity", parameters: {} };
    expect(isTaken(call)).toBe(true);
    expect(awsAnswer(call, ASKER).body).toContain(
      `<Arn>arn:aws:sts::${ASKER.accountId}:assumed-role/rehearsal/${ASKER.instanceId}</Arn>`,
    );
  });

  it("is taken or refused as is said of it, and what it says is never markup", () => {
    const word = fc.oneof(
      fc.constantFrom("autoscaling", "sts", "constructor", "__proto__", "toString", "GetCallerIdentity"),
      fc.string({ unit: fc.constantFrom("<", ">", "&", "'", '"', "a", "\n") }),
    );
    fc.assert(
      fc.property(word, word, (service, action) => {
        const call = { service, action, parameters: {} };
        const { status, body } = awsAnswer(call, ASKER);
        expect(status).toBe(isTaken(call) ? 200 : 400);
        const [, message = ""] = /<Message>(.*)<\/Message>/s.exec(body) ?? [];
        expect(message).not.toMatch(/[<>]|&(?!#\d+;)/);
      }),
    );
  });

  it("is read from any request without throwing", () => {
    const header = fc.constantFrom("authorization", "x-amz-target", "content-type");
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom("application/x-www-form-urlencoded", "AWS4 Credential=a/1/b/c/d"),
    );
    fc.assert(
      fc.property(fc.string(), fc.dictionary(header, value), fc.string(), (path, headers, body) => {
        const call = awsCall(request({ path, headers, body }));
        expect(call.service).not.toBe("");
        expect(typeof call.action).toBe("string");
      }),
    );
  });
});
