import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { MAX_BODY_BYTES, parseCall } from "../../agent/local/call.ts";
import { OPERATIONS } from "../../agent/local/operations/index.ts";
import { refusalOf } from "./pattern/refused.ts";

const CREDENTIAL = "Credential=AKID/20261123/eu-west-1/logs/aws4_request";
const SIGNATURE = `Signature=${"0a".repeat(32)}`;
const HEADERS = {
  "content-type": "application/x-amz-json-1.1",
  "x-amz-target": "Logs_20140328.CreateLogGroup",
  "x-amz-date": "20261123T000000Z",
  authorization: `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=host;x-amz-date, ${SIGNATURE}`,
};
const BODY = Buffer.from('{"logGroupName":"/é"}');

const refusal = (headers: Record<string, string | undefined>, body: Uint8Array = BODY) => {
  const { type, message, status } = refusalOf(() => parseCall({ ...HEADERS, ...headers }, body)) ?? {};
  return { type, message, status };
};

describe("a request", () => {
  it("is read up to its members", () => {
    expect(parseCall(HEADERS, BODY)).toEqual({
      name: "CreateLogGroup",
      operation: OPERATIONS.CreateLogGroup,
      members: { logGroupName: "/é" },
      region: "eu-west-1",
      body: BODY,
      packing: "plain",
    });
  });

  it("may be packed", () => {
    const packed = gzipSync(BODY);
    expect(parseCall({ ...HEADERS, "content-encoding": "gzip" }, packed)).toMatchObject({
      members: { logGroupName: "/é" },
      packing: "gzip",
      body: packed,
    });
  });

  it("may have no body, a charset and another order of the parts of its signature", () => {
    const headers = {
      ...HEADERS,
      "content-type": "application/x-amz-json-1.1; charset=utf-8",
      authorization: `AWS4-HMAC-SHA256 SignedHeaders=content-type;host,${SIGNATURE},${CREDENTIAL}`,
    };
    expect(parseCall(headers, new Uint8Array())).toMatchObject({ members: {}, region: "eu-west-1" });
  });
});

describe("a request that is not signed in form", () => {
  it.each([
    ["nothing", undefined, "MissingAuthenticationTokenException", 403],
    ["an empty header", "", "MissingAuthenticationTokenException", 403],
    ["another scheme", "Bearer x", "IncompleteSignatureException", 400],
    [
      "no credential",
      `AWS4-HMAC-SHA256 SignedHeaders=host, ${SIGNATURE}`,
      "IncompleteSignatureException",
      400,
    ],
    [
      "a short scope",
      `AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-west-1, SignedHeaders=host, ${SIGNATURE}`,
      "IncompleteSignatureException",
      400,
    ],
    [
      "the scope of another service",
      `AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-west-1/s3/aws4_request, SignedHeaders=host, ${SIGNATURE}`,
      "InvalidSignatureException",
      400,
    ],
    [
      "no signed headers",
      `AWS4-HMAC-SHA256 ${CREDENTIAL}, ${SIGNATURE}`,
      "IncompleteSignatureException",
      400,
    ],
    [
      "a host that is not signed",
      `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=x-host;hosts, ${SIGNATURE}`,
      "IncompleteSignatureException",
      400,
    ],
    [
      "no signature",
      `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=host`,
      "IncompleteSignatureException",
      400,
    ],
    [
      "half a signature",
      `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=host, Signature=abc`,
      "IncompleteSignatureException",
      400,
    ],
  ])("has %s", (_, authorization, type, status) => {
    expect(refusal({ authorization })).toMatchObject({ type, status });
  });

  it("has no date", () => {
    expect(refusal({ "x-amz-date": undefined })).toMatchObject({ type: "IncompleteSignatureException" });
    expect(parseCall({ ...HEADERS, "x-amz-date": undefined, date: "Mon, 23 Nov 2026" }, BODY).name).toBe(
      "CreateLogGroup",
    );
  });
});

describe("a request that nobody can perform", () => {
  it.each([
    undefined,
    "",
    "CreateLogGroup",
    "Logs_20140328.",
    "Logs_20140328.StartQuery",
    "Logs_20140328.toString",
    "S3.PutLogEvents",
  ])("has the target %s", (target) => {
    expect(refusal({ "x-amz-target": target })).toMatchObject({
      type: "UnknownOperationException",
      status: 400,
    });
  });

  it.each([undefined, "application/json", "text/plain", "application/x-amz-json-1.10"])(
    "has the type %s",
    (type) => {
      expect(refusal({ "content-type": type })).toMatchObject({ type: "SerializationException" });
    },
  );

  it.each(["br", "deflate", "gzip, gzip"])("is packed as %s", (encoding) => {
    expect(refusal({ "content-encoding": encoding })).toMatchObject({ type: "SerializationException" });
  });

  it.each(["{", "[]", "null", '"x"', "5", "{'a':1}", '{"a":1}x', "\u{feff}{}"])("has the body %s", (body) => {
    expect(refusal({}, Buffer.from(body))).toMatchObject({ type: "SerializationException", status: 400 });
  });

  it("has a body that is not UTF-8", () => {
    expect(refusal({}, Buffer.from('{"logGroupName":"\xe9"}', "latin1"))).toMatchObject({
      type: "SerializationException",
      message: "The body is not valid UTF-8.",
    });
  });

  it("has a body that is not what its encoding says", () => {
    const encoded = { "content-encoding": "gzip" };
    const packed = gzipSync(BODY);
    for (const body of [BODY, new Uint8Array(), packed.subarray(0, packed.length - 5)])
      expect(refusal(encoded, body)).toMatchObject({
        type: "SerializationException",
        message: "The body is not valid gzip.",
      });
  });

  it("has a small body that unpacks into a large one", () => {
    const bomb = gzipSync(Buffer.alloc(MAX_BODY_BYTES + 1, 32));
    expect(refusal({ "content-encoding": "gzip" }, bomb)).toMatchObject({
      type: "RequestEntityTooLargeException",
      status: 413,
    });
  });
});
