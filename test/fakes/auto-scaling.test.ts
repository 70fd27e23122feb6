import {
  AutoScalingClient,
  CancelInstanceRefreshCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  type DescribeInstanceRefreshesCommandInput,
  StartInstanceRefreshCommand,
  type StartInstanceRefreshCommandInput,
} from "@aws-sdk/client-auto-scaling";
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { afterEach, describe, expect, it } from "vitest";
import { type Ec2Fake, type FakeGroup, startEc2 } from "./ec2.ts";

const started: { readonly fake: Ec2Fake; readonly close: () => void }[] = [];
afterEach(async () => {
  for (const { fake, close } of started.splice(0)) {
    close();
    await fake.close();
  }
});

const IMAGE = "ami-0123456789abcdef0";
const template = (Version: string) => ({ LaunchTemplateName: "web", Version });
const GROUPS: readonly FakeGroup[] = [
  { AutoScalingGroupName: "web", MinSize: 2, LaunchTemplate: template("1") },
  { AutoScalingGroupName: "latest", LaunchTemplate: template("$Latest") },
  { AutoScalingGroupName: "default", LaunchTemplate: template("$Default") },
  { AutoScalingGroupName: "silent", LaunchTemplate: { LaunchTemplateName: "web" } },
  { AutoScalingGroupName: "parameter", LaunchTemplate: { LaunchTemplateName: "moving", Version: "1" } },
  {
    AutoScalingGroupName: "mixed",
    MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification: template("$Latest") } },
  },
];

/** Groups, a template with three versions, and one whose image is a parameter. */
const start = async () => {
  const fake = await startEc2({ autoScalingGroups: GROUPS });
  const settings = {
    endpoint: fake.url,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIAEXAMPLEEXAMPLE00", secretAccessKey: "not-a-secret" },
    maxAttempts: 1,
  };
  const [ec2, client] = [new EC2Client(settings), new AutoScalingClient(settings)];
  started.push({
    fake,
    close: () => {
      ec2.destroy();
      client.destroy();
    },
  });
  const create = (LaunchTemplateName: string, ImageId: string) =>
    ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData: { ImageId } }));
  await create("web", IMAGE);
  for (let more = 0; more < 2; more += 1)
    await ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateName: "web",
        LaunchTemplateData: { ImageId: IMAGE },
      }),
    );
  await create("moving", "resolve:ssm:/image");
  return {
    fake,
    begin: (more: Partial<StartInstanceRefreshCommandInput> = {}) =>
      client.send(
        new StartInstanceRefreshCommand({
          AutoScalingGroupName: "web",
          DesiredConfiguration: { LaunchTemplate: template("2") },
          Preferences: { MinHealthyPercentage: 90, SkipMatching: true, AutoRollback: true },
          ...more,
        }),
      ),
    look: (more: Partial<DescribeInstanceRefreshesCommandInput> = {}) =>
      client.send(new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: "web", ...more })),
    cancel: (AutoScalingGroupName = "web") =>
      client.send(new CancelInstanceRefreshCommand({ AutoScalingGroupName })),
    group: async (name = "web") => {
      const answer = await client.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }),
      );
      return answer.AutoScalingGroups?.[0];
    },
  };
};

type Double = Awaited<ReturnType<typeof start>>;

/** Asks by the id until nothing changes any more. */
const follow = async ({ look }: Double, id: string) => {
  const seen: (readonly (string | number | undefined)[])[] = [];
  for (;;) {
    const { InstanceRefreshes: [now] = [] } = await look({ InstanceRefreshIds: [id] });
    const line = [now?.Status, now?.PercentageComplete, now?.StatusReason];
    if (JSON.stringify(line) === JSON.stringify(seen.at(-1))) return { seen, last: now };
    seen.push(line);
  }
};

