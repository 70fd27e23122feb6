/**
 * moto is an imitation of EC2 that nobody here wrote: it takes and gives the XML of the service by its own lights. What
 * the AWS CLI reads back from it is what the commands have asked for. It knows no limits, no client tokens, no pages
 * and no DeleteLaunchTemplateVersions, so those are for the strict imitation in test/fakes/ec2.ts.
 */
import { Buffer } from "node:buffer";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../../provision/commands/command.ts";
import { command as apply } from "../../../provision/commands/launch-template-apply.ts";
import { command as drift } from "../../../provision/commands/launch-template-drift.ts";
import { command as history } from "../../../provision/commands/launch-template-history.ts";
import { command as plan } from "../../../provision/commands/launch-template-plan.ts";
import { command as rollback } from "../../../provision/commands/launch-template-rollback.ts";
import { command as show } from "../../../provision/commands/launch-template-show.ts";
import { PROMOTIONS_TAG } from "../../../provision/launch-template/promotions.ts";
import { pythonTools } from "../../python-tools.ts";
import { toolAvailable } from "../../tools.ts";
import { type Account, openAccount } from "./rehearsed.ts";

const run = promisify(execFile);
const MINUTE = 60_000;
/** Many processes of Python, on a machine that does other things as well. */
const LONG = 3 * MINUTE;
const REGION = "eu-central-1";

const hasCli = toolAvailable("aws", "awscli");
const tools = await pythonTools();

/** By default it takes any image, type and key. */
const STRICT = {
  MOTO_ENABLE_AMI_VALIDATION: "1",
  MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION: "1",
  MOTO_ENABLE_KEYPAIR_VALIDATION: "1",
};

/** Of the host in host.ts, without image and user data, as the AWS CLI prints it. */
const ASKED_FOR = {
  InstanceType: "t3.small",
  IamInstanceProfile: { Name: "web" },
  NetworkInterfaces: [
    {
      DeviceIndex: 0,
      AssociatePublicIpAddress: false,
      DeleteOnTermination: true,
      Groups: ["sg-0123456789abcdef0"],
    },
  ],
  BlockDeviceMappings: [
    {
      DeviceName: "/dev/xvda",
      // 15 GiB is what every image of moto has.
      Ebs: { VolumeType: "gp3", VolumeSize: 15, Encrypted: true, DeleteOnTermination: true },
    },
  ],
  MetadataOptions: {
    HttpTokens: "required",
    HttpPutResponseHopLimit: 1,
    HttpEndpoint: "enabled",
    HttpProtocolIpv6: "disabled",
    InstanceMetadataTags: "disabled",
  },
  Monitoring: { Enabled: false },
  CreditSpecification: { CpuCredits: "standard" },
  InstanceInitiatedShutdownBehavior: "stop",
  TagSpecifications: ["instance", "network-interface", "volume"].map((ResourceType) => ({
    ResourceType,
    Tags: [{ Key: "Name", Value: "web" }],
  })),
};

interface Moto {
  readonly url: string;
  readonly close: () => Promise<void>;
}

const answers = async (url: string): Promise<boolean> =>
  fetch(`${url}/moto-api/data.json`).then(
    (answer) => answer.ok,
    () => false,
  );

/** A port that is free is chosen by the kernel, and told in the log. */
const addressOf = (server: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let log = "";
    server.stderr?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(log) ?? [];
      if (url !== undefined) resolve(url);
    });
    server.once("close", (status) => reject(new Error(`moto_server has ended with ${status}: ${log}`)));
  });

