import process from "node:process";
import { AppError } from "../../agent/base/errors.ts";

/** Where AWS is for a command: the usual environment variables and profiles count too. */
export interface AwsOptions {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly endpointUrl?: string | undefined;
}

/** Of one request with its connection, in milliseconds. */
const CONNECT_MS = 5_000;
const REQUEST_MS = 30_000;
/** Throttling and failures of the service pass: tries of one request, with back-off between them. */
const MOST_ATTEMPTS = 6;

/** The Region of a command. @throws AppError NO_REGION */
export const regionOf = ({ region }: AwsOptions): string => {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const found = region ?? AWS_REGION ?? AWS_DEFAULT_REGION;
  if (found === undefined || found === "")
    throw new AppError("NO_REGION", "Neither --region nor the environment names a Region.");
  return found;
};

/** What every client of the SDK is made with. @throws AppError NO_REGION */
export const clientConfig = (options: AwsOptions) => ({
  region: regionOf(options),
  maxAttempts: MOST_ATTEMPTS,
  ...(options.profile === undefined ? {} : { profile: options.profile }),
  ...(options.endpointUrl === undefined ? {} : { endpoint: options.endpointUrl }),
  requestHandler: {
    connectionTimeout: CONNECT_MS,
    requestTimeout: REQUEST_MS,
    throwOnRequestTimeout: true,
  },
});

interface Thrown extends Error {
  readonly Code?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
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
