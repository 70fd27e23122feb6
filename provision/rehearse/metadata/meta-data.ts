import { iam, identityCredentials } from "./credentials.ts";
import type { Instance } from "./instance.ts";
import { network } from "./network.ts";
import { events, spot } from "./notices.ts";
import { partitionOf, publicName } from "./place.ts";
import { type Entry, given } from "./tree.ts";

/**
 * `meta-data/`, with the versions that AWS says its categories came with.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html#instancedata-data-categories
 */
export const metaData = (instance: Instance, now: number): readonly Entry[] => {
  const { notices, region } = instance;
  const { address, mac, publicAddress, securityGroups } = instance.network;
  const { domain, name: partition } = partitionOf(region);
  return [
    { name: "ami-id", content: instance.imageId },
    { name: "ami-launch-index", content: String(instance.launchIndex) },
    { name: "ami-manifest-path", content: "(unknown)" },
    ...given(notices.targetLifecycleState, (content) => ({
      name: "autoscaling",
      content: [{ name: "target-lifecycle-state", content }],
      since: "2021-07-15",
    })),
    {
      name: "block-device-mapping",
      content: [
        { name: "ami", content: instance.rootDevice },
        { name: "root", content: instance.rootDevice },
      ],
      since: "2007-12-15",
    },
    { name: "events", content: events(notices), since: "2018-08-17" },
    { name: "hostname", content: instance.hostname },
    ...given(iam(instance, now), (content) => ({ name: "iam", content, since: "2012-01-12" })),
    { name: "identity-credentials", content: identityCredentials(instance, now), since: "2018-05-23" },
    { name: "instance-action", content: "none", since: "2008-09-01" },
    { name: "instance-id", content: instance.id },
    { name: "instance-life-cycle", content: instance.lifecycle, since: "2019-10-01" },
    { name: "instance-type", content: instance.type, since: "2007-08-29" },
    { name: "local-hostname", content: instance.hostname, since: "2007-01-19" },
    { name: "local-ipv4", content: address },
    { name: "mac", content: mac, since: "2011-01-01" },
    {
      name: "metrics",
      content: [{ name: "vhostmd", content: '<?xml version="1.0" encoding="UTF-8"?>' }],
      since: "2011-05-01",
    },
    { name: "network", content: network(instance), since: "2011-01-01" },
    { name: "placement", content: placement(instance), since: "2008-02-01" },
    { name: "profile", content: "default-hvm" },
    ...given(publicAddress, (value) => ({
      name: "public-hostname",
      content: publicName(value, region),
      since: "2007-01-19",
    })),
    ...given(publicAddress, (content) => ({ name: "public-ipv4", content, since: "2007-01-19" })),
    ...given(instance.key, ({ name, openssh }) => ({
      name: "public-keys",
      // The only document with an end of line.
      content: [
        { name: "0", content: [{ name: "openssh-key", content: `${openssh}\n` }], listed: `0=${name}` },
      ],
    })),
    { name: "reservation-id", content: instance.reservation },
    { name: "security-groups", content: securityGroups.map(({ name }) => name).join("\n") },
    {
      name: "services",
      content: [
        { name: "domain", content: domain },
        { name: "partition", content: partition, since: "2015-10-20" },
      ],
      since: "2014-02-25",
    },
    ...given(spot(notices), (content) => ({ name: "spot", content, since: "2014-11-05" })),
    // Since when is not verified; the listings of today have it.
    { name: "system", content: "nitro", since: "2022-09-24" },
    ...given(tagsOf(instance), (content) => ({
      name: "tags",
      content: [{ name: "instance", content }],
      since: "2021-03-23",
    })),
  ];
};

const tagsOf = ({ options, tags }: Instance): readonly Entry[] | undefined => {
  const entries = Object.entries(tags).map(([name, content]) => ({ name, content }));
  return options.tags && entries.length > 0 ? entries : undefined;
};

const placement = ({ zone, zoneId, region }: Instance): readonly Entry[] => [
  { name: "availability-zone", content: zone },
  { name: "availability-zone-id", content: zoneId, since: "2019-10-01" },
  { name: "region", content: region, since: "2020-08-24" },
];
