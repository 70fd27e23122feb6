/** How long to wait between tries. */
export interface Backoff {
  /** Upper bound of the first wait, in milliseconds. */
  readonly base: number;
  /** Upper bound of every wait, in milliseconds. */
  readonly cap: number;
}

/**
 * The wait before try `attempt` (0 for the first repeat), in milliseconds: full jitter, that is anything from 0
 * to the bound that doubles with each attempt. Jitter over the whole range keeps a thousand hosts that failed
 * together from coming back together.
 */
export const fullJitter = (attempt: number, { base, cap }: Backoff, random: () => number): number =>
  Math.floor(random() * Math.min(cap, base * 2 ** Math.min(attempt, 30)));
