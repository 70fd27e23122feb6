import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CommandService,
  commandService,
  operationOf,
} from "../../../../provision/rehearse/codedeploy/command-service.ts";
import {
  COMMANDS,
  deploymentOf,
  specificationOf,
} from "../../../../provision/rehearse/codedeploy/deployment.ts";

const HOST = "arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0";
const deployment = deploymentOf("dist/app.tgz", "ABCDEFGHI");

const service = (): CommandService => {
  const made = commandService({ deployment, envelope: "PEM", host: HOST });
  expect(poll(made)).toBeUndefined();
  made.begin();
  return made;
};

interface Given {
  readonly HostCommandIdentifier: string;
  readonly CommandName: string;
  readonly DeploymentExecutionId: string;
}

const poll = (of: CommandService): Given | undefined =>
  of.call("PollHostCommand", { HostIdentifier: HOST }).body.HostCommand as Given | undefined;

const diagnostics = (payload: object) => ({ Format: "JSON", Payload: JSON.stringify(payload) });

const acknowledge = (of: CommandService, { HostCommandIdentifier }: Given, noop = false) =>
  of.call("PutHostCommandAcknowledgement", {
    HostCommandIdentifier,
    Diagnostics: diagnostics({ IsCommandNoop: noop }),
  });

const complete = (of: CommandService, { HostCommandIdentifier }: Given, status = "Succeeded") =>
  of.call("PutHostCommandComplete", {
    HostCommandIdentifier,
    CommandStatus: status,
    Diagnostics: diagnostics({ error_code: status === "Failed" ? 4 : 0, message: "said", log: "logged" }),
  });

describe("the command service of CodeDeploy", () => {
  it("gives out all commands, one behind the other", () => {
    const it = service();
    const names: string[] = [];
    for (let given = poll(it); given !== undefined; given = poll(it)) {
      names.push(given.CommandName);
      expect(acknowledge(it, given).body).toEqual({ CommandStatus: "InProgress" });
      expect(complete(it, given)).toEqual({ status: 200, body: {} });
    }
    expect(names).toEqual([...COMMANDS]);
    expect(it.seen().every(({ state }) => state === "succeeded")).toBe(true);
  });

  it("gives a command out again until it is acknowledged, and nothing while it is carried out", () => {
    const it = service();
    const first = poll(it) as Given;
    expect(poll(it)?.HostCommandIdentifier).toBe(first.HostCommandIdentifier);
    acknowledge(it, first);
    expect(poll(it)).toBeUndefined();
    expect(it.seen()[0]).toMatchObject({ state: "acknowledged", deliveries: 2 });
  });

  it("takes no second completion, and none of what it has not given out", () => {
    const it = service();
    const first = poll(it) as Given;
    acknowledge(it, first);
    complete(it, first);
    expect(complete(it, first)).toMatchObject({ status: 400, body: { __type: "ClientException" } });
    const later = {
      ...first,
      HostCommandIdentifier: first.HostCommandIdentifier.replace(/:1:.*/, ":4:Install"),
    };
    expect(complete(it, later).status).toBe(400);
    expect(acknowledge(it, later).status).toBe(400);
  });

  it("is at its end when a command has failed, also without an acknowledgement", () => {
    const it = service();
    const first = poll(it) as Given;
    expect(complete(it, first, "Failed").status).toBe(200);
    expect(poll(it)).toBeUndefined();
    expect(it.seen()[0]).toMatchObject({ state: "failed", code: 4, message: "said", log: "logged" });
    expect(acknowledge(it, first).body).toEqual({ CommandStatus: "Failed" });
  });

  it("is done with a command that has nothing to do when that is acknowledged", () => {
    const it = service();
    expect(acknowledge(it, poll(it) as Given, true).body).toEqual({ CommandStatus: "Succeeded" });
    expect(poll(it)?.CommandName).toBe("DownloadBundle");
  });

  it("answers nobody but the host, and only what it gives out", () => {
    const it = service();
    expect(it.call("PollHostCommand", { HostIdentifier: `${HOST}0` }).status).toBe(400);
    const first = poll(it) as Given;
    const ask = (id: string, host = HOST) =>
      it.call("GetDeploymentSpecification", { DeploymentExecutionId: id, HostIdentifier: host });
    expect(ask(first.DeploymentExecutionId).body).toMatchObject({
      DeploymentSystem: "CodeDeploy",
      DeploymentSpecification: { GenericEnvelope: { Format: "PKCS7/JSON", Payload: "PEM" } },
    });
    expect(ask("d-OTHER").status).toBe(400);
    expect(ask(first.DeploymentExecutionId, "other").status).toBe(400);
    expect(it.call("PostHostCommandUpdate", {}).body.__type).toBe("UnknownOperationException");
    expect(it.call("PollHostCommand", undefined).body.__type).toBe("SerializationException");
  });

  it("never gives out two commands at once, whatever an agent does", () => {
    const deed = fc.constantFrom("poll", "ack", "noop", "done", "failed");
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        const it = service();
        let given: Given | undefined;
        for (const each of deeds) {
          if (each === "poll") given = poll(it) ?? given;
          else if (given === undefined) continue;
          else if (each === "ack" || each === "noop") acknowledge(it, given, each === "noop");
          else complete(it, given, each === "done" ? "Succeeded" : "Failed");
          const states = it.seen().map(({ state }) => state);
          const open = states.filter((state) => state === "given out" || state === "acknowledged");
          expect(open.length).toBeLessThanOrEqual(1);
          const last = states.findLastIndex((state) => state !== "not given out");
          expect(states.slice(0, Math.max(0, last)).every((state) => state === "succeeded")).toBe(true);
        }
      }),
    );
  });

  it("knows its operations by the prefix of its service alone", () => {
    expect(operationOf("codedeploy-commands", "CodeDeployCommandService_v20141006.PollHostCommand")).toBe(
      "PollHostCommand",
    );
    expect(operationOf("codedeploy-commands-secure", "CodeDeployCommandService.PollHostCommand")).toBe(
      "PollHostCommand",
    );
    expect(operationOf("codedeploy-commands", "CodeDeployCommandService.PollHostCommand")).toBeUndefined();
    expect(operationOf("ec2", "CodeDeployCommandService.PollHostCommand")).toBeUndefined();
  });
});

describe("a deployment", () => {
  it.each([
    ["app.zip", "zip"],
    ["app.tar", "tar"],
    ["app.tgz", "tgz"],
    ["a/b/app.tar.gz", "tgz"],
  ])("of %s has a bundle of type %s", (file, type) => {
    const made = deploymentOf(file, "ABCDEFGHI");
    expect(made.revision).toMatchObject({ type, key: file.split("/").at(-1) });
    expect(JSON.parse(specificationOf(made))).toMatchObject({
      DeploymentId: "d-ABCDEFGHI",
      Revision: { RevisionType: "S3", S3Revision: { BundleType: type } },
    });
  });

  it("of what is no bundle is refused", () => {
    expect(() => deploymentOf("app.txt", "ABCDEFGHI")).toThrow(/--deploy takes a bundle/);
  });
});
