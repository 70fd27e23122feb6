/**
 * A strict double of the launch-template API of EC2 and of what stands around it, on loopback. It refuses what the service refuses, and it can be
 * told to throttle, to lag, to deny and to lose answers. The state lives as long as the double: clients come and go.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { RequestLaunchTemplateData } from "@aws-sdk/client-ec2";
import {
  AUTO_SCALING,
  autoScalingFault,
  autoScalingResult,
  createAutoScaling,
  type FakeRefresh,
  type GroupsOptions,
  type LaunchTemplateSpecification,
  type RefreshStep,
} from "./auto-scaling.ts";
import { Fault, readForm, writeFault, writeResult } from "./ec2-query.ts";
import { ACCOUNT, parameterOf, type Surroundings, surroundingActions } from "./ec2-surroundings.ts";
import { type Action, createTemplates, type FakeTemplate, type TemplateOptions } from "./ec2-templates.ts";

export type { FakeGroup, FakeRefresh, RefreshStep } from "./auto-scaling.ts";
export type { FakeInstanceType } from "./ec2-instance-types.ts";
export type { FakeFleet, FakeImage, FakeInstance } from "./ec2-surroundings.ts";
export type { DataWarning, FakeTemplate, FakeVersion } from "./ec2-templates.ts";

export interface Ec2Options extends TemplateOptions, Surroundings, GroupsOptions {}

export interface Call {
  readonly action: string;
  /** In the names of the SDK. Members that the model does not know are left out. */
  readonly params: Readonly<Record<string, unknown>>;
}

export interface Failure {
  /** Undefined: the connection is destroyed without an answer. */
  readonly code?: string;
  /** 400 if absent. */
  readonly status?: number;
  readonly message?: string;
  /** 1 if absent. */
  readonly times?: number;
  /** The action is carried out before the client hears of the failure. */
  readonly afterEffect?: boolean;
}

export interface Ec2Fake {
  readonly url: string;
  /** All requests that carried a signature, in order. */
  readonly calls: readonly Call[];
  /** By name; what is true, also where Describe does not show it yet. */
  readonly templates: ReadonlyMap<string, FakeTemplate>;
  /** Instance refreshes, the oldest first; what is true, as above. */
  readonly refreshes: readonly FakeRefresh[];
  /** What the next refreshes go through: a step each time that one is asked for by its id. The last one stays. */
  readonly course: (steps: readonly RefreshStep[]) => void;
  /** Failures of the same action come one after the other. */
  readonly fail: (action: string, failure: Failure) => void;
  readonly throttle: (action: string, times: number) => void;
  /** What is written from now on is shown by Describe this many milliseconds later. */
  readonly lag: (ms: number) => void;
  /** Called once, before the next request of this kind is carried out. */
  readonly before: (action: string, callback: (params: Call["params"]) => unknown) => void;
  /** From now on, for every request of this kind. */
  readonly deny: (action: string) => void;
  /** What another client would have done: a version without a request. Returns its number. */
  readonly addVersion: (name: string, data: RequestLaunchTemplateData, description?: string) => number;
  readonly close: () => Promise<void>;
}

const EC2_VERSION = "2016-11-15";
const AUTO_SCALING_VERSION = "2011-01-01";
const SIGNATURE =
  /^AWS4-HMAC-SHA256 Credential=[^/\s]+\/\d{8}\/[^/\s]+\/[^/\s]+\/aws4_request, ?SignedHeaders=\S+, ?Signature=[0-9a-f]{64}$/;

/** A request as the service that it speaks to understands it. */
interface Request extends Call {
  readonly service: "ec2" | "autoscaling" | "ssm";
  readonly contentType: string;
  /** What is wrong with its form: nothing is carried out. */
  readonly faults: readonly Fault[];
  readonly carryOut: () => string;
  readonly writeFault: (fault: Fault, requestId: string) => string;
}

