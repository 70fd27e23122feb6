import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { issueToken, secondsAsked, secondsLeft } from "../../../../provision/rehearse/metadata/token.ts";
import { LAUNCHED } from "./an-instance.ts";

const key = { secret: Buffer.from("a secret"), instanceId: "i-0123456789abcdef0" };
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=";

describe("a token", () => {
  it("looks like one of EC2", () => {
    expect(issueToken(key, 60, LAUNCHED)).toMatch(/^AQA[\w-]{51}==$/);
  });

  it("holds for as long as it was asked for, and not a moment longer", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 21_600 }), fc.nat(21_600_000), (seconds, later) => {
        const token = issueToken(key, seconds, LAUNCHED);
        const left = secondsLeft(key, token, LAUNCHED + later);
        if (later >= seconds * 1_000) expect(left).toBeUndefined();
        else expect(left).toBe(Math.ceil(seconds - later / 1_000));
      }),
    );
  });

  it("is worth nothing with one character changed, with more of them or with less", () => {
    const token = issueToken(key, 60, LAUNCHED);
    expect(secondsLeft(key, token, LAUNCHED)).toBe(60);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...ALPHABET), (at, character) => {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        if (changed !== token) expect(secondsLeft(key, changed, LAUNCHED)).toBeUndefined();
        expect(secondsLeft(key, token.slice(0, at), LAUNCHED)).toBeUndefined();
        expect(secondsLeft(key, token + character, LAUNCHED)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it("is not what somebody makes up", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        expect(secondsLeft(key, text, LAUNCHED)).toBeUndefined();
      }),
    );
  });

  it("is worth nothing on another instance and with another secret", () => {
    const token = issueToken(key, 60, LAUNCHED);
    expect(secondsLeft({ ...key, instanceId: "i-0123456789abcdef1" }, token, LAUNCHED)).toBeUndefined();
    expect(secondsLeft({ ...key, secret: Buffer.from("another") }, token, LAUNCHED)).toBeUndefined();
  });
});

describe("the lifetime that is asked for", () => {
  it.each([
    ["1", 1],
    ["21600", 21_600],
    ["0", undefined],
    ["21601", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["1e3", undefined],
    [" 60", undefined],
    ["", undefined],
    ["60, 60", undefined],
    [undefined, undefined],
  ])("%j is %s", (header, seconds) => {
    expect(secondsAsked(header)).toBe(seconds);
  });
});
