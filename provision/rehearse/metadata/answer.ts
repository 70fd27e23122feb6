import { documentAt } from "./documents.ts";
import type { Answer, MetadataRequest, Reply, TokenShown } from "./exchange.ts";
import type { Instance } from "./instance.ts";
import { documentReply, headOf, methods, refusal } from "./replies.ts";
import { isoSeconds } from "./times.ts";
import { issueToken, secondsAsked, secondsLeft } from "./token.ts";
import { isVersion } from "./versions.ts";

/** What answers are made from. */
export interface Source {
  readonly instance: Instance;
  /** Tokens of one secret are worth nothing with another. */
  readonly secret: Uint8Array;
  /** Who may read without a token although tokens are required. EC2 lets nobody. */
  readonly mayReadTokenless: (userAgent: string) => boolean;
}

const TOKEN = "x-aws-ec2-metadata-token";
const TOKEN_SECONDS = `${TOKEN}-ttl-seconds`;
const FORWARDED = "x-forwarded-for";

const READ_METHODS = ["OPTIONS", "GET", "HEAD"] as const;
const TOKEN_METHODS = ["OPTIONS", "PUT"] as const;

/** The names in the path of a request; undefined for what is no path. */
export const namesIn = (target: string): readonly string[] | undefined => {
  const [path = ""] = target.split("?");
  if (!path.startsWith("/")) return undefined;
  try {
    // A slash at the end is nothing of its own: EC2 gives directories without it, and documents with it.
    return path === "/" ? [] : path.replace(/\/$/, "").slice(1).split("/").map(decodeURIComponent);
  } catch {
    return undefined;
  }
};

/** Whether the request showed a token of this service that still holds. */
export const tokenShown = ({ headers }: MetadataRequest, source: Source, now: number): TokenShown => {
  const token = headers[TOKEN];
  if (token === undefined) return "none";
  return secondsLeft(keyOf(source), token, now) === undefined ? "invalid" : "valid";
};

/** What EC2 would answer. */
export const answerTo = (request: MetadataRequest, source: Source, now: number): Answer => {
  const names = namesIn(request.target);
  if (names === undefined) return refusal(400);
  // Observed with curl, which sends this with a body of unknown length: nothing is to be continued here.
  if (request.headers.expect !== undefined) return refusal(417);
  if (source.instance.options.endpoint === "disabled") return refusal(403);
  const [version = "", api, token, ...beyond] = names;
  const isTokenPath = isVersion(version) && api === "api" && token === "token" && beyond.length === 0;
  const answer = isTokenPath
    ? tokenAnswer(request, version, source, now)
    : readAnswer(request, names, source, now);
  return request.method === "HEAD" && answer.kind === "reply" ? headOf(answer) : answer;
};

const tokenAnswer = (request: MetadataRequest, version: string, source: Source, now: number): Answer => {
  const { method, headers, hops = 1 } = request;
  if (method === "OPTIONS") return methods(200, TOKEN_METHODS);
  if (method !== "PUT") return methods(405, TOKEN_METHODS);
  // The answers go only so far, refusals as well: whoever is farther away waits for them in vain.
  if (hops > source.instance.options.hopLimit) return { kind: "silence" };
  if (version !== "latest" || headers[FORWARDED] !== undefined) return refusal(403);
  const seconds = secondsAsked(headers[TOKEN_SECONDS]);
  if (seconds === undefined) return refusal(400);
  return documentReply(issueToken(keyOf(source), seconds, now), timeToLive(seconds));
};

const readAnswer = (
  request: MetadataRequest,
  names: readonly string[],
  source: Source,
  now: number,
): Reply => {
  const { method, headers } = request;
  // Which methods EC2 names here is not verified; that it lets GET and HEAD is documented.
  if (method === "OPTIONS") return methods(200, READ_METHODS);
  if (method !== "GET" && method !== "HEAD") return methods(405, READ_METHODS);
  const token = headers[TOKEN];
  if (token === undefined) {
    const required = source.instance.options.tokens === "required";
    if (required && !source.mayReadTokenless(headers["user-agent"] ?? "")) return refusal(401);
    return readReply(names, source, now);
  }
  const left = secondsLeft(keyOf(source), token, now);
  if (left === undefined) return refusal(401);
  if (headers[FORWARDED] !== undefined) return refusal(403);
  // Whether EC2 counts these seconds down is not verified.
  return readReply(names, source, now, timeToLive(left));
};

const readReply = (
  names: readonly string[],
  { instance }: Source,
  now: number,
  more: Readonly<Record<string, string>> = {},
): Reply => {
  const found = documentAt(instance, names, now);
  if (found === undefined) return refusal(404);
  return documentReply(found, { "Last-Modified": httpDate(instance.launchedAt), ...more });
};

const keyOf = ({ secret, instance }: Source) => ({ secret, instanceId: instance.id });

const timeToLive = (seconds: number) => ({ "X-Aws-Ec2-Metadata-Token-Ttl-Seconds": String(seconds) });

const httpDate = (time: number): string => new Date(isoSeconds(time)).toUTCString();
