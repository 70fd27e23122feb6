import { base32, digits } from "./ids.ts";
import type { Instance } from "./instance.ts";
import { jsonText } from "./json-text.ts";
import { partitionOf } from "./place.ts";
import { isoSeconds } from "./times.ts";
import type { Entry } from "./tree.ts";

const HOUR = 3_600_000;
/** EC2 has new ones ready well before the old ones expire. */
const VALID_MS = 6 * HOUR;

/** `iam/` of an instance with a profile. The credentials open nothing: AWS does not know them. */
export const iam = (instance: Instance, now: number): readonly Entry[] | undefined => {
  const { profile, account, region } = instance;
  if (profile === undefined) return undefined;
  const info = {
    Code: "Success",
    LastUpdated: isoSeconds(renewedAt(instance, now)),
    InstanceProfileArn: `arn:${partitionOf(region).name}:iam::${account}:instance-profile/${profile.name}`,
    InstanceProfileId: profile.id,
  };
  return [
    { name: "info", content: jsonText(info) },
    {
      name: "security-credentials",
      content: [{ name: profile.role, content: credentials(instance, now, profile.role) }],
    },
  ];
};

/** `identity-credentials/`: what agents of AWS show to say which instance they are on. */
export const identityCredentials = (instance: Instance, now: number): readonly Entry[] => {
  const info = {
    Code: "Success",
    LastUpdated: isoSeconds(renewedAt(instance, now)),
    AccountId: instance.account,
  };
  const own = "ec2-instance";
  return [
    {
      name: "ec2",
      content: [
        { name: "info", content: jsonText(info) },
        {
          name: "security-credentials",
          content: [{ name: own, content: credentials(instance, now, own) }],
        },
      ],
    },
  ];
};

const credentials = (instance: Instance, now: number, whose: string): string => {
  const renewed = renewedAt(instance, now);
  const seed = `${instance.id} ${whose} ${renewed}`;
  return jsonText({
    Code: "Success",
    LastUpdated: isoSeconds(renewed),
    Type: "AWS-HMAC",
    // Twenty characters as of a real one, and nobody who finds it in a log needs to worry.
    AccessKeyId: `ASIAREHEARSAL${base32(seed, "key", 7)}`,
    SecretAccessKey: `rehearsal/${digits(seed, "secret").slice(0, 30)}`,
    Token: `rehearsal/${digits(seed, "token")}${digits(seed, "token, too")}`,
    Expiration: isoSeconds(renewed + VALID_MS),
  });
};

const renewedAt = ({ launchedAt }: Instance, now: number): number =>
  launchedAt + Math.floor(Math.max(0, now - launchedAt) / HOUR) * HOUR;
