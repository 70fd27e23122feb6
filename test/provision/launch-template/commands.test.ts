import { readFileSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { command as iamPolicy } from "../../../provision/commands/iam-policy.ts";
import { command as apply } from "../../../provision/commands/launch-template-apply.ts";
import { command as drift } from "../../../provision/commands/launch-template-drift.ts";
import { command as history } from "../../../provision/commands/launch-template-history.ts";
import { command as plan } from "../../../provision/commands/launch-template-plan.ts";
import { command as prune } from "../../../provision/commands/launch-template-prune.ts";
import { command as render } from "../../../provision/commands/launch-template-render.ts";
import { command as rollback } from "../../../provision/commands/launch-template-rollback.ts";
import { command as show } from "../../../provision/commands/launch-template-show.ts";
import { command as decode } from "../../../provision/commands/user-data-decode.ts";
import { policyOf } from "../../../provision/launch-template/permissions.ts";
import { type Account, openAccount } from "./rehearsed.ts";

let account: Account;
beforeEach(async () => {
  account = await openAccount();
});
afterEach(() => account.close());

/** Plans and applies, as somebody does who is content with what the plan says. */
const release = async (more = "") => {
  const out = account.path("plan.json");
  const planned = await account.run(plan, [account.host(more)], { out });
  const applied = await account.run(apply, [out]);
  return { planned, applied };
};

const web = () => {
  const found = account.ec2.templates.get("web");
  if (found === undefined) throw new Error("there is no template");
  return found;
};

const actions = (): readonly string[] => account.ec2.calls.map(({ action }) => action);

describe("provision launch-template plan and apply", () => {
  it("make a template, change it, and leave it alone when nothing has changed", async () => {
    const first = await release();
    expect(first.planned).toMatchObject({ status: 3, code: undefined });
    expect(first.planned.out).toContain("Launch template web in eu-central-1: will be made");
    expect(first.planned.out).toContain("  + MetadataOptions.HttpTokens: required");
    expect(first.planned.out).toContain("      + echo hello");
    expect(first.applied).toMatchObject({ status: 0, code: undefined });
    expect(web()).toMatchObject({ defaultVersion: 1, latestVersion: 1 });
    expect(web().versions.get(1)?.description).toMatch(/^provision [0-9a-f]{12}$/);

    const same = await account.run(plan, [account.host()], { out: undefined });
    expect(same).toMatchObject({ status: 0 });
    expect(same.out).toContain("version 1 is what is wanted; nothing to do");

    const second = await release("  key_name: mine\n");
    expect(second.planned.out).toContain("version 2 will be made, and be the default instead of 1");
    expect(second.planned.out).toContain("  + KeyName: mine");
    expect(second.planned.out).not.toContain("HttpTokens");
    expect(second.applied.err).toContain("web: version 2 is the default, 1 was");
    expect(web()).toMatchObject({ defaultVersion: 2, latestVersion: 2 });
    expect(account.journal().map(({ event }) => event)).toEqual([
      "create",
      "created",
      "promote",
      "promoted",
      "create",
      "created",
      "promote",
      "promoted",
    ]);
    expect(statSync(account.path("state/launch-templates.jsonl")).mode & 0o777).toBe(0o600);
    expect(statSync(account.path("plan.json")).mode & 0o777).toBe(0o600);
  });

  it.each([
    ["instance_type", "instance_type: t3.small", []],
    [
      "instance_requirements",
      "instance_requirements: {vcpu: {min: 0}, memory_mib: {min: 0}}",
      ["GetInstanceTypesFromInstanceRequirements"],
    ],
  ])("ask the services six times at the most for a plan, with %s", async (_, instance, preview) => {
    await account.close();
    // More than fit on a page.
    const instanceTypes = Array.from({ length: 1_500 }, (_, n) => ({
      name: `m${n}.large`,
      vcpus: 2,
      memoryMib: 8_192,
    }));
    account = await openAccount({ instanceTypes });
    await release();
    await release("  key_name: mine\n");
    await account.run(rollback, ["web"], { to: undefined });
    const before = account.ec2.calls.length;
    await account.run(plan, [account.host("  key_name: other\n", instance)], { out: undefined });
    expect(actions().slice(before)).toEqual([
      "GetParameter",
      "DescribeImages",
      ...preview,
      "DescribeLaunchTemplates",
      "DescribeLaunchTemplateVersions",
      "DescribeLaunchTemplateVersions",
    ]);
    expect(actions().length - before).toBeLessThanOrEqual(6);
  });

  it("do nothing when the plan is applied again", async () => {
    await release();
    const again = await account.run(apply, [account.path("plan.json")], { json: true });
    expect(JSON.parse(again.out)).toMatchObject({ version: 1, changed: false });
    expect(web().latestVersion).toBe(1);
  });

  it("refuse a plan when the template has changed since", async () => {
    await release();
    await account.run(plan, [account.host("  key_name: mine\n")], { out: account.path("plan.json") });
    account.ec2.addVersion("web", { ImageId: "ami-0123456789abcdef0", InstanceType: "t3.large" });
    const applied = await account.run(apply, [account.path("plan.json")]);
    expect(applied).toMatchObject({ code: "PLAN_STALE" });
    expect(applied.message).toContain("default 1, latest 1, now default 1, latest 2");
    expect(web()).toMatchObject({ defaultVersion: 1, latestVersion: 2 });
  });

  it("tell a race and promote nothing", async () => {
    await release();
    await account.run(plan, [account.host("  key_name: mine\n")], { out: account.path("plan.json") });
    account.ec2.before("CreateLaunchTemplateVersion", () =>
      account.ec2.addVersion("web", { ImageId: "ami-0123456789abcdef0", InstanceType: "t3.large" }),
    );
    expect(await account.run(apply, [account.path("plan.json")])).toMatchObject({ code: "TEMPLATE_RACE" });
    expect(web()).toMatchObject({ defaultVersion: 1, latestVersion: 3 });
    // The next plan finds the version and has only to promote it.
    const { planned, applied } = await release("  key_name: mine\n");
    expect(planned.out).toContain("version 3 is what is wanted, and will be the default instead of 1");
    expect(applied).toMatchObject({ status: 0 });
    expect(web()).toMatchObject({ defaultVersion: 3, latestVersion: 3 });
  });

  it("wait for a service that lags behind", async () => {
    await release();
    account.ec2.lag(700);
    const { applied } = await release("  key_name: mine\n");
    expect(applied).toMatchObject({ status: 0, code: undefined });
    expect(web()).toMatchObject({ defaultVersion: 2, latestVersion: 2 });
  });

  it("go on through throttling and answers that get lost", async () => {
    account.ec2.throttle("DescribeLaunchTemplates", 2);
    account.ec2.fail("CreateLaunchTemplate", { afterEffect: true });
    expect((await release()).applied).toMatchObject({ status: 0, code: undefined });
    account.ec2.fail("CreateLaunchTemplateVersion", { afterEffect: true });
    account.ec2.fail("ModifyLaunchTemplate", { afterEffect: true });
    expect((await release("  key_name: mine\n")).applied).toMatchObject({ status: 0, code: undefined });
    expect(web()).toMatchObject({ defaultVersion: 2, latestVersion: 2 });
  });

  it.each([
    ["ec2:CreateLaunchTemplateVersion", "CreateLaunchTemplateVersion"],
    ["ec2:CreateTags", "CreateTags"],
    ["ec2:ModifyLaunchTemplate", "ModifyLaunchTemplate"],
  ])("say which permission is missing: %s", async (permission, action) => {
    await release();
    account.ec2.deny(action);
    const { applied } = await release("  key_name: mine\n");
    expect(applied).toMatchObject({ code: "AWS_DENIED" });
    expect(applied.message).toContain(permission);
    expect(web().defaultVersion).toBe(1);
  });

  it("say what a file that is no plan is", async () => {
    await release();
    const file = account.path("plan.json");
    writeFileSync(file, "{}");
    expect((await account.run(apply, [file])).message).toContain("plan.json is no plan of provision: format");
    await account.run(plan, [account.host("  key_name: mine\n")], { json: true, out: file });
    writeFileSync(
      file,
      (
        await account.run(plan, [account.host("  key_name: mine\n")], { json: true, out: undefined })
      ).out.replace('"KeyName": "mine"', '"KeyName": "theirs"'),
    );
    expect((await account.run(apply, [file])).message).toContain("was changed after it was written");
  });

  it("say what is wrong with the network, the credentials and the Region", async () => {
    account.ec2.fail("GetParameter", { code: "ExpiredTokenException", message: "expired", times: 9 });
    const host = account.host();
    expect(await account.run(plan, [host])).toMatchObject({ code: "AWS_CREDENTIALS" });
    expect(await account.run(plan, [host], { "endpoint-url": "http://127.0.0.1:9" })).toMatchObject({
      code: "AWS_UNREACHABLE",
    });
    const { AWS_REGION } = process.env;
    delete process.env.AWS_REGION;
    expect(await account.run(plan, [host], { region: undefined })).toMatchObject({ code: "NO_REGION" });
    process.env.AWS_REGION = AWS_REGION;
  });

  it("say that an image is not there, or does not fit", async () => {
    const planned = (more: string) => account.run(plan, [account.host(more)]);
    expect(await planned("  architecture: arm64\n")).toMatchObject({ code: "IMAGE_MISSING" });
    expect((await planned("  root_volume: {size_gib: 4}\n")).message).toContain("has 8 GiB");
    const host = account.host();
    writeFileSync(
      host,
      "name: web\nlaunch: {image: {id: ami-00000000000000000}, instance_type: t3.small, security_group_ids: [sg-0123456789abcdef0]}\n",
    );
    expect((await account.run(plan, [host])).message).toContain("There is no image ami-00000000000000000");
  });
});

describe("provision launch-template apply --dry-run", () => {
  it("changes nothing, and says what it has proved", async () => {
    const file = account.path("plan.json");
    const dry = (json = false) => account.run(apply, [file], { "dry-run": true, json });
    await account.run(plan, [account.host()], { out: file });
    const first = await dry();
    expect(first).toMatchObject({ status: 3, code: undefined });
    expect(first.out).toContain("web: would be made\n  proved: schema");
    expect(first.out).toContain("not proved: that an instance starts and boots");
    expect(account.ec2.templates.size).toBe(0);
    await release();
    await account.run(plan, [account.host("  key_name: mine\n")], { out: file });
    expect(JSON.parse((await dry(true)).out)).toMatchObject({ dry_run: true, action: "version" });
    expect(web().latestVersion).toBe(1);
    account.ec2.deny("ModifyLaunchTemplate");
    account.ec2.deny("CreateTags");
    const denied = await dry();
    expect(denied).toMatchObject({ code: "AWS_DENIED" });
    expect(denied.message).toContain("ec2:ModifyLaunchTemplate, ec2:CreateTags on web");
    expect(actions().filter((action) => /^(Create|Modify|Delete)/.test(action)).length).toBeGreaterThan(3);
    expect(web()).toMatchObject({ defaultVersion: 1, latestVersion: 1 });
  });
});

describe("the audit", () => {
  it("has a line for each call that changes something, as CloudTrail would have, without user data", async () => {
    await release();
    account.ec2.deny("CreateTags");
    await release("  key_name: mine\n");
    const text = readFileSync(account.path("state/audit.jsonl"), "utf8");
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ eventName, errorCode }) => [eventName, errorCode])).toEqual([
      ["CreateLaunchTemplate", undefined],
      ["CreateTags", undefined],
      ["CreateLaunchTemplateVersion", undefined],
      ["CreateTags", "UnauthorizedOperation"],
    ]);
    expect(lines[0]).toMatchObject({
      eventSource: "ec2.amazonaws.com",
      awsRegion: "eu-central-1",
      readOnly: false,
      requestID: expect.stringMatching(/^\S{8,}$/),
      requestParameters: { LaunchTemplateData: { UserData: "HIDDEN_DUE_TO_SECURITY_REASONS" } },
    });
    expect(text).not.toContain(web().versions.get(1)?.data.UserData);
    expect(statSync(account.path("state/audit.jsonl")).mode & 0o777).toBe(0o600);
  });
});

