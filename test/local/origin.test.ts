import { describe, expect, it } from "vitest";
import { hostAllowed, originAllowed } from "../../agent/local/origin.ts";

const BOUND = "127.0.0.1";

describe("the page is given to", () => {
  it.each([
    "127.0.0.1:4586",
    "127.0.0.1",
    "[::1]:4586",
    "localhost:4586",
    "LOCALHOST",
    "logs.localhost:80",
    "10.0.0.5:1",
  ])("%s, which no name server can point elsewhere", (host) => {
    expect(hostAllowed(host, BOUND)).toBe(true);
  });

  it("the name it was told to listen on", () => {
    expect(hostAllowed("devbox:4586", "devbox")).toBe(true);
    expect(hostAllowed("DevBox:4586", "devbox")).toBe(true);
    expect(hostAllowed("other:4586", "devbox")).toBe(false);
  });
});

describe("the page is refused to", () => {
  it.each([
    undefined,
    "",
    "evil.example",
    "evil.example:4586",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.1@evil.example",
    "evil.example/127.0.0.1",
    "a b",
    "[::1",
  ])("%s", (host) => {
    expect(hostAllowed(host, BOUND)).toBe(false);
  });
});

describe("a call", () => {
  it("of a program has no Origin, and may use any name", () => {
    expect(originAllowed(undefined, "host.docker.internal:4586", BOUND)).toBe(true);
  });

  it.each([
    ["http://127.0.0.1:4586", "127.0.0.1:4586"],
    ["http://localhost:4586", "localhost:4586"],
    ["http://localhost", "localhost"],
    ["http://[::1]:4586", "[::1]:4586"],
  ])("of our own page comes from %s", (origin, host) => {
    expect(originAllowed(origin, host, BOUND)).toBe(true);
  });

  it.each([
    ["another site", "https://evil.example", "127.0.0.1:4586"],
    ["another port of this machine", "http://127.0.0.1:3000", "127.0.0.1:4586"],
    ["a sandboxed page or a file", "null", "127.0.0.1:4586"],
    ["a name that was rebound to this machine", "http://evil.example:4586", "evil.example:4586"],
    ["a request without a host", "http://127.0.0.1:4586", undefined],
  ])("of %s is refused", (_, origin, host) => {
    expect(originAllowed(origin, host, BOUND)).toBe(false);
  });
});
