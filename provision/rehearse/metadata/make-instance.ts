import type { Architecture } from "../../launch-template/base-image.ts";
import { base32, digits, hexId } from "./ids.ts";
import type { Instance, LifecycleState, MetadataOptions, NetworkInterface, PublicKey } from "./instance.ts";
import { privateName, zoneIdOf } from "./place.ts";
import { demandTags } from "./tags.ts";

/** What is known of an instance that is to be rehearsed; the rest is made up. */
export interface InstanceInputs {
  /** The same seed makes the same ids and addresses. */
  readonly seed: string;
  readonly launchedAt: number;
  readonly region?: string | undefined;
  readonly zone?: string | undefined;
  readonly type?: string | undefined;
  readonly architecture?: Architecture | undefined;
  readonly imageId?: string | undefined;
  readonly account?: string | undefined;
  readonly address?: string | undefined;
  readonly mac?: string | undefined;
  readonly publicAddress?: string | undefined;
  readonly securityGroups?: NetworkInterface["securityGroups"] | undefined;
  readonly rootDevice?: string | undefined;
  readonly launchIndex?: number | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly key?: PublicKey | undefined;
  readonly userData?: Uint8Array | undefined;
  /** The name of an instance profile; its role has the same name. */
  readonly profile?: string | undefined;
  readonly spot?: boolean | undefined;
  /** For an instance of an Auto Scaling group. */
  readonly targetLifecycleState?: LifecycleState | undefined;
  readonly options?: Partial<MetadataOptions> | undefined;
}

/** An account that AWS has for examples only. */
const ACCOUNT = "123456789012";
const REGION = "us-east-1";

/** An instance that could be one of EC2. @throws AppError USAGE for tags that EC2 does not put into metadata */
export const makeInstance = (inputs: InstanceInputs): Instance => {
  const { seed, launchedAt, region = REGION, tags = {}, profile } = inputs;
  const { zone = `${region}a`, type = "t3.micro" } = inputs;
  const network = networkOf(inputs);
  const options: MetadataOptions = {
    endpoint: "enabled",
    tokens: "required",
    hopLimit: 1,
    tags: false,
    ...inputs.options,
  };
  if (options.tags) demandTags(tags);
  return {
    id: hexId("i", seed),
    imageId: inputs.imageId ?? hexId("ami", seed),
    type,
    architecture: inputs.architecture ?? architectureOf(type),
    region,
    zone,
    zoneId: zoneIdOf(zone),
    account: inputs.account ?? ACCOUNT,
    reservation: hexId("r", seed),
    launchIndex: inputs.launchIndex ?? 0,
    launchedAt,
    hostname: privateName(network.address, region),
    rootDevice: inputs.rootDevice ?? "/dev/xvda",
    network,
    tags,
    key: inputs.key,
    userData: inputs.userData,
    profile:
      profile === undefined
        ? undefined
        : { id: `AIPA${base32(seed, "profile", 17)}`, name: profile, role: profile },
    lifecycle: inputs.spot === true ? "spot" : "on-demand",
    options,
    notices: {
      interruption: undefined,
      rebalance: undefined,
      scheduled: [],
      history: [],
      targetLifecycleState: inputs.targetLifecycleState,
    },
  };
};

const networkOf = ({
  seed,
  address,
  mac,
  publicAddress,
  securityGroups,
}: InstanceInputs): NetworkInterface => {
  const own = address ?? addressOf(seed);
  const [a, b, c] = own.split(".");
  const third = Number(c);
  return {
    id: hexId("eni", seed),
    mac: mac?.toLowerCase() ?? macOf(seed),
    address: own,
    publicAddress,
    // Ranges as in the VPC that each account has in each Region.
    subnet: { id: hexId("subnet", seed), cidr: `${a}.${b}.${third - (third % 16)}.0/20` },
    vpc: { id: hexId("vpc", seed), cidr: `${a}.${b}.0.0/16` },
    securityGroups: securityGroups ?? [{ id: hexId("sg", seed), name: "default" }],
  };
};

/** In the range of default VPCs; never one of the addresses that AWS keeps for itself in a subnet. */
const addressOf = (seed: string): string => {
  const [third, fourth] = [byteOf(seed, "address", 0) % 96, byteOf(seed, "address", 1)];
  return `172.31.${third}.${10 + (fourth % 240)}`;
};

/** Locally administered, and of one machine: what EC2 gives. */
const macOf = (seed: string): string => {
  const first = ["02", "06", "0a", "0e"][byteOf(seed, "mac", 0) % 4];
  return [first, ...(digits(seed, "mac").slice(2, 12).match(/../g) ?? [])].join(":");
};

const byteOf = (seed: string, purpose: string, at: number): number =>
  Number.parseInt(digits(seed, purpose).slice(2 * at, 2 * at + 2), 16);

/** The families with a `g` behind their number have processors of AWS, and so has the first one, `a1`. */
const architectureOf = (type: string): Architecture =>
  /^(a1|[a-z]+\d+[a-z]*g[a-z]*)[.-]/.test(type) ? "arm64" : "x86_64";
