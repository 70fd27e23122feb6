import { promisify } from "node:util";
import { gzip, gzipSync } from "node:zlib";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  GetLogEventsCommand,
  type OutputLogEvent,
  PutLogEventsCommand,
  type PutLogEventsCommandInput,
  type PutLogEventsCommandOutput,
  PutRetentionPolicyCommand,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from "@aws-sdk/client-cloudwatch-logs";
import type { SerializeMiddleware } from "@smithy/types";
import { REQUEST_TIMEOUTS } from "../base/aws-requests.ts";
import type { CreateResult, PutResult, Rejected, Sink, Target } from "../logs/ports.ts";
import { hash as hashOf } from "../logs/print.ts";
import { Turnstile } from "../logs/turnstile.ts";
import { classify } from "./aws-failure.ts";

export interface SinkOptions {
  readonly region: string;
  /** Undefined: the endpoint of the service in the Region. */
  readonly endpoint: string | undefined;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  readonly compression: "gzip" | "none";
}

/** A body of this size or less travels in one or two packets anyway, in bytes. */
const WORTH_COMPRESSING = 1_024;

/** A body of this size or less is compressed in less time than the way to another thread takes, in bytes. */
const COMPRESSED_HERE = 32_768;

/** One request per stream at a time: streams whose request hangs must leave connections for the others. */
const MOST_CONNECTIONS = 1_024;
/** Bodies compressed at once: each takes a thread, and memory that is given back late. */
const COMPRESSORS = 2;
/** The events of a request fill one page, or a few. */
const MOST_PAGES = 20;

const compress = promisify(gzip);

/** CloudWatch Logs through the SDK: it signs, finds credentials and speaks HTTP; repeating is up to the caller. */
export const createSink = (options: SinkOptions): Sink => {
  const client = new CloudWatchLogsClient({
    region: options.region,
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    maxAttempts: 1,
    // No call has options of its own: for those the SDK would put its chain of middleware together anew, which is a
    // third of what a request costs. Whoever stops destroys the sockets instead of aborting calls.
    cacheMiddleware: true,
    requestHandler: {
      ...REQUEST_TIMEOUTS,
      httpAgent: { keepAlive: true, maxSockets: MOST_CONNECTIONS },
      httpsAgent: { keepAlive: true, maxSockets: MOST_CONNECTIONS },
    },
  });

  const compressors = new Turnstile(COMPRESSORS);
  const wires = new WeakMap<object, Wire>();
  client.middlewareStack.addRelativeTo(
    wireBody(wires) as SerializeMiddleware<ServiceInputTypes, ServiceOutputTypes>,
    {
      name: "wireBody",
      relation: "after",
      toMiddleware: "serializerMiddleware",
    },
  );

  const create = async (send: () => Promise<unknown>): Promise<CreateResult> => {
    try {
      await send();
      return { kind: "done" };
    } catch (error) {
      if ((error as Error).name === "ResourceAlreadyExistsException") return { kind: "done" };
      return classify(error);
    }
  };

  /** The events of a stream that are dated `from` to `to`, both included, page by page. */
  async function* pages({ logGroupName, logStreamName }: Target, from: number, to: number) {
    const range = { startTime: from, endTime: to + 1, startFromHead: true };
    let token: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const output = await client.send(
        new GetLogEventsCommand({
          logGroupName,
          logStreamName,
          ...range,
          ...(token && { nextToken: token }),
        }),
      );
      yield output.events ?? [];
      // The service says that there is no more by repeating the token.
      if (output.nextForwardToken === undefined || output.nextForwardToken === token) return;
      token = output.nextForwardToken;
    }
  }

  return {
    put: async ({ logGroupName, logStreamName }, body) => {
      try {
        const wire =
          options.compression === "gzip"
            ? await compressed(body, compressors)
            : { body, encoding: undefined };
        const command = new PutLogEventsCommand({ logGroupName, logStreamName, logEvents: [] });
        wires.set(command.input, wire);
        const output = await client.send(command);
        return { kind: "taken", rejected: rejectedOf(output) } satisfies PutResult;
      } catch (error) {
        return classify(error);
      }
    },
    createStream: ({ logGroupName, logStreamName }) =>
      create(() => client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))),
    createGroup: ({ logGroupName, logGroupClass }) =>
      create(() => client.send(new CreateLogGroupCommand({ logGroupName, logGroupClass }))),
    putRetention: ({ logGroupName, retentionInDays }) =>
      create(() => client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }))),
    landed: async (target, { stamp, hash }) => {
      try {
        for await (const page of pages(target, stamp, stamp))
          if (page.some(({ message = "" }) => hashOf(message) === hash)) return true;
        return false;
      } catch (error) {
        return classify(error).kind === "missing" ? false : undefined;
      }
    },
    between: async (target, from, to) => {
      try {
        const found: OutputLogEvent[] = [];
        for await (const page of pages(target, from, to)) found.push(...page);
        return found.map(({ timestamp = 0, message = "" }) => ({ stamp: timestamp, hash: hashOf(message) }));
      } catch (error) {
        return classify(error).kind === "missing" ? [] : undefined;
      }
    },
    close: () => client.destroy(),
  };
};

interface Wire {
  readonly body: Uint8Array;
  readonly encoding: "gzip" | undefined;
}

/** Room for what log lines shrink to, so that there is one piece of output and nothing to put together. */
const outputChunk = (length: number): number => Math.min(425_984, Math.max(4_096, length >> 1));

/** Level 1: on log lines it saves as much as level 6 to within a tenth, for less than half the work. */
const compressed = async (body: Uint8Array, compressors: Turnstile): Promise<Wire> => {
  if (body.length <= WORTH_COMPRESSING) return { body, encoding: undefined };
  const options = { level: 1, memLevel: 9, chunkSize: outputChunk(body.length) };
  if (body.length <= COMPRESSED_HERE)
    return { body: gzipSync(body, { ...options, memLevel: 8 }), encoding: "gzip" };
  const place = await compressors.take(1);
  try {
    return { body: await compress(body, options), encoding: "gzip" };
  } finally {
    place.release();
  }
};

/**
 * Puts the body that belongs to a command in the place of the one that the SDK has made of its members. The SDK would
 * build the same bytes from objects, at three times the price of everything else that a request costs.
 */
const wireBody =
  (wires: WeakMap<object, Wire>): SerializeMiddleware<PutLogEventsCommandInput, PutLogEventsCommandOutput> =>
  (next) =>
  (args) => {
    const wire = wires.get(args.input);
    if (wire === undefined) return next(args);
    const request = args.request as { body: Uint8Array; headers: Record<string, string> };
    request.body = wire.body;
    if (wire.encoding !== undefined) request.headers["content-encoding"] = wire.encoding;
    return next(args);
  };

const rejectedOf = ({ rejectedLogEventsInfo: info }: PutLogEventsCommandOutput): Rejected | undefined => {
  if (info === undefined) return undefined;
  return {
    tooOldEnd: info.tooOldLogEventEndIndex ?? 0,
    expiredEnd: info.expiredLogEventEndIndex ?? 0,
    tooNewStart: info.tooNewLogEventStartIndex,
  };
};
