/**
 * A strict double of what is used of Auto Scaling: groups and their instance refreshes. It has no clock: a refresh goes
 * one step further along its course each time that it is asked for by its id, so that whoever follows it meets each step.
 */
import { randomUUID } from "node:crypto";
import {
  type AutoScalingGroupNamesType,
  CancelInstanceRefresh$,
  type CancelInstanceRefreshAnswer,
  type CancelInstanceRefreshType,
  DescribeAutoScalingGroups$,
  DescribeInstanceRefreshes$,
  type DescribeInstanceRefreshesAnswer,
  type DescribeInstanceRefreshesType,
  type InstanceRefresh,
  type InstanceRefreshStatus,
  StartInstanceRefresh$,
  type StartInstanceRefreshAnswer,
  type StartInstanceRefreshType,
} from "@aws-sdk/client-auto-scaling";
import { NormalizedSchema } from "@smithy/core/schema";
import type { SchemaRef, StaticOperationSchema } from "@smithy/types";
import { checkStart, NAME_LENGTH, outside, RECORDS_PER_PAGE, unsatisfied } from "./auto-scaling-limits.ts";
import { pageOf } from "./ec2-lists.ts";
import { DECLARATION, type Dialect, element, Fault, unknown, writeMembers } from "./ec2-query.ts";
import { type Action, action } from "./ec2-templates.ts";

export interface LaunchTemplateSpecification {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly Version?: string | undefined;
}

/** What instances are started from: one of the two. */
export interface StartedFrom {
  readonly LaunchTemplate?: LaunchTemplateSpecification;
  readonly MixedInstancesPolicy?: {
    readonly LaunchTemplate: {
      readonly LaunchTemplateSpecification: LaunchTemplateSpecification;
      readonly Overrides?: readonly {
        readonly InstanceType?: string;
        readonly LaunchTemplateSpecification?: LaunchTemplateSpecification;
      }[];
    };
  };
}

export interface FakeGroup extends StartedFrom {
  readonly AutoScalingGroupName: string;
  readonly MinSize?: number;
  readonly MaxSize?: number;
  readonly DesiredCapacity?: number;
  readonly Instances?: readonly {
    readonly InstanceId: string;
    readonly LaunchTemplate?: LaunchTemplateSpecification;
  }[];
}

/** Where a refresh is. The percentage is absent before it has begun. */
export interface RefreshStep {
  readonly status: InstanceRefreshStatus;
  readonly percent?: number;
  readonly reason?: string;
}

/** What is true of a refresh, also where Describe does not show it yet. */
export interface FakeRefresh {
  readonly id: string;
  readonly group: string;
  readonly request: StartInstanceRefreshType;
  readonly step: RefreshStep;
}

export interface GroupsOptions {
  /** The list is read at each call: a test may change it. What a refresh has changed is kept beside it. */
  readonly autoScalingGroups?: readonly FakeGroup[];
}

export interface AutoScaling {
  readonly actions: readonly Action[];
  /** All that were ever begun, the oldest first. */
  readonly refreshes: readonly FakeRefresh[];
  /** What the next refreshes go through. The last step stays as it is. */
  readonly course: (steps: readonly RefreshStep[]) => void;
  /** A refresh that is begun from now on is shown by Describe this many milliseconds later. */
  readonly lag: (ms: number) => void;
}

const USUAL_COURSE: readonly RefreshStep[] = [
  { status: "Pending" },
  { status: "InProgress", percent: 0 },
  { status: "InProgress", percent: 50 },
  { status: "Successful", percent: 100 },
];

/** While a refresh is in one of these no other begins. */
const ACTIVE: readonly InstanceRefreshStatus[] = [
  "Pending",
  "InProgress",
  "Baking",
  "Cancelling",
  "RollbackInProgress",
];
/** And in these it can be cancelled. */
const CANCELLABLE: readonly InstanceRefreshStatus[] = ["Pending", "InProgress", "Baking"];

