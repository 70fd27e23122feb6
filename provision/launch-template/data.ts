/**
 * What a version of a launch template holds, in the names and shapes of the EC2 API (RequestLaunchTemplateData):
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html. Only what provision
 * writes has a type of its own; a version that somebody else has made may hold more.
 */
export interface TemplateData {
  readonly ImageId?: string;
  readonly InstanceType?: string;
  readonly InstanceRequirements?: InstanceRequirements;
  readonly KeyName?: string;
  readonly IamInstanceProfile?: { readonly Name?: string; readonly Arn?: string };
  readonly SecurityGroupIds?: readonly string[];
  readonly SecurityGroups?: readonly string[];
  readonly NetworkInterfaces?: readonly NetworkInterface[];
  readonly BlockDeviceMappings?: readonly BlockDevice[];
  readonly MetadataOptions?: MetadataOptions;
  readonly Monitoring?: { readonly Enabled?: boolean };
  readonly CreditSpecification?: { readonly CpuCredits?: string };
  readonly InstanceInitiatedShutdownBehavior?: string;
  readonly InstanceMarketOptions?: MarketOptions;
  readonly TagSpecifications?: readonly TagSpecification[];
  readonly EnclaveOptions?: { readonly Enabled?: boolean };
  readonly HibernationOptions?: { readonly Configured?: boolean };
  readonly EbsOptimized?: boolean;
  /** In base64, once. */
  readonly UserData?: string;
  readonly [other: string]: unknown;
}

export interface Range {
  readonly Min?: number;
  readonly Max?: number;
}

export interface InstanceRequirements {
  readonly VCpuCount?: Range;
  /** In MiB. */
  readonly MemoryMiB?: Range;
  readonly BareMetal?: string;
  readonly BurstablePerformance?: string;
  readonly [other: string]: unknown;
}

export interface NetworkInterface {
  readonly DeviceIndex?: number;
  readonly AssociatePublicIpAddress?: boolean;
  readonly DeleteOnTermination?: boolean;
  readonly Groups?: readonly string[];
  readonly SubnetId?: string;
  readonly [other: string]: unknown;
}

export interface BlockDevice {
  readonly DeviceName?: string;
  readonly Ebs?: {
    readonly VolumeType?: string;
    /** In GiB. */
    readonly VolumeSize?: number;
    readonly Iops?: number;
    /** In MiB per second. */
    readonly Throughput?: number;
    readonly Encrypted?: boolean;
    readonly KmsKeyId?: string;
    readonly SnapshotId?: string;
    readonly DeleteOnTermination?: boolean;
    readonly [other: string]: unknown;
  };
  readonly [other: string]: unknown;
}

export interface MetadataOptions {
  readonly HttpTokens?: string;
  readonly HttpPutResponseHopLimit?: number;
  readonly HttpEndpoint?: string;
  readonly HttpProtocolIpv6?: string;
  readonly InstanceMetadataTags?: string;
}

export interface MarketOptions {
  readonly MarketType?: string;
  readonly SpotOptions?: {
    readonly MaxPrice?: string;
    readonly BlockDurationMinutes?: number;
    readonly [other: string]: unknown;
  };
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** Tags as the API takes them. */
export const tagList = (tags: Readonly<Record<string, string>>): Tag[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export interface TagSpecification {
  readonly ResourceType: string;
  readonly Tags: readonly Tag[];
}

/** A launch template as it is wanted. */
export interface Template {
  /** 3 to 128 letters, digits and `().-/_`. */
  readonly name: string;
  readonly data: TemplateData;
  /** Of the template itself. */
  readonly tags: Readonly<Record<string, string>>;
}