describe("an instance refresh", () => {
  it("goes one step further each time that it is asked for, and changes the group when it has succeeded", async () => {
    const double = await start();
    double.fake.course([
      { status: "Pending" },
      { status: "InProgress", percent: 0, reason: "Waiting" },
      { status: "InProgress", percent: 50 },
      { status: "Baking", percent: 100 },
      { status: "Successful", percent: 100 },
    ]);
    const { InstanceRefreshId = "" } = await double.begin();
    // A list without ids only shows.
    await double.look();
    expect((await double.look()).InstanceRefreshes).toMatchObject([{ Status: "Pending" }]);
    expect((await double.group())?.LaunchTemplate?.Version).toBe("1");
    const { seen, last } = await follow(double, InstanceRefreshId);
    expect(seen).toEqual([
      ["Pending", undefined, undefined],
      ["InProgress", 0, "Waiting"],
      ["InProgress", 50, undefined],
      ["Baking", 100, undefined],
      ["Successful", 100, undefined],
    ]);
    expect(last).toMatchObject({
      InstanceRefreshId,
      AutoScalingGroupName: "web",
      Strategy: "Rolling",
      StartTime: expect.any(Date),
      EndTime: expect.any(Date),
      Preferences: { MinHealthyPercentage: 90, SkipMatching: true, AutoRollback: true },
      DesiredConfiguration: { LaunchTemplate: template("2") },
    });
    expect(await double.group()).toMatchObject({ MinSize: 2, LaunchTemplate: template("2") });
    expect(double.fake.refreshes).toMatchObject([
      { id: InstanceRefreshId, group: "web", step: { status: "Successful" } },
    ]);
  });

  it("rolls back, says from where, and leaves the group as it was", async () => {
    const double = await start();
    double.fake.course([
      { status: "InProgress", percent: 40 },
      { status: "RollbackInProgress", percent: 20, reason: "unhealthy" },
      { status: "RollbackSuccessful", percent: 0, reason: "unhealthy" },
    ]);
    const { InstanceRefreshId = "" } = await double.begin();
    const { last } = await follow(double, InstanceRefreshId);
    expect(last).toMatchObject({
      Status: "RollbackSuccessful",
      StatusReason: "unhealthy",
      PercentageComplete: 0,
      RollbackDetails: { RollbackReason: "unhealthy", PercentageCompleteOnRollback: 40 },
    });
    expect((await double.group())?.LaunchTemplate?.Version).toBe("1");
  });

  it("begins only when none is active, and is cancelled only while one is", async () => {
    const double = await start();
    await expect(double.cancel()).rejects.toMatchObject({ name: "ActiveInstanceRefreshNotFoundFault" });
    const { InstanceRefreshId: first = "" } = await double.begin();
    const refused = {
      name: "InstanceRefreshInProgressFault",
      message: expect.stringContaining("already in progress"),
    };
    await expect(double.begin()).rejects.toMatchObject(refused);
    // Another group is another matter.
    double.fake.course([{ status: "InProgress", percent: 1 }]);
    await double.begin({ AutoScalingGroupName: "latest", Preferences: {} });
    expect(await double.cancel()).toMatchObject({ InstanceRefreshId: first });
    await expect(double.begin()).rejects.toMatchObject(refused);
    await expect(double.cancel()).rejects.toMatchObject({ name: "ActiveInstanceRefreshNotFoundFault" });
    expect((await follow(double, first)).seen.map(([status]) => status)).toEqual(["Cancelling", "Cancelled"]);
    const { InstanceRefreshId: second = "" } = await double.begin();
    const { InstanceRefreshes = [] } = await double.look();
    expect(InstanceRefreshes.map((one) => one.InstanceRefreshId)).toEqual([second, first]);
  });

  it("is listed page by page, 50 when nobody says and 100 at the most", async () => {
    const double = await start();
    double.fake.course([{ status: "Pending" }, { status: "Failed" }]);
    for (let count = 0; count < 51; count += 1) {
      const { InstanceRefreshId = "" } = await double.begin();
      await double.look({ InstanceRefreshIds: [InstanceRefreshId] });
    }
    const first = await double.look();
    expect(first.InstanceRefreshes).toHaveLength(50);
    const { InstanceRefreshes = [], NextToken } = await double.look({ NextToken: first.NextToken });
    expect([InstanceRefreshes.map((one) => one.InstanceRefreshId), NextToken]).toEqual([
      [double.fake.refreshes[0]?.id],
      undefined,
    ]);
    expect((await double.look({ MaxRecords: 100 })).InstanceRefreshes).toHaveLength(51);
    for (const MaxRecords of [0, 101])
      await expect(double.look({ MaxRecords })).rejects.toMatchObject({ name: "ValidationError" });
    await expect(double.look({ NextToken: "elsewhere" })).rejects.toMatchObject({ name: "InvalidNextToken" });
  });

  it("is shown later than it has begun, and counts already", async () => {
    const double = await start();
    double.fake.lag(300);
    const { InstanceRefreshId = "" } = await double.begin();
    expect((await double.look()).InstanceRefreshes).toEqual([]);
    expect((await double.look({ InstanceRefreshIds: [InstanceRefreshId] })).InstanceRefreshes).toEqual([]);
    await expect(double.begin()).rejects.toMatchObject({ name: "InstanceRefreshInProgressFault" });
    await expect
      .poll(async () => (await double.look()).InstanceRefreshes?.length, { timeout: 3_000 })
      .toBe(1);
  });
});

