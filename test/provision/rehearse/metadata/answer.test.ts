import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { answerTo } from "../../../../provision/rehearse/metadata/answer.ts";
import type { MetadataRequest } from "../../../../provision/rehearse/metadata/exchange.ts";
import { agentsNamed } from "../../../../provision/rehearse/metadata/model.ts";
import { anInstance, anOpenInstance, LAUNCHED } from "./an-instance.ts";
import { replyTo, sourceOf } from "./asked.ts";

const TOKEN = "x-aws-ec2-metadata-token";
const TTL = `${TOKEN}-ttl-seconds`;
const ID = "/latest/meta-data/instance-id";

const strict = sourceOf(anInstance());
const put = (headers: MetadataRequest["headers"], more: Partial<MetadataRequest> = {}) =>
  ({ method: "PUT", target: "/latest/api/token", headers, ...more }) as const;
const tokenOf = (source = strict, seconds = 60) => replyTo(put({ [TTL]: String(seconds) }), source).text;

describe("a request for a token", () => {
  it("gets one, and hears how long it holds", () => {
    const reply = replyTo(put({ [TTL]: "21600" }), strict);
    expect(reply.status).toBe(200);
    expect(reply.headers).toEqual({
      "Content-Type": "text/plain",
      "Content-Length": "56",
      "Accept-Ranges": "none",
      "X-Aws-Ec2-Metadata-Token-Ttl-Seconds": "21600",
      Connection: "close",
      Server: "EC2ws",
    });
    expect(reply.text).toHaveLength(56);
  });

  it.each([{}, { [TTL]: "0" }, { [TTL]: "21601" }, { [TTL]: "soon" }])("is not valid with %j", (headers) => {
    expect(replyTo(put(headers), strict).status).toBe(400);
  });

  it("is forbidden when it was forwarded", () => {
    expect(replyTo(put({ [TTL]: "60", "x-forwarded-for": "203.0.113.1" }), strict).status).toBe(403);
  });

  it("is forbidden with a date instead of latest", () => {
    expect(replyTo(put({ [TTL]: "60" }, { target: "/2021-03-23/api/token" }), strict).status).toBe(403);
  });

  it.each(["GET", "HEAD", "POST", "DELETE", "PATCH"])("is no %s", (method) => {
    const reply = replyTo({ method, target: "/latest/api/token" }, strict);
    expect(reply).toMatchObject({ status: 405, text: "" });
    expect(reply.headers).toMatchObject({ Allow: "OPTIONS, PUT", "Content-Type": "text/plain" });
  });

  it("may ask what it may do", () => {
    const reply = replyTo({ method: "OPTIONS", target: "/latest/api/token" }, strict);
    expect(reply).toMatchObject({ status: 200, headers: { Allow: "OPTIONS, PUT", "Content-Length": "0" } });
  });

  it("hears nothing from farther away than the hop limit, and everything else does", () => {
    const open = sourceOf(anOpenInstance({ options: { hopLimit: 2 } }));
    const from = (hops: number) => answerTo(put({ [TTL]: "60" }, { hops }), open, LAUNCHED).kind;
    expect([1, 2, 3].map(from)).toEqual(["reply", "reply", "silence"]);
    expect(replyTo({ target: ID, hops: 3 }, open).status).toBe(200);
  });
});

