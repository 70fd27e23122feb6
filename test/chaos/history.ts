/** One life of the agent. Times are in ms since the start of the run. */
export interface Life {
  /** When it answered for the first time. */
  readonly from: number;
  to?: number;
  /** `late`: it was asked to end and did not finish what was under way in time. */
  end?: "kill" | "terminate" | "late" | "crash";
  readonly frozen: { readonly from: number; to?: number }[];
}

/** A time in which the service was not itself, for one writer or for all. */
export interface Outage {
  readonly from: number;
  to?: number;
  readonly writer: number | undefined;
  readonly kind: string;
  /** Requests may have been carried out although the client was told otherwise. */
  readonly ambiguous: boolean;
}

/** What happened around the files. */
export interface History {
  readonly lives: Life[];
  readonly outages: Outage[];
  /** When the stream of a writer was deleted with all that was in it. */
  readonly deletions: { readonly at: number; readonly writer: number }[];
  /** When nothing could be written to the state directory. */
  readonly stateTroubles: { readonly from: number; to?: number }[];
  /** When what was in the state directory was damaged. */
  readonly damages: { readonly at: number; readonly how: string }[];
}

export const emptyHistory = (): History => ({
  lives: [],
  outages: [],
  deletions: [],
  stateTroubles: [],
  damages: [],
});

const overlap = (from: number, to: number, span: { readonly from: number; readonly to?: number }): number =>
  Math.max(0, Math.min(to, span.to ?? Number.POSITIVE_INFINITY) - Math.max(from, span.from));

/** For how long an agent was there and running, between two times. */
export const activeMs = ({ lives }: History, from: number, to: number): number =>
  lives.reduce((sum, life) => {
    const frozen = life.frozen.reduce((total, span) => total + overlap(from, to, span), 0);
    return sum + Math.max(0, overlap(from, to, life) - frozen);
  }, 0);

export const lifeAt = ({ lives }: History, at: number): Life | undefined =>
  lives.find((life) => life.from <= at && at < (life.to ?? Number.POSITIVE_INFINITY));

/** True when nothing stood between the agent and the stream of the writer. */
export const healthy = ({ outages }: History, writer: number, from: number, to: number): boolean =>
  !outages.some(
    (outage) =>
      (outage.writer === undefined || outage.writer === writer) &&
      outage.from < to &&
      (outage.to ?? Number.POSITIVE_INFINITY) > from,
  );
