import type { Failure } from "../logs/ports.ts";

interface AwsError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly code?: string;
}

/** Errors of the service by name; everything else is judged by its HTTP status or its socket code. */
const BY_NAME: Readonly<Record<string, Failure>> = {
  LimitExceededException: "throttled",
  OperationAbortedException: "throttled",
  RequestLimitExceeded: "throttled",
  TooManyRequestsException: "throttled",
  ServiceUnavailableException: "unavailable",
  ServiceUnavailable: "unavailable",
  InternalFailure: "unavailable",
  ResourceNotFoundException: "missing",
  InvalidParameterException: "invalid",
  InvalidParameterCombinationException: "invalid",
  ValidationException: "invalid",
  SerializationException: "invalid",
  MalformedQueryString: "invalid",
  CredentialsProviderError: "denied",
  TimeoutError: "ambiguous",
};

/** Throttling, ThrottlingException, ThrottledException, RequestThrottled, …: each part of AWS has its own name for it. */
const THROTTLED = /throttl|^slowdown/i;

/** Sockets that never carried a byte: the request cannot have been carried out. */
const NOT_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
]);

/** What an error of the SDK means for the request that met it. */
export const classify = (thrown: unknown): { readonly kind: Failure; readonly message: string } => {
  const error = (thrown instanceof Error ? thrown : new Error(String(thrown))) as AwsError;
  return { kind: kindOf(error), message: describe(error) };
};

const kindOf = ({ name, code, $metadata }: AwsError): Failure => {
  const named = BY_NAME[name];
  if (named !== undefined) return named;
  if (THROTTLED.test(name)) return "throttled";
  if (code !== undefined && NOT_SENT.has(code)) return "unavailable";
  const status = $metadata?.httpStatusCode;
  // No status, no answer: cut off, timed out, or not understood. It may have been carried out.
  if (status === undefined || status < 400 || status === 408) return "ambiguous";
  if (status === 429) return "throttled";
  if (status >= 500) return "unavailable";
  // Access denied, expired or unknown credentials, a wrong signature, a clock that is off.
  return "denied";
};

const describe = ({ name, code, message }: AwsError): string => {
  const text = message.length > 0 ? message : (code ?? "no message");
  return name === "Error" ? text : `${name}: ${text}`;
};
