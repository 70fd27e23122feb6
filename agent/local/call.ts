import { isUtf8 } from "node:buffer";
import { gunzipSync } from "node:zlib";
import type { Members, Operation } from "./operation.ts";
import { OPERATIONS } from "./operations/index.ts";
import { ServiceError, unreadable } from "./service-error.ts";
import type { Packing } from "./store.ts";

/** Largest request body, packed or unpacked. A full batch that is all escapes stays below it. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

export interface Call {
  readonly name: string;
  readonly operation: Operation;
  readonly members: Members;
  readonly region: string;
  readonly body: Uint8Array;
  readonly packing: Packing;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Reads a request up to the point where its operation can run. Throws ServiceError. */
export const parseCall = (headers: Headers, body: Uint8Array): Call => {
  const region = checkSignature(headers);
  const { name, operation } = findOperation(headers["x-amz-target"]);
  if (!/^application\/x-amz-json-1\.[01]\b/.test(String(headers["content-type"])))
    throw unreadable("The Content-Type must be application/x-amz-json-1.1.");
  const packing = packingOf(headers["content-encoding"]);
  return { name, operation, members: parseMembers(unpack(body, packing)), region, body, packing };
};

/** The operation that a request is for; empty when it is for none of those that are answered here. */
export const operationName = (target: unknown): string => {
  const name = targetName(target);
  return Object.hasOwn(OPERATIONS, name) ? name : "";
};

const targetName = (target: unknown): string => /^Logs_20140328\.(\w+)$/.exec(String(target))?.[1] ?? "";

const findOperation = (target: unknown) => {
  const name = operationName(target);
  const operation = OPERATIONS[name];
  if (operation === undefined)
    throw new ServiceError(
      "UnknownOperationException",
      `The operation ${targetName(target)} is not known here.`,
    );
  return { name, operation };
};

/** Checks that the request is signed in form; the signature itself is not verified. Gives the Region. */
const checkSignature = (headers: Headers): string => {
  const { authorization } = headers;
  if (typeof authorization !== "string" || authorization === "")
    throw new ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token", 403);
  const incomplete = (what: string) =>
    new ServiceError("IncompleteSignatureException", `Authorization header requires ${what}.`);
  if (!authorization.startsWith("AWS4-HMAC-SHA256 ")) throw incomplete("the algorithm 'AWS4-HMAC-SHA256'");
  const part = (name: string) => new RegExp(`[ ,]${name}=([^, ]+)`).exec(authorization)?.[1];
  const [, , region, service, ending] = part("Credential")?.split("/") ?? [];
  if (region === undefined || ending !== "aws4_request") throw incomplete("'Credential' parameter");
  if (service !== "logs")
    throw new ServiceError(
      "InvalidSignatureException",
      "Credential should be scoped to correct service: 'logs'.",
    );
  if (!/(^|;)host(;|$)/.test(part("SignedHeaders") ?? "")) throw incomplete("'host' in 'SignedHeaders'");
  if (!/^[0-9a-f]{64}$/.test(part("Signature") ?? "")) throw incomplete("'Signature' parameter");
  if (headers["x-amz-date"] === undefined && headers.date === undefined)
    throw incomplete("existence of either a 'X-Amz-Date' or a 'Date' header");
  return region;
};

const packingOf = (encoding: unknown): Packing => {
  if (encoding === undefined || encoding === "identity" || encoding === "") return "plain";
  if (encoding === "gzip") return "gzip";
  throw unreadable(`The Content-Encoding '${String(encoding)}' is not supported.`);
};

const unpack = (body: Uint8Array, packing: Packing): Uint8Array => {
  if (packing === "plain") return body;
  try {
    return gunzipSync(body, { maxOutputLength: MAX_BODY_BYTES, chunkSize: 262_144 });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge();
    throw unreadable("The body is not valid gzip.");
  }
};

export const tooLarge = (): ServiceError =>
  new ServiceError("RequestEntityTooLargeException", `The body exceeds ${MAX_BODY_BYTES} bytes.`, 413);

const parseMembers = (body: Uint8Array): Members => {
  if (!isUtf8(body)) throw unreadable("The body is not valid UTF-8.");
  if (body.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString("utf8"));
  } catch {
    throw unreadable("The body is not valid JSON.");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw unreadable("The body must be a JSON object.");
  return parsed as Members;
};
