import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { createSink, type SinkOptions } from "../../agent/io/cloudwatch-logs.ts";
import { startEndpoint } from "../../agent/io/local-endpoint/start.ts";
import type { FaultScript } from "../../agent/local/faults.ts";
import { bodyOf } from "../../agent/logs/body.ts";
import type { Target } from "../../agent/logs/ports.ts";

const credentials = { accessKeyId: "AKIAEXAMPLEEXAMPLE00", secretAccessKey: "not-a-secret" };
const sinkTo = (endpoint: string, more: Partial<SinkOptions> = {}) => {
  const sink = createSink({ region: "eu-central-1", endpoint, credentials, compression: "gzip", ...more });
  onTestFinished(() => sink.close());
  return sink;
};

const target = (stream = "s", more: Partial<Target> = {}): Target => ({
  logGroupName: "/g",
  logStreamName: stream,
  retentionInDays: 7,
  logGroupClass: "STANDARD",
  ...more,
});
const now = Date.now();
const batch = (messages: readonly string[], timestamp = now): Uint8Array =>
  bodyOf(
    target(),
    messages.map((message) => ({ timestamp, message })),
  );

interface Request {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A server that keeps what it gets, and answers like this. */
const recorder = async (status = 200, answer = "{}") => {
  const requests: Request[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk) => chunks.push(chunk));
    incoming.on("end", () => {
      requests.push({ headers: incoming.headers, body: Buffer.concat(chunks) });
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
};

const endpointWith = async (faults: FaultScript = {}) => {
  const endpoint = await startEndpoint({ faults });
  onTestFinished(() => endpoint.close());
  return endpoint;
};

const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();

/** The signature (version 4) that a POST to `/` with these headers and this body must bear. */
const signatureOf = ({ headers, body }: Request): string => {
  const [, scope = "", names = ""] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+)/.exec(headers.authorization ?? "") ?? [];
  const signed = names.split(";").map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = ["POST", "/", "", signed.join(""), names, sha256(body)].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(canonical)].join("\n");
  const [day = "", region = "", service = "", end = ""] = scope.split("/");
  const keys = [day, region, service, end].reduce<string | Buffer>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  return hmac(keys, toSign).toString("hex");
};

describe("a request on the wire", () => {
  it.each([
    ["gzip", "gzip"],
    ["none", undefined],
  ] as const)(
    "is signed JSON with the very bytes that were handed over: compression %s",
    async (compression, encoding) => {
      const { url, requests } = await recorder();
      const body = batch(Array.from({ length: 200 }, (_, at) => `message ${at} with "quotes" and é`));
      expect(await sinkTo(url, { compression }).put(target(), body)).toEqual({
        kind: "taken",
        rejected: undefined,
      });
      const [{ headers, body: sent } = { headers: {}, body: Buffer.alloc(0) }] = requests;
      expect(headers).toMatchObject({
        "x-amz-target": "Logs_20140328.PutLogEvents",
        "content-type": "application/x-amz-json-1.1",
        "content-length": String(sent.length),
      });
      expect(headers["content-encoding"]).toBe(encoding);
      expect(headers.authorization).toMatch(
        /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLEEXAMPLE00\/\d{8}\/eu-central-1\/logs\/aws4_request, SignedHeaders=.*content-type.*, Signature=[0-9a-f]{64}$/,
      );
      const plain = encoding === undefined ? sent : gunzipSync(sent);
      expect(plain.equals(body)).toBe(true);
      // The signature is that of what is sent, not of what the SDK would have made of the members.
      expect(headers.authorization).toContain(`Signature=${signatureOf({ headers, body: sent })}`);
    },
  );

  it("is sent once: repeating is up to who asked", async () => {
    const { url, requests } = await recorder(
      503,
      '{"__type":"ServiceUnavailableException","message":"later"}',
    );
    expect(await sinkTo(url).put(target(), batch(["a"]))).toMatchObject({ kind: "unavailable" });
    expect(requests).toHaveLength(1);
  });
});

