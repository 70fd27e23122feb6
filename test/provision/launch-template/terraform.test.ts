// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are for Terraform.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Template, TemplateData } from "../../../provision/launch-template/data.ts";
import { asTerraform } from "../../../provision/launch-template/terraform.ts";

const template = (data: TemplateData, tags: Template["tags"] = {}, name = "web"): Template => ({
  name,
  data,
  tags,
});

const resourceOf = (given: Template) => {
  const [resource] = Object.values(JSON.parse(asTerraform(given)).resource.aws_launch_template);
  return resource as Record<string, unknown>;
};

/** Values, each as often as it is there. A tag is one of them: a map has its key to the left of the value. */
const leaves = (value: unknown): readonly unknown[] => {
  if (typeof value !== "object" || value === null) return [value];
  if ("Key" in value && "Value" in value) return [value.Value];
  return Object.values(value).flatMap(leaves);
};

const text = fc.string({ unit: "binary", maxLength: 20 });
const some = <T>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model as { [K in keyof T]: fc.Arbitrary<T[K]> }, { requiredKeys: [] });
const range = some({ Min: fc.nat(), Max: fc.nat() });
const tags = fc.uniqueArray(fc.record({ Key: text, Value: text }), { selector: ({ Key }) => Key });

const data = some({
  ImageId: text,
  InstanceType: text,
  InstanceRequirements: some({
    VCpuCount: range,
    MemoryMiB: range,
    BareMetal: text,
    BurstablePerformance: text,
  }),
  KeyName: text,
  IamInstanceProfile: some({ Name: text, Arn: text }),
  SecurityGroupIds: fc.array(text),
  SecurityGroups: fc.array(text),
  NetworkInterfaces: fc.array(
    some({
      DeviceIndex: fc.nat(),
      AssociatePublicIpAddress: fc.boolean(),
      DeleteOnTermination: fc.boolean(),
      Groups: fc.array(text),
      SubnetId: text,
    }),
  ),
  BlockDeviceMappings: fc.array(
    some({
      DeviceName: text,
      Ebs: some({
        VolumeType: text,
        VolumeSize: fc.nat(),
        Iops: fc.nat(),
        Throughput: fc.nat(),
        Encrypted: fc.boolean(),
        KmsKeyId: text,
        SnapshotId: text,
        DeleteOnTermination: fc.boolean(),
      }),
    }),
  ),
  MetadataOptions: some({
    HttpTokens: text,
    HttpPutResponseHopLimit: fc.nat(),
    HttpEndpoint: text,
    HttpProtocolIpv6: text,
    InstanceMetadataTags: text,
  }),
  Monitoring: some({ Enabled: fc.boolean() }),
  CreditSpecification: some({ CpuCredits: text }),
  InstanceInitiatedShutdownBehavior: text,
  InstanceMarketOptions: some({
    MarketType: text,
    SpotOptions: some({ MaxPrice: text, BlockDurationMinutes: fc.nat() }),
  }),
  TagSpecifications: fc.array(fc.record({ ResourceType: text, Tags: tags })),
  EnclaveOptions: some({ Enabled: fc.boolean() }),
  HibernationOptions: some({ Configured: fc.boolean() }),
  EbsOptimized: fc.boolean(),
  UserData: fc.base64String(),
}) as fc.Arbitrary<TemplateData>;

