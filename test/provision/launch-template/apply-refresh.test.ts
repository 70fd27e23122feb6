/** `apply --refresh` through the real SDK, against the double of both services. Only pauses are shorter than they are. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  AutoScalingClient,
  CancelInstanceRefreshCommand,
  StartInstanceRefreshCommand,
} from "@aws-sdk/client-auto-scaling";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { command as iamPolicy } from "../../../provision/commands/iam-policy.ts";
import { command as apply } from "../../../provision/commands/launch-template-apply.ts";
import { command as plan } from "../../../provision/commands/launch-template-plan.ts";
import { policyOf } from "../../../provision/launch-template/permissions.ts";
import type { RefreshStep } from "../../fakes/ec2.ts";
import { type Account, openAccount } from "./rehearsed.ts";

/** A second is ten milliseconds for what runs in this process; processes of their own have the clock of the machine. */
vi.mock("../../../provision/io/clock.ts", () => ({
  systemClock: {
    now: () => performance.now() * 100,
    pause: (ms: number) => pause(ms / 100),
  },
}));

let account: Account;
beforeEach(async () => {
  account = await openAccount();
});
afterEach(() => account.close());

const NEXT = "  key_name: mine\n";
const planned = (more = "") => account.run(plan, [account.host(more)], { out: account.path("plan.json") });
const refreshed = (options: object = {}) =>
  account.run(apply, [account.path("plan.json")], { refresh: "web", ...options });

const web = () => {
  const found = account.ec2.templates.get("web");
  if (found === undefined) throw new Error("there is no template");
  return found;
};

/** Version 1 is the default, the group starts from it, and there is a plan for version 2. */
const setUp = async (version = "1"): Promise<void> => {
  await planned();
  await account.run(apply, [account.path("plan.json")]);
  account.autoScalingGroups.push({
    AutoScalingGroupName: "web",
    LaunchTemplate: { LaunchTemplateId: web().id, LaunchTemplateName: "web", Version: version },
  });
  await planned(NEXT);
};

/** What somebody else does. */
const elsewhere = async <Answer>(work: (client: AutoScalingClient) => Promise<Answer>): Promise<Answer> => {
  const client = new AutoScalingClient({ endpoint: account.ec2.url, region: "eu-central-1" });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
};
const begunElsewhere = (Version: string) =>
  elsewhere((client) =>
    client.send(
      new StartInstanceRefreshCommand({
        AutoScalingGroupName: "web",
        DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: web().id, Version } },
      }),
    ),
  );

const starts = () => account.ec2.calls.filter(({ action }) => action === "StartInstanceRefresh");
const STUCK: readonly RefreshStep[] = [{ status: "Pending" }, { status: "InProgress", percent: 50 }];

