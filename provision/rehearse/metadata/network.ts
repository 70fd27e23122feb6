import type { Instance } from "./instance.ts";
import { publicName } from "./place.ts";
import { type Entry, given } from "./tree.ts";

/** `network/`: the one interface that the instance has. */
export const network = (instance: Instance): readonly Entry[] => [
  {
    name: "interfaces",
    content: [{ name: "macs", content: [{ name: instance.network.mac, content: interfaceOf(instance) }] }],
  },
];

const interfaceOf = ({ account, hostname, region, network }: Instance): readonly Entry[] => {
  const { address, publicAddress, subnet, vpc, securityGroups } = network;
  return [
    { name: "device-number", content: "0" },
    { name: "interface-id", content: network.id },
    ...given(publicAddress, (name) => ({
      name: "ipv4-associations",
      content: [{ name, content: address }],
    })),
    { name: "local-hostname", content: hostname },
    { name: "local-ipv4s", content: address },
    { name: "mac", content: network.mac },
    { name: "owner-id", content: account },
    ...given(publicAddress, (value) => ({ name: "public-hostname", content: publicName(value, region) })),
    ...given(publicAddress, (content) => ({ name: "public-ipv4s", content })),
    { name: "security-group-ids", content: securityGroups.map(({ id }) => id).join("\n") },
    { name: "security-groups", content: securityGroups.map(({ name }) => name).join("\n") },
    { name: "subnet-id", content: subnet.id },
    { name: "subnet-ipv4-cidr-block", content: subnet.cidr },
    { name: "vpc-id", content: vpc.id },
    { name: "vpc-ipv4-cidr-block", content: vpc.cidr },
    { name: "vpc-ipv4-cidr-blocks", content: vpc.cidr, since: "2016-06-30" },
  ];
};
