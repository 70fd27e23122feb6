/** cfn-lint knows the schema that CloudFormation itself publishes; what it accepts is no template that is refused. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseHost } from "../../../provision/host/load.ts";
import { asCloudFormation } from "../../../provision/launch-template/cloudformation.ts";
import type { Template } from "../../../provision/launch-template/data.ts";
import { lintTemplate } from "../../../provision/launch-template/rules/rules.ts";
import { templateOf } from "../../../provision/launch-template/template.ts";
import { pythonTools } from "../../python-tools.ts";
import { IMAGE } from "./host.ts";

const LONG = 180_000;

type Launch = Readonly<Record<string, unknown>>;

const T3 = { instance_type: "t3.small" };
const M7 = { instance_type: "m7i.large" };

/** The section `launch` of hosts, without the security group that each of them has. */
const LAUNCHES: Readonly<Record<string, Launch>> = {
  plain: { ...T3, image: "al2023", instance_profile: "web" },
  named: { ...T3, image: "debian-12", template_name: "Shop/web_(blue).v-1" },
  arm: { instance_type: "t4g.small", image: "ubuntu-24.04", architecture: "arm64", cpu_credits: "unlimited" },
  "image by id": { ...M7, image: { id: "ami-0123456789abcdef0" }, ebs_optimized: true },
  "image by parameter": { ...M7, image: { ssm: "/golden/web" }, ebs_optimized: false },
  "image by filter": { ...M7, image: { filter: { owner: "self", name: "web-*" } }, key_name: "mine" },
  "requirements with a maximum": {
    image: "al2023",
    instance_requirements: {
      vcpu: { min: 2, max: 8 },
      memory_mib: { min: 4096, max: 16_384 },
      burstable: "included",
      bare_metal: "required",
    },
  },
  "requirements without a maximum": {
    image: "al2023",
    instance_requirements: { vcpu: { min: 0 }, memory_mib: { min: 0 } },
  },
  network: {
    ...T3,
    image: "al2023",
    public_ip: true,
    subnet_id: "subnet-0123456789abcdef0",
    security_group_ids: ["sg-01234567", "sg-0123456789abcdef1"],
  },
  "profile by ARN": {
    ...T3,
    image: "al2023",
    instance_profile: "arn:aws:iam::123456789012:instance-profile/hosts/web",
  },
  "root volume": {
    ...M7,
    image: "al2023",
    root_volume: {
      device: "/dev/sda1",
      size_gib: 40,
      type: "gp3",
      iops: 6000,
      throughput: 500,
      kms_key_id: "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
      delete_on_termination: true,
    },
  },
  volumes: {
    ...M7,
    image: "al2023",
    volumes: [
      { device: "/dev/sdf", size_gib: 100, type: "io2", iops: 5000, delete_on_termination: false },
      { device: "/dev/sdg", snapshot_id: "snap-0123456789abcdef0" },
      { device: "/dev/sdh", size_gib: 500, type: "st1", kms_key_id: "alias/data" },
      { device: "/dev/sdi", size_gib: 10, type: "gp2" },
      { device: "/dev/sdj", size_gib: 500, type: "sc1" },
      { device: "/dev/sdk", size_gib: 10, type: "standard" },
      { device: "/dev/sdl", size_gib: 100, type: "io1", iops: 1000 },
    ],
  },
  metadata: { ...T3, image: "al2023", metadata: { hop_limit: 64, tags: true }, detailed_monitoring: true },
  "short-lived": { ...T3, image: "al2023", on_shutdown: "terminate", spot: true, cpu_credits: "standard" },
  tags: {
    ...T3,
    image: "al2023",
    tags: { Name: "on", team: "1:30", "cost centre": "", owner: 'O\'Neil <o@example.com>: "äöü €"' },
  },
};

const GROUPS = { security_group_ids: ["sg-0123456789abcdef0"] };

const templateFor = (launch: Launch, userData?: string): Template => {
  const text = JSON.stringify({ name: "web", launch: { ...GROUPS, ...launch } });
  const { host, problems } = parseHost(text, "host.yaml");
  if (host?.launch === undefined) throw new Error(JSON.stringify(problems));
  const bytes = userData === undefined ? undefined : new TextEncoder().encode(userData);
  return templateOf({ ...host, launch: host.launch }, bytes, IMAGE);
};

const SCRIPT = "#!/bin/bash\nset -euo pipefail\necho '{{resolve:ssm:x}}'\n";