describe("apply --refresh", () => {
  it("replaces the instances by those of the version that it has made, and tells each step", async () => {
    await setUp();
    account.ec2.course([
      { status: "Pending" },
      { status: "InProgress", percent: 0, reason: "Waiting for instances to be ready" },
      { status: "InProgress", percent: 50 },
      { status: "Baking", percent: 100 },
      { status: "Successful", percent: 100 },
    ]);
    const { status, out, err } = await refreshed({ json: true, "min-healthy": 75 });
    const [refresh] = account.ec2.refreshes;
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ template: "web", version: 2, changed: true });
    expect(err.split("\n").slice(2)).toEqual([
      `web: refresh ${refresh?.id} replaces instances by those of version 2`,
      "web: Pending",
      "web: InProgress, 0 %: Waiting for instances to be ready",
      "web: InProgress, 50 %",
      "web: Baking, 100 %",
      "web: Successful, 100 %",
      "",
    ]);
    expect(starts().map(({ params }) => params)).toEqual([
      {
        AutoScalingGroupName: "web",
        DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: web().id, Version: "2" } },
        Preferences: { MinHealthyPercentage: 75, SkipMatching: true, AutoRollback: true },
      },
    ]);
    expect(account.journal().slice(-3)).toMatchObject([
      { event: "refresh", group: "web", template_id: web().id, version: 2 },
      { event: "refreshing", refresh: refresh?.id },
      { event: "refreshed", refresh: refresh?.id },
    ]);
  });

  it("of a plan that needs no change replaces what is not yet of the default version", async () => {
    await setUp();
    await account.run(apply, [account.path("plan.json")]);
    const { status, err } = await refreshed();
    expect(status).toBe(0);
    expect(err).toContain("web: version 2 is the default and is what is wanted");
    expect(account.ec2.refreshes).toMatchObject([{ step: { status: "Successful" } }]);
    // And again, which replaces nothing any more: the service skips what matches.
    expect(await refreshed()).toMatchObject({ status: 0 });
    expect(web().latestVersion).toBe(2);
  });

  it.each<readonly [string, readonly RefreshStep[], RegExp]>([
    [
      "is rolled back",
      [
        { status: "InProgress", percent: 40 },
        { status: "RollbackInProgress", percent: 20, reason: "2 instances are unhealthy" },
        { status: "RollbackSuccessful", percent: 0, reason: "2 instances are unhealthy" },
      ],
      /RollbackSuccessful, 0 %: 2 instances are unhealthy\. The group has what it had before\.$/,
    ],
    [
      "is not rolled back",
      [{ status: "Pending" }, { status: "RollbackInProgress" }, { status: "RollbackFailed" }],
      /RollbackFailed\. .*could not be brought back/,
    ],
    [
      "fails",
      [{ status: "Pending" }, { status: "Failed", reason: "timeout" }],
      /Failed: timeout\. It was not/,
    ],
  ])("says so when it %s", async (_, course, message) => {
    await setUp();
    account.ec2.course(course);
    expect(await refreshed()).toMatchObject({
      status: undefined,
      code: "REFRESH_FAILED",
      message: expect.stringMatching(message),
    });
    expect(account.journal().map(({ event }) => event)).not.toContain("refreshed");
  });

  it("says so when somebody cancels it", async () => {
    await setUp();
    account.ec2.course(STUCK);
    for (let count = 0; count < 3; count += 1)
      account.ec2.before("DescribeInstanceRefreshes", () => undefined);
    account.ec2.before("DescribeInstanceRefreshes", () =>
      elsewhere((client) => client.send(new CancelInstanceRefreshCommand({ AutoScalingGroupName: "web" }))),
    );
    const { code, err } = await refreshed();
    expect(code).toBe("REFRESH_FAILED");
    expect(err).toContain("web: Cancelling, 50 %");
  });

  it("goes on through throttling, contention and a service that lags behind", async () => {
    await setUp();
    account.ec2.throttle("DescribeAutoScalingGroups", 2);
    account.ec2.throttle("DescribeInstanceRefreshes", 3);
    account.ec2.fail("StartInstanceRefresh", { code: "ResourceContention", status: 500, times: 2 });
    account.ec2.lag(300);
    const { status, err } = await refreshed();
    expect(status).toBe(0);
    expect(err).toContain("web: not visible yet\nweb: Pending\n");
    expect(account.ec2.refreshes).toHaveLength(1);
  });

  it.each([0, 300])("begins once though the first answer is lost, with a lag of %i ms", async (ms) => {
    await setUp();
    account.ec2.lag(ms);
    account.ec2.fail("StartInstanceRefresh", { afterEffect: true });
    expect(await refreshed()).toMatchObject({ status: 0, code: undefined });
    expect(starts().length).toBeGreaterThan(1);
    expect(account.ec2.refreshes).toHaveLength(1);
  });

  it("follows the one that somebody else has begun to the same version", async () => {
    await setUp();
    await account.run(apply, [account.path("plan.json")]);
    const { InstanceRefreshId } = await begunElsewhere("2");
    const { status, err } = await refreshed();
    expect(status).toBe(0);
    expect(err).toContain(`refresh ${InstanceRefreshId} replaces instances`);
    expect(starts()).toHaveLength(1);
  });

  it("does not touch the one that somebody else has begun to another version, and says what to do", async () => {
    await setUp();
    account.ec2.course(STUCK);
    const { InstanceRefreshId } = await begunElsewhere("1");
    const { code, message } = await refreshed();
    expect(code).toBe("REFRESH_BLOCKED");
    expect(message).toContain(
      `Refresh ${InstanceRefreshId} of web to version 1 of web is under way (Pending), so none to version 2 of web can begin. Wait for its end, or cancel it:`,
    );
    expect(starts()).toHaveLength(1);
  });

  it("meets one that begins at the same moment", async () => {
    await setUp();
    account.ec2.course(STUCK);
    account.ec2.lag(300);
    account.ec2.before("StartInstanceRefresh", () => begunElsewhere("1"));
    expect(await refreshed()).toMatchObject({
      code: "REFRESH_BLOCKED",
      message: expect.stringContaining("to version 1 of web is under way"),
    });
    expect(account.ec2.refreshes).toHaveLength(1);
  });

  it.each([
    ["autoscaling:DescribeAutoScalingGroups", "DescribeAutoScalingGroups", 1],
    ["autoscaling:DescribeInstanceRefreshes", "DescribeInstanceRefreshes", 2],
    ["autoscaling:StartInstanceRefresh", "StartInstanceRefresh", 2],
  ])("says which permission is missing: %s", async (permission, action, version) => {
    await setUp();
    account.ec2.deny(action);
    const { code, message } = await refreshed();
    expect(code).toBe("AWS_DENIED");
    expect(message).toContain(permission);
    expect(web().defaultVersion).toBe(version);
    expect(account.ec2.refreshes).toEqual([]);
  });

  it("says what is missing when the service does not", async () => {
    await setUp();
    account.ec2.fail("StartInstanceRefresh", {
      code: "AccessDenied",
      status: 403,
      message: "You are not authorized to use launch template: lt-0",
    });
    const { code, message } = await refreshed();
    expect(code).toBe("AWS_DENIED");
    expect(message).toContain("ec2:RunInstances, ec2:CreateTags and iam:PassRole");
  });

  it("says what the service says of a limit", async () => {
    await setUp();
    account.ec2.fail("StartInstanceRefresh", { code: "LimitExceeded", message: "too many" });
    expect(await refreshed()).toMatchObject({
      code: "AWS_FAILED",
      message: expect.stringContaining("autoscaling:StartInstanceRefresh in eu-central-1: LimitExceeded"),
    });
  });

  it("says that the refresh goes on when it cannot be followed any more", async () => {
    await setUp();
    for (let count = 0; count < 2; count += 1)
      account.ec2.before("DescribeInstanceRefreshes", () => undefined);
    account.ec2.before("DescribeInstanceRefreshes", () => account.ec2.deny("DescribeInstanceRefreshes"));
    const { code, err } = await refreshed();
    expect(code).toBe("AWS_DENIED");
    expect(err).toMatch(/refresh \S+ goes on, and the same command follows it again\n$/);
  });
});

