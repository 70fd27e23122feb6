/** Which key of host.yaml a field of a launch template comes from. */

type Path = readonly (string | number)[];

/** The first that matches counts; what is in brackets is an index. */
const ORIGINS: readonly (readonly [field: RegExp, path: (index: number) => Path])[] = [
  [/^name/, () => ["launch", "template_name"]],
  [/^ImageId/, () => ["launch", "image"]],
  [/^InstanceType/, () => ["launch", "instance_type"]],
  [/^InstanceRequirements/, () => ["launch", "instance_requirements"]],
  [/^KeyName/, () => ["launch", "key_name"]],
  [/^IamInstanceProfile/, () => ["launch", "instance_profile"]],
  [/^NetworkInterfaces.*Groups/, () => ["launch", "security_group_ids"]],
  [/^NetworkInterfaces.*SubnetId/, () => ["launch", "subnet_id"]],
  [/^NetworkInterfaces.*PublicIp/, () => ["launch", "public_ip"]],
  [/^BlockDeviceMappings\[(\d+)\].*\.Iops/, (at) => [...volume(at), "iops"]],
  [/^BlockDeviceMappings\[(\d+)\].*\.Throughput/, (at) => [...volume(at), "throughput"]],
  [/^BlockDeviceMappings\[(\d+)\].*\.VolumeSize/, (at) => [...volume(at), "size_gib"]],
  [/^BlockDeviceMappings\[(\d+)\].*\.VolumeType/, (at) => [...volume(at), "type"]],
  [/^BlockDeviceMappings\[(\d+)\].*\.KmsKeyId/, (at) => [...volume(at), "kms_key_id"]],
  [/^BlockDeviceMappings\[(\d+)\].*\.DeleteOnTermination/, (at) => [...volume(at), "delete_on_termination"]],
  [/^BlockDeviceMappings\[(\d+)\]/, (at) => [...volume(at), "device"]],
  [/^MetadataOptions\.HttpPutResponseHopLimit/, () => ["launch", "metadata", "hop_limit"]],
  [/^MetadataOptions/, () => ["launch", "metadata"]],
  [/^Monitoring/, () => ["launch", "detailed_monitoring"]],
  [/^CreditSpecification/, () => ["launch", "cpu_credits"]],
  [/^InstanceInitiatedShutdownBehavior/, () => ["launch", "on_shutdown"]],
  [/^InstanceMarketOptions/, () => ["launch", "spot"]],
  [/^TagSpecifications/, () => ["launch", "tags"]],
  [/^UserData/, () => ["boot"]],
];

/** The first mapping is that of the root volume. */
const volume = (at: number): Path => (at === 0 ? ["launch", "root_volume"] : ["launch", "volumes", at - 1]);

/** The path of the key, or of the section where no key is known for it. */
export const originOf = (field: string): Path => {
  for (const [pattern, path] of ORIGINS) {
    const match = pattern.exec(field);
    if (match !== null) return path(Number(match[1] ?? 0));
  }
  return ["launch"];
};
