import { z } from "zod";
import { RETENTION_DAYS } from "../../base/cloudwatch-limits.ts";
import { groupArn, groupNameOf } from "../arn.ts";
import { member } from "../constraints.ts";
import { defineOperation, mustBeDeletable, mustFindGroup, openToken, sealToken } from "../operation.ts";
import { DESCRIBE_ITEMS } from "../read-limits.ts";
import { alreadyExists, invalidParameter } from "../service-error.ts";
import type { Group } from "../store.ts";
import { refuseReservedTags } from "./tags.ts";

export const createLogGroup = defineOperation(
  z.object({
    logGroupName: member.groupName,
    kmsKeyId: member.kmsKeyId.optional(),
    tags: member.tags.optional(),
    logGroupClass: member.groupClass.default("STANDARD"),
    deletionProtectionEnabled: z.boolean().default(false),
  }),
  (input, { store, now }) => {
    if (/^aws\//i.test(input.logGroupName))
      throw invalidParameter("Log groups starting with AWS/ are reserved for AWS.");
    refuseReservedTags(input.tags ?? {});
    const added = store.addGroup({
      name: input.logGroupName,
      createdAt: now,
      groupClass: input.logGroupClass,
      kmsKeyId: input.kmsKeyId,
      deletionProtected: input.deletionProtectionEnabled,
      tags: input.tags ?? {},
    });
    if (!added) throw alreadyExists("log group");
    return {};
  },
);

export const deleteLogGroup = defineOperation(
  z.object({ logGroupName: member.groupName }),
  (input, { store }) => {
    const group = mustFindGroup(store, input.logGroupName);
    mustBeDeletable(group);
    store.removeGroup(group);
    return {};
  },
);

export const putLogGroupDeletionProtection = defineOperation(
  z.object({ logGroupIdentifier: member.groupIdentifier, deletionProtectionEnabled: z.boolean() }),
  (input, { store }) => {
    const group = mustFindGroup(store, groupNameOf(input.logGroupIdentifier));
    store.setDeletionProtected(group, input.deletionProtectionEnabled);
    return {};
  },
);

export const describeLogGroups = defineOperation(
  z.object({
    accountIdentifiers: z.array(member.accountId).max(20).optional(),
    logGroupNamePrefix: member.groupName.optional(),
    logGroupNamePattern: member.groupPattern.optional(),
    logGroupClass: member.groupClass.optional(),
    logGroupIdentifiers: z.array(member.groupIdentifier).min(1).max(50).optional(),
    includeLinkedAccounts: z.boolean().optional(),
    nextToken: member.token.optional(),
    limit: member.describeLimit.default(DESCRIBE_ITEMS),
  }),
  (input, { store, region }) => {
    if (input.logGroupNamePrefix !== undefined && input.logGroupNamePattern !== undefined)
      throw invalidParameter("LogGroupNamePrefix and LogGroupNamePattern are mutually exclusive parameters.");
    const filters = [input.logGroupNamePrefix, input.logGroupNamePattern, input.logGroupClass];
    if (input.logGroupIdentifiers !== undefined && filters.some((filter) => filter !== undefined))
      throw invalidParameter("logGroupIdentifiers cannot be combined with another filter.");
    const found = store.listGroups({
      prefix: input.logGroupNamePrefix,
      contains: input.logGroupNamePattern,
      groupClass: input.logGroupClass,
      names: input.logGroupIdentifiers?.map(groupNameOf),
      after: input.nextToken === undefined ? undefined : openToken(z.tuple([z.string()]), input.nextToken)[0],
      limit: input.limit + 1,
    });
    const page = found.slice(0, input.limit);
    const last = page.at(-1);
    return {
      logGroups: page.map((group) => describe(group, region)),
      ...(found.length > page.length && last && { nextToken: sealToken([last.name]) }),
    };
  },
);

const describe = (group: Group, region: string) => ({
  logGroupName: group.name,
  creationTime: group.createdAt,
  ...(group.retentionDays !== undefined && { retentionInDays: group.retentionDays }),
  metricFilterCount: 0,
  arn: `${groupArn(region, group.name)}:*`,
  storedBytes: group.storedBytes,
  ...(group.kmsKeyId !== undefined && { kmsKeyId: group.kmsKeyId }),
  logGroupClass: group.groupClass,
  logGroupArn: groupArn(region, group.name),
  deletionProtectionEnabled: group.deletionProtected,
});

export const putRetentionPolicy = defineOperation(
  z.object({ logGroupName: member.groupName, retentionInDays: z.literal(RETENTION_DAYS) }),
  (input, { store }) => {
    const group = mustFindGroup(store, input.logGroupName);
    if (group.groupClass === "DELIVERY")
      throw invalidParameter("The retention of a log group of class DELIVERY cannot be changed.");
    store.setRetention(group, input.retentionInDays);
    return {};
  },
);

export const deleteRetentionPolicy = defineOperation(
  z.object({ logGroupName: member.groupName }),
  (input, { store }) => {
    store.setRetention(mustFindGroup(store, input.logGroupName), undefined);
    return {};
  },
);
