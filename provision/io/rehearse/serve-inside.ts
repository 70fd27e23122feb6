import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createReadStream, readlinkSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import process from "node:process";
import { type AwsRequest, awsAnswer, awsCall, isTaken } from "../../rehearse/aws-answers.ts";
import { dhcpAnswer } from "../../rehearse/dhcp.ts";
import type { RequestEntry } from "../../rehearse/metadata/request-log.ts";
import {
  AWS_PORT,
  cable,
  LOGS_PORT,
  MASQUERADE,
  METADATA_ADDRESS,
  SERVICES_ADDRESS,
  servicesNetwork,
  subnetOf,
} from "../../rehearse/network.ts";
import type { Seen, SeenCall, SeenFetch, SeenStream } from "../../rehearse/ports.ts";
import type { Answer, Certificate, Order, Served } from "./messages.ts";
import { type MetadataService, startMetadataService } from "./metadata-service.ts";

/**
 * The process that serves a container: it runs in a network namespace of its own, with a cable to that of the
 * container. It takes orders from the rehearsal over the channel that it was started with, and ends with that.
 */

const ip = (call: readonly string[]): void => {
  execFileSync("ip", call, { stdio: ["ignore", "ignore", "pipe"] });
};

const networkOf = (pid: number): string => readlinkSync(`/proc/${pid}/ns/net`);

/** A request larger than that is none of those that are answered here, in bytes. */
const BODY_BYTES = 1_048_576;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= BODY_BYTES) chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
};

/** What is served of the web and of S3. */
class Downloads {
  readonly fetches: SeenFetch[] = [];
  readonly #files: ReadonlyMap<string, string>;

  constructor(served: readonly Served[]) {
    this.#files = new Map(served.map(({ url, file }) => [url, file]));
  }

  /** Answers for an address, if it is one of those. */
  answer(url: string, request: IncomingMessage, response: ServerResponse): boolean {
    const file = this.#files.get(url);
    this.fetches.push({ url, status: file === undefined ? 404 : 200 });
    if (file === undefined) return false;
    const { size, mtime } = statSync(file);
    response.writeHead(200, {
      "Content-Length": size,
      "Content-Type": "application/octet-stream",
      "Last-Modified": mtime.toUTCString(),
      ETag: `"${size.toString(16)}-${mtime.getTime().toString(16)}"`,
      "Accept-Ranges": "none",
    });
    if (request.method === "HEAD") response.end();
    else
      createReadStream(file)
        .on("error", () => response.destroy())
        .pipe(response);
    return true;
  }
}

const notFound = (response: ServerResponse, message: string): void => {
  response.writeHead(404, { "Content-Type": "text/plain" }).end(`${message}\n`);
};

/** Of the web: by scheme, host and path. */
const web =
  (scheme: "http" | "https", downloads: Downloads) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const url = `${scheme}://${request.headers.host ?? ""}${(request.url ?? "").split("?")[0]}`;
    if (!downloads.answer(url, request, response))
      notFound(response, `A rehearsal serves what --serve names, and ${url} is not among it.`);
  };

/** S3 has the bucket in its path where the endpoint is given, or in the name of the host. */
const s3Url = (request: IncomingMessage): string => {
  const path = decodeURIComponent((request.url ?? "").split("?")[0] ?? "");
  const [, bucket] = /^(.+)\.(?:s3\b[^:]*|100\.64\.0\.1)/.exec(request.headers.host ?? "") ?? [];
  return bucket === undefined ? `s3:/${path}` : `s3://${bucket}${path}`;
};

const listening = async (server: Server, port: number): Promise<void> => {
  server.listen({ host: SERVICES_ADDRESS, port });
  await once(server, "listening");
};

/** All that an instance reaches over its gateway. */
class Inside {
  #metadata: MetadataService | undefined;
  #downloads = new Downloads([]);
  readonly #calls: SeenCall[] = [];
  /** What earlier instances have asked the metadata service. */
  readonly #asked: RequestEntry[] = [];
  #group = "";
  /** The network of the services is there once; the rules of a former cable are, too. */
  #isCabled = false;

