import * as z from "zod/mini";
import { atLeastOne, filled, key, matching, whole } from "./key.ts";

const ID = (kind: string) =>
  matching(
    new RegExp(`^${kind}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`),
    `must be an id as ${kind}-0123456789abcdef0`,
  );

/** Images that are known by name: where each is found is in launch-template/base-image.ts. */
export const NAMED_IMAGES = ["al2023", "ubuntu-24.04", "debian-12"] as const;

const imageById = z.strictObject({
  id: key(ID("ami"), { description: "The image itself." }),
});

const imageByParameter = z.strictObject({
  ssm: key(matching(/^\/?[\w./-]{1,1011}$/, "must be the name of a parameter"), {
    description: "A parameter of Systems Manager that holds the id of an image.",
  }),
});

const imageByFilter = z.strictObject({
  filter: z.strictObject({
    owner: key(
      matching(
        /^(self|amazon|aws-marketplace|\d{12})$/,
        "must be self, amazon, aws-marketplace or the 12 digits of an account",
      ),
      {
        description: "Whose image it is. Anybody may give an image any name, so a name alone says nothing.",
      },
    ),
    name: key(filled(), {
      description: "The name of the image; `*` and `?` stand for other characters. The newest one is taken.",
    }),
  }),
});

export const imageSchema = z.union([z.enum(NAMED_IMAGES), imageById, imageByParameter, imageByFilter], {
  error: `must be ${NAMED_IMAGES.join(", ")}, {id: ami-…}, {ssm: PARAMETER} or {filter: {owner: …, name: …}}`,
});
export type ImageChoice = z.output<typeof imageSchema>;

const positive = whole(1);

const range = z.strictObject({
  min: key(whole(0), { description: "At least so many." }),
  max: key(z.optional(positive), { description: "At the most so many.", default: "any" }),
});

const VOLUME = {
  type: key(z._default(z.enum(["gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"]), "gp3"), {
    description: "The type of the volume.",
    default: "`gp3`",
  }),
  iops: key(z.optional(positive), { description: "Operations per second.", default: "that of the type" }),
  throughput: key(z.optional(positive), { description: "MiB per second.", default: "that of the type" }),
  kms_key_id: key(z.optional(filled()), {
    description: "The key that encrypts it.",
    default: "that of the account",
  }),
  delete_on_termination: key(z._default(z.boolean(), true), {
    description: "Whether it goes with the instance.",
    default: "`true`",
  }),
} as const;

const rootVolume = z.strictObject({
  device: key(z.optional(matching(/^\/dev\/\w+$/, "must be a device as /dev/xvda")), {
    description: "Its name as the image has it.",
    default: "what the image says",
  }),
  size_gib: key(z.optional(positive), { description: "Its size in GiB.", default: "that of the image" }),
  ...VOLUME,
});

const volume = z.strictObject({
  device: key(matching(/^\/dev\/\w+$/, "must be a device as /dev/sdf"), { description: "Its name for EC2." }),
  size_gib: key(z.optional(positive), { description: "Its size in GiB.", default: "that of the snapshot" }),
  snapshot_id: key(z.optional(ID("snap")), { description: "What is on it at first.", default: "nothing" }),
  ...VOLUME,
});

const metadata = z.strictObject({
  hop_limit: key(z._default(whole(1, 64), 1), {
    description: "How many network hops an answer of the metadata service may go. Containers need 2.",
    default: "`1`",
    limits: "1 to 64",
  }),
  tags: key(z._default(z.boolean(), false), {
    description: "Whether the instance may read its own tags there.",
    default: "`false`",
  }),
});

const requirements = z.strictObject({
  vcpu: key(range, { description: "How many virtual processors." }),
  memory_mib: key(range, { description: "How much memory, in MiB." }),
  burstable: key(z._default(z.enum(["included", "required", "excluded"]), "excluded"), {
    description: "Types whose processor runs on credits.",
    default: "`excluded`",
  }),
  bare_metal: key(z._default(z.enum(["included", "required", "excluded"]), "excluded"), {
    description: "Types without a hypervisor.",
    default: "`excluded`",
  }),
});