describe("what is refused", () => {
  const preferences = (more: StartInstanceRefreshCommandInput["Preferences"]) => ({ Preferences: more });
  const desired = (LaunchTemplate: object) => ({ DesiredConfiguration: { LaunchTemplate } });

  it.each<readonly [string, Partial<StartInstanceRefreshCommandInput>, RegExp]>([
    [
      "a group that is not there",
      { AutoScalingGroupName: "none" },
      /^AutoScalingGroup name not found - .*none/,
    ],
    ["a name that is too long", { AutoScalingGroupName: "a".repeat(256) }, /'autoScalingGroupName'.*length/],
    ["-1 per cent", preferences({ MinHealthyPercentage: -1 }), /minHealthyPercentage.*or equal to 0$/],
    ["101 per cent", preferences({ MinHealthyPercentage: 101 }), /minHealthyPercentage.*or equal to 100$/],
    [
      "99 per cent at the most",
      preferences({ MinHealthyPercentage: 50, MaxHealthyPercentage: 99 }),
      /to 100$/,
    ],
    ["201 per cent", preferences({ MinHealthyPercentage: 100, MaxHealthyPercentage: 201 }), /to 200$/],
    ["most without least", preferences({ MaxHealthyPercentage: 110 }), /needs MinHealthyPercentage/],
    ["too much between", preferences({ MinHealthyPercentage: 0, MaxHealthyPercentage: 101 }), /than 100\.$/],
    ["a checkpoint at 0", preferences({ CheckpointPercentages: [0, 100] }), /checkpointPercentages/],
    ["checkpoints out of order", preferences({ CheckpointPercentages: [50, 50] }), /ascending/],
    ["a delay without checkpoints", preferences({ CheckpointDelay: 5 }), /needs CheckpointPercentages/],
    ["a delay of days", preferences({ CheckpointPercentages: [50], CheckpointDelay: 172_801 }), /to 172800$/],
    ["a bake time of days", preferences({ BakeTime: 172_801 }), /to 172800$/],
    ["a word of no kind", preferences({ StandbyInstances: "Eat" as "Ignore" }), /enum value set/],
    ["a strategy of no kind", { Strategy: "Roll" as "Rolling" }, /'strategy'.*enum value set/],
    [
      "a template and a policy",
      {
        DesiredConfiguration: {
          LaunchTemplate: template("2"),
          MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification: template("2") } },
        },
      },
      /either/,
    ],
    ["neither id nor name", desired({ Version: "2" }), /either launchTemplateId or/],
    [
      "both id and name",
      desired({ ...template("2"), LaunchTemplateId: "lt-0" }),
      /either launchTemplateId or/,
    ],
    ["a version that is not there", desired(template("9")), /does not exist.*9/],
    ["a template that is not there", desired({ LaunchTemplateId: "lt-0", Version: "1" }), /does not exist/],
    ["a rollback to nothing", { DesiredConfiguration: undefined }, /DesiredConfiguration parameter is empty/],
    ["a rollback from $Latest", desired(template("$Latest")), /AutoRollback.*\$Latest/],
    ["a rollback from no version", desired({ LaunchTemplateName: "web" }), /AutoRollback.*\$Default\.$/],
    ...["latest", "default", "silent", "parameter", "mixed"].map(
      (group) =>
        [`a rollback of ${group}`, { AutoScalingGroupName: group }, /^The request.*AutoRollback/] as const,
    ),
  ])("%s", async (_, request, message) => {
    const double = await start();
    await expect(double.begin(request)).rejects.toMatchObject({
      name: "ValidationError",
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400 },
    });
    expect(double.fake.refreshes).toEqual([]);
  });

  it.each(["0", "100"])(
    "but not %s per cent, nor what follows $Latest without a rollback",
    async (percent) => {
      const double = await start();
      await double.begin(preferences({ MinHealthyPercentage: Number(percent), AutoRollback: true }));
      await double.begin({ AutoScalingGroupName: "latest", ...preferences({ AutoRollback: false }) });
      expect(double.fake.refreshes).toHaveLength(2);
    },
  );

  it("a refresh of a group that is not there, when it is looked for or cancelled", async () => {
    const double = await start();
    const refused = { name: "ValidationError", message: expect.stringContaining("name not found") };
    await expect(double.look({ AutoScalingGroupName: "none" })).rejects.toMatchObject(refused);
    await expect(double.cancel("none")).rejects.toMatchObject(refused);
  });

  it("what the model does not know, misses, or has with another type", async () => {
    const { fake } = await start();
    const raw = async (form: Readonly<Record<string, string>>) => {
      const authorization = `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLEEXAMPLE00/20261127/us-east-1/autoscaling/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`;
      const body = new URLSearchParams({ Version: "2011-01-01", Action: "StartInstanceRefresh", ...form });
      const answer = await fetch(fake.url, { method: "POST", body, headers: { authorization } });
      return `${answer.status} ${await answer.text()}`;
    };
    const group = { AutoScalingGroupName: "web" };
    expect(await raw({})).toMatch(/^400 .*<Code>ValidationError<.*Value null at 'autoScalingGroupName'/s);
    expect(await raw({ ...group, "Preferences.Speed": "9" })).toMatch(
      /UnknownParameter.*Preferences\.Speed/s,
    );
    expect(await raw({ ...group, "Preferences.MinHealthyPercentage": "all" })).toMatch(/MalformedInput/);
    expect(await raw({ ...group, "Preferences.CheckpointPercentages.1": "50" })).toMatch(/UnknownParameter/);
    expect(await raw({ Action: "DeleteAutoScalingGroup" })).toMatch(/InvalidAction/);
    expect(fake.refreshes).toEqual([]);
  });
});