const TEMPLATES: Readonly<Record<string, Template>> = {
  ...Object.fromEntries(Object.entries(LAUNCHES).map(([name, launch]) => [name, templateFor(launch)])),
  "user data": templateFor({ ...T3, image: "al2023" }, SCRIPT),
  "user data as long as may be": templateFor({ ...T3, image: "al2023" }, SCRIPT.padEnd(16_384, "#")),
};

interface Match {
  readonly Filename: string;
  readonly Level: string;
  readonly Message: string;
  readonly Rule: { readonly Id: string };
}

interface Property {
  readonly properties?: Readonly<Record<string, Property>>;
}

/** Every key below a schema, such as `root_volume` and `iops`. */
const keysOf = (schema: unknown): readonly string[] => {
  if (typeof schema !== "object" || schema === null) return [];
  const own = Array.isArray(schema) ? [] : Object.keys((schema as Property).properties ?? {});
  return [...own, ...Object.values(schema).flatMap(keysOf)];
};

const usedKeys = (value: unknown): readonly string[] => {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(usedKeys)];
};

const tools = await pythonTools();

/** What cfn-lint finds in each template, as `E3012: …`. */
const complaints = async (templates: Readonly<Record<string, string>>) => {
  const folder = mkdtempSync(join(tmpdir(), "hostwright-cfn-lint-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = Object.entries(templates).map(([name, text], at) => {
    const path = join(folder, `${at}.yaml`);
    writeFileSync(path, text);
    return { name, path };
  });
  const paths = files.map(({ path }) => path);
  // It ends with a status of its own for each level, so what it prints is what counts.
  const stdout = await new Promise<string>((resolve) => {
    execFile(
      tools?.cfnLint ?? "",
      ["--format", "json", "--include-checks", "I", "--", ...paths],
      { cwd: folder, env: { ...process.env, HOME: folder }, maxBuffer: 64 * 1024 * 1024 },
      (_error, out, err) => resolve(out === "" ? err : out),
    );
  });
  const matches = JSON.parse(stdout) as readonly Match[];
  return matches.map(({ Filename, Level, Message, Rule }) => ({
    name: files.find(({ path }) => basename(path) === basename(Filename))?.name,
    level: Level,
    text: `${Rule.Id}: ${Message}`,
  }));
};

it("the hosts use every key of the section launch", () => {
  const schema = JSON.parse(
    readFileSync(join(import.meta.dirname, "../../../templates/host.schema.json"), "utf8"),
  );
  const used = usedKeys(Object.values(LAUNCHES).map((launch) => ({ ...GROUPS, ...launch })));
  const keys = keysOf(schema.properties.launch);
  expect(keys.length).toBeGreaterThanOrEqual(30);
  expect(keys.filter((key) => !used.includes(key))).toEqual([]);
});

it("our own rules find no error in the hosts", () => {
  const errors = Object.entries(TEMPLATES).flatMap(([name, template]) =>
    lintTemplate(template)
      .filter(({ severity }) => severity === "error")
      .map(({ rule, message }) => `${name}: ${rule} ${message}`),
  );
  expect(errors).toEqual([]);
});

describe.skipIf(tools === undefined)("cfn-lint", () => {
  it(
    "finds nothing in the templates of many hosts",
    async () => {
      const rendered = Object.entries(TEMPLATES).map(([name, one]) => [name, asCloudFormation(one)]);
      expect(rendered.length).toBeGreaterThanOrEqual(12);
      expect(await complaints(Object.fromEntries(rendered))).toEqual([]);
    },
    LONG,
  );

  it(
    "finds what is wrong",
    async () => {
      const { plain } = TEMPLATES;
      if (plain === undefined) throw new TypeError("there is no plain host");
      const wrong = {
        "unknown field": { ...plain, data: { ...plain.data, HttpTokens: "required" } },
        "unknown choice": { ...plain, data: { ...plain.data, MetadataOptions: { HttpTokens: "maybe" } } },
        "text for a number": {
          ...plain,
          data: {
            ...plain.data,
            BlockDeviceMappings: [
              { DeviceName: "/dev/sdf", Ebs: { VolumeSize: "big" as unknown as number } },
            ],
          },
        },
        "no image": { ...plain, data: { ...plain.data, ImageId: "al2023" } },
      };
      const found = await complaints(
        Object.fromEntries(Object.entries(wrong).map(([name, one]) => [name, asCloudFormation(one)])),
      );
      expect(found.filter(({ level }) => level === "Error").map(({ name }) => name)).toEqual(
        expect.arrayContaining(Object.keys(wrong)),
      );
    },
    LONG,
  );
});
