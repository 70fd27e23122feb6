import {
  AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  type InstanceRefresh,
  InstanceRefreshInProgressFault,
  StartInstanceRefreshCommand,
} from "@aws-sdk/client-auto-scaling";
import { awsFailure } from "../../agent/base/aws-errors.ts";
import { AppError } from "../../agent/base/errors.ts";
import type { Group } from "../launch-template/group.ts";
import type { ActiveRefresh, Groups, Refresh } from "../launch-template/refresh.ts";
import { type AwsOptions, audited, clientConfig, regionOf } from "./aws.ts";

/** No other refresh can begin while one is in these. */
const ACTIVE = ["Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress"];
/**
 * Whoever lets a group start instances from a template must be allowed to start such, which the service says in this way
 * and does not name: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html
 */
const MAY_NOT_START = /not authorized to use launch template/i;
const TO_START = "ec2:RunInstances, ec2:CreateTags and iam:PassRole for what the template has";

/** Auto Scaling groups through the SDK. @throws AppError NO_REGION */
export const awsGroups = (options: AwsOptions): Groups => {
  const region = regionOf(options);
  const client = audited(new AutoScalingClient(clientConfig(options)), "autoscaling", options);
  const call = async <Answer>(action: string, request: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await request();
    } catch (error) {
      const failure = awsFailure(action, error, region);
      if (failure instanceof AppError && MAY_NOT_START.test(failure.message))
        throw new AppError("AWS_DENIED", `${failure.message} That takes ${TO_START}.`, { cause: error });
      throw failure;
    }
  };
  const refreshesOf = async (
    AutoScalingGroupName: string,
    ids?: string[],
  ): Promise<readonly InstanceRefresh[]> => {
    const answer = await call("autoscaling:DescribeInstanceRefreshes", () =>
      client.send(
        new DescribeInstanceRefreshesCommand({
          AutoScalingGroupName,
          ...(ids === undefined ? {} : { InstanceRefreshIds: ids }),
        }),
      ),
    );
    return answer.InstanceRefreshes ?? [];
  };

  return {
    find: async (name) => {
      const answer = await call("autoscaling:DescribeAutoScalingGroups", () =>
        client.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] })),
      );
      const [found] = answer.AutoScalingGroups ?? [];
      return found && groupOf(found);
    },
    startRefresh: ({ group, template, version, minHealthyPercent }) =>
      call("autoscaling:StartInstanceRefresh", async () => {
        const request = new StartInstanceRefreshCommand({
          AutoScalingGroupName: group,
          // A numbered version: what follows $Latest or $Default cannot be rolled back.
          DesiredConfiguration: {
            LaunchTemplate: { LaunchTemplateId: template.id, Version: String(version) },
          },
          Preferences: {
            MinHealthyPercentage: minHealthyPercent,
            SkipMatching: true,
            AutoRollback: true,
          },
        });
        try {
          return (await client.send(request)).InstanceRefreshId;
        } catch (error) {
          if (error instanceof InstanceRefreshInProgressFault) return undefined;
          throw error;
        }
      }),
    activeRefresh: async (group) => {
      // The newest one comes first, and none begins while another is active: it is always on the first page.
      const found = (await refreshesOf(group)).find(({ Status }) => ACTIVE.includes(Status ?? ""));
      return found && activeOf(found);
    },
    refresh: async (group, id) => {
      const [found] = await refreshesOf(group, [id]);
      return found && refreshOf(found);
    },
  };
};

const groupOf = ({
  AutoScalingGroupName = "",
  LaunchTemplate,
  MixedInstancesPolicy,
}: AutoScalingGroup): Group => {
  const template = LaunchTemplate ?? MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  return {
    name: AutoScalingGroupName,
    mixed: MixedInstancesPolicy !== undefined,
    ...(template && {
      template: {
        id: template.LaunchTemplateId ?? "",
        name: template.LaunchTemplateName ?? "",
        // What names no version means the default one.
        version: template.Version ?? "$Default",
      },
    }),
  };
};

const activeOf = ({
  InstanceRefreshId = "",
  Status,
  DesiredConfiguration,
}: InstanceRefresh): ActiveRefresh => {
  const { LaunchTemplateId, LaunchTemplateName, Version = "" } = DesiredConfiguration?.LaunchTemplate ?? {};
  return {
    id: InstanceRefreshId,
    status: Status ?? "",
    template: LaunchTemplateId ?? LaunchTemplateName ?? "",
    version: Version,
  };
};

const refreshOf = ({ Status, StatusReason = "", PercentageComplete }: InstanceRefresh): Refresh => ({
  status: Status ?? "",
  reason: StatusReason,
  ...(PercentageComplete === undefined ? {} : { percent: PercentageComplete }),
});
