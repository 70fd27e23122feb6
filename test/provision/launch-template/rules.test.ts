import type { RequestLaunchTemplateData } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import type { Template, TemplateData } from "../../../provision/launch-template/data.ts";
import { TEMPLATE_FIELDS } from "../../../provision/launch-template/rules/fields.ts";
import { lintTemplate, TEMPLATE_RULES } from "../../../provision/launch-template/rules/rules.ts";
import { holds } from "../rules-hold.ts";

/** The names in the types of the SDK, in the shape of our table. */
type Names<T> = T extends readonly (infer Item)[]
  ? Names<Item>
  : T extends string | number | boolean | Date
    ? true
    : { readonly [K in keyof T]-?: Names<NonNullable<T[K]>> };

// These fail to compile when the SDK has a field that the table lacks, or the other way round.
const ofSdk: Names<RequestLaunchTemplateData> = TEMPLATE_FIELDS;
const ours = (names: Names<RequestLaunchTemplateData>): typeof TEMPLATE_FIELDS => names;

const found = (template: Template): readonly string[] => lintTemplate(template).map(({ rule }) => rule);

const shown = ({ name, data }: Template): string =>
  `${name.slice(0, 20)} ${JSON.stringify(data)}`.slice(0, 160);

const DEFAULT: TemplateData = {
  ImageId: "ami-0a1b2c3d4e5f60718",
  InstanceType: "t4g.small",
  CreditSpecification: { CpuCredits: "standard" },
  IamInstanceProfile: { Name: "web" },
  NetworkInterfaces: [
    {
      DeviceIndex: 0,
      AssociatePublicIpAddress: false,
      DeleteOnTermination: true,
      Groups: ["sg-0a1b2c3d4e5f60718"],
    },
  ],
  BlockDeviceMappings: [
    {
      DeviceName: "/dev/xvda",
      Ebs: {
        VolumeType: "gp3",
        VolumeSize: 16,
        Iops: 3000,
        Throughput: 125,
        Encrypted: true,
        DeleteOnTermination: true,
      },
    },
    {
      DeviceName: "/dev/sdf",
      Ebs: { VolumeType: "gp3", VolumeSize: 100, Encrypted: true, DeleteOnTermination: false },
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
  InstanceInitiatedShutdownBehavior: "stop",
  TagSpecifications: ["instance", "volume", "network-interface"].map((ResourceType) => ({
    ResourceType,
    Tags: [{ Key: "team", Value: "web" }],
  })),
  UserData: "IyEvYmluL2Jhc2gKc2V0IC1ldW8gcGlwZWZhaWwK",
};

describe("the rules on launch templates", () => {
  it("are LT01 to LT25 and LT29, each once and in order", () => {
    const ids = [...Array.from({ length: 25 }, (_, at) => at + 1), 29];
    expect(TEMPLATE_RULES.map(({ id }) => id)).toEqual(ids.map((id) => `LT${String(id).padStart(2, "0")}`));
  });

  it("have nothing to say about a template that is as it should be", () => {
    expect(lintTemplate({ name: "web", tags: { team: "web" }, data: DEFAULT })).toEqual([]);
  });

  it("have something to say about one with nothing in it, errors first", () => {
    const findings = lintTemplate({ name: "web", tags: {}, data: {} });
    expect(findings.map(({ rule, severity, field }) => `${severity} ${rule} ${field}`)).toEqual([
      "error LT06 MetadataOptions.HttpTokens",
      "warning LT15 IamInstanceProfile",
      "warning LT02 ImageId",
      "warning LT07 MetadataOptions.HttpPutResponseHopLimit",
      "warning LT17 SecurityGroupIds",
      "warning LT22 TagSpecifications",
      "info LT08 MetadataOptions.HttpEndpoint",
      "info LT08 MetadataOptions.HttpProtocolIpv6",
      "info LT08 MetadataOptions.InstanceMetadataTags",
      "info LT19 Monitoring.Enabled",
    ]);
  });

  it("sort fields by number, and name the place in full", () => {
    const volumes = Array.from({ length: 11 }, () => ({
      Ebs: { VolumeSize: 8, VolumeType: "gp3", Iops: 1 },
    }));
    const findings = lintTemplate({ name: "web", tags: {}, data: { BlockDeviceMappings: volumes } });
    const fields = findings.filter(({ rule }) => rule === "LT10").map(({ field }) => field);
    expect(fields).toEqual(volumes.map((_, at) => `BlockDeviceMappings[${at}].Ebs.Iops`));
  });

  it("ask whether another field was meant", () => {
    const data = { ImageID: "ami-1", NetworkInterfaces: [{ SubnetID: "subnet-1" }], Zzzzzzzzzzzz: 1 };
    const unknown = lintTemplate({ name: "web", tags: {}, data }).filter(({ rule }) => rule === "LT29");
    expect(unknown.map(({ field, message }) => `${field} ${message}`)).toEqual([
      "ImageID is not a field of launch template data. Did you mean ImageId?",
      "NetworkInterfaces[0].SubnetID is not a field of NetworkInterfaces. Did you mean SubnetId?",
      "Zzzzzzzzzzzz is not a field of launch template data. Remove it.",
    ]);
  });

  it("know the fields of the SDK and no others", () => {
    expect(ours(ofSdk)).toBe(TEMPLATE_FIELDS);
  });

  describe.each(TEMPLATE_RULES.map((rule) => [rule.id, rule] as const))("%s", (_, rule) => {
    holds(rule, found, shown);

    it("says what to do", () => {
      for (const { message } of rule.examples.fail.flatMap((example) => [...rule.check(example)]))
        expect(message).toMatch(/^(is|has|does|cannot|excludes|needs|fixes|holds) .*\. [A-Z].*[.?]$/);
    });
  });
});
