import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { hostAllowed, originAllowed } from "../../local/origin.ts";
import { PAGE_FILES, PAGE_HEADERS } from "../../local/page/files.ts";
import { compilePattern } from "../../local/pattern/pattern.ts";
import { ServiceError } from "../../local/service-error.ts";
import { answerCall, type CallKit } from "./answer-call.ts";
import type { Feed } from "./feed.ts";

export interface ServeKit extends CallKit {
  readonly host: string;
  readonly feed: Feed;
}

/** The HTTP side: API calls by POST, the page, its feed and its files by GET. */
export const createHttpServer = (kit: ServeKit): Server => {
  const server = createServer({ keepAliveTimeout: 120_000, maxHeaderSize: 65_536 }, (request, response) => {
    request.on("error", () => {});
    response.on("error", () => {});
    route(request, response, kit);
  });
  server.maxConnections = 1_024;
  return server;
};

const route = (request: IncomingMessage, response: ServerResponse, kit: ServeKit): void => {
  const { host, origin } = request.headers;
  if (request.method === "POST") {
    if (originAllowed(origin, host, kit.host)) void answerCall(request, response, kit);
    else refuse(response, 403, "Calls from other sites are refused.");
  } else if (request.method !== "GET") refuse(response, 405, "Use GET or POST.");
  else if (!hostAllowed(host, kit.host))
    refuse(response, 403, "This name is not trusted: use the IP address or localhost.");
  else serveGet(request.url ?? "/", response, kit);
};

const serveGet = (target: string, response: ServerResponse, kit: ServeKit): void => {
  // Not split at every question mark: a pattern may hold some.
  const [, path = "/", query = ""] = /^([^?]*)\??(.*)$/s.exec(target) ?? [];
  const file = PAGE_FILES.get(path);
  if (path === "/feed") openFeed(new URLSearchParams(query), response, kit);
  else if (file === undefined) refuse(response, 404, "There is nothing here.");
  else response.writeHead(200, { ...PAGE_HEADERS, "Content-Type": file.type }).end(file.content);
};

const openFeed = (params: URLSearchParams, response: ServerResponse, { feed }: ServeKit): void => {
  const query = (name: string) => params.get(name) ?? undefined;
  try {
    const matches = compilePattern(query("pattern") ?? "");
    response.writeHead(200, { ...PAGE_HEADERS, "Content-Type": "text/event-stream" });
    feed.add(response, { group: query("group"), stream: query("stream"), matches });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    refuse(response, 400, error.message);
  }
};

const refuse = (response: ServerResponse, status: number, message: string): void => {
  response.writeHead(status, {
    ...PAGE_HEADERS,
    "Content-Type": "text/plain; charset=utf-8",
    Connection: "close",
  });
  response.end(`${message}\n`);
};
