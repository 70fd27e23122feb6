import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { DescribeLogGroupsCommand, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it } from "vitest";
import type { Endpoint } from "../../../agent/io/local-endpoint/start.ts";
import { MAX_BODY_BYTES } from "../../../agent/local/call.ts";
import { GROUP, post, SIGNED, STREAM, withEndpoint, withStream } from "./endpoint-client.ts";

/** Sends bytes as they are and gives what comes back until the other side ends, or `undefined` for a reset. */
const raw = (endpoint: Endpoint, text: string, more?: Uint8Array): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect(endpoint.port, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", () => resolve(answer === "" ? undefined : answer));
    socket.on("close", () => resolve(answer === "" ? undefined : answer));
    socket.write(text);
    if (more !== undefined) socket.write(more);
  });

const headersOf = (operation: string, more: Readonly<Record<string, string | number>>) =>
  `POST / HTTP/1.1\r\n${Object.entries({
    Host: "127.0.0.1",
    ...SIGNED,
    "X-Amz-Target": `Logs_20140328.${operation}`,
    ...more,
  })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("")}\r\n`;

describe("an answer", () => {
  it("is JSON of the service with a request id", async () => {
    const { endpoint } = await withEndpoint();
    const answer = await post(endpoint, "DescribeLogGroups", "{}");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(answer.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.json()).toEqual({ logGroups: [] });
  });

  it("that is an error says its type in the header and in the body", async () => {
    const { endpoint } = await withEndpoint();
    const answer = await post(endpoint, "DeleteLogGroup", '{"logGroupName":"/none"}');
    expect(answer.status).toBe(400);
    expect(answer.headers.get("x-amzn-errortype")).toBe("ResourceNotFoundException");
    expect(answer.json()).toEqual({
      __type: "ResourceNotFoundException",
      message: "The specified log group does not exist.",
    });
  });

  it("may be had without a body, as some clients ask", async () => {
    const { endpoint } = await withEndpoint();
    expect((await post(endpoint, "DescribeLogGroups", "")).json()).toEqual({ logGroups: [] });
  });

  it("is of the Region that the request is signed for", async () => {
    const { endpoint } = await withEndpoint();
    await post(endpoint, "CreateLogGroup", '{"logGroupName":"/x"}');
    const Authorization = SIGNED.Authorization.replace("us-east-1", "eu-central-1");
    const answer = await post(endpoint, "DescribeLogGroups", "{}", { Authorization });
    expect(answer.json().logGroups[0].arn).toBe("arn:aws:logs:eu-central-1:000000000000:log-group:/x:*");
  });
});

describe("a request that is refused", () => {
  it.each<[string, string, string | Uint8Array<ArrayBuffer>, Record<string, string>, number, string]>([
    ["an unknown operation", "StartQuery", "{}", {}, 400, "UnknownOperationException"],
    [
      "no signature",
      "DescribeLogGroups",
      "{}",
      { Authorization: "" },
      403,
      "MissingAuthenticationTokenException",
    ],
    [
      "another scheme",
      "DescribeLogGroups",
      "{}",
      { Authorization: "Basic eDp5" },
      400,
      "IncompleteSignatureException",
    ],
    ["malformed JSON", "DescribeLogGroups", '{"limit":', {}, 400, "SerializationException"],
    ["no object", "DescribeLogGroups", "[]", {}, 400, "SerializationException"],
    [
      "another type",
      "DescribeLogGroups",
      "{}",
      { "Content-Type": "application/json" },
      400,
      "SerializationException",
    ],
    [
      "no UTF-8",
      "CreateLogGroup",
      Buffer.from('{"logGroupName":"\xff"}', "latin1"),
      {},
      400,
      "SerializationException",
    ],
    [
      "gzip that is none",
      "DescribeLogGroups",
      "{}",
      { "Content-Encoding": "gzip" },
      400,
      "SerializationException",
    ],
    [
      "an unknown packing",
      "DescribeLogGroups",
      "{}",
      { "Content-Encoding": "zstd" },
      400,
      "SerializationException",
    ],
  ])("has %s", async (_, operation, body, headers, status, type) => {
    const { endpoint } = await withEndpoint();
    const answer = await post(endpoint, operation, body, headers);
    expect(answer.status).toBe(status);
    expect(answer.json().__type).toBe(type);
    expect(endpoint.stats().errors).toEqual({ [type]: 1 });
    expect((await post(endpoint, "DescribeLogGroups", "{}")).status).toBe(200);
  });

  it("says it is too large before its body is read, and the connection ends", async () => {
    const { endpoint } = await withEndpoint();
    const answer = await raw(endpoint, headersOf("PutLogEvents", { "Content-Length": MAX_BODY_BYTES + 1 }));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/Connection: close/i);
    expect(answer).toContain("RequestEntityTooLargeException");
  });

  it("turns out too large while its body is read", async () => {
    const { endpoint } = await withEndpoint();
    const chunk = Buffer.concat([Buffer.from("100000\r\n"), Buffer.alloc(0x100000, 32), Buffer.from("\r\n")]);
    const chunks = Buffer.concat(Array.from({ length: 9 }, () => chunk));
    const answer = await raw(endpoint, headersOf("PutLogEvents", { "Transfer-Encoding": "chunked" }), chunks);
    // The rest of the body is not read: the answer may be lost in the reset that follows from that.
    if (answer !== undefined) expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(endpoint.stats().errors).toEqual({ RequestEntityTooLargeException: 1 });
  });

  it("is as large as it may be", async () => {
    const { endpoint } = await withEndpoint();
    const body = '{"limit":1}'.padEnd(MAX_BODY_BYTES, " ");
    expect((await post(endpoint, "DescribeLogGroups", body)).status).toBe(200);
    expect(
      (await post(endpoint, "DescribeLogGroups", gzipSync(body), { "Content-Encoding": "gzip" })).status,
    ).toBe(200);
  });
});

describe("a client that goes away", () => {
  it("half-way through its body changes nothing", async () => {
    const { endpoint, client } = await withStream();
    const body = JSON.stringify({
      logGroupName: GROUP,
      logStreamName: STREAM,
      logEvents: [{ timestamp: Date.now(), message: "x" }],
    });
    const socket = connect(endpoint.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(headersOf("PutLogEvents", { "Content-Length": body.length }) + body.slice(0, -5));
    await expect.poll(() => endpoint.stats().requests.CreateLogStream, { timeout: 5_000 }).toBe(1);
    socket.resetAndDestroy();
    await expect.poll(() => endpoint.stats().requests.PutLogEvents, { timeout: 5_000 }).toBe(1);
    expect(
      (await client.send(new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM }))).events,
    ).toEqual([]);
  });

  it("or sends no HTTP at all disturbs nobody", async () => {
    const { endpoint, client } = await withEndpoint();
    expect(await raw(endpoint, "hello\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    expect((await client.send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
  });
});

describe("the figures", () => {
  it("count requests by operation; what is no operation is counted together", async () => {
    const { endpoint } = await withEndpoint();
    for (const name of ["DescribeLogGroups", "StartQuery", "constructor", "__proto__", "toString"])
      await post(endpoint, name, "{}");
    await post(endpoint, "DeleteLogGroup", "{}");
    expect(endpoint.stats().requests).toEqual({ DescribeLogGroups: 1, DeleteLogGroup: 1, "": 4 });
    expect(endpoint.stats().errors).toEqual({ UnknownOperationException: 4, InvalidParameterException: 1 });
  });
});
