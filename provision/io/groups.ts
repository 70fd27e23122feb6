import {
  AutoScalingClient,
  DescribeInstanceRefreshesCommand,
  type InstanceRefresh,
  StartInstanceRefreshCommand,
} from "@aws-sdk/client-auto-scaling";
import type { Groups, Refresh } from "../launch-template/refresh.ts";
import { type AwsOptions, audited, awsFailure, clientConfig, regionOf } from "./aws.ts";

const UNDER_WAY = ["Pending", "InProgress", "Baking"];

/** Auto Scaling groups through the SDK. @throws AppError NO_REGION */
export const awsGroups = (options: AwsOptions): Groups => {
  const region = regionOf(options);
  const client = audited(new AutoScalingClient(clientConfig(options)), "autoscaling", options);
  const call = async <Answer>(action: string, request: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await request();
    } catch (error) {
      throw awsFailure(action, error, region);
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
    startRefresh: async ({ group, templateId, version, minHealthyPercent }) => {
      const answer = await call("autoscaling:StartInstanceRefresh", () =>
        client.send(
          new StartInstanceRefreshCommand({
            AutoScalingGroupName: group,
            // A numbered version: what follows $Latest or $Default cannot be rolled back.
            DesiredConfiguration: {
              LaunchTemplate: { LaunchTemplateId: templateId, Version: String(version) },
            },
            Preferences: {
              MinHealthyPercentage: minHealthyPercent,
              SkipMatching: true,
              AutoRollback: true,
            },
          }),
        ),
      );
      return answer.InstanceRefreshId ?? "";
    },
    refreshUnderWay: async (group, templateId, version) =>
      (await refreshesOf(group)).find(
        ({ Status = "", DesiredConfiguration }) =>
          UNDER_WAY.includes(Status) &&
          DesiredConfiguration?.LaunchTemplate?.LaunchTemplateId === templateId &&
          DesiredConfiguration.LaunchTemplate.Version === String(version),
      )?.InstanceRefreshId,
    refresh: async (group, id) => {
      const [found] = await refreshesOf(group, [id]);
      return found && refreshOf(found);
    },
  };
};

const refreshOf = ({ Status, StatusReason = "", PercentageComplete }: InstanceRefresh): Refresh => ({
  status: Status ?? "",
  reason: StatusReason,
  ...(PercentageComplete === undefined ? {} : { percent: PercentageComplete }),
});
