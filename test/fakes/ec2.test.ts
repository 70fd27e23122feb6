import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  type DescribeAutoScalingGroupsCommandInput,
} from "@aws-sdk/client-auto-scaling";
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  type CreateLaunchTemplateVersionCommandInput,
  CreateTagsCommand,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DeleteTagsCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeTagsCommand,
  EC2Client,
  GetInstanceTypesFromInstanceRequirementsCommand,
  type GetInstanceTypesFromInstanceRequirementsCommandInput,
  type InstanceRequirementsRequest,
  ModifyLaunchTemplateCommand,
  type RequestLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, describe, expect, it } from "vitest";
import { type Ec2Fake, type Ec2Options, startEc2 } from "./ec2.ts";

const started: { readonly fake: Ec2Fake; readonly client: EC2Client }[] = [];

const settings = ({ url }: Ec2Fake) => ({
  endpoint: url,
  region: "us-east-1",
  credentials: { accessKeyId: "AKIAEXAMPLEEXAMPLE00", secretAccessKey: "not-a-secret" },
  maxAttempts: 1,
});

const start = async (options: Ec2Options = {}) => {
  const fake = await startEc2(options);
  const client = new EC2Client(settings(fake));
  started.push({ fake, client });
  return { fake, client };
};

afterEach(async () => {
  for (const { fake, client } of started.splice(0)) {
    client.destroy();
    await fake.close();
  }
});

const IMAGE = "ami-0123456789abcdef0";
const DATA: RequestLaunchTemplateData = { ImageId: IMAGE, InstanceType: "t3.micro" };
const WEB = { LaunchTemplateName: "web" };

const create = (client: EC2Client, data: RequestLaunchTemplateData = DATA, name = "web") =>
  client.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: name, LaunchTemplateData: data }));

const addVersion = (client: EC2Client, more: Partial<CreateLaunchTemplateVersionCommandInput> = {}) =>
  client.send(new CreateLaunchTemplateVersionCommand({ ...WEB, LaunchTemplateData: DATA, ...more }));

const versions = async (client: EC2Client, ...named: readonly string[]) => {
  const { LaunchTemplateVersions = [] } = await client.send(
    new DescribeLaunchTemplateVersionsCommand({ ...WEB, Versions: [...named] }),
  );
  return LaunchTemplateVersions;
};

const template = async (client: EC2Client) => {
  const output = await client.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: ["web"] }));
  return output.LaunchTemplates?.[0];
};

/** A request that the SDK would not make. */
const raw = (
  fake: Ec2Fake,
  form: Readonly<Record<string, string>>,
  headers: Record<string, string> = SIGNED,
) => fetch(fake.url, { method: "POST", body: new URLSearchParams(form), headers });