const startMoto = async (command: string): Promise<Moto> => {
  const server = spawn(command, ["-H", "127.0.0.1", "-p", "0"], {
    env: { ...process.env, ...STRICT },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = once(server, "close");
  const url = await addressOf(server);
  while (!(await answers(url))) await pause(100);
  return {
    url,
    close: async () => {
      server.kill();
      await closed;
    },
  };
};

describe.skipIf(!hasCli || tools === undefined)("provision launch-template, with moto as EC2", () => {
  let moto: Moto;
  let account: Account;
  beforeAll(async () => {
    if (tools !== undefined) moto = await startMoto(tools.motoServer);
  }, MINUTE);
  afterAll(() => moto?.close());
  beforeEach(async () => {
    account = await openAccount();
  });
  afterEach(() => account.close());

  const provision = <Options>(command: Command<Options>, operands: readonly string[], options: object = {}) =>
    account.run(command, operands, { "endpoint-url": moto.url, ...options });

  const aws = async (service: string, operation: string, ...args: readonly string[]) => {
    const common = ["--endpoint-url", moto.url, "--region", REGION, "--output", "json"];
    const { stdout } = await run("aws", [service, operation, ...args, ...common], { timeout: MINUTE });
    return JSON.parse(stdout);
  };

  const defaultVersion = async () => {
    const { LaunchTemplateVersions: found } = await aws(
      "ec2",
      "describe-launch-template-versions",
      ...["--launch-template-name", "web", "--versions", "$Default"],
    );
    expect(found).toHaveLength(1);
    return found[0];
  };

  /** Plans, applies, and plans again: the second plan compares what moto gives back with what it was asked for. */
  const release = async (more = "") => {
    const out = account.path("plan.json");
    const planned = await provision(plan, [account.host(more)], { out });
    expect(planned).toMatchObject({ status: 3, code: undefined });
    expect(await provision(apply, [out])).toMatchObject({ status: 0, message: "" });
    const again = await provision(plan, [account.host(more)], { out: undefined });
    expect(again).toMatchObject({ status: 0, message: "" });
    expect(again.out).toContain("nothing to do");
    return planned;
  };

  /**
   * moto adds the tags of the template itself to those in the data of its first version. EC2 does not. So apply finds
   * that it did not get what it has asked for, and says so; any later version is as it should be.
   */
  const expectLeak = async () => {
    const out = account.path("plan.json");
    const planned = await provision(plan, [account.host()], { out });
    expect(planned).toMatchObject({ status: 3, code: undefined });
    expect(planned.out).toContain("Launch template web in eu-central-1: will be made");
    expect(await provision(apply, [out])).toMatchObject({ code: "TEMPLATE_MISMATCH" });
    const { TagSpecifications } = (await defaultVersion()).LaunchTemplateData;
    const leaked = {
      ResourceType: "launch-template",
      Tags: [{ Key: "hostwright:managed", Value: "provision" }],
    };
    expect(TagSpecifications).toEqual([...ASKED_FOR.TagSpecifications, leaked]);
  };

  const listed = async () =>
    JSON.parse((await provision(history, ["web"], { json: true })).out).versions.map(
      (line: Record<string, unknown>) => [line.version, line.default, line.latest],
    );

  it(
    "makes what was asked for, changes it, goes back, and tells of it",
    async () => {
      const { Parameter } = await aws(
        "ssm",
        "get-parameter",
        ...["--name", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"],
      );
      await expectLeak();
      const second = await release();
      expect(second.out).toContain("version 2 will be made, and be the default instead of 1");

      const made = await defaultVersion();
      expect(made).toMatchObject({
        VersionNumber: 2,
        DefaultVersion: true,
        VersionDescription: expect.stringMatching(/^provision [0-9a-f]{12}$/),
      });
      const { UserData, ...data } = made.LaunchTemplateData;
      expect(data).toEqual({ ImageId: Parameter.Value, ...ASKED_FOR });
      const sent = Buffer.from(UserData, "base64").toString();
      expect(sent).toContain("echo hello");
      const shown = await provision(show, ["web"], { "user-data": true, "template-version": "default" });
      expect(shown.out).toBe(sent);

      const third = await release("  key_name: mine\n");
      expect(third.out).toContain("version 3 will be made, and be the default instead of 2");
      expect(third.out).toContain("  + KeyName: mine");
      const changed = await defaultVersion();
      expect(changed).toMatchObject({ VersionNumber: 3, DefaultVersion: true });
      expect(changed.LaunchTemplateData).toEqual({ ...made.LaunchTemplateData, KeyName: "mine" });
      const twice = await provision(apply, [account.path("plan.json")], { json: true });
      expect(JSON.parse(twice.out)).toMatchObject({ version: 3, changed: false });
      expect(await listed()).toEqual([
        [3, true, true],
        [2, false, false],
        [1, false, false],
      ]);
      const { LaunchTemplates: heads } = await aws("ec2", "describe-launch-templates");
      expect(heads).toMatchObject([
        { LaunchTemplateName: "web", DefaultVersionNumber: 3, LatestVersionNumber: 3 },
      ]);
      const resource = `Name=resource-id,Values=${heads[0].LaunchTemplateId}`;
      const { Tags } = await aws("ec2", "describe-tags", "--filters", resource);
      expect(Tags).toMatchObject([
        { Key: "hostwright:managed", Value: "provision" },
        { Key: PROMOTIONS_TAG, ResourceType: "launch-template", Value: "3 2" },
      ]);

      // DescribeLaunchTemplates of moto shows the tags of the beginning for ever, so what was before is not recorded.
      expect(await provision(rollback, ["web"], { to: undefined })).toMatchObject({
        code: "TEMPLATE_MISSING",
      });
      expect(await provision(rollback, ["web"], { to: 2 })).toMatchObject({ status: 0, message: "" });
      const back = await defaultVersion();
      expect(back).toMatchObject({ VersionNumber: 2, DefaultVersion: true });
      expect(back.LaunchTemplateData).toEqual(made.LaunchTemplateData);
      expect(await listed()).toEqual([
        [3, false, true],
        [2, true, false],
        [1, false, false],
      ]);
      // Nothing uses the template yet; moto has no page of fleets, groups or instances to offer.
      expect(await provision(drift, [account.host()])).toMatchObject({ status: 0, message: "", out: "" });
    },
    LONG,
  );
});