describe("trouble", () => {
  it("throttles as Auto Scaling does", async () => {
    const double = await start();
    double.fake.throttle("DescribeInstanceRefreshes", 1);
    await expect(double.look()).rejects.toMatchObject({
      name: "Throttling",
      message: "Rate exceeded",
      $metadata: { httpStatusCode: 400 },
    });
    expect((await double.look()).InstanceRefreshes).toEqual([]);
  });

  it.each([
    ["LimitExceeded", 400, "LimitExceededFault"],
    ["ResourceContention", 500, "ResourceContentionFault"],
  ])("%s", async (code, status, name) => {
    const double = await start();
    double.fake.fail("StartInstanceRefresh", { code, status });
    await expect(double.begin()).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } });
    expect(double.fake.refreshes).toEqual([]);
  });

  it("denies, and names who, what and on what", async () => {
    const double = await start();
    double.fake.deny("StartInstanceRefresh");
    await expect(double.begin()).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringMatching(/autoscaling:StartInstanceRefresh on resource: arn:aws:autoscaling:/),
      $metadata: { httpStatusCode: 403 },
    });
  });

  it("begins though the answer gets lost", async () => {
    const double = await start();
    double.fake.fail("StartInstanceRefresh", { afterEffect: true });
    await expect(double.begin()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(double.fake.refreshes).toHaveLength(1);
  });
});
