import { invalidParameter } from "./service-error.ts";

/** The account that everything in the endpoint belongs to. */
export const ACCOUNT = "000000000000";

export const groupArn = (region: string, group: string): string =>
  `arn:aws:logs:${region}:${ACCOUNT}:log-group:${group}`;

export const streamArn = (region: string, group: string, stream: string): string =>
  `${groupArn(region, group)}:log-stream:${stream}`;

/** The group that a name or an ARN means. Throws ServiceError when an ARN is not one of a log group. */
export const groupNameOf = (identifier: string): string => {
  if (!identifier.startsWith("arn:")) return identifier;
  const name = /^arn:[\w-]+:logs:[\w-]*:\d{12}:log-group:([.\-_/#A-Za-z0-9]{1,512})$/.exec(identifier)?.[1];
  if (name === undefined) throw invalidParameter(`The specified ARN '${identifier}' is not valid.`);
  return name;
};
