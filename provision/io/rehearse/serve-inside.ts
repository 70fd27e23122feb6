import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import process from "node:process";
import { type AwsRequest, awsAnswer, awsCall, isTaken } from "../../rehearse/aws-answers.ts";
import { dhcpAnswer } from "../../rehearse/dhcp.ts";
import type { RequestEntry } from "../../rehearse/metadata/request-log.ts";
import {
  AWS_PORT,
  cable,
  MASQUERADE,
  METADATA_ADDRESS,
  SERVICES_ADDRESS,
  servicesNetwork,
  subnetOf,
} from "../../rehearse/network.ts";
import type { Seen, SeenCall } from "../../rehearse/ports.ts";
import { Downloads, s3Url, web } from "./downloads.ts";
import type { Answer, Certificate, Order } from "./messages.ts";
import { type MetadataService, startMetadataService } from "./metadata-service.ts";
import { streams } from "./shipped-logs.ts";

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
