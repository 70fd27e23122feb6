/** What the service refuses when an instance refresh is asked for. The first rule that is broken is answered. */
import type { RefreshPreferences, StartInstanceRefreshType } from "@aws-sdk/client-auto-scaling";
import type { FakeGroup, LaunchTemplateSpecification, StartedFrom } from "./auto-scaling.ts";
import { Fault } from "./ec2-query.ts";

/** https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeInstanceRefreshes.html */
export const RECORDS_PER_PAGE = { usual: 50, most: 100 } as const;

/** https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StartInstanceRefresh.html */
export const NAME_LENGTH = { least: 1, most: 255 } as const;

interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html */
export const RANGES: Readonly<
  Record<
    keyof Pick<
      RefreshPreferences,
      | "MinHealthyPercentage"
      | "MaxHealthyPercentage"
      | "CheckpointDelay"
      | "CheckpointPercentages"
      | "InstanceWarmup"
      | "BakeTime"
    >,
    Bounds
  >
> = {
  MinHealthyPercentage: { least: 0, most: 100 },
  MaxHealthyPercentage: { least: 100, most: 200 },
  CheckpointDelay: { least: 0, most: 172_800 },
  CheckpointPercentages: { least: 1, most: 100 },
  InstanceWarmup: { least: 0, most: Number.MAX_SAFE_INTEGER },
  BakeTime: { least: 0, most: 172_800 },
};
const MOST_BETWEEN_HEALTHY = 100;

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  ScaleInProtectedInstances: ["Refresh", "Ignore", "Wait"],
  StandbyInstances: ["Terminate", "Ignore", "Wait"],
};
const STRATEGIES: readonly (string | undefined)[] = [undefined, "Rolling", "ReplaceRootVolume"];

/** As the service words what its model forbids. */
export const unsatisfied = (member: string, value: unknown, constraint: string): string =>
  `1 validation error detected: Value ${value === undefined ? "null" : `'${value}'`} at '${lowered(member)}'` +
  ` failed to satisfy constraint: ${constraint}`;

const lowered = (name: string): string =>
  name
    .split(".")
    .map((part) => part.charAt(0).toLowerCase() + part.slice(1))
    .join(".");

export const outside = (member: string, value: number, { least, most }: Bounds): readonly string[] => {
  if (value < least)
    return [unsatisfied(member, value, `Member must have value greater than or equal to ${least}`)];
  return value > most
    ? [unsatisfied(member, value, `Member must have value less than or equal to ${most}`)]
    : [];
};

/** What a request is judged by. */
export interface Asked {
  readonly request: StartInstanceRefreshType;
  readonly group: FakeGroup;
  /** Undefined: there is no such template, or no such version of it. */
  readonly imageOf: (specification: LaunchTemplateSpecification) => string | undefined;
}

/** What a launch template stands for is known only when an instance is started. */
const isMoving = ({ Version }: LaunchTemplateSpecification): boolean =>
  Version === undefined || Version === "$Latest" || Version === "$Default";

/** The templates of a group, or of what it is to become. */
export const specificationsOf = ({
  LaunchTemplate,
  MixedInstancesPolicy,
}: StartedFrom): readonly LaunchTemplateSpecification[] => {
  const mixed = MixedInstancesPolicy?.LaunchTemplate;
  return [
    LaunchTemplate,
    mixed?.LaunchTemplateSpecification,
    ...(mixed?.Overrides ?? []).map((one) => one.LaunchTemplateSpecification),
  ].filter((one) => one !== undefined);
};

const desiredOf = ({ DesiredConfiguration }: StartInstanceRefreshType) =>
  specificationsOf((DesiredConfiguration ?? {}) as StartedFrom);

const INVALID = "The request isn't valid.";

