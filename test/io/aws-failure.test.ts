import { describe, expect, it } from "vitest";
import { classify } from "../../agent/io/aws-failure.ts";

/** An error as the SDK throws it. */
const thrown = (name: string, status?: number, more: object = {}): Error =>
  Object.assign(new Error("what happened"), {
    name,
    ...(status === undefined ? {} : { $metadata: { httpStatusCode: status } }),
    ...more,
  });

describe("what an error of the SDK means", () => {
  it.each([
    // Of the service, by name.
    ["ThrottlingException", 400, "throttled"],
    ["Throttling", 400, "throttled"],
    ["RequestThrottledException", 400, "throttled"],
    ["SlowDown", 503, "throttled"],
    ["LimitExceededException", 400, "throttled"],
    ["OperationAbortedException", 400, "throttled"],
    ["ServiceUnavailableException", 500, "unavailable"],
    ["ResourceNotFoundException", 400, "missing"],
    ["InvalidParameterException", 400, "invalid"],
    ["SerializationException", 400, "invalid"],
    ["AccessDeniedException", 400, "denied"],
    ["UnrecognizedClientException", 400, "denied"],
    ["ExpiredTokenException", 400, "denied"],
    ["InvalidSignatureException", 403, "denied"],
    ["RequestExpired", 400, "denied"],
    ["CredentialsProviderError", undefined, "denied"],
    // Of whoever stands between, by status.
    ["UnknownError", 429, "throttled"],
    ["UnknownError", 500, "unavailable"],
    ["UnknownError", 502, "unavailable"],
    ["UnknownError", 503, "unavailable"],
    ["UnknownError", 504, "unavailable"],
    ["UnknownError", 408, "ambiguous"],
    ["UnknownError", 403, "denied"],
    ["UnknownError", 404, "denied"],
    // Not understood: it may have been carried out all the same.
    ["SyntaxError", 200, "ambiguous"],
    ["SyntaxError", 302, "ambiguous"],
    ["TimeoutError", undefined, "ambiguous"],
    ["AbortError", undefined, "ambiguous"],
  ] as const)("%s with status %s is %s", (name, status, kind) => {
    expect(classify(thrown(name, status))).toEqual({ kind, message: `${name}: what happened` });
  });

  it.each([
    ["ECONNREFUSED", "unavailable"],
    ["ENOTFOUND", "unavailable"],
    ["EAI_AGAIN", "unavailable"],
    ["EHOSTUNREACH", "unavailable"],
    ["ENETUNREACH", "unavailable"],
    ["ECONNRESET", "ambiguous"],
    ["EPIPE", "ambiguous"],
    ["ETIMEDOUT", "ambiguous"],
  ])("a socket that ends with %s is %s", (code, kind) => {
    expect(classify(thrown("Error", undefined, { code }))).toEqual({ kind, message: "what happened" });
  });

  it("has a message even where the error has none", () => {
    const several = Object.assign(new AggregateError([new Error("::1"), new Error("127.0.0.1")]), {
      code: "ECONNREFUSED",
    });
    expect(classify(several)).toEqual({ kind: "unavailable", message: "AggregateError: ECONNREFUSED" });
    expect(classify(Object.assign(new Error(""), { name: "Error" })).message).toBe("no message");
  });

  it("copes with what is no error", () => {
    for (const odd of [undefined, null, "text", 5, {}]) expect(classify(odd).kind).toBe("ambiguous");
  });
});