describe("apply --refresh before it does anything", () => {
  const untouched = (): void => {
    expect(web()).toMatchObject({ defaultVersion: 1, latestVersion: 1 });
    expect(account.ec2.refreshes).toEqual([]);
  };

  it.each([-1, 101, 33.5, Number.NaN])("refuses --min-healthy %d", async (percent) => {
    await setUp();
    expect(await refreshed({ "min-healthy": percent })).toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("--min-healthy takes a whole number from 0 to 100"),
    });
    untouched();
  });

  it.each([0, 100])("takes --min-healthy %d", async (percent) => {
    await setUp();
    expect(await refreshed({ "min-healthy": percent })).toMatchObject({ status: 0 });
  });

  it("refuses a group that is not there", async () => {
    await setUp();
    expect(await refreshed({ refresh: "wbe" })).toMatchObject({
      code: "GROUP_MISSING",
      message: "There is no Auto Scaling group wbe in eu-central-1.",
    });
    untouched();
  });

  it.each(["$Latest", "$Default"])(
    "refuses a group that follows %s, and says how to mend it",
    async (version) => {
      await setUp(version);
      const { code, message } = await refreshed();
      expect(code).toBe("REFRESH_BLOCKED");
      expect(message).toContain(
        `web follows ${version} of web, so a refresh that fails could not be rolled back`,
      );
      expect(message).toContain("--launch-template LaunchTemplateName=web,Version=1");
      untouched();
      // The service would have refused it too, when the version was the default already.
      await expect(
        elsewhere((client) =>
          client.send(
            new StartInstanceRefreshCommand({
              AutoScalingGroupName: "web",
              DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: web().id, Version: "1" } },
              Preferences: { AutoRollback: true },
            }),
          ),
        ),
      ).rejects.toMatchObject({ name: "ValidationError" });
    },
  );

  it("refuses a group of another template, whose instances it would replace by these", async () => {
    await setUp();
    account.autoScalingGroups.push({
      AutoScalingGroupName: "db",
      LaunchTemplate: { LaunchTemplateName: "db", Version: "1" },
    });
    expect(await refreshed({ refresh: "db" })).toMatchObject({
      code: "REFRESH_BLOCKED",
      message: expect.stringContaining("from launch template db, not from web"),
    });
    untouched();
  });

  it("refuses a group with a mixed instances policy, which would be lost", async () => {
    await setUp();
    account.autoScalingGroups.push({
      AutoScalingGroupName: "mixed",
      MixedInstancesPolicy: {
        LaunchTemplate: { LaunchTemplateSpecification: { LaunchTemplateName: "web", Version: "1" } },
      },
    });
    expect(await refreshed({ refresh: "mixed" })).toMatchObject({ code: "REFRESH_BLOCKED" });
    untouched();
  });

  it("says in a dry run what is not proved, and looks at the group already", async () => {
    await setUp();
    const dry = await refreshed({ "dry-run": true });
    expect(dry).toMatchObject({ status: 3 });
    expect(dry.out).toContain("  not proved: that the instances of web can be replaced\n");
    expect(await refreshed({ "dry-run": true, refresh: "wbe" })).toMatchObject({ code: "GROUP_MISSING" });
    untouched();
  });
});

