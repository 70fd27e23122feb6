import type { ImageChoice, LaunchConfig } from "../host/launch-schema.ts";

/** The image that a choice stood for when it was looked up. Recorded in plans. */
export interface ResolvedImage {
  readonly id: string;
  readonly name?: string | undefined;
  readonly owner?: string | undefined;
  readonly architecture?: string | undefined;
  /** Such as /dev/xvda; the volume under this name is the one that the system is on. */
  readonly root_device?: string | undefined;
  /** The size of that volume as the image has it, in GiB. */
  readonly root_size_gib?: number | undefined;
  /** What led there, for people: `al2023`, `ssm /path`. */
  readonly by: string;
}

export type Architecture = "x86_64" | "arm64";

/** How an image is looked for. */
export type ImageQuery =
  | { readonly kind: "id"; readonly id: string; readonly by: string }
  | { readonly kind: "parameter"; readonly name: string; readonly by: string }
  | {
      readonly kind: "newest";
      readonly owner: string;
      readonly name: string;
      readonly architecture: Architecture;
      readonly by: string;
    };

/** The architecture as Canonical and Debian write it. */
const DEBIAN_ARCHITECTURE: Readonly<Record<Architecture, string>> = { x86_64: "amd64", arm64: "arm64" };

/**
 * Parameters that the publishers keep:
 * https://docs.aws.amazon.com/linux/al2023/ug/ec2.html, https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/,
 * https://wiki.debian.org/Cloud/AmazonEC2Image
 */
const PARAMETERS: Readonly<Record<string, (architecture: Architecture) => string>> = {
  al2023: (architecture) => `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`,
  "ubuntu-24.04": (architecture) =>
    `/aws/service/canonical/ubuntu/server/24.04/stable/current/${DEBIAN_ARCHITECTURE[architecture]}/hvm/ebs-gp3/ami-id`,
  "debian-12": (architecture) => `/aws/service/debian/release/12/latest/${DEBIAN_ARCHITECTURE[architecture]}`,
};

/** Where the image of a choice is found. Pure. */
export const imageQuery = (choice: ImageChoice, architecture: Architecture): ImageQuery => {
  if (typeof choice === "string") {
    const parameter = PARAMETERS[choice];
    if (parameter === undefined) throw new TypeError(`no parameter for ${choice}`);
    return { kind: "parameter", name: parameter(architecture), by: choice };
  }
  if ("id" in choice) return { kind: "id", id: choice.id, by: choice.id };
  if ("ssm" in choice) return { kind: "parameter", name: choice.ssm, by: `ssm ${choice.ssm}` };
  const { owner, name } = choice.filter;
  return { kind: "newest", owner, name, architecture, by: `newest ${name} of ${owner}` };
};

/** Why no instance would start with an image, which EC2 says when it is too late; undefined when one would. Pure. */
export const unfitness = (
  { architecture, root_volume }: LaunchConfig,
  image: ResolvedImage,
): string | undefined => {
  const { size_gib: size = Number.POSITIVE_INFINITY } = root_volume;
  if (image.root_size_gib !== undefined && size < image.root_size_gib)
    return `The root volume of ${image.id} has ${image.root_size_gib} GiB, and launch.root_volume.size_gib is ${size}.`;
  return image.architecture !== undefined && image.architecture !== architecture
    ? `${image.id} is an image for ${image.architecture}, and launch.architecture is ${architecture}.`
    : undefined;
};
