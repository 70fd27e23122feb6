import { fingerprint } from "./canonical.ts";
import type { Head, Version } from "./ports.ts";
import { promotionsOf } from "./promotions.ts";

/** A version as `history` tells of it. */
export interface HistoryLine {
  readonly version: number;
  readonly description: string;
  readonly created_at: string;
  readonly created_by: string;
  readonly fingerprint: string;
  readonly default: boolean;
  readonly latest: boolean;
  /** It was the default once, as far as is recorded. */
  readonly promoted: boolean;
}

/** All versions, the newest first. Pure. */
export const historyOf = (head: Head, versions: readonly Version[]): readonly HistoryLine[] =>
  versions.map(({ number, description, created_at, created_by, data }) => ({
    version: number,
    description,
    created_at,
    created_by,
    fingerprint: fingerprint(data),
    default: number === head.default_version,
    latest: number === head.latest_version,
    promoted: promotionsOf(head).includes(number),
  }));