describe("the answers", () => {
  it("of a service that has it all", async () => {
    const endpoint = await endpointWith();
    const sink = sinkTo(endpoint.url);
    expect(await sink.put(target(), batch(["a"]))).toMatchObject({ kind: "missing" });
    expect(await sink.createStream(target())).toMatchObject({ kind: "missing" });
    expect(await sink.createGroup(target())).toEqual({ kind: "done" });
    expect(await sink.putRetention(target())).toEqual({ kind: "done" });
    expect(await sink.createStream(target())).toEqual({ kind: "done" });
    // What is there already was made by somebody, and that is as good.
    expect(await sink.createGroup(target())).toEqual({ kind: "done" });
    expect(await sink.createStream(target())).toEqual({ kind: "done" });
    expect(await sink.put(target(), batch(["a"]))).toEqual({ kind: "taken", rejected: undefined });
  });

  it("name the events that were refused by their time", async () => {
    const endpoint = await endpointWith();
    const sink = sinkTo(endpoint.url);
    await sink.createGroup(target());
    await sink.createStream(target());
    const hour = 3_600_000;
    const events = [now - 15 * 24 * hour, now, now + 3 * hour].map((timestamp, at) => ({
      timestamp,
      message: `${at}`,
    }));
    expect(await sink.put(target(), bodyOf(target(), events))).toEqual({
      kind: "taken",
      rejected: { tooOldEnd: 1, expiredEnd: 0, tooNewStart: 2 },
    });
  });

  it.each<[NonNullable<FaultScript["rules"]>[number]["fault"], string]>([
    ["throttle", "throttled"],
    ["deny", "denied"],
    ["expired_token", "denied"],
    ["not_found", "missing"],
    ["garbage", "ambiguous"],
    ["reset_before", "ambiguous"],
    [{ error: { status: 500, type: "InternalFailure" } }, "unavailable"],
    [{ invalid_parameter: { contains: "a" } }, "invalid"],
  ])("never throw: %j", async (fault, kind) => {
    const endpoint = await endpointWith({ rules: [{ fault }] });
    const { kind: found, message = "" } = (await sinkTo(endpoint.url).put(target(), batch(["a"]))) as {
      kind: string;
      message?: string;
    };
    expect(found).toBe(kind);
    expect(message).not.toBe("");
  });

  it("never throw: nobody listens", async () => {
    const sink = sinkTo("http://127.0.0.1:9");
    expect(await sink.put(target(), batch(["a"]))).toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining("ECONNREFUSED"),
    });
    expect(await sink.createGroup(target())).toMatchObject({ kind: "unavailable" });
  });

  it("come at once when the sink is closed", async () => {
    const endpoint = await endpointWith({ rules: [{ fault: { hang: { ms: 60_000 } } }] });
    const sink = sinkTo(endpoint.url);
    const answer = sink.put(target(), batch(["a"]));
    setTimeout(() => sink.close(), 100);
    expect(await answer).toMatchObject({ kind: "ambiguous" });
  });
});

describe("what has landed", () => {
  const landing = async () => {
    const endpoint = await endpointWith();
    const sink = sinkTo(endpoint.url);
    await sink.createGroup(target());
    await sink.createStream(target());
    return { endpoint, sink };
  };

  it("is found by the time and the text of an event", async () => {
    const { sink } = await landing();
    await sink.put(target(), batch(["first", "second"], now - 5));
    await sink.put(target(), batch(["other"], now));
    expect(await sink.landed(target(), { stamp: now - 5, hash: sha256("first") })).toBe(true);
    expect(await sink.landed(target(), { stamp: now, hash: sha256("other") })).toBe(true);
    expect(await sink.landed(target(), { stamp: now - 5, hash: sha256("other") })).toBe(false);
    expect(await sink.landed(target(), { stamp: now - 4, hash: sha256("first") })).toBe(false);
  });

  it("is found on a later page too", async () => {
    const { sink } = await landing();
    const large = Array.from({ length: 9 }, (_, at) => `${at} ${"x".repeat(200_000)}`);
    for (const half of [large.slice(0, 4), large.slice(4)]) await sink.put(target(), batch(half, now));
    expect(await sink.landed(target(), { stamp: now, hash: sha256(large[8] ?? "") })).toBe(true);
  });

  it("is told of a time, both ends included, over several pages", async () => {
    const { sink } = await landing();
    const large = Array.from({ length: 9 }, (_, at) => `${at} ${"x".repeat(200_000)}`);
    await sink.put(target(), batch(["before"], now - 2));
    await sink.put(target(), batch(large.slice(0, 4), now - 1));
    await sink.put(target(), batch(large.slice(4), now));
    await sink.put(target(), batch(["after"], now + 1));
    const found = await sink.between(target(), now - 1, now);
    expect(found).toEqual(
      large.map((message, at) => ({ stamp: at < 4 ? now - 1 : now, hash: sha256(message) })),
    );
    expect(await sink.between(target("none"), now - 1, now)).toEqual([]);
  });

  it("is nothing where there is no stream", async () => {
    const { sink } = await landing();
    expect(await sink.landed(target("none"), { stamp: now, hash: sha256("first") })).toBe(false);
  });

  it("is not known while the service cannot be asked", async () => {
    const { endpoint, sink } = await landing();
    endpoint.setFaults({ rules: [{ fault: "throttle" }] });
    expect(await sink.landed(target(), { stamp: now, hash: sha256("first") })).toBeUndefined();
    expect(await sink.between(target(), now, now)).toBeUndefined();
  });
});
