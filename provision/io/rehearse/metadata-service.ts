import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Change } from "../../rehearse/metadata/changes.ts";
import type { Reply } from "../../rehearse/metadata/exchange.ts";
import type { Instance } from "../../rehearse/metadata/instance.ts";
import { type MetadataModel, metadataModel } from "../../rehearse/metadata/model.ts";
import { refusal } from "../../rehearse/metadata/replies.ts";
import type { RequestEntry } from "../../rehearse/metadata/request-log.ts";

/** Where it listens: an address, or the path of a Unix socket that somebody forwards to. */
export type Listen = { readonly host: string; readonly port: number } | { readonly socket: string };

export interface MetadataServiceOptions {
  readonly listen: Listen;
  readonly instance: Instance;
  /** What happens before the first request. */
  readonly changes?: readonly Change[] | undefined;
  readonly mayReadTokenless?: ((userAgent: string) => boolean) | undefined;
  /** Over how many hops a request came; over one when it is absent. */
  readonly hopsOf?: ((request: IncomingMessage) => number) | undefined;
  /** Milliseconds since 1970; the clock of the system when it is absent. */
  readonly now?: (() => number) | undefined;
}

export interface MetadataService {
  /** Where it listens now: port 0 has become a real one. */
  readonly address: Listen;
  /** Takes effect from the next request on. @throws AppError USAGE for tags that EC2 does not put into metadata */
  readonly change: (change: Change) => void;
  readonly instance: () => Instance;
  /** What it was asked, the newest ones, and how many older ones it has forgotten. */
  readonly requests: () => readonly RequestEntry[];
  readonly forgotten: () => number;
  /** Ends all connections, those that wait as well. */
  readonly close: () => Promise<void>;
}

/** The instance metadata service for one instance. Rejects when it cannot listen there. */
export const startMetadataService = async (options: MetadataServiceOptions): Promise<MetadataService> => {
  const { listen, instance, changes = [], mayReadTokenless, now = Date.now } = options;
  const model = metadataModel({ instance, mayReadTokenless, secret: randomBytes(32) });
  for (const change of changes) model.change(change, now());
  const closing = new AbortController();
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    // Whoever goes away early is no failure of the service.
    for (const stream of [request, response]) stream.on("error", () => {});
    // A body says nothing here; one that is not read would keep the connection busy.
    request.resume();
    answer(request, response, { model, now, hopsOf: options.hopsOf, closing: closing.signal }).catch(() =>
      response.destroy(),
    );
  };
  // Without listeners of its own Node answers these three itself.
  const server = createServer(serve)
    .on("checkContinue", serve)
    .on("checkExpectation", serve)
    .on("clientError", (_error, socket) => refuseMalformed(socket as Socket));
  server.listen("socket" in listen ? { path: listen.socket } : listen);
  await once(server, "listening");
  return {
    address: addressOf(server, listen),
    change: (change) => model.change(change, now()),
    instance: model.instance,
    requests: model.log.entries,
    forgotten: model.log.forgotten,
    close: async () => {
      closing.abort();
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

interface Kit {
  readonly model: MetadataModel;
  readonly now: () => number;
  readonly hopsOf: ((request: IncomingMessage) => number) | undefined;
  readonly closing: AbortSignal;
}

const answer = async (request: IncomingMessage, response: ServerResponse, kit: Kit): Promise<void> => {
  const { method = "", url: target = "", headers } = request;
  const hops = kit.hopsOf?.(request);
  const { answer, delayMs } = kit.model.answer({ method, target, headers: singly(headers), hops }, kit.now());
  if (delayMs > 0) await sleep(delayMs, undefined, { signal: kit.closing, ref: false });
  switch (answer.kind) {
    case "reply":
      response.writeHead(answer.status, answer.headers).end(answer.body);
      return;
    case "hang-up":
      request.socket.destroy();
      return;
    case "silence":
      // Whoever asked gives up at some time, or the service closes.
      return;
  }
};

/** Of a header that came more than once Node makes one, but for the few that are lists. */
const singly = (headers: IncomingMessage["headers"]): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );

const addressOf = (server: Server, listen: Listen): Listen => {
  if ("socket" in listen) return listen;
  const { address: host, port } = server.address() as AddressInfo;
  return { host, port };
};

/** What is no HTTP gets the page for bad requests, as bytes: there is no request to answer. */
const refuseMalformed = (socket: Socket): void => {
  if (!socket.writable) return void socket.destroy();
  socket.end(wire(refusal(400)));
};

const wire = ({ status, headers, body }: Reply): string =>
  [
    `HTTP/1.1 ${status} Bad Request`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    "",
    new TextDecoder().decode(body),
  ].join("\r\n");
