import type { UserData } from "./parse.ts";

/** The most that EC2 takes, before base64: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html. */
export const LIMIT_BYTES = 16_384;

/** From here on the next change may be one too many. */
export const WARN_BYTES = 12_288;

export interface Contributor {
  readonly name: string;
  /** Of its content, before any encoding. */
  readonly bytes: number;
}

/** How many are worth naming. */
const MOST_NAMED = 3;

/** What takes most of the space, the largest first. */
export const contributors = ({ parts }: Pick<UserData, "parts">): readonly Contributor[] =>
  parts
    .map(({ name, bytes }) => ({ name, bytes: bytes.length }))
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, MOST_NAMED);
