import { AppError } from "../../agent/base/errors.ts";
import type { Tag, Template } from "./data.ts";

/**
 * How `aws_launch_template` of the AWS provider writes a field of the API. Most are values under another name, for
 * which the name alone will do.
 * https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/launch_template.html.markdown
 */
type Argument =
  | { readonly as: "value" | "flag" | "tags"; readonly name: string }
  | { readonly as: "block"; readonly name: string; readonly fields: Fields };

interface Fields {
  readonly [field: string]: Argument | string;
}

type Json = Readonly<Record<string, unknown>>;

/** The provider has three states for these, and so takes "true", "false" or nothing. */
const flag = (name: string): Argument => ({ as: "flag", name });

const block = (name: string, fields: Fields): Argument => ({ as: "block", name, fields });

const range = (name: string): Argument => block(name, { Min: "min", Max: "max" });

const EBS: Fields = {
  VolumeType: "volume_type",
  VolumeSize: "volume_size",
  Iops: "iops",
  Throughput: "throughput",
  Encrypted: flag("encrypted"),
  KmsKeyId: "kms_key_id",
  SnapshotId: "snapshot_id",
  DeleteOnTermination: flag("delete_on_termination"),
};

const NETWORK_INTERFACE: Fields = {
  DeviceIndex: "device_index",
  AssociatePublicIpAddress: flag("associate_public_ip_address"),
  AssociateCarrierIpAddress: flag("associate_carrier_ip_address"),
  DeleteOnTermination: flag("delete_on_termination"),
  Description: "description",
  Groups: "security_groups",
  InterfaceType: "interface_type",
  Ipv4PrefixCount: "ipv4_prefix_count",
  Ipv6AddressCount: "ipv6_address_count",
  Ipv6PrefixCount: "ipv6_prefix_count",
  NetworkCardIndex: "network_card_index",
  NetworkInterfaceId: "network_interface_id",
  PrivateIpAddress: "private_ip_address",
  SecondaryPrivateIpAddressCount: "ipv4_address_count",
  SubnetId: "subnet_id",
};

const REQUIREMENTS: Fields = {
  VCpuCount: range("vcpu_count"),
  MemoryMiB: range("memory_mib"),
  MemoryGiBPerVCpu: range("memory_gib_per_vcpu"),
  AcceleratorCount: range("accelerator_count"),
  AcceleratorManufacturers: "accelerator_manufacturers",
  AcceleratorNames: "accelerator_names",
  AcceleratorTotalMemoryMiB: range("accelerator_total_memory_mib"),
  AcceleratorTypes: "accelerator_types",
  AllowedInstanceTypes: "allowed_instance_types",
  BareMetal: "bare_metal",
  BaselineEbsBandwidthMbps: range("baseline_ebs_bandwidth_mbps"),
  BurstablePerformance: "burstable_performance",
  CpuManufacturers: "cpu_manufacturers",
  ExcludedInstanceTypes: "excluded_instance_types",
  InstanceGenerations: "instance_generations",
  LocalStorage: "local_storage",
  LocalStorageTypes: "local_storage_types",
  NetworkBandwidthGbps: range("network_bandwidth_gbps"),
  NetworkInterfaceCount: range("network_interface_count"),
  OnDemandMaxPricePercentageOverLowestPrice: "on_demand_max_price_percentage_over_lowest_price",
  RequireHibernateSupport: "require_hibernate_support",
  SpotMaxPricePercentageOverLowestPrice: "spot_max_price_percentage_over_lowest_price",
  TotalLocalStorageGB: range("total_local_storage_gb"),
};

const SPOT: Fields = {
  BlockDurationMinutes: "block_duration_minutes",
  InstanceInterruptionBehavior: "instance_interruption_behavior",
  MaxPrice: "max_price",
  SpotInstanceType: "spot_instance_type",
  ValidUntil: "valid_until",
};

