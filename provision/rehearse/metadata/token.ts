import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";

/** How long a token may be asked to hold, in seconds. */
export const TOKEN_SECONDS = { least: 1, most: 21_600 } as const;

const FORM = 1;
const EXPIRY_BYTES = 7;

/** What a token is made with and good for: it holds for one instance, and for one run of the service. */
export interface TokenKey {
  readonly secret: Uint8Array;
  readonly instanceId: string;
}

/** The seconds that a request asks for; undefined when it asks for none, or for what nobody gets. */
export const secondsAsked = (header: string | undefined): number | undefined => {
  if (header === undefined || !/^\d{1,5}$/.test(header)) return undefined;
  const seconds = Number(header);
  return seconds >= TOKEN_SECONDS.least && seconds <= TOKEN_SECONDS.most ? seconds : undefined;
};

/** A token of 56 characters, as those of EC2. It carries its own end, so that nobody has to remember it. */
export const issueToken = (key: TokenKey, seconds: number, now: number): string =>
  tokenUntil(key, now + seconds * 1_000);

/** For how many seconds a token still holds, rounded up; undefined for a wrong one and one that is over. */
export const secondsLeft = (key: TokenKey, token: string, now: number): number | undefined => {
  const bytes = Buffer.from(token, "base64url");
  if (bytes.length <= EXPIRY_BYTES) return undefined;
  const expiry = Number(bytes.readBigUInt64BE(0) & 0xff_ffff_ffff_ffffn);
  // Compared as text: many texts stand for the same bytes, and only one was issued.
  const [given, issued] = [Buffer.from(token), Buffer.from(tokenUntil(key, expiry))];
  if (given.length !== issued.length || !timingSafeEqual(given, issued)) return undefined;
  const left = Math.ceil((expiry - now) / 1_000);
  return left > 0 ? left : undefined;
};

const tokenUntil = ({ secret, instanceId }: TokenKey, expiry: number): string => {
  const head = Buffer.alloc(1 + EXPIRY_BYTES);
  head.writeBigUInt64BE((BigInt(FORM) << 56n) | (BigInt(expiry) & 0xff_ffff_ffff_ffffn));
  const proof = createHmac("sha256", secret).update(head).update(instanceId).digest();
  return `${Buffer.concat([head, proof]).toString("base64url")}==`;
};