interface Kept extends FakeRefresh {
  step: RefreshStep;
  /** What is still to come. */
  rest: readonly RefreshStep[];
  readonly shownAt: number;
  readonly startTime: Date;
  endTime?: Date;
  /** Where it was when it began to go back. */
  rollback?: { readonly reason: string; readonly percent: number; readonly time: Date };
}

export const createAutoScaling = (
  world: GroupsOptions,
  imageOf: (specification: LaunchTemplateSpecification) => string | undefined,
): AutoScaling => {
  const refreshes: Kept[] = [];
  /** What groups have become by refreshes that ended well. */
  const become = new Map<string, StartedFrom>();
  let course = USUAL_COURSE;
  let lagMs = 0;

  const groups = (): readonly FakeGroup[] =>
    (world.autoScalingGroups ?? []).map((group) => {
      const now = become.get(group.AutoScalingGroupName);
      if (now === undefined) return group;
      const { LaunchTemplate: _, MixedInstancesPolicy: __, ...rest } = group;
      return { ...rest, ...now };
    });

  const groupOf = (name: string): FakeGroup => {
    checkName(name);
    const found = groups().find((group) => group.AutoScalingGroupName === name);
    if (found === undefined)
      throw new Fault(
        "ValidationError",
        `AutoScalingGroup name not found - AutoScalingGroup ${name} not found`,
      );
    return found;
  };

  const activeOf = (name: string, statuses = ACTIVE): Kept | undefined =>
    refreshes.find(({ group, step }) => group === name && statuses.includes(step.status));

  const goOn = (refresh: Kept): void => {
    const [next, ...rest] = refresh.rest;
    if (next === undefined) return;
    if (next.status === "RollbackInProgress")
      refresh.rollback ??= {
        reason: next.reason ?? "Automatic rollback",
        percent: refresh.step.percent ?? 0,
        time: new Date(),
      };
    refresh.step = next;
    refresh.rest = rest;
    if (ACTIVE.includes(next.status)) return;
    refresh.endTime = new Date();
    // The settings of the group change only when the refresh has succeeded.
    const { DesiredConfiguration } = refresh.request;
    if (next.status === "Successful" && DesiredConfiguration !== undefined)
      become.set(refresh.group, DesiredConfiguration as StartedFrom);
  };

  return {
    refreshes,
    course: (steps) => {
      course = steps;
    },
    lag: (ms) => {
      lagMs = ms;
    },
    actions: [
      action(DescribeAutoScalingGroups$, (input: AutoScalingGroupNamesType) => {
        const { AutoScalingGroupNames: names = [], Filters = [] } = input;
        if (Filters.length > 0) throw new Fault("ValidationError", "Filters are not known here");
        // A name that does not exist is no error here.
        const found = groups().filter(
          ({ AutoScalingGroupName }) => names.length === 0 || names.includes(AutoScalingGroupName),
        );
        const page = recordsOf("DescribeAutoScalingGroups", found, input);
        return { AutoScalingGroups: page.items, NextToken: page.NextToken };
      }),

      action(StartInstanceRefresh$, (input: StartInstanceRefreshType): StartInstanceRefreshAnswer => {
        const name = input.AutoScalingGroupName ?? "";
        const group = groupOf(name);
        checkStart({ request: input, group, imageOf });
        // The wording: what people quote of it.
        if (activeOf(name) !== undefined)
          throw new Fault(
            "InstanceRefreshInProgress",
            "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
          );
        const [step = { status: "Pending" }, ...rest] = course;
        const id = randomUUID();
        refreshes.push({
          id,
          group: name,
          request: input,
          step,
          rest,
          shownAt: Date.now() + lagMs,
          startTime: new Date(),
        });
        return { InstanceRefreshId: id };
      }),

      action(
        DescribeInstanceRefreshes$,
        (input: DescribeInstanceRefreshesType): DescribeInstanceRefreshesAnswer => {
          const { AutoScalingGroupName = "", InstanceRefreshIds: ids = [] } = input;
          groupOf(AutoScalingGroupName);
          const shown = refreshes
            .filter(({ group, shownAt }) => group === AutoScalingGroupName && shownAt <= Date.now())
            .filter(({ id }) => ids.length === 0 || ids.includes(id))
            // By the time that they were begun, the newest first.
            .toReversed();
          const page = recordsOf("DescribeInstanceRefreshes", shown, input);
          const answer = { InstanceRefreshes: page.items.map(described), NextToken: page.NextToken };
          if (ids.length > 0) for (const refresh of page.items) goOn(refresh);
          return answer;
        },
      ),

      action(CancelInstanceRefresh$, (input: CancelInstanceRefreshType): CancelInstanceRefreshAnswer => {
        const name = input.AutoScalingGroupName ?? "";
        groupOf(name);
        const active = activeOf(name, CANCELLABLE);
        if (active === undefined)
          throw new Fault(
            "ActiveInstanceRefreshNotFound",
            `No in progress or pending Instance Refresh found for Auto Scaling group ${name}`,
          );
        const percent = active.step.percent === undefined ? {} : { percent: active.step.percent };
        active.step = { status: "Cancelling", ...percent };
        active.rest = [{ status: "Cancelled", ...percent }];
        return { InstanceRefreshId: active.id };
      }),
    ],
  };
};

