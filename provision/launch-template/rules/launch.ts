import type { Tag, Template, TemplateData } from "../data.ts";
import { SOURCE, type TemplateRule, template } from "./shape.ts";

/** Rules on who the instance is, what it costs, and how it ends. */

/** What a launch can tag. */
const TAGGED: readonly string[] = ["instance", "volume", "network-interface", "spot-instances-request"];
const ALWAYS_TAGGED: readonly string[] = ["instance", "volume", "network-interface"];

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions */
const MOST_TAGS = 50;
const TAG_KEY_CHARACTERS = 128;
const TAG_VALUE_CHARACTERS = 256;

/** A template of which everything that can be tagged bears these. */
const tags = (Tags: readonly Tag[]): Template =>
  template({ TagSpecifications: ALWAYS_TAGGED.map((ResourceType) => ({ ResourceType, Tags })) });

const tagging = (...types: readonly string[]) =>
  template({
    TagSpecifications: types.map((ResourceType) => ({ ResourceType, Tags: [{ Key: "Name", Value: "web" }] })),
  });

const credits = (InstanceType: string, CpuCredits?: string) =>
  template({ InstanceType, CreditSpecification: CpuCredits === undefined ? undefined : { CpuCredits } });

/** T instances save up credits. Undefined where the template does not say what kind it will be. */
const isBurstable = ({ InstanceType, InstanceRequirements }: TemplateData): boolean | undefined => {
  if (InstanceType !== undefined) return /^t\d/.test(InstanceType);
  if (InstanceRequirements === undefined) return undefined;
  return (InstanceRequirements.BurstablePerformance ?? "excluded") !== "excluded";
};

/** Only the first generation has `standard` for its default. */
const isStandardByDefault = ({ InstanceType = "" }: TemplateData): boolean => InstanceType.startsWith("t2.");