const SIGNED = {
  authorization: `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLEEXAMPLE00/20261127/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`,
};

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("templates and versions", () => {
  it("creates, numbers, describes, promotes and deletes", async () => {
    const { fake, client } = await start();
    const created = await client.send(
      new CreateLaunchTemplateCommand({
        ...WEB,
        LaunchTemplateData: DATA,
        VersionDescription: "first",
        TagSpecifications: [{ ResourceType: "launch-template", Tags: [{ Key: "team", Value: "a<b&c" }] }],
      }),
    );
    const id = created.LaunchTemplate?.LaunchTemplateId;
    expect(created.LaunchTemplate).toMatchObject({
      ...WEB,
      DefaultVersionNumber: 1,
      LatestVersionNumber: 1,
      Tags: [{ Key: "team", Value: "a<b&c" }],
    });
    expect(created.Warning).toBeUndefined();

    const second = await addVersion(client, { VersionDescription: "second" });
    expect(second.LaunchTemplateVersion).toMatchObject({ VersionNumber: 2, DefaultVersion: false });
    expect(await template(client)).toMatchObject({ DefaultVersionNumber: 1, LatestVersionNumber: 2 });

    await client.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId: id, DefaultVersion: "2" }));
    expect((await versions(client, "$Default")).map((one) => one.VersionNumber)).toEqual([2]);
    expect((await versions(client)).map((one) => one.VersionNumber)).toEqual([2, 1]);
    expect((await versions(client, "1", "$Latest")).map((one) => one.VersionDescription)).toEqual([
      "second",
      "first",
    ]);

    const deleted = await client.send(
      new DeleteLaunchTemplateVersionsCommand({ ...WEB, Versions: ["1", "2", "7"] }),
    );
    expect(deleted.SuccessfullyDeletedLaunchTemplateVersions).toEqual([
      { ...WEB, LaunchTemplateId: id, VersionNumber: 1 },
    ]);
    expect(
      deleted.UnsuccessfullyDeletedLaunchTemplateVersions?.map((one) => [
        one.VersionNumber,
        one.ResponseError?.Code,
      ]),
    ).toEqual([
      [2, "unexpectedError"],
      [7, "launchTemplateVersionDoesNotExist"],
    ]);
    expect(deleted.UnsuccessfullyDeletedLaunchTemplateVersions?.[0]?.ResponseError?.Message).toMatch(
      /default/,
    );

    expect(fake.templates.get("web")).toMatchObject({ id, defaultVersion: 2, tags: { team: "a<b&c" } });
    expect([...(fake.templates.get("web")?.versions.keys() ?? [])]).toEqual([2]);
    await client.send(new DeleteLaunchTemplateCommand(WEB));
    await expect(template(client)).rejects.toMatchObject({
      name: "InvalidLaunchTemplateName.NotFoundException",
    });
    expect(fake.calls.map((call) => call.action)).toEqual([
      "CreateLaunchTemplate",
      "CreateLaunchTemplateVersion",
      "DescribeLaunchTemplates",
      "ModifyLaunchTemplate",
      "DescribeLaunchTemplateVersions",
      "DescribeLaunchTemplateVersions",
      "DescribeLaunchTemplateVersions",
      "DeleteLaunchTemplateVersions",
      "DeleteLaunchTemplate",
      "DescribeLaunchTemplates",
    ]);
    expect(fake.calls[3]?.params).toMatchObject({ LaunchTemplateId: id, DefaultVersion: "2" });
  });

  it("never gives a number twice", async () => {
    const { client } = await start();
    await create(client);
    await addVersion(client);
    await client.send(new DeleteLaunchTemplateVersionsCommand({ ...WEB, Versions: ["2"] }));
    expect(await template(client)).toMatchObject({ LatestVersionNumber: 1 });
    expect((await addVersion(client)).LaunchTemplateVersion?.VersionNumber).toBe(3);
  });

  it("lists 450 versions on pages of 200, and none twice though a version comes in between", async () => {
    const { fake, client } = await start();
    await create(client);
    for (let number = 2; number <= 450; number++) fake.addVersion("web", DATA);
    const pages: number[][] = [];
    let NextToken: string | undefined;
    do {
      const output = await client.send(
        new DescribeLaunchTemplateVersionsCommand({ ...WEB, MaxResults: 200, NextToken }),
      );
      pages.push((output.LaunchTemplateVersions ?? []).map((one) => one.VersionNumber ?? 0));
      NextToken = output.NextToken;
      if (pages.length === 1) fake.addVersion("web", DATA);
    } while (NextToken !== undefined);
    expect(pages.map((page) => page.length)).toEqual([200, 200, 50]);
    expect(pages.flat()).toEqual(Array.from({ length: 450 }, (_, index) => 450 - index));

    const range = new DescribeLaunchTemplateVersionsCommand({ ...WEB, MinVersion: "10", MaxVersion: "12" });
    expect((await client.send(range)).LaunchTemplateVersions?.map((one) => one.VersionNumber)).toEqual([
      12, 11, 10,
    ]);
    for (const wrong of [{ MaxResults: 201 }, { MaxResults: 0 }])
      await expect(
        client.send(new DescribeLaunchTemplateVersionsCommand({ ...WEB, ...wrong })),
      ).rejects.toMatchObject({ name: "InvalidParameterValue" });
    await expect(
      client.send(new DescribeLaunchTemplateVersionsCommand({ ...WEB, NextToken: "nonsense" })),
    ).rejects.toMatchObject({ name: "InvalidNextToken" });
    await expect(
      client.send(
        new DeleteLaunchTemplateVersionsCommand({
          ...WEB,
          Versions: Array.from({ length: 201 }, (_, index) => String(index + 2)),
        }),
      ),
    ).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });

  it("lists templates page by page, by name, by id and by filter", async () => {
    const { client } = await start();
    const ids: (string | undefined)[] = [];
    for (const name of ["one", "two", "three"])
      ids.push((await create(client, DATA, name)).LaunchTemplate?.LaunchTemplateId);
    const first = await client.send(new DescribeLaunchTemplatesCommand({ MaxResults: 2 }));
    const rest = await client.send(new DescribeLaunchTemplatesCommand({ NextToken: first.NextToken }));
    const names = [...(first.LaunchTemplates ?? []), ...(rest.LaunchTemplates ?? [])];
    expect(names.map((one) => one.LaunchTemplateName)).toEqual(["one", "two", "three"]);
    expect(rest.NextToken).toBeUndefined();
    const byId = await client.send(
      new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [ids[1] ?? "none"] }),
    );
    expect(byId.LaunchTemplates?.map((one) => one.LaunchTemplateName)).toEqual(["two"]);
    const byFilter = await client.send(
      new DescribeLaunchTemplatesCommand({ Filters: [{ Name: "launch-template-name", Values: ["t*"] }] }),
    );
    expect(byFilter.LaunchTemplates?.map((one) => one.LaunchTemplateName)).toEqual(["two", "three"]);
  });

  it("returns what was sent", async () => {
    const { fake, client } = await start();
    const full: RequestLaunchTemplateData = {
      ImageId: IMAGE,
      InstanceType: "t3.micro",
      KeyName: "key",
      EbsOptimized: true,
      UserData: base64("#!/bin/bash\necho 'a & b' < c\n"),
      IamInstanceProfile: { Name: "web" },
      NetworkInterfaces: [
        {
          DeviceIndex: 0,
          AssociatePublicIpAddress: false,
          DeleteOnTermination: true,
          Groups: ["sg-0123456789abcdef0", "sg-0123456789abcdef1"],
          Ipv6Addresses: [{ Ipv6Address: "2001:db8::1" }],
        },
      ],
      BlockDeviceMappings: [
        {
          DeviceName: "/dev/xvda",
          Ebs: {
            VolumeType: "gp3",
            VolumeSize: 20,
            Iops: 3_000,
            Throughput: 125,
            Encrypted: true,
            DeleteOnTermination: true,
            KmsKeyId: "alias/aws/ebs",
          },
        },
        { DeviceName: "/dev/sdb", NoDevice: "" },
      ],
      MetadataOptions: {
        HttpTokens: "required",
        HttpPutResponseHopLimit: 1,
        HttpEndpoint: "enabled",
        HttpProtocolIpv6: "disabled",
        InstanceMetadataTags: "disabled",
      },
      Monitoring: { Enabled: true },
      CreditSpecification: { CpuCredits: "standard" },
      TagSpecifications: [
        {
          ResourceType: "instance",
          Tags: [
            { Key: "Name", Value: "web" },
            { Key: "note", Value: "" },
          ],
        },
        { ResourceType: "volume", Tags: [{ Key: "Name", Value: "  two  spaces " }] },
      ],
      InstanceMarketOptions: {
        MarketType: "spot",
        SpotOptions: { SpotInstanceType: "one-time", ValidUntil: new Date("2027-01-02T03:04:05.000Z") },
      },
      InstanceInitiatedShutdownBehavior: "stop",
      EnclaveOptions: { Enabled: false },
      HibernationOptions: { Configured: false },
    };
    const flexible: RequestLaunchTemplateData = {
      SecurityGroupIds: ["sg-0123456789abcdef0"],
      InstanceRequirements: {
        VCpuCount: { Min: 2, Max: 4 },
        MemoryMiB: { Min: 2_048 },
        MemoryGiBPerVCpu: { Min: 1.5 },
        BurstablePerformance: "excluded",
        CpuManufacturers: ["intel", "amd"],
        AllowedInstanceTypes: ["m5.*"],
      },
    };
    await create(client, full);
    await addVersion(client, { LaunchTemplateData: flexible });
    const [second, first] = await versions(client);
    expect(first?.LaunchTemplateData).toEqual(full);
    expect(second?.LaunchTemplateData).toEqual(flexible);
    expect(fake.templates.get("web")?.versions.get(1)?.data).toEqual(full);
    expect(fake.templates.get("web")?.versions.get(2)?.data).toEqual(flexible);
  });

  it("lets a version inherit from a source, but not its snapshots", async () => {
    const { client } = await start();
    await create(client, {
      ...DATA,
      BlockDeviceMappings: [{ DeviceName: "/dev/sdb", Ebs: { SnapshotId: "snap-1", VolumeSize: 8 } }],
    });
    const output = await addVersion(client, {
      SourceVersion: "1",
      LaunchTemplateData: { InstanceType: "t3.small" },
    });
    expect(output.LaunchTemplateVersion?.LaunchTemplateData).toEqual({
      ImageId: IMAGE,
      InstanceType: "t3.small",
      BlockDeviceMappings: [{ DeviceName: "/dev/sdb", Ebs: { VolumeSize: 8 } }],
    });
  });

  it("tags templates", async () => {
    const { client } = await start();
    const id = (await create(client)).LaunchTemplate?.LaunchTemplateId ?? "";
    const Tags = [
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ];
    await client.send(new CreateTagsCommand({ Resources: [id], Tags }));
    expect((await template(client))?.Tags).toEqual(Tags);
    await client.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: "a" }] }));
    await client.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: "b", Value: "other" }] }));
    const output = await client.send(
      new DescribeTagsCommand({ Filters: [{ Name: "resource-id", Values: [id] }] }),
    );
    expect(output.Tags).toEqual([{ Key: "b", Value: "2", ResourceId: id, ResourceType: "launch-template" }]);
    await expect(
      client.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "aws:x", Value: "" }] })),
    ).rejects.toMatchObject({ name: "InvalidParameterValue" });
    await expect(
      client.send(new CreateTagsCommand({ Resources: ["i-1"], Tags: [{ Key: "x", Value: "" }] })),
    ).rejects.toMatchObject({ name: "InvalidID" });
  });
});

