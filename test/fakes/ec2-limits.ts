/** What the service refuses when a template, a version or a tag is written, with the code that it answers. */
import {
  LaunchTemplateHttpTokensState,
  LaunchTemplateInstanceMetadataEndpointState,
  LaunchTemplateInstanceMetadataProtocolIpv6,
  LaunchTemplateInstanceMetadataTagsState,
  MarketType,
  type RequestLaunchTemplateData,
  ShutdownBehavior,
  type Tag,
  VolumeType,
} from "@aws-sdk/client-ec2";
import { Fault } from "./ec2-query.ts";

export interface Rule<Subject> {
  readonly code: string;
  /** One message for each thing that is wrong. */
  readonly breaks: (subject: Subject) => readonly string[];
}

export const NAME_LENGTH = { min: 3, max: 128 } as const;
export const DESCRIPTION_LENGTH = 255;
export const USER_DATA_BYTES = 16_384;
export const TAGS = { most: 50, key: 128, value: 256 } as const;
/** DeleteLaunchTemplateVersions takes no more, and the Describe actions list no more on a page. */
export const VERSIONS_PER_CALL = 200;

export const HOP_LIMIT = { min: 1, max: 64 } as const;
export const GP3 = { Iops: { min: 3_000, max: 80_000 }, Throughput: { min: 125, max: 2_000 } } as const;

const NAME = /^[a-zA-Z0-9().\-/_]+$/;
/** The service takes a parameter of SSM in the place of an image. */
const IMAGE = /^(ami-[0-9a-f]{8,17}|resolve:ssm:.+)$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** What a launch can tag; a tag for the template itself stands outside the data. */
const TAGGED_AT_LAUNCH = [
  "elastic-gpu",
  "instance",
  "network-interface",
  "spot-instances-request",
  "volume",
] as const;

const NAME_RULES: readonly Rule<string>[] = [
  {
    code: "InvalidLaunchTemplateName.MalformedException",
    breaks: (name) =>
      name.length < NAME_LENGTH.min || name.length > NAME_LENGTH.max || !NAME.test(name)
        ? [
            `The launch template name must be between ${NAME_LENGTH.min} and ${NAME_LENGTH.max} characters, and may` +
              " contain letters, numbers, and the following characters: ( ) . / - _",
          ]
        : [],
  },
];

const DESCRIPTION_RULES: readonly Rule<string>[] = [
  {
    code: "InvalidParameterValue",
    breaks: (description) =>
      description.length > DESCRIPTION_LENGTH
        ? [`The version description must not be longer than ${DESCRIPTION_LENGTH} characters.`]
        : [],
  },
];

const TAG_RULES: readonly Rule<readonly Tag[]>[] = [
  {
    code: "TagLimitExceeded",
    breaks: (tags) => (tags.length > TAGS.most ? ["The maximum number of tags has been reached."] : []),
  },
  {
    code: "InvalidParameterValue",
    breaks: (tags) => [
      ...tags.flatMap(({ Key = "", Value = "" }) => [
        ...(Key === "" || Key.length > TAGS.key
          ? [`Tag key '${Key}' must have 1 to ${TAGS.key} characters.`]
          : []),
        ...(Value.length > TAGS.value ? [`Tag value exceeds the maximum length of ${TAGS.value}.`] : []),
        ...(Key.toLowerCase().startsWith("aws:") ? ["Tag keys starting with 'aws:' are reserved."] : []),
      ]),
      ...tags
        .filter(({ Key }, index) => tags.findIndex((other) => other.Key === Key) < index)
        .map(({ Key }) => `Duplicate tag key '${Key}' specified.`),
    ],
  },
];

const volumesOf = ({ BlockDeviceMappings = [] }: RequestLaunchTemplateData) =>
  BlockDeviceMappings.flatMap(({ Ebs }) => Ebs ?? []);

/** The members that take one of a few words. */
const CHOICES: readonly {
  readonly name: string;
  readonly words: readonly string[];
  readonly of: (data: RequestLaunchTemplateData) => readonly (string | undefined)[];
}[] = [
  {
    name: "MetadataOptions.HttpTokens",
    words: Object.values(LaunchTemplateHttpTokensState),
    of: ({ MetadataOptions }) => [MetadataOptions?.HttpTokens],
  },
  {
    name: "MetadataOptions.HttpEndpoint",
    words: Object.values(LaunchTemplateInstanceMetadataEndpointState),
    of: ({ MetadataOptions }) => [MetadataOptions?.HttpEndpoint],
  },
  {
    name: "MetadataOptions.HttpProtocolIpv6",
    words: Object.values(LaunchTemplateInstanceMetadataProtocolIpv6),
    of: ({ MetadataOptions }) => [MetadataOptions?.HttpProtocolIpv6],
  },
  {
    name: "MetadataOptions.InstanceMetadataTags",
    words: Object.values(LaunchTemplateInstanceMetadataTagsState),
    of: ({ MetadataOptions }) => [MetadataOptions?.InstanceMetadataTags],
  },
  {
    name: "BlockDeviceMapping.Ebs.VolumeType",
    words: Object.values(VolumeType),
    of: (data) => volumesOf(data).map((volume) => volume.VolumeType),
  },
  {
    name: "InstanceInitiatedShutdownBehavior",
    words: Object.values(ShutdownBehavior),
    of: ({ InstanceInitiatedShutdownBehavior }) => [InstanceInitiatedShutdownBehavior],
  },
  {
    name: "InstanceMarketOptions.MarketType",
    words: Object.values(MarketType),
    of: ({ InstanceMarketOptions }) => [InstanceMarketOptions?.MarketType],
  },
  {
    name: "TagSpecification.ResourceType",
    words: TAGGED_AT_LAUNCH,
    of: ({ TagSpecifications = [] }) => TagSpecifications.map(({ ResourceType }) => ResourceType),
  },
];

