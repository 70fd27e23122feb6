import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import process from "node:process";
import { type CommandService, commandService } from "../../rehearse/codedeploy/command-service.ts";
import { dhcpAnswer } from "../../rehearse/dhcp.ts";
import type { Change } from "../../rehearse/metadata/changes.ts";
import type { RequestEntry } from "../../rehearse/metadata/request-log.ts";
import {
  AWS_PORT,
  cable,
  GATEWAY,
  MASQUERADE,
  METADATA_ADDRESS,
  SERVICES_ADDRESS,
  servicesNetwork,
  subnetOf,
} from "../../rehearse/network.ts";
import type { Seen, SeenCall } from "../../rehearse/ports.ts";
import { awsHandler, type Handler } from "./aws-inside.ts";
import { Downloads, web } from "./downloads.ts";
import type { Answer, Certificate, Order, SignedDeployment } from "./messages.ts";
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

const listening = async (server: Server, port: number): Promise<void> => {
  server.listen({ host: SERVICES_ADDRESS, port });
  await once(server, "listening");
};

/** Programs that know no other endpoint ask the services of AWS by their names. */
const secure =
  (web: Handler, aws: Handler): Handler =>
  (request, response) =>
    (/^(?:codedeploy-commands|[\w.-]+\.s3)\b.*\.amazonaws\./.test(request.headers.host ?? "") ? aws : web)(
      request,
      response,
    );

/** All that an instance reaches over its gateway. */
class Inside {
  #metadata: MetadataService | undefined;
  #downloads = new Downloads([]);
  readonly #calls: SeenCall[] = [];
  /** What has happened to the instance that runs, or is about to. */
  readonly #told: Change[] = [];
  #isBooted = false;
  /** What earlier instances have asked the metadata service. */
  readonly #asked: RequestEntry[] = [];
  #group = "";
  #signed: SignedDeployment | undefined;
  #commands: CommandService | undefined;
  /** The network of the services is there once; the rules of a former cable are, too. */
  #isCabled = false;

  async serve(order: Extract<Order, { kind: "serve" }>): Promise<void> {
    for (const call of servicesNetwork(order.network)) ip(call);
    // Without it a packet for anywhere else is dropped, and whoever sent it waits.
    writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
    if (order.network === "host")
      execFileSync("nft", ["--file", "-"], { input: MASQUERADE, stdio: ["pipe", "ignore", "pipe"] });
    this.#group = order.group;
    this.#signed = order.deployment;
    this.#downloads = new Downloads(order.served);
    this.#metadata = await startMetadataService({
      listen: { host: METADATA_ADDRESS, port: 80 },
      instance: order.instance,
      changes: order.changes,
    });
    await listening(createServer(web("http", this.#downloads)), 80);
    await listening(createServer(this.#aws), AWS_PORT);
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
    await listening(
      createTlsServer({ key, cert: certificate }, secure(web("https", this.#downloads), this.#aws)),
      443,
    );
  }

  connect({ leader, outside }: Extract<Order, { kind: "connect" }>): void {
    // Whatever went wrong before: no cable ever leads into the network of this machine.
    if (networkOf(leader) === outside) throw new Error("the container has no network of its own");
    const instance = this.#service.instance();
    const { address, mac } = instance.network;
    try {
      // The kernel may still be taking away the one of a container that has just ended.
      ip(["link", "delete", GATEWAY]);
    } catch {
      // There is none.
    }
    for (const call of cable({ leader, address, mac, hopLimit: instance.options.hopLimit })) {
      if (call[0] === "rule" && this.#isCabled) continue;
      ip(call);
    }
    this.#isCabled = true;
    this.#isBooted = true;
  }

  get #service(): MetadataService {
    if (this.#metadata === undefined) throw new Error("nothing is served yet");
    return this.#metadata;
  }

  change(change: Change): void {
    this.#service.change(change);
    this.#told.push(change);
  }

  /** The new one is told about from now on, to whoever asks. */
  async restart({ instance, changes }: Extract<Order, { kind: "instance" }>): Promise<void> {
    this.#asked.push(...this.#service.requests());
    // What was told of an instance that has been there was not told of another one.
    if (this.#isBooted && instance.id !== this.#service.instance().id) this.#told.length = 0;
    this.#isBooted = false;
    await this.#service.close();
    this.#commands = undefined;
    this.#metadata = await startMetadataService({
      listen: { host: METADATA_ADDRESS, port: 80 },
      instance,
      changes: [...changes, ...this.#told],
    });
  }

  readonly #aws: Handler = (request, response) =>
    awsHandler({
      downloads: this.#downloads,
      asker: () => {
        const { id: instanceId, account: accountId, zone } = this.#service.instance();
        return { instanceId, accountId, zone, group: this.#group };
      },
      commands: () => this.#commandsOf(),
      onCall: (call) => void this.#calls.push(call),
    })(request, response);

  /** Of the instance that runs now: an agent may ask before there is anything to do. */
  #commandsOf(): CommandService | undefined {
    const { id, region, account } = this.#service.instance();
    const host = `arn:aws:ec2:${region}:${account}:instance/${id}`;
    this.#commands ??= this.#signed && commandService({ ...this.#signed, host });
    return this.#commands;
  }

  /** From now on the instance is told to deploy. */
  deploy(): void {
    this.#commandsOf()?.begin();
  }

  get region(): string {
    return this.#service.instance().region;
  }

  seen(): Seen {
    return {
      metadata: [...this.#asked, ...this.#service.requests()],
      calls: this.#calls,
      fetches: this.#downloads.fetches,
      deployment: this.#commands?.seen(),
    };
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
    case "deploy":
      return inside.deploy();
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
