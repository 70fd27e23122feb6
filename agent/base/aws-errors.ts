import { AppError } from "./errors.ts";

/** An error as the SDK throws it. */
export interface Thrown extends Error {
  readonly Code?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

const CREDENTIALS =
  /^(CredentialsProviderError|AuthFailure|ExpiredToken\w*|RequestExpired|InvalidClientTokenId|UnrecognizedClient\w*|SignatureDoesNotMatch|TokenProviderError|MissingAuthenticationToken\w*)$/;
const DENIED = /^(UnauthorizedOperation|AccessDenied\w*|OptInRequired)$/;
const UNREACHABLE =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE|ETIMEDOUT|TimeoutError)$/;

/** The code that AWS gives an error; empty for what comes from somewhere else. */
export const awsCode = (thrown: unknown): string => {
  const { name, Code } = thrown as Thrown;
  return Code ?? name ?? "";
};

/** What an error of the SDK means, with the action that met it. Others come back as they are. */
export const awsFailure = (action: string, thrown: unknown, region: string): unknown => {
  if (thrown instanceof AppError || !(thrown instanceof Error)) return thrown;
  const { message, code, $metadata } = thrown as Thrown;
  const name = awsCode(thrown);
  const said = (text: string): string => `${action} in ${region}: ${text}`;
  const options = { cause: thrown };
  if (CREDENTIALS.test(name)) return new AppError("AWS_CREDENTIALS", said(`${name}: ${message}`), options);
  if (DENIED.test(name)) return new AppError("AWS_DENIED", said(message), options);
  if (UNREACHABLE.test(code ?? name) || ($metadata?.httpStatusCode ?? 0) >= 500)
    return new AppError("AWS_UNREACHABLE", said(message || String(code)), options);
  if ($metadata === undefined) return thrown;
  return new AppError("AWS_FAILED", said(`${name}: ${message}`), options);
};