describe("what is refused", () => {
  const volume = (Ebs: object): RequestLaunchTemplateData => ({
    ...DATA,
    BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs }],
  });
  const requirements = { VCpuCount: { Min: 1 }, MemoryMiB: { Min: 512 } };

  const refused: readonly (readonly [string, RequestLaunchTemplateData, string])[] = [
    ["no data", {}, "MissingParameter"],
    ["an image that is none", { ImageId: "ami-xyz" }, "InvalidAMIID.Malformed"],
    ["user data in plain text", { UserData: "#!/bin/sh" }, "InvalidUserData.Malformed"],
    ["user data without padding", { UserData: "YQ" }, "InvalidUserData.Malformed"],
    ["too much user data", { UserData: base64("x".repeat(16_385)) }, "InvalidUserData.Malformed"],
    ["no hop", { MetadataOptions: { HttpPutResponseHopLimit: 0 } }, "InvalidParameterValue"],
    ["too many hops", { MetadataOptions: { HttpPutResponseHopLimit: 65 } }, "InvalidParameterValue"],
    ["tokens of no kind", { MetadataOptions: { HttpTokens: "yes" as "required" } }, "InvalidParameterValue"],
    ["a volume of no type", volume({ VolumeType: "gp9" }), "InvalidParameterValue"],
    ["too few IOPS", volume({ VolumeType: "gp3", Iops: 2_999 }), "InvalidParameterValue"],
    ["too many IOPS", volume({ VolumeType: "gp3", Iops: 80_001 }), "InvalidParameterValue"],
    ["too little throughput", volume({ VolumeType: "gp3", Throughput: 124 }), "InvalidParameterValue"],
    ["too much throughput", volume({ VolumeType: "gp3", Throughput: 2_001 }), "InvalidParameterValue"],
    [
      "a type and requirements",
      { ...DATA, InstanceRequirements: requirements },
      "InvalidParameterCombination",
    ],
    [
      "requirements without memory",
      { InstanceRequirements: { VCpuCount: { Min: 1 }, MemoryMiB: undefined } },
      "MissingParameter",
    ],
    [
      "security groups in two places",
      { SecurityGroupIds: ["sg-1"], NetworkInterfaces: [{ DeviceIndex: 0, Groups: ["sg-1"] }] },
      "InvalidParameterCombination",
    ],
    [
      "a behavior of no kind",
      { InstanceInitiatedShutdownBehavior: "explode" as "stop" },
      "InvalidParameterValue",
    ],
    [
      "tags for the template inside the data",
      { TagSpecifications: [{ ResourceType: "launch-template", Tags: [] }] },
      "InvalidParameterValue",
    ],
  ];

  it.each(refused)("%s", async (_, data, code) => {
    const { fake, client } = await start();
    await expect(create(client, data)).rejects.toMatchObject({ name: code });
    expect(fake.templates.size).toBe(0);
    await create(client);
    await expect(addVersion(client, { LaunchTemplateData: data })).rejects.toMatchObject({ name: code });
    expect(fake.templates.get("web")?.latestVersion).toBe(1);
  });

  it.each([
    ["16384 bytes of user data", { UserData: base64("x".repeat(16_384)) }],
    ["the bounds of gp3", volume({ VolumeType: "gp3", Iops: 80_000, Throughput: 2_000 })],
    ["64 hops", { MetadataOptions: { HttpPutResponseHopLimit: 64 } }],
    ["an image in SSM", { ImageId: "resolve:ssm:/my/image" }],
    ["a short image id", { ImageId: "ami-01234567" }],
  ])("not %s", async (_, data) => {
    const { client } = await start();
    await create(client, data);
  });

  it.each(["ab", "a".repeat(129), "a b c", "wéb"])("the name %s", async (name) => {
    const { client } = await start();
    await expect(create(client, DATA, name)).rejects.toMatchObject({
      name: "InvalidLaunchTemplateName.MalformedException",
    });
  });

  it("a name that is taken, and a description that is too long", async () => {
    const { client } = await start();
    await create(client);
    await expect(create(client)).rejects.toMatchObject({
      name: "InvalidLaunchTemplateName.AlreadyExistsException",
    });
    await addVersion(client, { VersionDescription: "x".repeat(255) });
    await expect(addVersion(client, { VersionDescription: "x".repeat(256) })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });

  it("what does not exist", async () => {
    const { client } = await start();
    const none = "lt-00000000000000009";
    await expect(
      client.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [none] })),
    ).rejects.toMatchObject({ name: "InvalidLaunchTemplateId.NotFound" });
    await expect(versions(client)).rejects.toMatchObject({
      name: "InvalidLaunchTemplateName.NotFoundException",
    });
    await create(client);
    await expect(versions(client, "2")).rejects.toMatchObject({
      name: "InvalidLaunchTemplateId.VersionNotFound",
    });
    await expect(
      client.send(new ModifyLaunchTemplateCommand({ ...WEB, DefaultVersion: "2" })),
    ).rejects.toMatchObject({ name: "InvalidLaunchTemplateId.VersionNotFound" });
  });

  it("a member that the model does not know, at any depth", async () => {
    const { fake } = await start();
    const common = { Action: "CreateLaunchTemplate", Version: "2016-11-15", LaunchTemplateName: "web" };
    for (const name of [
      "Imageid",
      "MetadataOptions.HttpToken",
      "BlockDeviceMapping.1.Ebs.Size",
      "ImageId.x",
    ]) {
      const parameter = `LaunchTemplateData.${name}`;
      const answer = await raw(fake, { ...common, [parameter]: "x" });
      expect(answer.status).toBe(400);
      const body = await answer.text();
      expect(body).toContain("<Code>UnknownParameter</Code>");
      expect(body).toContain(parameter);
    }
    expect(fake.templates.size).toBe(0);
  });

  it("a value of another type", async () => {
    const { fake } = await start();
    const answer = await raw(fake, {
      Action: "CreateLaunchTemplate",
      Version: "2016-11-15",
      LaunchTemplateName: "web",
      "LaunchTemplateData.EbsOptimized": "yes",
    });
    expect(await answer.text()).toContain("<Code>InvalidParameterValue</Code>");
  });

  it("a request without a signature, which is not recorded, and an action of no kind", async () => {
    const { fake } = await start();
    const form = { Action: "RunInstances", Version: "2016-11-15" };
    expect((await raw(fake, form, {})).status).toBe(401);
    expect(fake.calls).toEqual([]);
    expect(await (await raw(fake, form)).text()).toContain("<Code>InvalidAction</Code>");
    expect(JSON.stringify(fake.calls)).not.toContain("AKIA");
  });

  it("a dry run, which changes nothing", async () => {
    const { fake, client } = await start();
    await create(client);
    await expect(addVersion(client, { DryRun: true })).rejects.toMatchObject({
      name: "DryRunOperation",
      $metadata: { httpStatusCode: 412 },
    });
    expect(fake.templates.get("web")?.latestVersion).toBe(1);
  });

  it("nothing that is only warned of", async () => {
    const { client } = await start({
      warnOf: ({ KeyName }) =>
        KeyName === "none" ? [{ code: "InvalidKeyPair.NotFound", message: "No." }] : [],
    });
    const output = await create(client, { ...DATA, KeyName: "none" });
    expect(output.Warning).toEqual({ Errors: [{ Code: "InvalidKeyPair.NotFound", Message: "No." }] });
    const second = await addVersion(client, { LaunchTemplateData: { KeyName: "none" } });
    expect(second.Warning?.Errors).toHaveLength(1);
    expect(await template(client)).toMatchObject({ LatestVersionNumber: 2 });
  });
});