export const LAUNCH_RULES: readonly TemplateRule[] = [
  {
    id: "LT15",
    severity: "warning",
    title: "no instance profile, or an unclear one",
    why: "Without one there is no SSM and no log shipping, and people put keys on the host instead.",
    sources: [SOURCE.data],
    *check({ data: { IamInstanceProfile } }) {
      const field = "IamInstanceProfile";
      const { Name, Arn } = IamInstanceProfile ?? {};
      if (IamInstanceProfile === undefined)
        yield { field, message: "is not set. Set it to a profile with what the host may do." };
      else if (Name === undefined && Arn === undefined)
        yield { field, severity: "error", message: "has no Name and no Arn. Set one of them." };
      else if (Name !== undefined && Arn !== undefined)
        yield { field, severity: "error", message: "has both a Name and an Arn. Remove one of them." };
    },
    examples: {
      pass: [
        template(),
        template({ IamInstanceProfile: { Arn: "arn:aws:iam::123456789012:instance-profile/web" } }),
      ],
      fail: [
        template({ IamInstanceProfile: undefined }),
        template({ IamInstanceProfile: {} }),
        template({
          IamInstanceProfile: { Name: "web", Arn: "arn:aws:iam::123456789012:instance-profile/web" },
        }),
      ],
    },
  },
  {
    id: "LT16",
    severity: "warning",
    title: "key pair on every host",
    why: "A key pair opens every host of the template for good, to whoever has a copy of the key.",
    sources: ["https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/connect-linux-inst-eic.html"],
    *check({ data: { KeyName } }) {
      if (KeyName !== undefined)
        yield {
          field: "KeyName",
          message: "is set. Remove it, and connect with EC2 Instance Connect or SSM.",
        };
    },
    examples: { pass: [template()], fail: [template({ KeyName: "ops" })] },
  },
  {
    id: "LT19",
    severity: "info",
    title: "monitoring left open",
    why: "Detailed monitoring costs money and basic monitoring is slow, so the choice should be visible.",
    sources: ["https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/manage-detailed-monitoring.html"],
    *check({ data: { Monitoring } }) {
      if (Monitoring?.Enabled === undefined)
        yield { field: "Monitoring.Enabled", message: "is not set. Set it to true or false." };
    },
    examples: {
      pass: [template(), template({ Monitoring: { Enabled: false } })],
      fail: [template({ Monitoring: undefined }), template({ Monitoring: {} })],
    },
  },
  {
    id: "LT20",
    severity: "warning",
    title: "credits without an upper bound",
    why: "Most T instances are unlimited by default, and are charged for what they use beyond their credits.",
    sources: [SOURCE.credits],
    *check({ data }) {
      const given = data.CreditSpecification?.CpuCredits;
      const field = "CreditSpecification.CpuCredits";
      const bursts = isBurstable(data);
      if (bursts === false && data.CreditSpecification !== undefined)
        yield { field: "CreditSpecification", message: "is only for T instances. Remove it." };
      if (bursts !== true || given === "standard") return;
      if (given !== undefined) yield { field, message: `is ${given}. Set it to standard.` };
      else if (!isStandardByDefault(data)) yield { field, message: "is not set. Set it to standard." };
    },
    examples: {
      pass: [template(), credits("t4g.small", "standard"), credits("t2.micro")],
      fail: [
        credits("t3.micro"),
        credits("t4g.small", "unlimited"),
        credits("t2.micro", "unlimited"),
        credits("m7g.large", "standard"),
        template({
          InstanceType: undefined,
          InstanceRequirements: {
            VCpuCount: { Min: 2 },
            MemoryMiB: { Min: 4096 },
            BurstablePerformance: "included",
          },
        }),
      ],
    },
  },
  {
    id: "LT21",
    severity: "warning",
    title: "shutdown that destroys the instance",
    why: "With terminate, `shutdown` on the host deletes it along with whatever could tell why.",
    sources: [SOURCE.data],
    *check({ data: { InstanceInitiatedShutdownBehavior: behavior } }) {
      if (behavior !== undefined && behavior !== "stop")
        yield {
          field: "InstanceInitiatedShutdownBehavior",
          message: `is ${behavior}. Set it to stop, except for test instances that nobody will miss.`,
        };
    },
    examples: {
      pass: [template(), template({ InstanceInitiatedShutdownBehavior: undefined })],
      fail: [template({ InstanceInitiatedShutdownBehavior: "terminate" })],
    },
  },
  {
    id: "LT22",
    severity: "error",
    title: "tags in the wrong place, or missing",
    why: "Tags say whose a resource is; those of the template itself belong outside of its data.",
    sources: [SOURCE.data],
    *check({ data: { TagSpecifications = [] } }) {
      const seen = new Set<string>();
      for (const [at, { ResourceType, Tags }] of TagSpecifications.entries()) {
        const path = `TagSpecifications[${at}]`;
        const field = `${path}.ResourceType`;
        if (ResourceType === "launch-template")
          yield { field, message: "is the template itself. Write these as the tags of the template." };
        else if (!TAGGED.includes(ResourceType))
          yield { field, message: `is ${ResourceType}. Use one of ${TAGGED.join(", ")}.` };
        if (seen.has(ResourceType)) yield { field, message: `is ${ResourceType} again. Merge the two.` };
        seen.add(ResourceType);
        const keys = (Tags ?? []).map(({ Key }) => Key);
        if (keys.length > MOST_TAGS)
          yield { field: `${path}.Tags`, message: `has ${keys.length} tags. EC2 takes ${MOST_TAGS}.` };
        for (const [index, { Key, Value }] of (Tags ?? []).entries()) {
          const tag = `${path}.Tags[${index}]`;
          if (/^aws:/i.test(Key))
            yield { field: `${tag}.Key`, message: `is ${Key}. Names that begin with aws: are those of AWS.` };
          if (Key === "" || Key.length > TAG_KEY_CHARACTERS)
            yield { field: `${tag}.Key`, message: `has ${Key.length} characters. Give it 1 to 128.` };
          if (Value.length > TAG_VALUE_CHARACTERS)
            yield {
              field: `${tag}.Value`,
              message: `has ${Value.length} characters. Give it 256 at the most.`,
            };
        }
        const twice = keys.findIndex((key, index) => keys.indexOf(key) !== index);
        if (twice >= 0)
          yield { field: `${path}.Tags[${twice}].Key`, message: `is "${keys[twice]}" again. Remove one.` };
      }
      const missing = ALWAYS_TAGGED.filter((type) => !seen.has(type));
      if (missing.length > 0)
        yield {
          field: "TagSpecifications",
          severity: "warning",
          message: `does not tag ${missing.join(", ")}. Add tags for each.`,
        };
    },
    examples: {
      pass: [template(), tagging(...TAGGED)],
      fail: [
        tagging(...ALWAYS_TAGGED, "launch-template"),
        tagging(...ALWAYS_TAGGED, "snapshot"),
        tagging(...ALWAYS_TAGGED, "instance"),
        tagging("instance"),
        tags([{ Key: "aws:name", Value: "x" }]),
        tags([{ Key: "k".repeat(129), Value: "x" }]),
        tags([{ Key: "k", Value: "x".repeat(257) }]),
        tags(Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}`, Value: "x" }))),
        template({ TagSpecifications: undefined }),
        template({
          TagSpecifications: ALWAYS_TAGGED.map((ResourceType) => ({
            ResourceType,
            Tags: ["1", "2"].map((Value) => ({ Key: "Name", Value })),
          })),
        }),
      ],
    },
  },
  {
    // Nor with a mixed-instances policy, which belongs to the group and is not in the template.
    id: "LT23",
    severity: "error",
    title: "spot with a price or a duration",
    why: "A price limit only brings interruptions, and durations can no longer be had.",
    sources: [SOURCE.spot],
    *check({ data: { InstanceMarketOptions } }) {
      const { MaxPrice, BlockDurationMinutes } = InstanceMarketOptions?.SpotOptions ?? {};
      const path = "InstanceMarketOptions.SpotOptions";
      if (MaxPrice !== undefined)
        yield { field: `${path}.MaxPrice`, message: "is set. Remove it; the price on demand is the limit." };
      if (BlockDurationMinutes !== undefined)
        yield { field: `${path}.BlockDurationMinutes`, message: "is discontinued. Remove it." };
    },
    examples: {
      pass: [template(), template({ InstanceMarketOptions: { MarketType: "spot" } })],
      fail: [
        template({ InstanceMarketOptions: { MarketType: "spot", SpotOptions: { MaxPrice: "0.05" } } }),
        template({
          InstanceMarketOptions: { MarketType: "spot", SpotOptions: { BlockDurationMinutes: 60 } },
        }),
      ],
    },
  },
  {
    id: "LT24",
    severity: "error",
    title: "discontinued accelerator",
    why: "Elastic Graphics and Elastic Inference no longer exist; a launch with them fails.",
    sources: [SOURCE.data],
    *check({ data }) {
      for (const field of ["ElasticGpuSpecifications", "ElasticInferenceAccelerators"])
        if (data[field] !== undefined)
          yield { field, message: "is discontinued. Remove it, and choose an instance type with a GPU." };
    },
    examples: {
      pass: [template()],
      fail: [
        template({ ElasticGpuSpecifications: [{ Type: "eg1.medium" }] }),
        template({ ElasticInferenceAccelerators: [{ Type: "eia2.medium" }] }),
      ],
    },
  },
  {
    id: "LT25",
    severity: "error",
    title: "enclave and hibernation at once",
    why: "An instance can have either of the two, and EC2 refuses both.",
    sources: [SOURCE.data],
    *check({ data: { EnclaveOptions, HibernationOptions } }) {
      if (EnclaveOptions?.Enabled === true && HibernationOptions?.Configured === true)
        yield {
          field: "HibernationOptions.Configured",
          message: "excludes EnclaveOptions.Enabled. Set one of the two to false.",
        };
    },
    examples: {
      pass: [
        template({ EnclaveOptions: { Enabled: true } }),
        template({ EnclaveOptions: { Enabled: true }, HibernationOptions: { Configured: false } }),
      ],
      fail: [template({ EnclaveOptions: { Enabled: true }, HibernationOptions: { Configured: true } })],
    },
  },
];