const DATA: Fields = {
  ImageId: "image_id",
  InstanceType: "instance_type",
  InstanceRequirements: block("instance_requirements", REQUIREMENTS),
  KeyName: "key_name",
  IamInstanceProfile: block("iam_instance_profile", { Name: "name", Arn: "arn" }),
  SecurityGroupIds: "vpc_security_group_ids",
  SecurityGroups: "security_group_names",
  NetworkInterfaces: block("network_interfaces", NETWORK_INTERFACE),
  BlockDeviceMappings: block("block_device_mappings", {
    DeviceName: "device_name",
    Ebs: block("ebs", EBS),
    NoDevice: "no_device",
    VirtualName: "virtual_name",
  }),
  MetadataOptions: block("metadata_options", {
    HttpTokens: "http_tokens",
    HttpPutResponseHopLimit: "http_put_response_hop_limit",
    HttpEndpoint: "http_endpoint",
    HttpProtocolIpv6: "http_protocol_ipv6",
    InstanceMetadataTags: "instance_metadata_tags",
  }),
  Monitoring: block("monitoring", { Enabled: "enabled" }),
  CreditSpecification: block("credit_specification", { CpuCredits: "cpu_credits" }),
  InstanceInitiatedShutdownBehavior: "instance_initiated_shutdown_behavior",
  InstanceMarketOptions: block("instance_market_options", {
    MarketType: "market_type",
    SpotOptions: block("spot_options", SPOT),
  }),
  TagSpecifications: block("tag_specifications", {
    ResourceType: "resource_type",
    Tags: { as: "tags", name: "tags" },
  }),
  EnclaveOptions: block("enclave_options", { Enabled: "enabled" }),
  HibernationOptions: block("hibernation_options", { Configured: "configured" }),
  EbsOptimized: flag("ebs_optimized"),
  UserData: "user_data",
  CapacityReservationSpecification: block("capacity_reservation_specification", {
    CapacityReservationPreference: "capacity_reservation_preference",
    CapacityReservationTarget: block("capacity_reservation_target", {
      CapacityReservationId: "capacity_reservation_id",
      CapacityReservationResourceGroupArn: "capacity_reservation_resource_group_arn",
    }),
  }),
  CpuOptions: block("cpu_options", { CoreCount: "core_count", ThreadsPerCore: "threads_per_core" }),
  DisableApiStop: "disable_api_stop",
  DisableApiTermination: "disable_api_termination",
  KernelId: "kernel_id",
  LicenseSpecifications: block("license_specification", {
    LicenseConfigurationArn: "license_configuration_arn",
  }),
  MaintenanceOptions: block("maintenance_options", { AutoRecovery: "auto_recovery" }),
  Placement: block("placement", {
    Affinity: "affinity",
    AvailabilityZone: "availability_zone",
    GroupName: "group_name",
    HostId: "host_id",
    HostResourceGroupArn: "host_resource_group_arn",
    PartitionNumber: "partition_number",
    SpreadDomain: "spread_domain",
    Tenancy: "tenancy",
  }),
  PrivateDnsNameOptions: block("private_dns_name_options", {
    EnableResourceNameDnsAAAARecord: "enable_resource_name_dns_aaaa_record",
    EnableResourceNameDnsARecord: "enable_resource_name_dns_a_record",
    HostnameType: "hostname_type",
  }),
  RamDiskId: "ram_disk_id",
};

const refuse = (field: string, message: string): never => {
  throw new AppError("INPUT_INVALID", `${field}: ${message}`);
};

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Terraform looks for expressions in every string of a JSON file, and in the keys of its maps. */
const literal = (text: string): string => text.replaceAll(/[$%](?=\{)/g, "$&$&");

const scalar = (value: unknown, field: string): unknown => {
  if (typeof value === "string") return literal(value);
  if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) return value;
  return refuse(field, "Terraform takes text, a number or true and false here; write one of these");
};

const argument = (value: unknown, field: string): unknown =>
  Array.isArray(value) ? value.map((item, at) => scalar(item, `${field}[${at}]`)) : scalar(value, field);

/** A map holds each key once, so a second tag with a key would take the place of the first. */
const tagMap = (value: unknown, field: string): Json => {
  if (!Array.isArray(value)) return refuse(field, "is not a list of tags; write it as one");
  const map = new Map<string, string>();
  for (const [at, tag] of (value as readonly Tag[]).entries()) {
    const { Key, Value, ...rest } = tag;
    const [other] = Object.keys(rest);
    if (other !== undefined) refuse(`${field}[${at}].${other}`, "a tag has only Key and Value; remove this");
    if (typeof Key !== "string" || typeof Value !== "string")
      refuse(`${field}[${at}]`, "a tag needs a Key and a Value, both text; write both");
    if (map.has(literal(Key))) refuse(`${field}[${at}].Key`, `"${Key}" is there twice; remove one`);
    map.set(literal(Key), literal(Value));
  }
  return Object.fromEntries(map);
};

const written = (how: Argument, value: unknown, field: string): unknown => {
  if (how.as === "block")
    return Array.isArray(value)
      ? value.map((item, at) => body(how.fields, item, `${field}[${at}]`))
      : body(how.fields, value, field);
  if (how.as === "value") return argument(value, field);
  if (how.as === "tags") return tagMap(value, field);
  if (typeof value !== "boolean") return refuse(field, "is neither true nor false; write one of them");
  return String(value);
};

/** The content of a block. Every field goes somewhere, or is an error. */
const body = (fields: Fields, value: unknown, path: string): Json => {
  if (!isObject(value)) return refuse(path, "is not an object; write it as one");
  const given = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    given.map(([name, inner]) => {
      const field = path === "" ? name : `${path}.${name}`;
      const how = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (how === undefined)
        return refuse(field, "has no counterpart in aws_launch_template; remove it, or use CloudFormation");
      const known: Argument = typeof how === "string" ? { as: "value", name: how } : how;
      return [known.name, written(known, inner, field)];
    }),
  );
};

/** The name of the resource in Terraform, where a name holds letters, digits and `_`, and begins with no digit. */
const slugOf = (name: string): string => {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_|_$/g, "");
  return /^[a-z]/.test(slug) ? slug : `template${slug === "" ? "" : `_${slug}`}`;
};

/**
 * A `.tf.json` file with the launch template as a resource of the AWS provider. The default version follows the
 * latest one, which the provider leaves alone unless told. Throws for a field that the provider does not know.
 */
export const asTerraform = ({ name, data, tags }: Template): string => {
  const resource = {
    name: literal(name),
    update_default_version: true,
    ...body(DATA, data, ""),
    ...(Object.keys(tags).length > 0 && {
      tags: tagMap(
        Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        "tags",
      ),
    }),
  };
  const document = { resource: { aws_launch_template: { [slugOf(name)]: resource } } };
  return `${JSON.stringify(document, null, 2)}\n`;
};