describe("provision iam-policy", () => {
  const allowed = (command: string): readonly string[] =>
    (policyOf([command]) as { Statement: { Action: string[] }[] }).Statement.flatMap(({ Action }) => Action);

  const SERVICES: Readonly<Record<string, string>> = {
    GetParameter: "ssm",
    DescribeAutoScalingGroups: "autoscaling",
  };

  it("permits what each command calls", async () => {
    const check = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      const from = account.ec2.calls.length;
      await work();
      const called = account.ec2.calls
        .slice(from)
        .map(({ action }) => `${SERVICES[action] ?? "ec2"}:${action}`);
      expect(called.length).toBeGreaterThan(0);
      expect(called.filter((action) => !allowed(name).includes(action))).toEqual([]);
    };
    const file = account.path("plan.json");
    for (const more of ["", "  key_name: mine\n", "  key_name: other\n"]) {
      await check("launch-template plan", () => account.run(plan, [account.host(more)], { out: file }));
      await check("launch-template apply", () => account.run(apply, [file]));
    }
    const requiring = account.host("", "instance_requirements: {vcpu: {min: 2}, memory_mib: {min: 0}}");
    await check("launch-template plan", () => account.run(plan, [requiring], { out: file }));
    for (const other of ["apply", "render", "drift"])
      expect(allowed(`launch-template ${other}`)).not.toContain(
        "ec2:GetInstanceTypesFromInstanceRequirements",
      );
    await check("launch-template rollback", () => account.run(rollback, ["web"], { to: undefined }));
    await check("launch-template history", () => account.run(history, ["web"]));
    await check("launch-template show", () =>
      account.run(show, ["web"], { "user-data": false, "template-version": "latest" }),
    );
    await check("launch-template drift", () => account.run(drift, [account.host()]));
    await check("launch-template prune", () => account.run(prune, ["web"], { keep: 0, "dry-run": false }));
    await check("launch-template render", () => account.run(render, [account.host()], { format: "json" }));
    await check("user-data decode", () => account.run(decode, [web().id], { part: undefined, blob: false }));
  });

  it("takes the name of a command, of a group, or none for all", async () => {
    const one = await account.run(iamPolicy, ["launch-template history"]);
    expect(JSON.parse(one.out)).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["ec2:DescribeLaunchTemplateVersions", "ec2:DescribeLaunchTemplates"],
          Resource: "*",
        },
      ],
    });
    const all = await account.run(iamPolicy, []);
    expect(all.out).toContain("autoscaling:StartInstanceRefresh");
    expect((await account.run(iamPolicy, ["launch-template"])).out).not.toContain(
      "DescribeInstanceAttribute",
    );
    expect((await account.run(iamPolicy, ["launch-template aply"])).message).toContain(
      'Did you mean "launch-template apply"?',
    );
  });
});

