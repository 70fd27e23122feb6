import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Call, operationName, parseCall } from "../../local/call.ts";
import type { FaultPlan, Faults } from "../../local/faults.ts";
import type { Accepted } from "../../local/operation.ts";
import { ServiceError } from "../../local/service-error.ts";
import type { Store } from "../../local/store.ts";
import type { Counters } from "./counters.ts";
import type { ReadBody } from "./request-body.ts";

export interface CallKit {
  readonly store: Store;
  readonly now: () => number;
  readonly faults: () => Faults;
  readonly readBody: ReadBody;
  readonly counters: Counters;
  readonly accepted: (accepted: Accepted) => void;
  /** Aborts when the endpoint is closed. */
  readonly closing: AbortSignal;
}

/** Answers one API call, or does to it what the script of faults wants. */
export const answerCall = async (
  request: IncomingMessage,
  response: ServerResponse,
  kit: CallKit,
): Promise<void> => {
  try {
    const body = await receive(request, kit);
    const call = parseCall(request.headers, body);
    const { name: operation, members, region } = call;
    const plan = kit.faults().next({ operation, members, region });
    if (plan !== undefined) kit.counters.fault();
    await (plan === undefined ? succeed(response, perform(call, kit)) : carryOut(plan, call, response, kit));
  } catch (error) {
    if (response.destroyed) return;
    fail(request, response, toServiceError(error), kit);
  }
};

const receive = async (request: IncomingMessage, kit: CallKit): Promise<Buffer> => {
  const operation = operationName(request.headers["x-amz-target"]);
  try {
    const body = await kit.readBody(request);
    kit.counters.request(operation, body.length);
    return body;
  } catch (error) {
    kit.counters.request(operation, 0);
    throw error;
  }
};

const perform = (call: Call, kit: CallKit, plan?: FaultPlan): object =>
  call.operation(call.members, {
    store: kit.store,
    now: kit.now(),
    region: call.region,
    body: call.body,
    packing: call.packing,
    reject: plan?.kind === "reject" ? plan.reject : undefined,
    accepted: kit.accepted,
  });

const carryOut = async (
  plan: FaultPlan,
  call: Call,
  response: ServerResponse,
  kit: CallKit,
): Promise<void> => {
  switch (plan.kind) {
    case "refuse":
      throw plan.error;
    case "garbage":
      response
        .writeHead(200, { "Content-Type": "text/html" })
        .end("<html><body>Welcome to the proxy</body></html>");
      return;
    case "reject":
      return succeed(response, perform(call, kit, plan));
    case "reset":
      if (plan.when === "after") perform(call, kit);
      return reset(response);
    case "wait": {
      await sleep(plan.ms, undefined, { signal: kit.closing, ref: false });
      return plan.next === "reset" ? reset(response) : succeed(response, perform(call, kit));
    }
  }
};

const reset = (response: ServerResponse): void => {
  response.socket?.resetAndDestroy();
};

const succeed = (response: ServerResponse, members: object): void =>
  send(response, 200, JSON.stringify(members));

const fail = (
  request: IncomingMessage,
  response: ServerResponse,
  error: ServiceError,
  kit: CallKit,
): void => {
  kit.counters.error(error.type);
  // The rest of a body that was refused half-way is not worth reading.
  if (!request.complete) response.setHeader("Connection", "close");
  response.setHeader("x-amzn-ErrorType", error.type);
  send(response, error.status, JSON.stringify({ __type: error.type, message: error.message.toWellFormed() }));
};

const send = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, {
    "Content-Type": "application/x-amz-json-1.1",
    "Content-Length": Buffer.byteLength(text),
    "x-amzn-RequestId": randomUUID(),
  });
  response.end(text);
};

const toServiceError = (error: unknown): ServiceError => {
  if (error instanceof ServiceError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ServiceError("InternalFailure", `The embedded endpoint failed: ${reason}`, 500);
};