/** The members that take a number within bounds. */
const RANGES: readonly {
  readonly name: string;
  readonly bounds: { readonly min: number; readonly max: number };
  readonly of: (data: RequestLaunchTemplateData) => readonly (number | undefined)[];
}[] = [
  {
    name: "MetadataOptions.HttpPutResponseHopLimit",
    bounds: HOP_LIMIT,
    of: ({ MetadataOptions }) => [MetadataOptions?.HttpPutResponseHopLimit],
  },
  ...(["Iops", "Throughput"] as const).map((name) => ({
    name: `BlockDeviceMapping.Ebs.${name}`,
    bounds: GP3[name],
    of: (data: RequestLaunchTemplateData) =>
      volumesOf(data).flatMap((volume) => (volume.VolumeType === "gp3" ? [volume[name]] : [])),
  })),
];

const DATA_RULES: readonly Rule<RequestLaunchTemplateData>[] = [
  {
    code: "MissingParameter",
    breaks: (data) =>
      Object.keys(data).length === 0 ? ["The request must contain the parameter LaunchTemplateData"] : [],
  },
  {
    code: "InvalidAMIID.Malformed",
    breaks: ({ ImageId }) =>
      ImageId !== undefined && !IMAGE.test(ImageId) ? [`Invalid id: "${ImageId}" (expecting "ami-...")`] : [],
  },
  {
    code: "InvalidUserData.Malformed",
    breaks: ({ UserData }) => {
      if (UserData === undefined) return [];
      if (!BASE64.test(UserData)) return ["Invalid BASE64 encoding of user data."];
      return Buffer.from(UserData, "base64").length > USER_DATA_BYTES
        ? [`User data is limited to ${USER_DATA_BYTES} bytes`]
        : [];
    },
  },
  {
    code: "InvalidParameterCombination",
    breaks: ({ InstanceType, InstanceRequirements }) =>
      InstanceType !== undefined && InstanceRequirements !== undefined
        ? ["The parameters InstanceType and InstanceRequirements may not be specified together."]
        : [],
  },
  {
    code: "InvalidParameterCombination",
    breaks: ({ SecurityGroupIds, SecurityGroups, NetworkInterfaces = [] }) =>
      (SecurityGroupIds ?? SecurityGroups) !== undefined &&
      NetworkInterfaces.some(({ Groups }) => Groups !== undefined)
        ? [
            "Network interfaces and an instance-level security groups may not be specified on the same request",
          ]
        : [],
  },
  {
    code: "InvalidParameterValue",
    breaks: (data) =>
      CHOICES.flatMap(({ name, words, of }) =>
        of(data)
          .filter((word) => word !== undefined && !words.includes(word))
          .map((word) => `Value (${word}) for parameter ${name} is invalid.`),
      ),
  },
  {
    code: "InvalidParameterValue",
    breaks: (data) =>
      RANGES.flatMap(({ name, bounds: { min, max }, of }) =>
        of(data)
          .filter((number) => number !== undefined && !(number >= min && number <= max))
          .map((number) => `Value (${number}) for parameter ${name} is invalid. Expecting ${min} to ${max}.`),
      ),
  },
  ...TAG_RULES.map(({ code, breaks }) => ({
    code,
    breaks: ({ TagSpecifications = [] }: RequestLaunchTemplateData) =>
      TagSpecifications.flatMap(({ Tags = [] }) => breaks(Tags)),
  })),
];

/** The service answers the first thing that is wrong. */
export const holding =
  <Subject>(rules: readonly Rule<Subject>[]) =>
  (subject: Subject): void => {
    for (const { code, breaks } of rules) {
      const [message] = breaks(subject);
      if (message !== undefined) throw new Fault(code, message);
    }
  };

export const checkName = holding(NAME_RULES);
export const checkDescription = holding(DESCRIPTION_RULES);
export const checkTags = holding(TAG_RULES);
export const checkData = holding(DATA_RULES);