const checkName = (name: string): void => {
  if (name.length < NAME_LENGTH.least || name.length > NAME_LENGTH.most)
    throw new Fault(
      "ValidationError",
      unsatisfied(
        "AutoScalingGroupName",
        name,
        `Member must have length between ${NAME_LENGTH.least} and ${NAME_LENGTH.most}`,
      ),
    );
};

const recordsOf = <Thing>(
  actionName: string,
  things: readonly Thing[],
  {
    MaxRecords = RECORDS_PER_PAGE.usual,
    NextToken,
  }: Pick<DescribeInstanceRefreshesType, "MaxRecords" | "NextToken">,
) => {
  const [wrong] = outside("MaxRecords", MaxRecords, { least: 1, most: RECORDS_PER_PAGE.most });
  if (wrong !== undefined) throw new Fault("ValidationError", wrong);
  return pageOf(
    things,
    { MaxResults: MaxRecords, NextToken },
    { action: actionName, least: 1, most: RECORDS_PER_PAGE.most, rank: (_, index) => index },
  );
};

const described = ({ id, group, request, step, startTime, endTime, rollback }: Kept): InstanceRefresh => ({
  InstanceRefreshId: id,
  AutoScalingGroupName: group,
  Status: step.status,
  StatusReason: step.reason,
  StartTime: startTime,
  EndTime: endTime,
  PercentageComplete: step.percent,
  Preferences: request.Preferences,
  DesiredConfiguration: request.DesiredConfiguration,
  Strategy: request.Strategy ?? "Rolling",
  RollbackDetails: rollback && {
    RollbackReason: rollback.reason,
    RollbackStartTime: rollback.time,
    PercentageCompleteOnRollback: rollback.percent,
  },
});

/** As the AWS Query protocol has it, which is not that of EC2. */
export const AUTO_SCALING: Dialect = {
  keyOf: (name, { xmlName }) => xmlName ?? name,
  listed: "member",
  unknown,
  missing: (name) => new Fault("ValidationError", unsatisfied(name, undefined, "Member must not be null")),
  invalid: (name, value) => new Fault("MalformedInput", `Value (${value}) for ${name} has another type`),
};

const NAMESPACE = "http://autoscaling.amazonaws.com/doc/2011-01-01/";

export const autoScalingResult = (
  operation: StaticOperationSchema,
  result: object,
  requestId: string,
): string => {
  const [, , name] = operation;
  const members = writeMembers(NormalizedSchema.of(operation[5] as SchemaRef), result);
  return (
    `${DECLARATION}<${name}Response xmlns="${NAMESPACE}"><${name}Result>${members}</${name}Result>` +
    `<ResponseMetadata>${element("RequestId", requestId)}</ResponseMetadata></${name}Response>`
  );
};

export const autoScalingFault = ({ code, message, status }: Fault, requestId: string): string =>
  `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>${status < 500 ? "Sender" : "Receiver"}</Type>` +
  `${element("Code", code)}${element("Message", message)}</Error>${element("RequestId", requestId)}</ErrorResponse>`;