/** The section `launch` of `host.yaml`. */
export const launchSchema = z.strictObject({
  template_name: key(
    z.optional(matching(/^[a-zA-Z0-9().\-/_]{3,128}$/, "must be 3 to 128 letters, digits and ().-/_")),
    { description: "The name of the launch template.", default: "`name` of the host" },
  ),
  image: key(z.optional(imageSchema), {
    description:
      "What instances start from: `al2023`, `ubuntu-24.04` or `debian-12`, `{id: ami-…}`, `{ssm: PARAMETER}`, or `{filter: {owner: …, name: …}}`. The id that it stands for is looked up when the template is planned, and recorded there.",
    default: "`base` of the section `image`",
  }),
  architecture: key(z._default(z.enum(["x86_64", "arm64"]), "x86_64"), {
    description: "Of the image and of the instances.",
    default: "`x86_64`",
  }),
  instance_type: key(z.optional(matching(/^[a-z0-9-]+\.[a-z0-9-]+$/, "must be a type as t3.small")), {
    description: "The type of the instances.",
    limits: "this or `instance_requirements`",
  }),
  instance_requirements: key(z.optional(requirements), {
    description:
      "What the instances must have; EC2 chooses among the types that do. `provision launch-template plan` says which these are, and refuses a host that none fits.",
    default: "none",
  }),
  security_group_ids: key(atLeastOne(ID("sg")), {
    description: "The security groups of the network interface.",
  }),
  subnet_id: key(z.optional(ID("subnet")), {
    description: "Where instances start. Leave it to the Auto Scaling group where there is one.",
    default: "whoever launches says so",
  }),
  public_ip: key(z._default(z.boolean(), false), {
    description: "Whether instances get a public address.",
    default: "`false`",
  }),
  instance_profile: key(z.optional(filled()), {
    description: "The name or the ARN of the instance profile.",
    default: "none: then host-agent has no credentials",
  }),
  key_name: key(z.optional(filled()), {
    description: "A key pair. EC2 Instance Connect and Session Manager need none.",
    default: "none",
  }),
  root_volume: key(z.prefault(rootVolume, {}), {
    description: "The volume of the root file system. It is always encrypted.",
    default: "every key below at its own default",
  }),
  volumes: key(z._default(z.array(volume), []), {
    description: "Further volumes. They are always encrypted.",
    default: "none",
  }),
  metadata: key(z.prefault(metadata, {}), {
    description: "The metadata service. Tokens are always required (IMDSv2).",
    default: "every key below at its own default",
  }),
  detailed_monitoring: key(z._default(z.boolean(), false), {
    description: "Metrics of EC2 each minute instead of each five; they cost.",
    default: "`false`",
  }),
  cpu_credits: key(z.optional(z.enum(["standard", "unlimited"])), {
    description:
      "What happens when a type of the T families has used its credits: it slows down, or it costs.",
    default: "`standard` for the T families",
  }),
  on_shutdown: key(z._default(z.enum(["stop", "terminate"]), "stop"), {
    description: "What becomes of an instance that shuts itself down.",
    default: "`stop`",
  }),
  spot: key(z._default(z.boolean(), false), {
    description: "Spot instances. With a mixed instances policy the group decides that.",
    default: "`false`",
  }),
  ebs_optimized: key(z.optional(z.boolean()), {
    description: "Bandwidth for EBS of its own.",
    default: "that of the type",
  }),
  tags: key(z._default(z.record(z.string(), z.string()), {}), {
    description:
      "Of instances, volumes and network interfaces; `Name` is that of the host unless it is given.",
    default: "`Name` alone",
    limits: "50; names up to 128 characters and not beginning with `aws:`, values up to 256",
  }),
});

export type LaunchConfig = z.output<typeof launchSchema>;
