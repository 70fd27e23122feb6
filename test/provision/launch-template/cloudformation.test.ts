import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { asCloudFormation } from "../../../provision/launch-template/cloudformation.ts";
import type { Template, TemplateData } from "../../../provision/launch-template/data.ts";

const template = (data: TemplateData, tags: Template["tags"] = {}): Template => ({ name: "web", data, tags });

/** Both versions: CloudFormation reads 1.1, and most other tools 1.2. */
const VERSIONS = ["1.1", "1.2"] as const;

const propertiesOf = (text: string, version: (typeof VERSIONS)[number]) =>
  parse(text, { version }).Resources.LaunchTemplate.Properties;

/** Any text, and what YAML takes for something else unless it is quoted. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }).filter((value) => !value.includes("{{resolve:")),
  fc.constantFrom(
    "on",
    "No",
    "~",
    "null",
    "012",
    "1_000",
    "1:30",
    "2026-11-28",
    "=",
    "<<",
    "",
    " ",
    "\u2028",
    "a: b",
  ),
);

const tag = fc.record({ Key: text, Value: text });

const data: fc.Arbitrary<TemplateData> = fc.record(
  {
    ImageId: text,
    EbsOptimized: fc.boolean(),
    UserData: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("base64")),
    SecurityGroupIds: fc.array(text),
    TagSpecifications: fc.array(fc.record({ ResourceType: text, Tags: fc.array(tag) })),
    BlockDeviceMappings: fc.array(
      fc.record(
        {
          DeviceName: text,
          Ebs: fc.record({ Iops: fc.nat(), Encrypted: fc.boolean(), KmsKeyId: text }, { requiredKeys: [] }),
        },
        { requiredKeys: [] },
      ),
    ),
    Another: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

describe("asCloudFormation", () => {
  it("writes a whole template", () => {
    const made = asCloudFormation(
      template(
        {
          ImageId: "ami-0123456789abcdef0",
          MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
          TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "Name", Value: "on" }] }],
          UserData: "IyEvYmluL2Jhc2gKdHJ1ZQo=",
        },
        { team: "web" },
      ),
    );
    expect(made).toBe(`AWSTemplateFormatVersion: "2010-09-09"
Resources:
  LaunchTemplate:
    Type: "AWS::EC2::LaunchTemplate"
    Properties:
      LaunchTemplateName: "web"
      LaunchTemplateData:
        ImageId: "ami-0123456789abcdef0"
        MetadataOptions:
          HttpTokens: "required"
          HttpPutResponseHopLimit: 1
        TagSpecifications:
          - ResourceType: "instance"
            Tags:
              - Key: "Name"
                Value: "on"
        UserData: "IyEvYmluL2Jhc2gKdHJ1ZQo="
      TagSpecifications:
        - ResourceType: "launch-template"
          Tags:
            - Key: "team"
              Value: "web"
Outputs:
  LaunchTemplateId:
    Value:
      Ref: "LaunchTemplate"
  LatestVersionNumber:
    Value:
      Fn::GetAtt:
        - "LaunchTemplate"
        - "LatestVersionNumber"
`);
  });

  it.each(VERSIONS)("reads back as what it was made of, in YAML %s", (version) => {
    fc.assert(
      fc.property(data, fc.dictionary(text, text), (given, tags) => {
        const properties = propertiesOf(asCloudFormation(template(given, tags)), version);
        // JSON has no negative zero.
        expect(properties.LaunchTemplateData).toEqual(JSON.parse(JSON.stringify(given)));
        const back = (properties.TagSpecifications?.[0].Tags ?? []).map((one: Record<string, string>) => [
          one.Key,
          one.Value,
        ]);
        expect(back).toEqual(Object.entries(tags));
      }),
    );
  });

  it("writes all of a long text in one line", () => {
    const UserData = "QUJD".repeat(5_000);
    expect(asCloudFormation(template({ UserData }))).toContain(`UserData: "${UserData}"\n`);
  });

  it("escapes what YAML 1.1 folds or refuses", () => {
    const odd = "a\u0085b\u2028c\ufeff\ufffe\u007f";
    const made = asCloudFormation(template({ KeyName: odd }));
    expect(asCloudFormation(template({ KeyName: "<<" }))).toContain(`KeyName: "<<"`);
    expect(made).toContain(String.raw`KeyName: "a\u0085b\u2028c\ufeff\ufffe\u007f"`);
    expect(propertiesOf(made, "1.1").LaunchTemplateData).toEqual({ KeyName: odd });
  });

  it("leaves out the tags of the template where there are none, and repeats what is there twice", () => {
    const tags = [{ Key: "Name", Value: "web" }];
    const made = asCloudFormation(
      template({
        TagSpecifications: ["instance", "volume"].map((ResourceType) => ({ ResourceType, Tags: tags })),
      }),
    );
    expect(propertiesOf(made, "1.1")).not.toHaveProperty("TagSpecifications");
    expect(made).not.toMatch(/[&*]a\d/);
  });

  it("refuses what CloudFormation would replace, and says where that is", () => {
    const secret = "{{resolve:secretsmanager:x}}";
    expect(() => asCloudFormation(template({ SecurityGroupIds: ["sg-1", secret] }))).toThrow(
      /^Properties\.LaunchTemplateData\.SecurityGroupIds\[1\]: .*write another value$/,
    );
    expect(() => asCloudFormation(template({}, { team: secret }))).toThrow(
      expect.objectContaining({ code: "INPUT_INVALID" }),
    );
  });
});
