import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import type { MetadataRequest } from "../../../../provision/rehearse/metadata/exchange.ts";
import { metadataModel } from "../../../../provision/rehearse/metadata/model.ts";
import { anInstance, anOpenInstance, LAUNCHED } from "./an-instance.ts";

const secret = Buffer.from("a secret");
const get = (target: string, headers: MetadataRequest["headers"] = {}): MetadataRequest => ({
  method: "GET",
  target,
  headers,
});
const ID = "/latest/meta-data/instance-id";
const ACTION = "/latest/meta-data/spot/instance-action";

const statusOf = (model: ReturnType<typeof metadataModel>, request: MetadataRequest, now = LAUNCHED) => {
  const { answer } = model.answer(request, now);
  return answer.kind === "reply" ? answer.status : answer.kind;
};

describe("the service", () => {
  it("tells from a change on what has changed", () => {
    const model = metadataModel({ instance: anOpenInstance(), secret });
    expect(statusOf(model, get(ACTION))).toBe(404);
    model.change({ kind: "spot", action: "stop", inMs: 1_000 }, LAUNCHED);
    expect(statusOf(model, get(ACTION))).toBe(200);
    expect(model.instance().notices.interruption).toEqual({ action: "stop", at: LAUNCHED + 1_000 });
    model.change({ kind: "clear" }, LAUNCHED);
    expect(statusOf(model, get(ACTION))).toBe(404);
  });

  it("has the faults that it was told to have, for as many requests and as long", () => {
    const model = metadataModel({ instance: anOpenInstance(), secret });
    model.change({ kind: "fault", effect: { kind: "unavailable" }, times: 1 }, LAUNCHED);
    model.change({ kind: "fault", effect: { kind: "unauthorized" }, times: 1 }, LAUNCHED);
    model.change({ kind: "fault", effect: { kind: "absent" }, forMs: 1_000 }, LAUNCHED);
    const statuses = [0, 0, 999, 1_000].map((later) => statusOf(model, get(ID), LAUNCHED + later));
    expect(statuses).toEqual([503, 401, "hang-up", 200]);
  });

  it("is slow, and heals", () => {
    const model = metadataModel({ instance: anOpenInstance(), secret });
    model.change({ kind: "fault", effect: { kind: "slow", ms: 250 } }, LAUNCHED);
    expect(model.answer(get(ID), LAUNCHED)).toMatchObject({ delayMs: 250, answer: { status: 200 } });
    model.change({ kind: "heal" }, LAUNCHED);
    expect(model.answer(get(ID), LAUNCHED).delayMs).toBe(0);
  });

  it("notes who asked for what, with which token, and what came of it", () => {
    const model = metadataModel({ instance: anInstance(), secret });
    const seconds = { "x-aws-ec2-metadata-token-ttl-seconds": "60", "user-agent": "curl/8.5.0" };
    const request = { method: "PUT", target: "/latest/api/token", headers: seconds };
    const { answer } = model.answer(request, LAUNCHED);
    const token = answer.kind === "reply" ? Buffer.from(answer.body).toString() : "";
    model.answer(get(ID, { "x-aws-ec2-metadata-token": token }), LAUNCHED + 1);
    model.answer(get(ID, { "x-aws-ec2-metadata-token": token }), LAUNCHED + 60_000);
    model.answer(get(ID), LAUNCHED + 60_001);
    model.answer({ ...request, hops: 2 }, LAUNCHED + 60_002);
    const shared = { method: "GET", target: ID, userAgent: "" };
    const asked = { method: "PUT", target: "/latest/api/token", userAgent: "curl/8.5.0", token: "none" };
    expect(model.log.entries()).toEqual([
      { at: LAUNCHED, ...asked, status: 200 },
      { at: LAUNCHED + 1, ...shared, status: 200, token: "valid" },
      { at: LAUNCHED + 60_000, ...shared, status: 401, token: "invalid" },
      { at: LAUNCHED + 60_001, ...shared, status: 401, token: "none" },
      { at: LAUNCHED + 60_002, ...asked, status: "silence" },
    ]);
  });
});
