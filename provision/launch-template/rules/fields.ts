import { nearest } from "../../../agent/config/nearest.ts";
import { type TemplateHit, type TemplateRule, template } from "./shape.ts";

/** `true` for a value; otherwise the fields of what is in it, or of each item of a list. */
interface Known {
  readonly [field: string]: Known | true;
}

const RANGE = { Min: true, Max: true } as const;

/**
 * Every field of RequestLaunchTemplateData:
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html. A test compares it with
 * the types of the SDK.
 */
export const TEMPLATE_FIELDS = {
  BlockDeviceMappings: {
    DeviceName: true,
    Ebs: {
      DeleteOnTermination: true,
      EbsCardIndex: true,
      Encrypted: true,
      Iops: true,
      KmsKeyId: true,
      SnapshotId: true,
      Throughput: true,
      VolumeInitializationRate: true,
      VolumeSize: true,
      VolumeType: true,
    },
    NoDevice: true,
    VirtualName: true,
  },
  CapacityReservationSpecification: {
    CapacityReservationPreference: true,
    CapacityReservationTarget: { CapacityReservationId: true, CapacityReservationResourceGroupArn: true },
  },
  CpuOptions: { AmdSevSnp: true, CoreCount: true, NestedVirtualization: true, ThreadsPerCore: true },
  CreditSpecification: { CpuCredits: true },
  DisableApiStop: true,
  DisableApiTermination: true,
  EbsOptimized: true,
  ElasticGpuSpecifications: { Type: true },
  ElasticInferenceAccelerators: { Count: true, Type: true },
  EnclaveOptions: { Enabled: true },
  HibernationOptions: { Configured: true },
  IamInstanceProfile: { Arn: true, Name: true },
  ImageId: true,
  InstanceInitiatedShutdownBehavior: true,
  InstanceMarketOptions: {
    MarketType: true,
    SpotOptions: {
      BlockDurationMinutes: true,
      InstanceInterruptionBehavior: true,
      MaxPrice: true,
      SpotInstanceType: true,
      ValidUntil: true,
    },
  },
  InstanceRequirements: {
    AcceleratorCount: RANGE,
    AcceleratorManufacturers: true,
    AcceleratorNames: true,
    AcceleratorTotalMemoryMiB: RANGE,
    AcceleratorTypes: true,
    AllowedInstanceTypes: true,
    BareMetal: true,
    BaselineEbsBandwidthMbps: RANGE,
    BaselinePerformanceFactors: { Cpu: { References: { InstanceFamily: true } } },
    BurstablePerformance: true,
    CpuManufacturers: true,
    ExcludedInstanceTypes: true,
    InstanceGenerations: true,
    LocalStorage: true,
    LocalStorageTypes: true,
    MaxSpotPriceAsPercentageOfOptimalOnDemandPrice: true,
    MemoryGiBPerVCpu: RANGE,
    MemoryMiB: RANGE,
    NetworkBandwidthGbps: RANGE,
    NetworkInterfaceCount: RANGE,
    OnDemandMaxPricePercentageOverLowestPrice: true,
    RequireEncryptionInTransit: true,
    RequireHibernateSupport: true,
    SpotMaxPricePercentageOverLowestPrice: true,
    TotalLocalStorageGB: RANGE,
    VCpuCount: RANGE,
  },
  InstanceType: true,
  KernelId: true,
  KeyName: true,
  LicenseSpecifications: { LicenseConfigurationArn: true },
  MaintenanceOptions: { AutoRecovery: true },
  MetadataOptions: {
    HttpEndpoint: true,
    HttpProtocolIpv6: true,
    HttpPutResponseHopLimit: true,
    HttpTokens: true,
    InstanceMetadataTags: true,
  },
  Monitoring: { Enabled: true, MetricCategoryIds: true },
  NetworkInterfaces: {
    AssociateCarrierIpAddress: true,
    AssociatePublicIpAddress: true,
    ConnectionTrackingSpecification: {
      TcpEstablishedTimeout: true,
      UdpStreamTimeout: true,
      UdpTimeout: true,
    },
    DeleteOnTermination: true,
    Description: true,
    DeviceIndex: true,
    EnaQueueCount: true,
    EnaSrdSpecification: { EnaSrdEnabled: true, EnaSrdUdpSpecification: { EnaSrdUdpEnabled: true } },
    Groups: true,
    InterfaceType: true,
    Ipv4PrefixCount: true,
    Ipv4Prefixes: { Ipv4Prefix: true },
    Ipv6AddressCount: true,
    Ipv6Addresses: { Ipv6Address: true },
    Ipv6PrefixCount: true,
    Ipv6Prefixes: { Ipv6Prefix: true },
    NetworkCardIndex: true,
    NetworkInterfaceId: true,
    PrimaryIpv6: true,
    PrivateIpAddress: true,
    PrivateIpAddresses: { Primary: true, PrivateIpAddress: true },
    SecondaryPrivateIpAddressCount: true,
    SubnetId: true,
  },
  NetworkPerformanceOptions: { BandwidthWeighting: true },
  Operator: { Principal: true },
  Placement: {
    Affinity: true,
    AvailabilityZone: true,
    AvailabilityZoneId: true,
    GroupId: true,
    GroupName: true,
    HostId: true,
    HostResourceGroupArn: true,
    PartitionNumber: true,
    SpreadDomain: true,
    Tenancy: true,
  },
  PrivateDnsNameOptions: {
    EnableResourceNameDnsAAAARecord: true,
    EnableResourceNameDnsARecord: true,
    HostnameType: true,
  },
  RamDiskId: true,
  SecondaryInterfaces: {
    DeleteOnTermination: true,
    DeviceIndex: true,
    InterfaceType: true,
    NetworkCardIndex: true,
    PrivateIpAddressCount: true,
    PrivateIpAddresses: { PrivateIpAddress: true },
    SecondarySubnetId: true,
  },
  SecurityGroupIds: true,
  SecurityGroups: true,
  TagSpecifications: { ResourceType: true, Tags: { Key: true, Value: true } },
  UserData: true,
} as const satisfies Known;

function* unknownIn(value: unknown, known: Known, path: string): Generator<TemplateHit> {
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) yield* unknownIn(item, known, `${path}[${at}]`);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const field = path === "" ? name : `${path}.${name}`;
    const fields = Object.hasOwn(known, name) ? known[name] : undefined;
    if (fields === undefined) {
      const meant = nearest(name, Object.keys(known));
      const where = path === "" ? "launch template data" : path.replace(/^.*\./, "").replace(/\[\d+\]$/, "");
      const hint = meant === undefined ? "Remove it." : `Did you mean ${meant}?`;
      yield { field, message: `is not a field of ${where}. ${hint}` };
    } else if (fields !== true) yield* unknownIn(inner, fields, field);
  }
}

export const FIELD_RULES: readonly TemplateRule[] = [
  {
    id: "LT29",
    severity: "error",
    title: "unknown field",
    why: "A field with a typing error is refused by the API, or leaves a default in its place.",
    sources: ["https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RequestLaunchTemplateData.html"],
    check: ({ data }) => unknownIn(data, TEMPLATE_FIELDS, ""),
    examples: {
      pass: [template({ CpuOptions: { CoreCount: 2, ThreadsPerCore: 1 } })],
      fail: [
        template({ ImageID: "ami-0123456789abcdef0" }),
        template({ Metadata: {} }),
        template({ BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { VolumeSizeGiB: 8 } }] }),
        template({ constructor: "x" }),
      ],
    },
  },
];
