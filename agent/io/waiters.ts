import {
  AutoScalingClient,
  CompleteLifecycleActionCommand,
  DescribeAutoScalingInstancesCommand,
} from "@aws-sdk/client-auto-scaling";
import { CloudFormationClient, SignalResourceCommand } from "@aws-sdk/client-cloudformation";
import { awsCode } from "../base/aws-errors.ts";
import { callsTo, REQUEST_TIMEOUTS } from "../base/aws-requests.ts";
import type { Waiters } from "../boot/completion.ts";

/** Tries of one request: throttling passes, and many instances may boot at the same time. */
const MOST_ATTEMPTS = 8;

/** How the service says that no hook waits for an instance: it has no code of its own for that. */
const NOT_WAITING = /no active lifecycle action/i;

/** Auto Scaling and CloudFormation through the SDK. `endpoint`: another address than that of AWS. */
export const awsWaiters = (region: string, endpoint: string | undefined): Waiters => {
  const config = {
    region,
    maxAttempts: MOST_ATTEMPTS,
    ...(endpoint === undefined ? {} : { endpoint }),
    requestHandler: REQUEST_TIMEOUTS,
  };
  const scaling = new AutoScalingClient(config);
  const formation = new CloudFormationClient(config);
  const call = callsTo(region);
  return {
    groupOf: async (instance) => {
      const { AutoScalingInstances: [found] = [] } = await call(
        "autoscaling:DescribeAutoScalingInstances",
        () => scaling.send(new DescribeAutoScalingInstancesCommand({ InstanceIds: [instance] })),
      );
      return found?.AutoScalingGroupName;
    },
    complete: ({ group, hook, instance, succeeded }) =>
      call("autoscaling:CompleteLifecycleAction", async () => {
        try {
          await scaling.send(
            new CompleteLifecycleActionCommand({
              AutoScalingGroupName: group,
              LifecycleHookName: hook,
              InstanceId: instance,
              LifecycleActionResult: succeeded ? "CONTINUE" : "ABANDON",
            }),
          );
          return true;
        } catch (error) {
          if (awsCode(error) === "ValidationError" && NOT_WAITING.test((error as Error).message))
            return false;
          throw error;
        }
      }),
    signal: async ({ stack, resource, instance, succeeded }) => {
      await call("cloudformation:SignalResource", () =>
        formation.send(
          new SignalResourceCommand({
            StackName: stack,
            LogicalResourceId: resource,
            UniqueId: instance,
            Status: succeeded ? "SUCCESS" : "FAILURE",
          }),
        ),
      );
    },
  };
};