export const startEc2 = async (options: Ec2Options = {}): Promise<Ec2Fake> => {
  const templates = createTemplates(options);
  const imageOf = ({
    LaunchTemplateId,
    LaunchTemplateName,
    Version = "$Default",
  }: LaunchTemplateSpecification) => {
    const template = [...templates.all.values()].find(
      ({ id, name }) => id === LaunchTemplateId || name === LaunchTemplateName,
    );
    if (template === undefined) return undefined;
    const moving: Readonly<Record<string, number>> = {
      $Latest: template.latestVersion,
      $Default: template.defaultVersion,
    };
    const version = template.versions.get(moving[Version] ?? Number(Version));
    return version && (version.data.ImageId ?? "");
  };
  const scaling = createAutoScaling(options, imageOf);
  const actions = tableOf([...templates.actions, ...surroundingActions(options)]);
  const scalingActions = tableOf(scaling.actions);
  const calls: Call[] = [];
  const failures = new Map<string, Failure[]>();
  const callbacks = new Map<string, ((params: Call["params"]) => unknown)[]>();
  const denied = new Set<string>();

  const fail = (action: string, { times = 1, ...failure }: Failure): void => {
    const earlier = failures.get(action) ?? [];
    if (times > 0) failures.set(action, [...earlier, { ...failure, times }]);
  };

  const nextFailure = (action: string): Failure | undefined => {
    const [next, ...rest] = failures.get(action) ?? [];
    if (next === undefined) return undefined;
    const times = (next.times ?? 1) - 1;
    failures.set(action, times > 0 ? [{ ...next, times }, ...rest] : rest);
    return next;
  };

  /** The body of the answer; undefined: the client is to hear nothing. */
  const answer = async (request: Request): Promise<string | undefined> => {
    const { action, params } = request;
    const failure = nextFailure(action);
    if (failure !== undefined && !failure.afterEffect) return outcome(failure);
    if (denied.has(action)) throw denial(request);
    const [fault] = request.faults;
    if (fault !== undefined) throw fault;
    // A dry run proves permission and nothing else.
    if (params.DryRun === true)
      throw new Fault("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
    await callbacks.get(action)?.shift()?.(params);
    const body = request.carryOut();
    return failure === undefined ? body : outcome(failure);
  };

  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    const request = requestOf(message, await text(message), requestId, options, actions, scalingActions);
    const send = (status: number, body: string): void => {
      response.writeHead(status, { "content-type": request.contentType, "x-amzn-requestid": requestId });
      response.end(body);
    };
    try {
      if (!SIGNATURE.test(message.headers.authorization ?? ""))
        throw new Fault("AuthFailure", "AWS was not able to validate the provided access credentials", 401);
      calls.push({ action: request.action, params: request.params });
      const body = await answer(request);
      if (body === undefined) message.socket.destroy();
      else send(200, body);
    } catch (error) {
      // A mistake in the double itself must not look like a rule of the service.
      const fault = error instanceof Fault ? error : new Fault("InternalError", String(error), 500);
      send(fault.status, request.writeFault(fault, requestId));
    }
  };

  const server = createServer((message, response) => {
    // A client that is killed while it sends is none of the double's business.
    handle(message, response).catch(() => message.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    templates: templates.all,
    refreshes: scaling.refreshes,
    course: scaling.course,
    fail,
    throttle: (action, times) =>
      fail(action, { ...(scalingActions.has(action) ? SCALING_THROTTLED : THROTTLED), times }),
    lag: (ms) => {
      templates.lag(ms);
      scaling.lag(ms);
    },
    before: (action, callback) => {
      callbacks.set(action, [...(callbacks.get(action) ?? []), callback]);
    },
    deny: (action) => {
      denied.add(action);
    },
    addVersion: templates.addVersion,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
};

/** Each service has a way of its own to say that it is asked too often. */
const THROTTLED: Failure = {
  code: "RequestLimitExceeded",
  status: 503,
  message: "Request limit exceeded.",
};
const SCALING_THROTTLED: Failure = { code: "Throttling", status: 400, message: "Rate exceeded" };

const tableOf = (actions: readonly Action[]): ReadonlyMap<string, Action> =>
  new Map(actions.map((one) => [one.operation[2], one]));

const outcome = ({ code, message = "Scripted failure.", status = 400 }: Failure): undefined => {
  if (code !== undefined) throw new Fault(code, message, status);
};

const USER = `arn:aws:iam::${ACCOUNT}:user/tester`;
const RESOURCES: Readonly<Record<Request["service"], string>> = {
  ec2: `arn:aws:ec2:us-east-1:${ACCOUNT}:launch-template/*`,
  autoscaling: `arn:aws:autoscaling:us-east-1:${ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/*`,
  ssm: "*",
};

/** Each service has a code and a status of its own for the same thing. */
const denial = ({ service, action }: Request): Fault => {
  const resource = action.startsWith("Describe") ? "*" : RESOURCES[service];
  const reason =
    `User: ${USER} is not authorized to perform: ${service}:${action} on resource: ${resource}` +
    ` because no identity-based policy allows the ${service}:${action} action`;
  if (service === "ssm") return new Fault("AccessDeniedException", reason);
  if (service === "autoscaling") return new Fault("AccessDenied", reason, 403);
  return new Fault(
    "UnauthorizedOperation",
    `You are not authorized to perform this operation. ${reason}. Encoded authorization failure message: c2VjcmV0`,
    403,
  );
};

const requestOf = (
  message: IncomingMessage,
  body: string,
  requestId: string,
  world: Surroundings,
  actions: ReadonlyMap<string, Action>,
  scalingActions: ReadonlyMap<string, Action>,
): Request => {
  const target = message.headers["x-amz-target"];
  if (typeof target === "string") return ssmRequest(target, body, world);
  const form = new URLSearchParams(body);
  return form.get("Version") === AUTO_SCALING_VERSION
    ? autoScalingRequest(form, requestId, scalingActions)
    : ec2Request(form, requestId, actions);
};

const ec2Request = (
  form: URLSearchParams,
  requestId: string,
  actions: ReadonlyMap<string, Action>,
): Request => {
  const name = form.get("Action") ?? "";
  const action = actions.get(name);
  const common = { service: "ec2", action: name, contentType: "text/xml;charset=UTF-8", writeFault } as const;
  const version = form.get("Version");
  if (action === undefined || version !== EC2_VERSION) {
    const fault =
      version === EC2_VERSION
        ? new Fault("InvalidAction", `The action ${name} is not valid for this web service.`)
        : new Fault(
            "NoSuchVersion",
            `The requested version (${version}) of service AmazonEC2 does not exist`,
          );
    return { ...common, params: {}, faults: [fault], carryOut: () => "" };
  }
  const { value, faults } = readForm(action.operation, form);
  return {
    ...common,
    params: value,
    faults,
    carryOut: () => writeResult(action.operation, action.carryOut(value), requestId),
  };
};

const autoScalingRequest = (
  form: URLSearchParams,
  requestId: string,
  actions: ReadonlyMap<string, Action>,
): Request => {
  const name = form.get("Action") ?? "";
  const action = actions.get(name);
  const common = {
    service: "autoscaling",
    action: name,
    contentType: "text/xml",
    writeFault: autoScalingFault,
  } as const;
  if (action === undefined) {
    const message = `Could not find operation ${name} for version ${AUTO_SCALING_VERSION}`;
    return { ...common, params: {}, faults: [new Fault("InvalidAction", message)], carryOut: () => "" };
  }
  const { value, faults } = readForm(action.operation, form, AUTO_SCALING);
  return {
    ...common,
    params: value,
    faults,
    carryOut: () => autoScalingResult(action.operation, action.carryOut(value), requestId),
  };
};

const ssmRequest = (target: string, body: string, world: Surroundings): Request => {
  const params = parsed(body);
  return {
    service: "ssm",
    action: target.split(".").at(-1) ?? "",
    params: params ?? {},
    contentType: "application/x-amz-json-1.1",
    faults: [
      ...(target === "AmazonSSM.GetParameter" ? [] : [new Fault("UnknownOperationException", "")]),
      ...(params === undefined ? [new Fault("SerializationException", "")] : []),
    ],
    carryOut: () => JSON.stringify(parameterOf(world, String(params?.Name))),
    writeFault: ({ code, message }) => JSON.stringify({ __type: code, message }),
  };
};

const parsed = (body: string): Call["params"] | undefined => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Call["params"]) : undefined;
  } catch {
    return undefined;
  }
};