describe("a version that the service finds fault with", () => {
  it("is taken back, and a template that was made for it too", async () => {
    await account.close();
    account = await openAccount({
      warnOf: ({ KeyName }) =>
        KeyName === "gone"
          ? [{ code: "InvalidKeyPair.NotFound", message: "The key pair 'gone' does not exist" }]
          : [],
    });
    const { applied } = await release("  key_name: gone\n");
    expect(applied).toMatchObject({ code: "TEMPLATE_REFUSED" });
    expect(applied.message).toContain("The key pair 'gone' does not exist");
    expect(account.ec2.templates.size).toBe(0);
    await release();
    expect((await release("  key_name: gone\n")).applied).toMatchObject({ code: "TEMPLATE_REFUSED" });
    expect([...web().versions.keys()]).toEqual([1]);
    expect((await release("  key_name: mine\n")).applied).toMatchObject({ status: 0 });
  });
});

describe("provision launch-template rollback, history, show, prune and drift", () => {
  const releaseAll = async (names: readonly string[]): Promise<void> => {
    for (const name of names) await release(`  key_name: ${name}\n`);
  };

  it("go back one version at a time, and say what there is", async () => {
    await releaseAll(["a", "b", "c"]);
    expect(await account.run(rollback, ["web"], { to: undefined })).toMatchObject({ status: 0 });
    expect(web().defaultVersion).toBe(2);
    const listed = await account.run(history, ["web"]);
    expect(listed.out.split("\n").map((line) => line.slice(0, 47).trimEnd())).toEqual([
      expect.stringMatching(/^ {4}3 {2}\S+ {2}latest$/),
      expect.stringMatching(/^ {4}2 {2}\S+ {2}default$/),
      expect.stringMatching(/^ {4}1 {2}\S+ {2}was default$/),
      "",
    ]);
    await account.run(rollback, ["web"], { to: undefined });
    expect(web().defaultVersion).toBe(1);
    const end = await account.run(rollback, ["web"], { to: undefined });
    expect(end.message).toContain("name one with --to");
    expect(await account.run(rollback, ["web"], { to: 9 })).toMatchObject({ code: "TEMPLATE_MISSING" });
    await account.run(rollback, ["web"], { to: 3 });
    expect(web().defaultVersion).toBe(3);
    expect(await account.run(rollback, ["other"], { to: undefined })).toMatchObject({
      code: "TEMPLATE_MISSING",
    });
  });

  it("say without doing it what going back would do", async () => {
    await releaseAll(["a", "b"]);
    const dry = (more: object = {}) =>
      account.run(rollback, ["web"], { to: undefined, "dry-run": true, ...more });
    const said = await dry();
    expect(said).toMatchObject({ status: 3, code: undefined });
    expect(said.out).toContain(
      "web: version 1 would be the default instead of 2\n  proved: the version is there",
    );
    expect(JSON.parse((await dry({ json: true })).out)).toMatchObject({ dry_run: true, from: 2, version: 1 });
    expect(await dry({ to: 2 })).toMatchObject({ status: 0 });
    expect(await dry({ to: 9 })).toMatchObject({ code: "TEMPLATE_MISSING" });
    account.ec2.deny("ModifyLaunchTemplate");
    expect((await dry()).message).toContain("ec2:ModifyLaunchTemplate on web: not permitted");
    expect(web().defaultVersion).toBe(2);
    expect(account.journal().map(({ event }) => event)).not.toContain("roll back");
  });

  it("show a version with its user data as it was written", async () => {
    await release();
    const shown = await account.run(show, ["web"], { "user-data": true, "template-version": "default" });
    expect(shown.out).toContain("echo hello");
    const data = await account.run(show, ["web"], { "user-data": false, "template-version": "latest" });
    expect(data.out).toContain('"HttpTokens": "required"');
    expect(data.out).toContain("echo hello");
    const missing = await account.run(show, ["web"], { "user-data": false, "template-version": "7" });
    expect(missing).toMatchObject({ code: "TEMPLATE_MISSING" });
  });

  it("decode what a version or an instance has", async () => {
    await release();
    const { id } = web();
    const { UserData } = web().versions.get(1)?.data ?? {};
    account.instances.push({ id: "i-0123456789abcdef0", tags: {}, ...(UserData && { userData: UserData }) });
    account.instances.push({ id: "i-00000000", tags: {} });
    const decoded = (word: string) => account.run(decode, [word], { part: undefined, blob: false });
    for (const word of [id, `${id}:1`, `${id}:latest`, "i-0123456789abcdef0"])
      expect((await decoded(word)).out).toContain("echo hello");
    expect((await decoded("i-00000000")).message).toBe("i-00000000 has no user data.");
    expect((await decoded("i-11111111")).message).toContain("There is no instance i-11111111");
    expect(await decoded(`${id}:9`)).toMatchObject({ code: "TEMPLATE_MISSING" });
  });

  it("delete what nobody uses, and nothing else", async () => {
    await releaseAll(["a", "b", "c", "d", "e", "f"]);
    const { id } = web();
    account.instances.push(
      { id: "i-1", tags: { "aws:ec2launchtemplate:id": id, "aws:ec2launchtemplate:version": "1" } },
      {
        id: "i-2",
        state: "terminated",
        tags: { "aws:ec2launchtemplate:id": id, "aws:ec2launchtemplate:version": "2" },
      },
    );
    account.fleets.push({
      id: "fleet-1",
      state: "active",
      specification: { LaunchTemplateId: id, Version: "3" },
    });
    const dry = await account.run(prune, ["web"], { keep: 1, "dry-run": true });
    expect(dry.out).toContain("    1  stays: used by instance i-1");
    expect(dry.out).toContain("    2  would be deleted");
    expect(web().versions.size).toBe(6);
    expect(await account.run(prune, ["web"], { keep: 1, "dry-run": false })).toMatchObject({ status: 0 });
    expect([...web().versions.keys()].toSorted()).toEqual([1, 3, 5, 6]);
    account.ec2.deny("DescribeFleets");
    account.fleets.length = 0;
    const denied = await account.run(prune, ["web"], { keep: 0, "dry-run": false });
    expect(denied.message).toContain("ec2:DescribeFleets");
    expect(web().versions.size).toBe(4);
  });

  it("tell what is not as the file says", async () => {
    await releaseAll(["a", "b"]);
    const { id } = web();
    const same = account.host("  key_name: b\n");
    expect(await account.run(drift, [same])).toMatchObject({ status: 0, out: "" });
    account.autoScalingGroups.push({
      AutoScalingGroupName: "fleet-of-web",
      LaunchTemplate: { LaunchTemplateId: id, Version: "1" },
    });
    account.instances.push({
      id: "i-1",
      tags: { "aws:ec2launchtemplate:id": id, "aws:ec2launchtemplate:version": "1" },
    });
    const drifted = await account.run(drift, [account.host("  key_name: c\n")]);
    expect(drifted.status).toBe(3);
    expect(drifted.out).toContain("host.yaml is not what version 2, the default, is");
    expect(drifted.out).toContain("auto scaling group fleet-of-web starts version 1, the default is 2");
    expect(drifted.out).toContain("instance i-1 was started with version 1, the default is 2");
    expect(drifted.out).toContain("  ~ KeyName: b -> c");
  });
});

describe("provision launch-template render", () => {
  it.each([
    ["json", '"LaunchTemplateName": "web"'],
    ["cloudformation", 'Type: "AWS::EC2::LaunchTemplate"'],
    ["terraform", '"aws_launch_template"'],
  ])("writes %s", async (format, expected) => {
    const rendered = await account.run(render, [account.host()], { format });
    expect(rendered).toMatchObject({ status: 0, code: undefined });
    expect(rendered.out).toContain(expected);
  });
});
