/** What the services of AWS answer inside of a rehearsal, beside CloudWatch Logs, which has an endpoint of its own. */

/** A call, as its signature and its body tell. */
export interface AwsCall {
  /** As signatures name it, such as `autoscaling`. */
  readonly service: string;
  readonly action: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface AwsAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface AwsRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

const header = ({ headers }: AwsRequest, name: string): string => String(headers[name] ?? "");

/** The service, by what the request was signed for. S3 does without when nobody signs. */
const serviceOf = (request: AwsRequest): string =>
  /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(header(request, "authorization"))?.[1] ?? "s3";

const actionOf = (request: AwsRequest, parameters: Readonly<Record<string, string>>): string => {
  const target = header(request, "x-amz-target");
  if (target !== "") return target.slice(target.lastIndexOf(".") + 1);
  return parameters.Action ?? `${request.method} ${request.path.split("?")[0]}`;
};

/** What is asked for. Only the query protocol has parameters that can be told from outside. */
export const awsCall = (request: AwsRequest): AwsCall => {
  const isForm = header(request, "content-type").startsWith("application/x-www-form-urlencoded");
  const parameters = Object.fromEntries(new URLSearchParams(isForm ? request.body : ""));
  return { service: serviceOf(request), action: actionOf(request, parameters), parameters };
};

const escaped = (text: string): string => text.replace(/[<>&'"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const REQUEST = "<ResponseMetadata><RequestId>rehearsal</RequestId></ResponseMetadata>";

const queryAnswer = (action: string, namespace: string, result: string): AwsAnswer => ({
  status: 200,
  contentType: "text/xml",
  body: `<${action}Response xmlns="${namespace}"><${action}Result>${result}</${action}Result>${REQUEST}</${action}Response>`,
});

const AUTO_SCALING = "http://autoscaling.amazonaws.com/doc/2011-01-01/";
const CLOUD_FORMATION = "http://cloudformation.amazonaws.com/doc/2010-05-15/";
const STS = "https://sts.amazonaws.com/doc/2011-06-15/";

/** Who asks. */
export interface Asker {
  readonly instanceId: string;
  readonly accountId: string;
  readonly zone: string;
  /** The Auto Scaling group that it is in. */
  readonly group: string;
}

/** Calls by which an instance tells of itself: they are taken, and shown in the report. */
const TAKEN: Readonly<Record<string, (call: AwsCall, asker: Asker) => AwsAnswer>> = {
  "autoscaling CompleteLifecycleAction": ({ action }) => queryAnswer(action, AUTO_SCALING, ""),
  "autoscaling RecordLifecycleActionHeartbeat": ({ action }) => queryAnswer(action, AUTO_SCALING, ""),
  "autoscaling DescribeAutoScalingInstances": ({ action }, { instanceId, zone, group }) =>
    queryAnswer(
      action,
      AUTO_SCALING,
      `<AutoScalingInstances><member><InstanceId>${instanceId}</InstanceId><AutoScalingGroupName>${group}</AutoScalingGroupName><AvailabilityZone>${zone}</AvailabilityZone><LifecycleState>Pending:Wait</LifecycleState><HealthStatus>HEALTHY</HealthStatus><ProtectedFromScaleIn>false</ProtectedFromScaleIn></member></AutoScalingInstances>`,
    ),
  "cloudformation SignalResource": ({ action }) => queryAnswer(action, CLOUD_FORMATION, ""),
  "sts GetCallerIdentity": ({ action }, { instanceId, accountId }) =>
    queryAnswer(
      action,
      STS,
      `<Arn>arn:aws:sts::${accountId}:assumed-role/rehearsal/${instanceId}</Arn><UserId>AROAREHEARSAL:${instanceId}</UserId><Account>${accountId}</Account>`,
    ),
};

/** Whether a call is one of those that are taken. */
export const isTaken = ({ service, action }: AwsCall): boolean =>
  Object.hasOwn(TAKEN, `${service} ${action}`);

/** The answer. What nobody here can answer is refused, in words that lead back to here. */
export const awsAnswer = (call: AwsCall, asker: Asker): AwsAnswer => {
  const { service, action } = call;
  const taken = TAKEN[`${service} ${action}`];
  if (taken !== undefined) return taken(call, asker);
  const message = `A rehearsal has no ${service}: nobody here answers ${action}.`;
  return {
    status: 400,
    contentType: "text/xml",
    body: `<ErrorResponse><Error><Type>Sender</Type><Code>NotInRehearsal</Code><Message>${escaped(message)}</Message></Error><RequestId>rehearsal</RequestId></ErrorResponse>`,
  };
};
