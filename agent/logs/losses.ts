/** Why bytes of a file were never read. */
export type LossReason =
  /** It was truncated or overwritten, and no copy of it was found. */
  | "overwritten"
  /** It was deleted while nobody held it open. */
  | "deleted"
  /** It was deleted, and let go because deleted files held more space than they may. */
  | "evicted";

export interface Loss {
  readonly path: string;
  readonly bytes: number;
  readonly reason: LossReason;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Most losses that are named; what comes after is only added up. */
const NAMED = 100;

/** Bytes that went away unread: exact, as far as the file was ever seen. Not a part of what was read. */
export class Losses {
  readonly #named: Loss[] = [];
  #bytes = 0;

  add(loss: Loss): void {
    if (loss.bytes <= 0) return;
    this.#bytes += loss.bytes;
    this.#named.push(loss);
    if (this.#named.length > NAMED) this.#named.shift();
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The latest ones. */
  get named(): readonly Loss[] {
    return this.#named;
  }
}
