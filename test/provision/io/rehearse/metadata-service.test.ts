import { Buffer } from "node:buffer";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { startMetadataService } from "../../../../provision/io/rehearse/metadata-service.ts";
import { anInstance, anOpenInstance } from "../../rehearse/metadata/an-instance.ts";
import { aService, type Started } from "./a-service.ts";

const ID = "/latest/meta-data/instance-id";
const SECONDS = "x-aws-ec2-metadata-token-ttl-seconds";

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Told {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const ask = (
  where: { readonly url: string } | { readonly socketPath: string },
  path: string,
  { method = "GET", headers = {}, body }: Asked = {},
): Promise<Told> =>
  new Promise((resolve, reject) => {
    const options = { path, method, headers, agent: false } as const;
    const took = (response: IncomingMessage) =>
      buffer(response).then(
        (bytes) => resolve({ status: response.statusCode, headers: response.headers, body: bytes }),
        reject,
      );
    const call = "url" in where ? request(where.url, options, took) : request({ ...options, ...where }, took);
    call.on("error", reject).end(body);
  });

const tokenOf = async (service: Started): Promise<string> => {
  const { body } = await ask(service, "/latest/api/token", { method: "PUT", headers: { [SECONDS]: "60" } });
  return body.toString();
};

/** Bytes as they come, for what no client would send. */
const raw = (service: Started, sent: string): Promise<string> => {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.end(sent);
  return text(socket);
};

describe("the metadata service over HTTP", () => {
  it("gives a token, and with it what it knows", async () => {
    const service = await aService();
    const headers = { "x-aws-ec2-metadata-token": await tokenOf(service) };
    const told = await ask(service, ID, { headers });
    expect(told.status).toBe(200);
    expect(told.body.toString()).toBe(service.instance().id);
    expect(told.headers).toMatchObject({
      server: "EC2ws",
      connection: "close",
      "content-type": "text/plain",
    });
    expect(Number(told.headers["x-aws-ec2-metadata-token-ttl-seconds"])).toBeGreaterThan(50);
    expect(
      service.requests().map(({ method, target, status, token }) => [method, target, status, token]),
    ).toEqual([
      ["PUT", "/latest/api/token", 200, "none"],
      ["GET", ID, 200, "valid"],
    ]);
    expect(service.forgotten()).toBe(0);
  });

  it("answers HEAD with the length of what it does not send", async () => {
    const service = await aService({ instance: anOpenInstance() });
    const { status, headers, body } = await ask(service, ID, { method: "HEAD" });
    expect([status, headers["content-length"], body.length]).toEqual([200, "19", 0]);
  });

  it("refuses without a token, with the page of EC2", async () => {
    const { status, body } = await ask(await aService(), ID, {
      headers: { "user-agent": "Cloud-Init/22.4" },
    });
    expect(status).toBe(401);
    expect(body).toHaveLength(343);
  });

  it("makes an exception only where it was told to", async () => {
    const service = await aService({ mayReadTokenless: (agent) => agent === "trusted" });
    expect((await ask(service, ID, { headers: { "user-agent": "trusted" } })).status).toBe(200);
    expect((await ask(service, ID, { headers: { "user-agent": "other" } })).status).toBe(401);
    expect(service.tokenless().map(({ userAgent, refused }) => [userAgent, refused])).toEqual([
      ["trusted", 0],
      ["other", 1],
    ]);
  });

  it("gives user data to the byte", async () => {
    const userData = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const service = await aService({ instance: anOpenInstance({ userData }) });
    expect((await ask(service, "/latest/user-data")).body).toEqual(userData);
  });

  it("does not read what is sent with a request, and does not wait for more of it", async () => {
    const service = await aService();
    const { status } = await ask(service, "/latest/api/token", {
      method: "PUT",
      headers: { [SECONDS]: "60" },
      body: "x".repeat(1_000_000),
    });
    expect(status).toBe(200);
  });

  it.each(["100-continue", "something-else"])("does not do what is expected with %s", async (expectation) => {
    const headers = { [SECONDS]: "60", expect: expectation };
    expect((await ask(await aService(), "/latest/api/token", { method: "PUT", headers })).status).toBe(417);
  });

  it("refuses what is no HTTP, and goes on", async () => {
    const service = await aService({ instance: anOpenInstance() });
    const answer = await raw(service, "nonsense\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: text\/html\r\n/);
    expect(answer).toContain("<title>400 - Bad Request</title>");
    expect((await ask(service, ID)).status).toBe(200);
  });

  it("does not take one token of two", async () => {
    const service = await aService();
    const token = await tokenOf(service);
    const line = `X-aws-ec2-metadata-token: ${token}\r\n`;
    const answer = (lines: string) => raw(service, `GET ${ID} HTTP/1.1\r\nHost: x\r\n${lines}\r\n`);
    expect(await answer(line)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await answer(line + line)).toMatch(/^HTTP\/1\.1 401 /);
  });

  it("gives each run tokens of its own", async () => {
    const headers = { "x-aws-ec2-metadata-token": await tokenOf(await aService()) };
    expect((await ask(await aService(), ID, { headers })).status).toBe(401);
  });

  it("lets nobody hear who is too far away, until it closes", async () => {
    const service = await aService({ hopsOf: ({ headers }) => Number(headers["x-test-hops"] ?? 1) });
    const from = (hops: number) =>
      ask(service, "/latest/api/token", {
        method: "PUT",
        headers: { [SECONDS]: "60", "x-test-hops": String(hops) },
      });
    expect((await from(1)).status).toBe(200);
    const unheard = from(2);
    unheard.catch(() => {});
    const first = await Promise.race([unheard, from(1).then(() => "the near one")]);
    expect(first).toBe("the near one");
    await service.close();
    await expect(unheard).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(service.requests().map(({ status }) => status)).toContain("silence");
  });

  it("has faults and events from the start, and others while it runs", async () => {
    const service = await aService({
      instance: anOpenInstance(),
      changes: [
        { kind: "rebalance" },
        { kind: "fault", effect: { kind: "absent" }, times: 1 },
        { kind: "fault", effect: { kind: "unavailable" }, times: 1 },
      ],
    });
    const path = "/latest/meta-data/events/recommendations/rebalance";
    await expect(ask(service, path)).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect((await ask(service, path)).status).toBe(503);
    expect((await ask(service, path)).status).toBe(200);
    service.change({ kind: "clear" });
    expect((await ask(service, path)).status).toBe(404);
    service.change({ kind: "spot", action: "stop", inMs: 0 });
    expect((await ask(service, "/latest/meta-data/spot/instance-action")).body.toString()).toContain("stop");
  });

  it("is as slow as it was told to be, and is not kept from closing by that", async () => {
    const service = await aService({ instance: anOpenInstance() });
    service.change({ kind: "fault", effect: { kind: "slow", ms: 150 }, times: 1 });
    const began = performance.now();
    expect((await ask(service, ID)).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThan(140);
    service.change({ kind: "fault", effect: { kind: "slow", ms: 3_600_000 } });
    const unanswered = expect(ask(service, ID)).rejects.toThrow();
    await service.close();
    await unanswered;
  });

  it("goes by the clock that it is given", async () => {
    let now = 0;
    const service = await aService({ now: () => now });
    const headers = { "x-aws-ec2-metadata-token": await tokenOf(service) };
    now = 59_999;
    expect((await ask(service, ID, { headers })).status).toBe(200);
    now = 60_000;
    expect((await ask(service, ID, { headers })).status).toBe(401);
  });

  it("listens on a Unix socket too, and leaves none behind", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hostwright-metadata-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const socketPath = join(folder, "metadata.sock");
    const service = await startMetadataService({
      listen: { socket: socketPath },
      instance: anOpenInstance(),
    });
    expect(service.address).toEqual({ socket: socketPath });
    expect((await ask({ socketPath }, ID)).body.toString()).toBe(service.instance().id);
    service.change({ kind: "fault", effect: { kind: "absent" }, times: 1 });
    await expect(ask({ socketPath }, ID)).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect((await ask({ socketPath }, ID)).status).toBe(200);
    await service.close();
    expect(existsSync(socketPath)).toBe(false);
  });

  it("says so when it cannot listen", async () => {
    const { address } = await aService();
    await expect(startMetadataService({ listen: address, instance: anInstance() })).rejects.toThrow(
      /EADDRINUSE/,
    );
  });
});