describe("client tokens", () => {
  it("give the first answer again, and refuse another request", async () => {
    const { fake, client } = await start();
    await create(client);
    const first = await addVersion(client, { ClientToken: "token" });
    const again = await addVersion(client, { ClientToken: "token" });
    expect(again.LaunchTemplateVersion).toEqual(first.LaunchTemplateVersion);
    await expect(
      addVersion(client, { ClientToken: "token", VersionDescription: "other" }),
    ).rejects.toMatchObject({ name: "IdempotentParameterMismatch" });
    expect(fake.templates.get("web")?.latestVersion).toBe(2);
  });

  it("are not used up by a request that was refused", async () => {
    const { client } = await start();
    await create(client);
    const wrong = { ClientToken: "token", LaunchTemplateData: { ImageId: "x" } };
    await expect(addVersion(client, wrong)).rejects.toThrow();
    await addVersion(client, { ClientToken: "token" });
  });
});

describe("trouble", () => {
  it("lags: a template, a version, a default and a tag are shown later", async () => {
    const { fake, client } = await start();
    const LAG_MS = 300;
    const shownLater = async (
      change: () => Promise<unknown>,
      shown: () => Promise<unknown>,
      before: unknown,
    ) => {
      fake.lag(LAG_MS);
      await change();
      fake.lag(0);
      expect(await shown()).toEqual(before);
      await sleep(LAG_MS + 50);
      expect(await shown()).not.toEqual(before);
    };
    const state = async () => template(client).catch((error: Error) => error.name);
    await shownLater(() => create(client), state, "InvalidLaunchTemplateName.NotFoundException");
    const newest = async () => versions(client, "2").catch((error: Error) => error.name);
    await shownLater(() => addVersion(client), newest, "InvalidLaunchTemplateId.VersionNotFound");
    expect(fake.templates.get("web")?.latestVersion).toBe(2);

    const promote = new ModifyLaunchTemplateCommand({ ...WEB, DefaultVersion: "2" });
    await shownLater(() => client.send(promote), state, await state());
    const id = fake.templates.get("web")?.id ?? "";
    const tag = new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "a", Value: "b" }] });
    await shownLater(() => client.send(tag), state, await state());
  });

  it("throttles so many times", async () => {
    const { fake, client } = await start();
    await create(client);
    fake.throttle("DescribeLaunchTemplates", 2);
    for (let time = 0; time < 2; time++)
      await expect(template(client)).rejects.toMatchObject({
        name: "RequestLimitExceeded",
        $metadata: { httpStatusCode: 503 },
      });
    await template(client);
  });

  it("denies, also dry runs", async () => {
    const { fake, client } = await start();
    await create(client);
    fake.deny("CreateLaunchTemplateVersion");
    for (const DryRun of [true, false])
      await expect(addVersion(client, { DryRun })).rejects.toMatchObject({
        name: "UnauthorizedOperation",
        message: expect.stringMatching(
          /^You are not authorized to perform this operation\. User: arn:aws:iam::\d+:user\/\w+ is not authorized to perform: ec2:CreateLaunchTemplateVersion on resource: arn:/,
        ),
        $metadata: { httpStatusCode: 403 },
      });
  });

  it("fails before or after the effect, with an answer or without", async () => {
    const { fake, client } = await start();
    await create(client);
    const latest = () => fake.templates.get("web")?.latestVersion;
    const action = "CreateLaunchTemplateVersion";

    fake.fail(action, { code: "InternalError", status: 500, message: "Oh." });
    await expect(addVersion(client)).rejects.toMatchObject({ name: "InternalError", message: "Oh." });
    expect(latest()).toBe(1);

    fake.fail(action, {});
    await expect(addVersion(client)).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(latest()).toBe(1);

    fake.fail(action, { code: "InternalError", status: 500, afterEffect: true });
    await expect(addVersion(client, { ClientToken: "one" })).rejects.toMatchObject({ name: "InternalError" });
    expect(latest()).toBe(2);
    expect((await addVersion(client, { ClientToken: "one" })).LaunchTemplateVersion?.VersionNumber).toBe(2);

    fake.fail(action, { afterEffect: true });
    await expect(addVersion(client)).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(latest()).toBe(3);
    await addVersion(client);
    expect(latest()).toBe(4);
  });

  it("keeps its state though a client dies in the middle of a request", async () => {
    const { fake, client } = await start();
    await create(client);
    const socket = connect(Number(new URL(fake.url).port), "127.0.0.1");
    await once(socket, "connect");
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nAction=Create");
    await sleep(20);
    socket.resetAndDestroy();
    await sleep(20);
    expect(await template(client)).toMatchObject({ LatestVersionNumber: 1 });
    expect(fake.calls).toHaveLength(2);
  });

  it("lets another client be faster", async () => {
    const { fake, client } = await start();
    await create(client);
    fake.before("CreateLaunchTemplateVersion", async () => {
      await addVersion(client, { VersionDescription: "theirs" });
    });
    const ours = await addVersion(client, { VersionDescription: "ours" });
    expect(ours.LaunchTemplateVersion).toMatchObject({ VersionNumber: 3, VersionDescription: "ours" });
    expect((await versions(client, "2"))[0]?.VersionDescription).toBe("theirs");
  });
});

