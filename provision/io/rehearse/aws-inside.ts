import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Asker, type AwsCall, awsAnswer, awsCall, isTaken } from "../../rehearse/aws-answers.ts";
import { type CommandService, operationOf, PREFIXES } from "../../rehearse/codedeploy/command-service.ts";
import type { SeenCall } from "../../rehearse/ports.ts";
import { type Downloads, s3Url } from "./downloads.ts";

/** The services of AWS but CloudWatch Logs, as a container reaches them. */

/** A request larger than that is none of those that are answered here, in bytes. */
const BODY_BYTES = 1_048_576;
/** So long CodeDeploy keeps a poll with nothing to give out, in milliseconds. */
const POLL_MS = 60_000;
const LOOK_MS = 100;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= BODY_BYTES) chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
};

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body === "" ? "{}" : body);
  } catch {
    return undefined;
  }
};

export interface AwsInput {
  readonly downloads: Downloads;
  readonly asker: () => Asker;
  /** Where there is a deployment. */
  readonly commands: () => CommandService | undefined;
  readonly onCall: (call: SeenCall) => void;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const JSON_TYPE = { "Content-Type": "application/x-amz-json-1.1" };

/** The host commands of CodeDeploy: a poll is answered when there is something to give out. */
const answerCommand = async (
  service: CommandService,
  call: AwsCall,
  target: string,
  body: string,
  response: ServerResponse,
): Promise<void> => {
  const operation = operationOf(call.service, target);
  const until = performance.now() + POLL_MS;
  for (;;) {
    const { status, body: answer } = service.call(operation ?? target, parsed(body));
    const isEmpty = status === 200 && operation === "PollHostCommand" && answer.HostCommand === undefined;
    if (!isEmpty || performance.now() > until || response.destroyed) {
      response.writeHead(status, JSON_TYPE).end(JSON.stringify(answer));
      return;
    }
    await sleep(LOOK_MS);
  }
};

/** Answers every call: as the service would, or with the refusal of a rehearsal. */
export const awsHandler = ({ downloads, asker, commands, onCall }: AwsInput): Handler => {
  const answer: (...args: Parameters<Handler>) => Promise<void> = async (request, response) => {
    const body = await bodyOf(request);
    const { method = "", url: path = "", headers } = request;
    const call = awsCall({ method, path, headers, body });
    if (call.service === "s3" && (method === "GET" || method === "HEAD")) {
      if (!downloads.answer(s3Url(request), request, response))
        response
          .writeHead(404, { "Content-Type": "application/xml" })
          .end("<Error><Code>NoSuchKey</Code><Message>A rehearsal has what --serve names.</Message></Error>");
      return;
    }
    const service = Object.hasOwn(PREFIXES, call.service) ? commands() : undefined;
    if (service !== undefined)
      return answerCommand(service, call, String(headers["x-amz-target"] ?? ""), body, response);
    onCall({ at: Date.now(), ...call, taken: isTaken(call) });
    const { status, contentType, body: text } = awsAnswer(call, asker());
    response.writeHead(status, { "Content-Type": contentType }).end(text);
  };
  return (request, response) => {
    answer(request, response).catch(() => response.destroy());
  };
};