const RULES: readonly ((asked: Asked) => readonly string[])[] = [
  ({ request: { Strategy } }) =>
    STRATEGIES.includes(Strategy)
      ? []
      : [
          unsatisfied(
            "Strategy",
            Strategy,
            "Member must satisfy enum value set: [Rolling, ReplaceRootVolume]",
          ),
        ],
  ({ request: { Preferences = {} } }) =>
    Object.entries(RANGES).flatMap(([name, bounds]) =>
      [(Preferences as Readonly<Record<string, number | readonly number[] | undefined>>)[name] ?? []]
        .flat()
        .flatMap((value) => outside(`Preferences.${name}`, value, bounds)),
    ),
  ({ request: { Preferences = {} } }) =>
    Object.entries(CHOICES).flatMap(([name, words]) => {
      const word = (Preferences as Readonly<Record<string, string | undefined>>)[name];
      return word === undefined || words.includes(word)
        ? []
        : [
            unsatisfied(
              `Preferences.${name}`,
              word,
              `Member must satisfy enum value set: [${words.join(", ")}]`,
            ),
          ];
    }),
  ({ request: { Preferences: { MinHealthyPercentage, MaxHealthyPercentage } = {} } }) => {
    if (MaxHealthyPercentage === undefined) return [];
    if (MinHealthyPercentage === undefined)
      return [`${INVALID} MaxHealthyPercentage needs MinHealthyPercentage.`];
    return MaxHealthyPercentage - MinHealthyPercentage > MOST_BETWEEN_HEALTHY
      ? [
          `${INVALID} The difference between MaxHealthyPercentage and MinHealthyPercentage cannot be greater than ${MOST_BETWEEN_HEALTHY}.`,
        ]
      : [];
  },
  ({ request: { Preferences: { CheckpointDelay, CheckpointPercentages } = {} } }) => {
    if (CheckpointDelay !== undefined && CheckpointPercentages === undefined)
      return [`${INVALID} CheckpointDelay needs CheckpointPercentages.`];
    const ascends = (CheckpointPercentages ?? []).every(
      (one, at, all) => at === 0 || one > (all[at - 1] ?? 0),
    );
    return ascends ? [] : [`${INVALID} CheckpointPercentages must be unique and in ascending order.`];
  },
  ({ request: { DesiredConfiguration: { LaunchTemplate, MixedInstancesPolicy } = {} } }) =>
    LaunchTemplate !== undefined && MixedInstancesPolicy !== undefined
      ? [`${INVALID} DesiredConfiguration takes either a LaunchTemplate or a MixedInstancesPolicy.`]
      : [],
  ({ request }) =>
    desiredOf(request).some(
      ({ LaunchTemplateId, LaunchTemplateName }) =>
        (LaunchTemplateId === undefined) === (LaunchTemplateName === undefined),
    )
      ? ["Valid requests must contain either launchTemplateId or LaunchTemplateName"]
      : [],
  ({ request, imageOf }) =>
    desiredOf(request)
      .filter((one) => imageOf(one) === undefined)
      .map(
        ({ LaunchTemplateId, LaunchTemplateName, Version }) =>
          "You must use a valid fully-formed launch template. The specified launch template or version does not" +
          ` exist: ${LaunchTemplateId ?? LaunchTemplateName}, version ${Version}.`,
      ),
  // The wording: https://github.com/hashicorp/terraform-provider-aws/issues/29830
  ({ request: { Preferences, DesiredConfiguration } }) =>
    Preferences?.AutoRollback === true && Object.keys(DesiredConfiguration ?? {}).length === 0
      ? [
          `${INVALID} The AutoRollback parameter cannot be set to true when the DesiredConfiguration parameter is` +
            " empty. Set AutoRollback to false or specify a desired configuration and try again.",
        ]
      : [],
  // Which these are is documented, the wording of the refusal is not:
  // https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html
  ({ request, group, imageOf }) =>
    request.Preferences?.AutoRollback === true
      ? [...specificationsOf(group), ...desiredOf(request)]
          .filter((one) => isMoving(one) || imageOf(one)?.startsWith("resolve:ssm:") === true)
          .map(
            ({ Version = "$Default" }) =>
              `${INVALID} The AutoRollback parameter cannot be set to true when a launch template uses $Latest or` +
              ` $Default, or a parameter of Systems Manager for its image: version ${Version}.`,
          )
      : [],
];

/** @throws Fault ValidationError */
export const checkStart = (asked: Asked): void => {
  for (const rule of RULES) {
    const [message] = rule(asked);
    if (message !== undefined) throw new Fault("ValidationError", message);
  }
};
