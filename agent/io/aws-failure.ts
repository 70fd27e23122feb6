import type { Failure } from "../logs/ports.ts";

interface AwsError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly code?: string;
}

/** Errors of the service by name; everything else is judged by its HTTP status or its socket code. */
const BY_NAME: Readonly<Record<string, Failure>> = {
  ThrottlingException: "throttled",
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
  const error = thrown as AwsError;
  const message = describe(error);
  const named = BY_NAME[error.name];
  if (named !== undefined) return { kind: named, message };
  if (error.code !== undefined && NOT_SENT.has(error.code)) return { kind: "unavailable", message };
  const status = error.$metadata?.httpStatusCode;
  // No status, no answer: cut off, timed out, or not understood. It may have been carried out.
  if (status === undefined || status < 400) return { kind: "ambiguous", message };
  if (status === 429) return { kind: "throttled", message };
  if (status >= 500) return { kind: "unavailable", message };
  // Access denied, expired or unknown credentials, a wrong signature, a clock that is off.
  return { kind: "denied", message };
};

const describe = (error: AwsError): string => {
  const text = error.message.length > 0 ? error.message : (error.code ?? "no message");
  return error.name === "Error" ? text : `${error.name}: ${text}`;
};
