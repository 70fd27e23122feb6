import { Buffer } from "node:buffer";
import type { LaunchConfig } from "../host/launch-schema.ts";
import type { HostConfig } from "../host/schema.ts";
import type { ResolvedImage } from "./base-image.ts";
import type { BlockDevice, TagSpecification, Template, TemplateData } from "./data.ts";

/** What of an instance bears its tags from the beginning. */
const TAGGED = ["instance", "network-interface", "volume"] as const;

/** By this tag a template of ours is known, and the account can be asked for all of them. */
export const MANAGED_TAG = "hostwright:managed";

/** Types that run on credits: an unlimited one is a bill that nobody has ordered. */
const BURSTABLE = /^t\d/;

type Volume = LaunchConfig["root_volume"] & { readonly snapshot_id?: string | undefined };

/**
 * The launch template that a host asks for. Everything that EC2 would choose by itself, and that costs or opens
 * something, is said. Pure.
 *
 * @param userData what EC2 gets, before base64; undefined where nothing runs at boot
 */
export const templateOf = (
  { name, launch: wanted }: HostConfig & { readonly launch: LaunchConfig },
  userData: Uint8Array | undefined,
  image: ResolvedImage,
): Template => {
  const root = wanted.root_volume.device ?? image.root_device;
  return {
    name: wanted.template_name ?? name,
    data: defined({
      ImageId: image.id,
      InstanceType: wanted.instance_type,
      InstanceRequirements: requirementsOf(wanted),
      KeyName: wanted.key_name,
      IamInstanceProfile: profileOf(wanted.instance_profile),
      NetworkInterfaces: [
        defined({
          DeviceIndex: 0,
          AssociatePublicIpAddress: wanted.public_ip,
          DeleteOnTermination: true,
          Groups: wanted.security_group_ids,
          SubnetId: wanted.subnet_id,
        }),
      ],
      BlockDeviceMappings: [
        ...(root === undefined ? [] : [deviceOf(root, rootVolumeOf(wanted, image))]),
        ...wanted.volumes.map((volume) => deviceOf(volume.device, volume)),
      ],
      MetadataOptions: {
        HttpEndpoint: "enabled",
        HttpProtocolIpv6: "disabled",
        HttpPutResponseHopLimit: wanted.metadata.hop_limit,
        HttpTokens: "required",
        InstanceMetadataTags: wanted.metadata.tags ? "enabled" : "disabled",
      },
      Monitoring: { Enabled: wanted.detailed_monitoring },
      CreditSpecification: creditsOf(wanted),
      InstanceInitiatedShutdownBehavior: wanted.on_shutdown,
      InstanceMarketOptions: wanted.spot ? { MarketType: "spot" } : undefined,
      EbsOptimized: wanted.ebs_optimized,
      TagSpecifications: tagsOf({ Name: name, ...wanted.tags }),
      UserData: userData && Buffer.from(userData).toString("base64"),
    }),
    tags: { [MANAGED_TAG]: "provision" },
  };
};

/** The size is said even where it is that of the image: a mapping without one is refused for some volumes. */
const rootVolumeOf = ({ root_volume }: LaunchConfig, { root_size_gib }: ResolvedImage): Volume => ({
  ...root_volume,
  size_gib: root_volume.size_gib ?? root_size_gib,
});

const requirementsOf = ({
  instance_requirements: wanted,
}: LaunchConfig): TemplateData["InstanceRequirements"] =>
  wanted && {
    VCpuCount: rangeOf(wanted.vcpu),
    MemoryMiB: rangeOf(wanted.memory_mib),
    BareMetal: wanted.bare_metal,
    BurstablePerformance: wanted.burstable,
  };

const rangeOf = ({ min, max }: { readonly min: number; readonly max?: number | undefined }) =>
  defined({ Min: min, Max: max });

const profileOf = (profile: string | undefined): TemplateData["IamInstanceProfile"] => {
  if (profile === undefined) return undefined;
  return profile.startsWith("arn:") ? { Arn: profile } : { Name: profile };
};

const creditsOf = ({
  cpu_credits: wanted,
  instance_type: type = "",
}: LaunchConfig): TemplateData["CreditSpecification"] => {
  const credits = wanted ?? (BURSTABLE.test(type) ? "standard" : undefined);
  return credits && { CpuCredits: credits };
};

const deviceOf = (device: string, wanted: Volume): BlockDevice => ({
  DeviceName: device,
  Ebs: defined({
    VolumeType: wanted.type,
    VolumeSize: wanted.size_gib,
    Iops: wanted.iops,
    Throughput: wanted.throughput,
    // What a snapshot holds is as encrypted as it is, or as the account makes it; to ask for it is refused.
    Encrypted: wanted.snapshot_id === undefined ? true : undefined,
    KmsKeyId: wanted.kms_key_id,
    SnapshotId: wanted.snapshot_id,
    DeleteOnTermination: wanted.delete_on_termination,
  }),
});

const tagsOf = (tags: Readonly<Record<string, string>>): readonly TagSpecification[] => {
  const all = Object.entries(tags)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([Key, Value]) => ({ Key, Value }));
  return TAGGED.map((ResourceType) => ({ ResourceType, Tags: all }));
};

/** Without the keys that have no value: the API takes an absent key for a default, and a null for an error. */
const defined = <Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]: Exclude<Fields[Key], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
