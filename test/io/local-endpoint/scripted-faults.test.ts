import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Endpoint } from "../../../agent/io/local-endpoint/start.ts";
import type { FaultScript } from "../../../agent/local/faults.ts";
import { GROUP, STREAM, withEndpoint, withStream } from "./endpoint-client.ts";

type Fault = NonNullable<FaultScript["rules"]>[number]["fault"];

const NOW = 1_795_000_000_000;
const event = (message = "x") => ({ timestamp: NOW, message });

/** A stream whose PutLogEvents calls meet this fault. */
const withFault = async (fault: Fault, more: object = {}) => {
  const stream = await withStream({
    now: () => NOW,
    faults: { rules: [{ match: { operation: "PutLogEvents" }, fault, ...more }] },
  });
  const stored = async () => {
    const read = await stream.client.send(
      new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM }),
    );
    return read.events?.map(({ message }) => message);
  };
  return { ...stream, stored };
};

describe("a fault that refuses", () => {
  it.each<[Fault, string, number]>([
    ["throttle", "ThrottlingException", 400],
    ["deny", "AccessDeniedException", 400],
    ["expired_token", "ExpiredTokenException", 400],
    ["not_found", "ResourceNotFoundException", 400],
    [
      { error: { status: 503, type: "ServiceUnavailableException", message: "Later." } },
      "ServiceUnavailableException",
      503,
    ],
    [{ error: { status: 500, type: "InternalFailure" } }, "InternalFailure", 500],
    [{ invalid_parameter: { contains: "x" } }, "InvalidParameterException", 400],
  ])("%j stores nothing", async (fault, name, httpStatusCode) => {
    const { put, stored, endpoint } = await withFault(fault, { times: 1 });
    await expect(put([event()])).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    expect(await stored()).toEqual([]);
    await put([event()]);
    expect(await stored()).toEqual(["x"]);
    expect(endpoint.stats()).toMatchObject({ faults: 1, events: 1, errors: { [name]: 1 } });
  });

  it("is retried by the client like an error of the service", async () => {
    const { endpoint } = await withFault("throttle", { times: 2 });
    const client = new CloudWatchLogsClient({ endpoint: endpoint.url, maxAttempts: 4 });
    onTestFinished(() => client.destroy());
    const logEvents = [event()];
    await client.send(new PutLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM, logEvents }));
    expect(endpoint.stats()).toMatchObject({ faults: 2, events: 1, requests: { PutLogEvents: 3 } });
  });
});

describe("a fault of the connection", () => {
  it("reset_before stores nothing", async () => {
    const { put, stored } = await withFault("reset_before", { times: 1 });
    await expect(put([event()])).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(await stored()).toEqual([]);
  });

  it("reset_after_accept stores, but nobody is told", async () => {
    const { put, stored } = await withFault("reset_after_accept", { times: 1 });
    await expect(put([event("first")])).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(await stored()).toEqual(["first"]);
    await put([event("second")]);
    expect(await stored()).toEqual(["first", "second"]);
  });

  it("reset_after_accept of a call that is refused answers the refusal", async () => {
    const { put } = await withFault("reset_after_accept");
    await expect(put([])).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("hang answers nothing for its time, then resets and stores nothing", async () => {
    const { put, stored } = await withFault({ hang: { ms: 150 } }, { times: 1 });
    const start = performance.now();
    await expect(put([event()])).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(performance.now() - start).toBeGreaterThan(140);
    expect(await stored()).toEqual([]);
  });

  it("delay answers late", async () => {
    const { put, stored } = await withFault({ delay: { ms: 150 } }, { times: 1 });
    const start = performance.now();
    await put([event()]);
    expect(performance.now() - start).toBeGreaterThan(140);
    expect(await stored()).toEqual(["x"]);
  });

  it("garbage is a success that is no answer of the service, and stores nothing", async () => {
    const { put, stored } = await withFault("garbage", { times: 1 });
    await expect(put([event()])).rejects.toThrow();
    expect(await stored()).toEqual([]);
  });

  it("hangs and delays hold up nobody else, and end when the endpoint is closed", async () => {
    const { put, endpoint, stored } = await withFault({ hang: { ms: 3_600_000 } });
    const answer = put([event()]).catch((error) => error);
    await expect.poll(() => endpoint.stats().faults, { timeout: 5_000 }).toBe(1);
    expect(await stored()).toEqual([]);
    const start = performance.now();
    await endpoint.close();
    expect(await answer).toBeInstanceOf(Error);
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

describe("a fault that rejects events", () => {
  it.each([
    [{ too_old: 2 }, { tooOldLogEventEndIndex: 2 }, ["c", "d"]],
    [{ too_new: 1 }, { tooNewLogEventStartIndex: 3 }, ["a", "b", "c"]],
    [{ expired: 1 }, { expiredLogEventEndIndex: 1 }, ["b", "c", "d"]],
    [
      { too_old: 1, expired: 2, too_new: 1 },
      { tooOldLogEventEndIndex: 1, expiredLogEventEndIndex: 2, tooNewLogEventStartIndex: 3 },
      ["c"],
    ],
    [{ too_old: 99 }, { tooOldLogEventEndIndex: 4 }, []],
    [{ too_new: 99 }, { tooNewLogEventStartIndex: 0 }, []],
  ])("%j answers %j and stores the rest", async (reject, info, rest) => {
    const { put, stored, endpoint } = await withFault({ reject }, { times: 1 });
    const answer = await put(["a", "b", "c", "d"].map(event));
    expect(answer.rejectedLogEventsInfo).toEqual(info);
    expect(await stored()).toEqual(rest);
    expect(endpoint.stats()).toMatchObject({ events: rest.length, rejected: 4 - rest.length });
  });
});

describe("a script", () => {
  it("can be replaced while the endpoint runs", async () => {
    const { client, endpoint } = await withEndpoint({ faults: { rules: [{ fault: "throttle" }] } });
    const list = () => client.send(new DescribeLogGroupsCommand({}));
    await expect(list()).rejects.toMatchObject({ name: "ThrottlingException" });
    endpoint.setFaults({ rules: [{ times: 1, fault: "deny" }] });
    await expect(list()).rejects.toMatchObject({ name: "AccessDeniedException" });
    await list();
    endpoint.setFaults({ rules: [{ times: 1, fault: "deny" }] });
    await expect(list()).rejects.toMatchObject({ name: "AccessDeniedException" });
    endpoint.setFaults({});
    await list();
  });

  it("with a seed hits the same requests on every run", async () => {
    const run = async (seed: number) => {
      const faults: FaultScript = { seed, rules: [{ probability: 0.5, fault: "throttle" }] };
      const { client } = await withEndpoint({ faults });
      const hits: boolean[] = [];
      for (let n = 0; n < 40; n++)
        hits.push(
          await client.send(new DescribeLogGroupsCommand({})).then(
            () => false,
            () => true,
          ),
        );
      return hits;
    };
    const first = await run(11);
    expect(first).toContain(true);
    expect(first).toContain(false);
    expect(await run(11)).toEqual(first);
    expect(await run(12)).not.toEqual(first);
  });

  it("does not count requests that could not be read", async () => {
    const { client, endpoint } = await withEndpoint({ faults: { rules: [{ after: 1, fault: "throttle" }] } });
    await bad(endpoint);
    await client.send(new DescribeLogGroupsCommand({}));
    await expect(client.send(new DescribeLogGroupsCommand({}))).rejects.toMatchObject({
      name: "ThrottlingException",
    });
  });
});

const bad = (endpoint: Endpoint) => fetch(endpoint.url, { method: "POST", body: "nothing" });