describe("a reading", () => {
  it("takes a token that holds", () => {
    const reply = replyTo({ target: ID, headers: { [TOKEN]: tokenOf() } }, strict, LAUNCHED + 30_500);
    expect(reply.text).toBe(strict.instance.id);
    expect(reply.headers).toMatchObject({
      "Last-Modified": "Sat, 28 Nov 2026 15:30:00 GMT",
      "X-Aws-Ec2-Metadata-Token-Ttl-Seconds": "30",
      Server: "EC2ws",
    });
  });

  it.each([
    ["none", {}],
    ["a wrong one", { [TOKEN]: "AQAAAAAAAAAA" }],
    ["an empty one", { [TOKEN]: "" }],
    ["one of another instance", { [TOKEN]: tokenOf(sourceOf(anInstance({ seed: "another" }))) }],
    ["one of another run", { [TOKEN]: tokenOf({ ...strict, secret: Buffer.from("another") }) }],
  ])("is refused with %s", (_what, headers) => {
    expect(replyTo({ target: ID, headers }, strict).status).toBe(401);
    // Nobody learns what is there and what is not.
    expect(replyTo({ target: "/latest/nothing", headers }, strict).status).toBe(401);
    expect(replyTo({ target: "/", headers }, strict).status).toBe(401);
  });

  it("is refused when the token is over", () => {
    const headers = { [TOKEN]: tokenOf() };
    expect(replyTo({ target: ID, headers }, strict, LAUNCHED + 59_999).status).toBe(200);
    expect(replyTo({ target: ID, headers }, strict, LAUNCHED + 60_000).status).toBe(401);
  });

  it("needs none where tokens are optional, and a wrong one is still wrong", () => {
    const open = sourceOf(anOpenInstance());
    expect(replyTo({ target: ID }, open).status).toBe(200);
    expect(replyTo({ target: ID }, open).headers).not.toHaveProperty("X-Aws-Ec2-Metadata-Token-Ttl-Seconds");
    expect(replyTo({ target: ID, headers: { [TOKEN]: "wrong" } }, open).status).toBe(401);
  });

  it("is forbidden when it was forwarded with a token", () => {
    const headers = { [TOKEN]: tokenOf(), "x-forwarded-for": "203.0.113.1" };
    expect(replyTo({ target: ID, headers }, strict).status).toBe(403);
  });

  it("needs none from whom an exception was made, and there is none for cloud-init by itself", () => {
    const headers = { "user-agent": "Cloud-Init/22.4.2" };
    expect(replyTo({ target: ID, headers }, strict).status).toBe(401);
    const lax = { ...strict, mayReadTokenless: agentsNamed(["cloud-init"]) };
    expect(replyTo({ target: ID, headers }, lax).status).toBe(200);
    expect(replyTo({ target: ID, headers: { "user-agent": "curl/8.5.0" } }, lax).status).toBe(401);
    expect(replyTo({ target: ID }, lax).status).toBe(401);
  });

  it.each(["PUT", "POST", "DELETE", "PATCH", "TRACE"])("is no %s", (method) => {
    expect(replyTo({ method, target: ID }, strict).status).toBe(405);
  });

  it("with HEAD gets everything but the body", () => {
    const headers = { [TOKEN]: tokenOf() };
    const [get, head] = ["GET", "HEAD"].map((method) => replyTo({ method, target: ID, headers }, strict));
    expect(head).toEqual({ ...get, body: Buffer.alloc(0), text: "" });
    expect(head?.headers["Content-Length"]).toBe(String(strict.instance.id.length));
  });

  it("finds nothing where nothing is, with the page of EC2", () => {
    const reply = replyTo({ target: "/latest/nothing" }, sourceOf(anOpenInstance()));
    expect(reply).toMatchObject({ status: 404, headers: { "Content-Type": "text/html" } });
    expect(reply.text).toContain("<title>404 - Not Found</title>");
    expect(reply.text).toMatch(/^<\?xml version="1.0" encoding="iso-8859-1"\?>\n<!DOCTYPE html PUBLIC/);
  });

  it("is refused with a page of as many bytes as that of EC2", () => {
    const reply = replyTo({ target: ID }, strict);
    expect(reply.headers["Content-Length"]).toBe("343");
    expect(reply.body).toHaveLength(343);
  });

  it("passes over a query", () => {
    expect(replyTo({ target: `${ID}?recursive=true` }, sourceOf(anOpenInstance())).status).toBe(200);
  });

  it.each(["*", "http://169.254.169.254/latest", "/latest/%zz", ""])("of %j is not valid", (target) => {
    expect(replyTo({ target }, strict).status).toBe(400);
  });

  it("knows a path with escapes", () => {
    const open = sourceOf(anOpenInstance({ tags: { "a:b": "c" }, options: { tags: true } }));
    expect(replyTo({ target: "/latest/meta-data/tags/instance/a%3Ab" }, open).text).toBe("c");
  });
});

describe("any request", () => {
  it("cannot expect to be continued", () => {
    expect(replyTo(put({ [TTL]: "60", expect: "100-continue" }), strict).status).toBe(417);
  });

  it("is forbidden when the service is switched off", () => {
    const off = sourceOf(anInstance({ options: { endpoint: "disabled" } }));
    expect(replyTo(put({ [TTL]: "60" }), off).status).toBe(403);
    expect(replyTo({ target: ID }, off).status).toBe(403);
  });
});
