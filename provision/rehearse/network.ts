/**
 * The network of a rehearsal: two namespaces with a cable between them, and nothing else. In one is the container, in
 * the other one everything that an instance reaches over its gateway. Neither has a way to this machine or out of it.
 */

/** As Nitro instances call their first one. */
export const INTERFACE = "ens5";
/** The other end of the cable. */
export const GATEWAY = "gateway";

/** Where instances find the metadata service. */
export const METADATA_ADDRESS = "169.254.169.254";
/** Everything else that answers: the services of AWS, and what is served of the web. */
export const SERVICES_ADDRESS = "100.64.0.1";
export const LOGS_PORT = 4586;
export const AWS_PORT = 4580;

/** One call of ip(8). */
type Call = readonly string[];

/** `none`: no way to anywhere. `host`: to wherever programs of this machine get, as programs of its own. */
export const NETWORKS = ["none", "host"] as const;
export type Network = (typeof NETWORKS)[number];

/** In the namespace of the services, before the container is there. */
export const servicesNetwork = (network: Network): readonly Call[] => [
  ["link", "set", "lo", "up"],
  ["address", "add", `${METADATA_ADDRESS}/32`, "dev", "lo"],
  ["address", "add", `${SERVICES_ADDRESS}/32`, "dev", "lo"],
  // An answer at once, as from a network that knows that there is no way, and no time-out.
  ...(network === "none" ? [["route", "add", "unreachable", "default"]] : []),
];

/** The way out of the namespace of the services, where there is one: slirp4netns is at its other end. */
export const WAY_OUT = "outside";
/** Who answers names there. */
export const OUTER_RESOLVER = "10.0.2.3";

/** Packets of the container leave under the address of the way out. For nft(8). */
export const MASQUERADE = `table ip hostwright {
  chain out { type nat hook postrouting priority srcnat; oifname "${WAY_OUT}" masquerade; }
}
`;

export interface Cable {
  /** A process in the namespace of the container. */
  readonly leader: number;
  readonly address: string;
  readonly mac: string;
  /** How many hops an answer of the metadata service goes, as `HttpPutResponseHopLimit` says. */
  readonly hopLimit: number;
}

/** The table of routes that only the answers of the metadata service take. */
const TABLE = "169";

/** The subnet of an address: /20, as those of default VPCs. Its first host is the gateway. */
export const subnetOf = (address: string): { readonly subnet: string; readonly gateway: string } => {
  const [a = 0, b = 0, c = 0] = address.split(".").map(Number);
  const net = `${a}.${b}.${c & 0xf0}`;
  return { subnet: `${net}.0/20`, gateway: `${net}.1` };
};

/**
 * In the namespace of the services, once the container is there. The far end has its name and its address of hardware
 * from the first moment on: the boot waits for it. A former cable has ended with its container.
 */
export const cable = ({ leader, address, mac, hopLimit }: Cable): readonly Call[] => {
  const { subnet, gateway } = subnetOf(address);
  const far = ["peer", "name", INTERFACE, "address", mac, "netns", String(leader)];
  return [
    ["link", "add", GATEWAY, "type", "veth", ...far],
    ["address", "add", `${gateway}/20`, "dev", GATEWAY],
    ["link", "set", GATEWAY, "up"],
    // Answers to a client that has no address yet go to all.
    ["route", "add", "255.255.255.255", "dev", GATEWAY],
    ["rule", "add", "from", METADATA_ADDRESS, "lookup", TABLE],
    ["route", "add", subnet, "dev", GATEWAY, "hoplimit", String(hopLimit), "table", TABLE],
  ];
};

/** Inside: what the network services of an image do from what cloud-init gives them, whichever these are. */
export const setUp = (address: string): string => `#!/bin/sh
set -eu
ip link set ${INTERFACE} up
ip address replace ${address}/20 dev ${INTERFACE}
ip route replace default via ${subnetOf(address).gateway} dev ${INTERFACE}
`;