describe("what stands around", () => {
  const MIXED = {
    LaunchTemplate: {
      LaunchTemplateSpecification: { LaunchTemplateId: "lt-1", Version: "3" },
      Overrides: [
        { InstanceType: "m5.large" },
        { LaunchTemplateSpecification: { LaunchTemplateId: "lt-2", Version: "1" } },
      ],
    },
  };
  const image = { architecture: "x86_64", rootDeviceName: "/dev/xvda", state: "available" } as const;
  const options: Ec2Options = {
    images: [
      { ...image, id: IMAGE, name: "al2023-1", owner: "amazon", creationDate: "2026-01-01T00:00:00.000Z" },
      {
        ...image,
        id: "ami-0b",
        name: "mine",
        owner: "123456789012",
        creationDate: "2026-02-01T00:00:00.000Z",
      },
    ],
    instances: [
      { id: "i-1", tags: { "aws:ec2launchtemplate:id": "lt-1", "aws:ec2launchtemplate:version": "3" } },
      { id: "i-2", state: "stopped", tags: { "aws:ec2launchtemplate:id": "lt-2" } },
    ],
    autoScalingGroups: [
      { AutoScalingGroupName: "a", LaunchTemplate: { LaunchTemplateName: "web", Version: "$Latest" } },
      { AutoScalingGroupName: "b", MixedInstancesPolicy: MIXED },
    ],
    parameters: { "/image": IMAGE },
  };

  it("describes images by owner and filter", async () => {
    const { client } = await start(options);
    const names = async (input: object) =>
      (await client.send(new DescribeImagesCommand(input))).Images?.map((one) => one.Name);
    expect(await names({ Owners: ["self"] })).toEqual(["mine"]);
    expect(await names({ Owners: ["amazon"], Filters: [{ Name: "name", Values: ["al2023-?"] }] })).toEqual([
      "al2023-1",
    ]);
    expect(await names({ Filters: [{ Name: "architecture", Values: ["arm64"] }] })).toEqual([]);
    expect(await names({ ImageIds: [IMAGE] })).toEqual(["al2023-1"]);
    await expect(names({ ImageIds: ["ami-0123456789abcdef1"] })).rejects.toMatchObject({
      name: "InvalidAMIID.NotFound",
    });
    await expect(names({ Filters: [{ Name: "colour", Values: ["red"] }] })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });

  it("describes instances by tag", async () => {
    const { client } = await start(options);
    const { Reservations } = await client.send(
      new DescribeInstancesCommand({ Filters: [{ Name: "tag:aws:ec2launchtemplate:id", Values: ["lt-1"] }] }),
    );
    expect(Reservations?.flatMap(({ Instances = [] }) => Instances)).toMatchObject([
      { InstanceId: "i-1", State: { Name: "running", Code: 16 } },
    ]);
  });

  it("describes Auto Scaling groups", async () => {
    const { fake } = await start(options);
    const scaling = new AutoScalingClient(settings(fake));
    const describe = (input: DescribeAutoScalingGroupsCommandInput) =>
      scaling.send(new DescribeAutoScalingGroupsCommand(input));
    const named = await describe({ AutoScalingGroupNames: ["a", "none"] });
    expect(named.AutoScalingGroups).toMatchObject([
      { AutoScalingGroupName: "a", LaunchTemplate: { LaunchTemplateName: "web", Version: "$Latest" } },
    ]);
    const first = await describe({ MaxRecords: 1 });
    const { AutoScalingGroups, NextToken } = await describe({ NextToken: first.NextToken });
    expect(NextToken).toBeUndefined();
    expect(AutoScalingGroups?.map((group) => group.AutoScalingGroupName)).toEqual(["b"]);
    expect(AutoScalingGroups?.[0]?.MixedInstancesPolicy).toEqual(MIXED);
    fake.deny("DescribeAutoScalingGroups");
    await expect(describe({})).rejects.toMatchObject({ name: "AccessDenied" });
    scaling.destroy();
  });

  it("gets parameters of SSM", async () => {
    const { fake, client } = await start(options);
    const ssm = new SSMClient(settings(fake));
    const get = (Name: string) => ssm.send(new GetParameterCommand({ Name }));
    expect((await get("/image")).Parameter).toMatchObject({ Name: "/image", Value: IMAGE });
    await expect(get("/none")).rejects.toMatchObject({
      name: "ParameterNotFound",
      $metadata: { httpStatusCode: 400 },
    });
    fake.deny("GetParameter");
    await expect(get("/image")).rejects.toMatchObject({ name: "AccessDeniedException" });
    ssm.destroy();
    expect(fake.calls[0]).toEqual({ action: "GetParameter", params: { Name: "/image" } });

    await create(client, { ImageId: "resolve:ssm:/image" });
    const { LaunchTemplateVersions } = await client.send(
      new DescribeLaunchTemplateVersionsCommand({ ...WEB, ResolveAlias: true }),
    );
    expect(LaunchTemplateVersions?.[0]?.LaunchTemplateData?.ImageId).toBe(IMAGE);
  });
});

describe("instance types that have what is asked for", () => {
  const ANY: InstanceRequirementsRequest = { VCpuCount: { Min: 0 }, MemoryMiB: { Min: 0 } };
  const options: Ec2Options = {
    instanceTypes: [
      { name: "m7i.large", vcpus: 2, memoryMib: 8_192 },
      { name: "c7i.xlarge", vcpus: 4, memoryMib: 8_192 },
      { name: "m7g.large", vcpus: 2, memoryMib: 8_192, architecture: "arm64" },
      { name: "t3.large", vcpus: 2, memoryMib: 8_192 },
      { name: "m7i.metal-24xl", vcpus: 96, memoryMib: 393_216 },
    ],
  };
  type Asked = Partial<GetInstanceTypesFromInstanceRequirementsCommandInput>;

  const ask = (client: EC2Client, asked: Asked = {}) =>
    client.send(
      new GetInstanceTypesFromInstanceRequirementsCommand({
        ArchitectureTypes: ["x86_64"],
        VirtualizationTypes: ["hvm"],
        InstanceRequirements: ANY,
        ...asked,
      }),
    );
  const asking = (more: Partial<InstanceRequirementsRequest>): Asked => ({
    InstanceRequirements: { ...ANY, ...more },
  });

  it.each<readonly [string, Asked, readonly string[]]>([
    ["neither burstable nor bare metal ones", {}, ["m7i.large", "c7i.xlarge"]],
    ["by processors", asking({ VCpuCount: { Min: 3, Max: 8 } }), ["c7i.xlarge"]],
    ["by memory", asking({ MemoryMiB: { Min: 8_193 } }), []],
    ["only burstable ones", asking({ BurstablePerformance: "required" }), ["t3.large"]],
    ["bare metal ones, too", asking({ BareMetal: "included", VCpuCount: { Min: 5 } }), ["m7i.metal-24xl"]],
    ["of another architecture", { ArchitectureTypes: ["arm64"] }, ["m7g.large"]],
    ["of no such virtualization", { VirtualizationTypes: ["paravirtual"] }, []],
    ["by name", asking({ AllowedInstanceTypes: ["c*"] }), ["c7i.xlarge"]],
    ["but for some names", asking({ ExcludedInstanceTypes: ["c7i.xlarge"] }), ["m7i.large"]],
  ])("%s", async (_, asked, expected) => {
    const { client } = await start(options);
    const { InstanceTypes = [] } = await ask(client, asked);
    expect(InstanceTypes.map(({ InstanceType }) => InstanceType)).toEqual(expected);
  });

  it.each<readonly [string, Asked, string]>([
    ["no architecture", { ArchitectureTypes: undefined }, "MissingParameter"],
    ["no virtualization", { VirtualizationTypes: undefined }, "MissingParameter"],
    ["no requirements", { InstanceRequirements: undefined }, "MissingParameter"],
    ["no memory", asking({ MemoryMiB: undefined }), "MissingParameter"],
    ["an architecture that is none", { ArchitectureTypes: ["vax" as "arm64"] }, "InvalidParameterValue"],
    ["a word that is none", asking({ BareMetal: "yes" as "required" }), "InvalidParameterValue"],
    ["more at least than at most", asking({ VCpuCount: { Min: 4, Max: 2 } }), "InvalidParameterValue"],
    ["a page of nothing", { MaxResults: 0 }, "InvalidParameterValue"],
    ["a page that is too long", { MaxResults: 1_001 }, "InvalidParameterValue"],
    ["a token from elsewhere", { NextToken: "eA" }, "InvalidNextToken"],
    [
      "names that count and names that do not",
      asking({ AllowedInstanceTypes: ["m*"], ExcludedInstanceTypes: ["c*"] }),
      "InvalidParameterCombination",
    ],
    ["too many names", asking({ AllowedInstanceTypes: Array(401).fill("m*") }), "InvalidParameterValue"],
    ["what the double does not know", asking({ RequireHibernateSupport: true }), "UnsupportedOperation"],
  ])("refuses %s", async (_, asked, code) => {
    const { client } = await start(options);
    await expect(ask(client, asked)).rejects.toMatchObject({ name: code });
  });

  it("come on pages of 1,000 at the most", async () => {
    const instanceTypes = Array.from({ length: 1_001 }, (_, n) => ({
      name: `m${n}.large`,
      vcpus: 2,
      memoryMib: 8_192,
    }));
    const { client } = await start({ instanceTypes });
    const first = await ask(client);
    expect(first.InstanceTypes).toHaveLength(1_000);
    const second = await ask(client, { NextToken: first.NextToken });
    expect(second).toMatchObject({ InstanceTypes: [{ InstanceType: "m1000.large" }] });
    expect(second.NextToken).toBeUndefined();
  });
});
