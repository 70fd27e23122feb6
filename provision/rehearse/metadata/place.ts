/** The part of AWS that a Region is in, and the domain of its services. */
export const partitionOf = (region: string): { readonly name: string; readonly domain: string } => {
  if (region.startsWith("cn-")) return { name: "aws-cn", domain: "amazonaws.com.cn" };
  if (region.startsWith("us-gov-")) return { name: "aws-us-gov", domain: "amazonaws.com" };
  return { name: "aws", domain: "amazonaws.com" };
};

const SHORT: Readonly<Record<string, string>> = {
  north: "n",
  northeast: "ne",
  east: "e",
  southeast: "se",
  south: "s",
  southwest: "sw",
  west: "w",
  northwest: "nw",
  central: "c",
  gov: "g",
};

/** `use1-az1` for `us-east-1a`. Which number a letter has differs from account to account; here a is 1. */
export const zoneIdOf = (zone: string): string => {
  const [, region = "", letter = "a"] = /^(.*?)([a-z])$/.exec(zone) ?? [];
  const short = region.split("-").map((word) => SHORT[word] ?? word);
  return `${short.join("")}-az${letter.charCodeAt(0) - "a".charCodeAt(0) + 1}`;
};

/** The name that the private address has in the DNS of EC2. */
export const privateName = (address: string, region: string): string =>
  `ip-${address.replaceAll(".", "-")}.${region === "us-east-1" ? "ec2.internal" : `${region}.compute.internal`}`;

/** The name that a public address has. */
export const publicName = (address: string, region: string): string =>
  `ec2-${address.replaceAll(".", "-")}.${region === "us-east-1" ? "compute-1" : `${region}.compute`}.${partitionOf(region).domain}`;