describe("the policy for apply --refresh", () => {
  it("is one of its own: who only applies must not start instances or pass roles", async () => {
    const apply = await account.run(iamPolicy, ["launch-template apply"]);
    const refresh = await account.run(iamPolicy, ["launch-template apply --refresh"]);
    for (const action of ["autoscaling:StartInstanceRefresh", "ec2:RunInstances", "iam:PassRole"]) {
      expect(apply.out).not.toContain(action);
      expect(refresh.out).toContain(action);
    }
    expect(refresh.out).toContain("ec2:CreateLaunchTemplateVersion");
    expect(JSON.parse(refresh.out).Statement).toContainEqual({
      Effect: "Allow",
      Action: ["iam:PassRole"],
      Resource: "arn:*:iam::*:role/*",
    });
  });

  it("permits what is called", async () => {
    await setUp();
    const before = account.ec2.calls.length;
    await refreshed();
    const { Statement } = policyOf(["launch-template apply --refresh"]) as {
      Statement: { Action: string[] }[];
    };
    const allowed = Statement.flatMap(({ Action }) => Action);
    const called = account.ec2.calls.slice(before).map(({ action }) => action);
    expect(called).toContain("StartInstanceRefresh");
    expect(
      called.filter(
        (action) => !allowed.includes(`ec2:${action}`) && !allowed.includes(`autoscaling:${action}`),
      ),
    ).toEqual([]);
  });
});

const PROVISION = join(import.meta.dirname, "../../../provision/main.ts");

/** The program itself, with the clock of the machine. */
const spawned = () => {
  const child = spawn(
    process.execPath,
    [
      ...["--import", "tsx", PROVISION, "launch-template", "apply", account.path("plan.json")],
      ...["--refresh", "web", "--region", "eu-central-1", "--endpoint-url", account.ec2.url],
      ...["--state-dir", account.path("state")],
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    err += text;
  });
  const ended = new Promise<{ status: number | null; signal: NodeJS.Signals | null; err: string }>(
    (resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status, signal) => resolve({ status, signal, err }));
    },
  );
  return { child, ended, told: () => err };
};

describe("the program", { timeout: 60_000 }, () => {
  it("ends with status 1 when the instances could not be replaced", async () => {
    await setUp();
    account.ec2.course([{ status: "RollbackSuccessful", percent: 0, reason: "unhealthy" }]);
    const { status, err } = await spawned().ended;
    expect(status).toBe(1);
    expect(err).toContain("RollbackSuccessful, 0 %: unhealthy. The group has what it had before.");
    expect(err).toContain("(REFRESH_FAILED)");
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "waits no longer after %s, and says how to follow on",
    async (signal) => {
      await setUp();
      account.ec2.course(STUCK);
      const { child, ended, told } = spawned();
      // It pauses for ten seconds now: only the signal ends it before.
      await expect.poll(told, { timeout: 30_000 }).toContain("web: Pending\n");
      const since = performance.now();
      child.kill(signal);
      const { status, err } = await ended;
      expect(performance.now() - since).toBeLessThan(5_000);
      expect(status).toBe(75);
      expect(err).toMatch(
        /Refresh \S+ of web goes on without being followed: Pending\.\n {2}Run the same command again/,
      );
      // And that is true.
      expect(account.ec2.refreshes).toMatchObject([{ step: { status: "InProgress" } }]);
    },
  );

  it.each([
    ["DescribeAutoScalingGroups", 1, 0],
    ["DescribeInstanceRefreshes", 1, 0],
    ["StartInstanceRefresh", 1, 0],
    ["StartInstanceRefresh", 1, 400],
    ["DescribeInstanceRefreshes", 2, 0],
  ])(
    "that is killed during %s number %i is made good by the same command, with a lag of %i ms",
    async (action, number, ms) => {
      await setUp();
      account.ec2.lag(ms);
      const run = spawned();
      for (let count = 1; count < number; count += 1) account.ec2.before(action, () => undefined);
      // The request has arrived, and is carried out although nobody waits for the answer any more.
      account.ec2.before(action, async () => {
        run.child.kill("SIGKILL");
        await run.ended;
      });
      expect((await run.ended).signal).toBe("SIGKILL");
      expect(await refreshed()).toMatchObject({ status: 0, code: undefined });
      expect(account.ec2.refreshes).toMatchObject([{ step: { status: "Successful" } }]);
      expect(web()).toMatchObject({ defaultVersion: 2, latestVersion: 2 });
    },
  );
});
