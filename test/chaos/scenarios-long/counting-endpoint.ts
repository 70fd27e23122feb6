import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

type Take = (stream: string, message: string, timestamp: number) => void;

interface Put {
  readonly logStreamName: string;
  readonly logEvents: readonly { readonly timestamp: number; readonly message: string }[];
}

/**
 * A service that says yes and hands on every event. Not the embedded endpoint: that one keeps what it takes, and would
 * be what limits a run of millions of lines.
 */
export class CountingEndpoint {
  requests = 0;
  readonly #take: Take;
  #server: Server | undefined;
  #port = 0;

  constructor(take: Take) {
    this.#take = take;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, after it was closed on the same port as before. */
  async open(): Promise<void> {
    const server = createServer(async (request, response) => {
      const body = await bodyOf(request).catch(() => undefined);
      if (body === undefined) return response.destroy();
      this.requests++;
      if (String(request.headers["x-amz-target"]).endsWith(".PutLogEvents")) this.#put(body);
      return response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end("{}");
    });
    server.keepAliveTimeout = 60_000;
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Cuts off whoever is connected; from now on nobody listens. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  }

  #put(body: Buffer): void {
    const { logStreamName, logEvents } = JSON.parse(body.toString()) as Put;
    for (const { message, timestamp } of logEvents) this.#take(logStreamName, message, timestamp);
  }
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const wire = Buffer.concat(chunks);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(wire) : wire;
};