/** What Terraform makes of the text. */
const evaluated = (value: unknown): string => String(value).replaceAll(/([$%])\1(?=\{)/g, "$1");

describe("asTerraform", () => {
  it("writes the blocks and the names of the provider", () => {
    const made = asTerraform(
      template(
        {
          ImageId: "ami-0123456789abcdef0",
          InstanceRequirements: {
            VCpuCount: { Min: 2, Max: 8 },
            MemoryMiB: { Min: 4096 },
            BareMetal: "excluded",
            BurstablePerformance: "excluded",
          },
          IamInstanceProfile: { Name: "web" },
          NetworkInterfaces: [
            { DeviceIndex: 0, AssociatePublicIpAddress: false, Groups: ["sg-1"], DeleteOnTermination: true },
          ],
          BlockDeviceMappings: [
            {
              DeviceName: "/dev/xvda",
              Ebs: {
                VolumeType: "gp3",
                VolumeSize: 16,
                Iops: 3000,
                Encrypted: true,
                DeleteOnTermination: true,
              },
            },
          ],
          MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1, HttpEndpoint: "enabled" },
          Monitoring: { Enabled: true },
          InstanceMarketOptions: {
            MarketType: "spot",
            SpotOptions: { InstanceInterruptionBehavior: "terminate" },
          },
          TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "Name", Value: "web" }] }],
          EbsOptimized: true,
          UserData: "IyEvYmluL2Jhc2gK",
        },
        { team: "web" },
        "team/web-1",
      ),
    );
    expect(JSON.parse(made)).toEqual({
      resource: {
        aws_launch_template: {
          team_web_1: {
            name: "team/web-1",
            update_default_version: true,
            image_id: "ami-0123456789abcdef0",
            instance_requirements: {
              vcpu_count: { min: 2, max: 8 },
              memory_mib: { min: 4096 },
              bare_metal: "excluded",
              burstable_performance: "excluded",
            },
            iam_instance_profile: { name: "web" },
            network_interfaces: [
              {
                device_index: 0,
                associate_public_ip_address: "false",
                security_groups: ["sg-1"],
                delete_on_termination: "true",
              },
            ],
            block_device_mappings: [
              {
                device_name: "/dev/xvda",
                ebs: {
                  volume_type: "gp3",
                  volume_size: 16,
                  iops: 3000,
                  encrypted: "true",
                  delete_on_termination: "true",
                },
              },
            ],
            metadata_options: {
              http_tokens: "required",
              http_put_response_hop_limit: 1,
              http_endpoint: "enabled",
            },
            monitoring: { enabled: true },
            instance_market_options: {
              market_type: "spot",
              spot_options: { instance_interruption_behavior: "terminate" },
            },
            tag_specifications: [{ resource_type: "instance", tags: { Name: "web" } }],
            ebs_optimized: "true",
            user_data: "IyEvYmluL2Jhc2gK",
            tags: { team: "web" },
          },
        },
      },
    });
    expect(made).toMatch(/^\{\n {2}"resource"/);
    expect(made.endsWith("}\n")).toBe(true);
  });

  it("drops nothing", () => {
    fc.assert(
      fc.property(data, fc.dictionary(text, text), (given, ofTemplate) => {
        const { name, update_default_version, ...rest } = resourceOf(template(given, ofTemplate));
        expect([name, update_default_version]).toEqual(["web", true]);
        const wanted = [...leaves(given), ...Object.values(ofTemplate)].map(String);
        expect(leaves(rest).map(evaluated).toSorted()).toEqual(wanted.toSorted());
      }),
    );
  });

  it.each([
    ["${x}", "$${x}"],
    ["%{if}", "%%{if}"],
    ["$${x", "$$${x"],
    ["$%{x", "$%%{x"],
    ["100% of $5 {", "100% of $5 {"],
  ])("writes %j as %j, which Terraform reads as the former", (given, wanted) => {
    const made = resourceOf(
      template({ ImageId: given, SecurityGroupIds: [given] }, { [given]: given, "//": "no comment" }),
    );
    expect(made).toMatchObject({ image_id: wanted, vpc_security_group_ids: [wanted] });
    expect(made.tags).toEqual({ [wanted]: wanted, "//": "no comment" });
  });

  it.each([
    ["Web API (blue)", "web_api_blue"],
    ["web-1", "web_1"],
    ["1web", "template_1web"],
    ["---", "template"],
  ])("names the resource of %j %s", (name, slug) => {
    expect(Object.keys(JSON.parse(asTerraform(template({}, {}, name))).resource.aws_launch_template)).toEqual(
      [slug],
    );
  });

  const twice = ["1", "2"].map((Value) => ({ Key: "Name", Value }));
  it.each<readonly [string, Readonly<Record<string, unknown>>]>([
    ["ImageID", { ImageID: "ami-1" }],
    ["toString", { toString: "x" }],
    ["Operator", { Operator: { Principal: "x" } }],
    ["BlockDeviceMappings[1].Ebs.Speed", { BlockDeviceMappings: [{}, { Ebs: { Speed: 1 } }] }],
    ["NetworkInterfaces[0].Ipv6Addresses", { NetworkInterfaces: [{ Ipv6Addresses: [] }] }],
    ["Monitoring", { Monitoring: true }],
    ["ImageId", { ImageId: { Ref: "x" } }],
    ["ImageId", { ImageId: null }],
    ["SecurityGroupIds[0]", { SecurityGroupIds: [{}] }],
    ["EbsOptimized", { EbsOptimized: "yes" }],
    ["TagSpecifications[0].Tags", { TagSpecifications: [{ Tags: { Name: "x" } }] }],
    ["TagSpecifications[0].Tags[0]", { TagSpecifications: [{ Tags: [{ Key: "x" }] }] }],
    ["TagSpecifications[0].Tags[0].Note", { TagSpecifications: [{ Tags: [{ ...twice[0], Note: "" }] }] }],
    ["TagSpecifications[0].Tags[1].Key", { TagSpecifications: [{ Tags: twice }] }],
  ])("refuses what it cannot express: %s", (field, given) => {
    const making = () => asTerraform(template(given as TemplateData));
    expect(making).toThrow(expect.objectContaining({ code: "INPUT_INVALID" }));
    expect(making).toThrow(expect.objectContaining({ message: expect.stringContaining(`${field}: `) }));
  });
});
