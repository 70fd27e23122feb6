import { z } from "zod";
import { TAGS_PER_GROUP } from "../../base/cloudwatch-limits.ts";
import { groupNameOf } from "../arn.ts";
import { member } from "../constraints.ts";
import { defineOperation, mustFindGroup } from "../operation.ts";
import { invalidParameter, ServiceError } from "../service-error.ts";
import type { Group, Store } from "../store.ts";

export const refuseReservedTags = (tags: Readonly<Record<string, string>>): void => {
  if (Object.keys(tags).some((key) => /^aws:/i.test(key)))
    throw invalidParameter("Tag keys starting with aws: are reserved for system use.");
};

const resource = (store: Store, arn: string): Group => {
  if (!arn.startsWith("arn:")) throw invalidParameter(`The specified ARN '${arn}' is not valid.`);
  return mustFindGroup(store, groupNameOf(arn));
};

export const tagResource = defineOperation(
  z.object({ resourceArn: member.resourceArn, tags: member.tags }),
  (input, { store }) => {
    refuseReservedTags(input.tags);
    const group = resource(store, input.resourceArn);
    const tags = { ...group.tags, ...input.tags };
    if (Object.keys(tags).length > TAGS_PER_GROUP)
      throw new ServiceError(
        "TooManyTagsException",
        `A resource can have no more than ${TAGS_PER_GROUP} tags.`,
      );
    store.setTags(group, tags);
    return {};
  },
);

export const untagResource = defineOperation(
  z.object({ resourceArn: member.resourceArn, tagKeys: member.tagKeys }),
  (input, { store }) => {
    const group = resource(store, input.resourceArn);
    const kept = Object.entries(group.tags).filter(([key]) => !input.tagKeys.includes(key));
    store.setTags(group, Object.fromEntries(kept));
    return {};
  },
);

export const listTagsForResource = defineOperation(
  z.object({ resourceArn: member.resourceArn }),
  (input, { store }) => ({ tags: resource(store, input.resourceArn).tags }),
);