  async serve(order: Extract<Order, { kind: "serve" }>): Promise<void> {
    for (const call of servicesNetwork(order.network)) ip(call);
    // Without it a packet for anywhere else is dropped, and whoever sent it waits.
    writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
    if (order.network === "host")
      execFileSync("nft", ["--file", "-"], { input: MASQUERADE, stdio: ["pipe", "ignore", "pipe"] });
    this.#group = order.group;
    this.#downloads = new Downloads(order.served);
    this.#metadata = await startMetadataService({
      listen: { host: METADATA_ADDRESS, port: 80 },
      instance: order.instance,
      changes: order.changes,
    });
    await listening(createServer(web("http", this.#downloads)), 80);
    await listening(
      createServer((request, response) => void this.#aws(request, response)),
      AWS_PORT,
    );
    await this.#serveDhcp();
    if (order.certificate !== undefined) await this.#serveTls(order.certificate);
  }

  async #serveDhcp(): Promise<void> {
    const socket = createSocket({ type: "udp4", reuseAddr: true });
    socket.on("message", (message) => {
      const { address } = this.#service.instance().network;
      const answer = dhcpAnswer(message, { address, gateway: subnetOf(address).gateway });
      if (answer !== undefined) socket.send(answer, 68, "255.255.255.255", () => undefined);
    });
    socket.bind(67);
    await once(socket, "listening");
    socket.setBroadcast(true);
  }

  async #serveTls({ key, certificate }: Certificate): Promise<void> {
    await listening(createTlsServer({ key, cert: certificate }, web("https", this.#downloads)), 443);
  }

  connect({ leader, outside }: Extract<Order, { kind: "connect" }>): void {
    // Whatever went wrong before: no cable ever leads into the network of this machine.
    if (networkOf(leader) === outside) throw new Error("the container has no network of its own");
    const instance = this.#service.instance();
    const { address, mac } = instance.network;
    for (const call of cable({ leader, address, mac, hopLimit: instance.options.hopLimit })) {
      if (call[0] === "rule" && this.#isCabled) continue;
      ip(call);
    }
    this.#isCabled = true;
  }

  get #service(): MetadataService {
    if (this.#metadata === undefined) throw new Error("nothing is served yet");
    return this.#metadata;
  }

  change(change: Parameters<MetadataService["change"]>[0]): void {
    this.#service.change(change);
  }

  /** The new one is told about from now on, to whoever asks. */
  async restart({ instance, changes }: Extract<Order, { kind: "instance" }>): Promise<void> {
    this.#asked.push(...this.#service.requests());
    await this.#service.close();
    this.#metadata = await startMetadataService({
      listen: { host: METADATA_ADDRESS, port: 80 },
      instance,
      changes,
    });
  }

  get region(): string {
    return this.#service.instance().region;
  }

  seen(): Seen {
    return {
      metadata: [...this.#asked, ...this.#service.requests()],
      calls: this.#calls,
      fetches: this.#downloads.fetches,
    };
  }

  async #aws(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const { method = "", url: path = "", headers } = request;
    const call = awsCall({ method, path, headers, body } satisfies AwsRequest);
    if (call.service === "s3" && (method === "GET" || method === "HEAD")) {
      if (!this.#downloads.answer(s3Url(request), request, response))
        response
          .writeHead(404, { "Content-Type": "application/xml" })
          .end("<Error><Code>NoSuchKey</Code><Message>A rehearsal has what --serve names.</Message></Error>");
      return;
    }
    const { id: instanceId, account: accountId, zone } = this.#service.instance();
    this.#calls.push({ at: Date.now(), ...call, taken: isTaken(call) });
    const {
      status,
      contentType,
      body: text,
    } = awsAnswer(call, { instanceId, accountId, zone, group: this.#group });
    response.writeHead(status, { "Content-Type": contentType }).end(text);
  }
}

/** The endpoint wants to see that a request was signed, as the service does, and looks no further. */
const signed = (region: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKIAREHEARSAL/20260101/${region}/logs/aws4_request, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`;

/** A call to the endpoint for logs. */
const logs = async (region: string, action: string, input: object): Promise<Record<string, unknown>> => {
  const answer = await fetch(`http://${SERVICES_ADDRESS}:${LOGS_PORT}/`, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `Logs_20140328.${action}`,
      Authorization: signed(region),
      "X-Amz-Date": "20260101T000000Z",
    },
    body: JSON.stringify(input),
  });
  if (!answer.ok) throw new Error(`the endpoint for logs has answered ${action} with ${answer.status}`);
  return (await answer.json()) as Record<string, unknown>;
};

/** Of each stream so many of the newest events are shown. */
const SHOWN = 3;
const PAGE = 10_000;

const eventsIn = async (region: string, group: string, stream: string): Promise<readonly string[]> => {
  const found: string[] = [];
  for (let token: unknown; ; ) {
    const page = await logs(region, "GetLogEvents", {
      logGroupName: group,
      logStreamName: stream,
      startFromHead: true,
      limit: PAGE,
      ...(token === undefined ? {} : { nextToken: token }),
    });
    const events = (page.events ?? []) as readonly { readonly message: string }[];
    found.push(...events.map(({ message }) => message));
    if (events.length === 0 || page.nextForwardToken === token) return found;
    token = page.nextForwardToken;
  }
};

/** All that was shipped. */
const streams = async (region: string): Promise<readonly SeenStream[]> => {
  const groups = ((await logs(region, "DescribeLogGroups", {})).logGroups ?? []) as readonly {
    logGroupName: string;
  }[];
  const found: SeenStream[] = [];
  for (const { logGroupName: group } of groups) {
    const { logStreams = [] } = await logs(region, "DescribeLogStreams", { logGroupName: group });
    for (const { logStreamName: stream } of logStreams as readonly { readonly logStreamName: string }[]) {
      const events = await eventsIn(region, group, stream);
      found.push({ group, stream, events: events.length, last: events.slice(-SHOWN) });
    }
  }
  return found;
};

const carryOut = async (inside: Inside, order: Order): Promise<unknown> => {
  switch (order.kind) {
    case "serve":
      return inside.serve(order);
    case "connect":
      return inside.connect(order);
    case "change":
      return inside.change(order.change);
    case "instance":
      return inside.restart(order);
    case "seen":
      return inside.seen();
    case "streams":
      return streams(inside.region);
  }
};

/** Takes orders until whoever gives them is gone. Resolves never. */
export const serveInside = (): Promise<never> => {
  const inside = new Inside();
  let nth = 0;
  // One after the other, in their order.
  let before: Promise<unknown> = Promise.resolve();
  process.on("message", (order: Order) => {
    const number = nth++;
    const answer = (said: Answer): void => void process.send?.(said);
    before = before
      .then(() => carryOut(inside, order))
      .then(
        (ok) => answer({ nth: number, ok }),
        (error: Error & { readonly code?: string }) =>
          answer({
            nth: number,
            error: error.message,
            ...(typeof error.code === "string" ? { code: error.code } : {}),
          }),
      );
  });
  process.on("disconnect", () => process.exit(0));
  return new Promise(() => undefined);
};
