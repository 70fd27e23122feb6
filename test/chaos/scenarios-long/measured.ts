import { type Figure, holds, sentence } from "../figure.ts";
import type { Report } from "../report.ts";
import type { Tally } from "./tally.ts";

export interface Measurement {
  readonly name: string;
  readonly seconds: number;
  readonly tally: Tally;
  /** Lines, by writer. */
  readonly written: readonly number[];
  readonly figures: readonly Figure[];
  /** Whatever else was not as it must be. */
  readonly failures: readonly string[];
  /** Moments at which the accounting did not add up, of so many. */
  readonly unbalanced: readonly string[];
  readonly samples: number;
  readonly peakBufferBytes: number;
  readonly scratch?: string | undefined;
}

/** A run of millions of lines in the form of every other run. */
export const reportOfMeasurement = (measured: Measurement): Report => {
  const { name, tally, written, figures, unbalanced } = measured;
  const lost = written.reduce((sum, count, writer) => sum + tally.missing(writer, count), 0);
  const failures = [
    ...measured.failures,
    ...tally.findings,
    ...unbalanced.slice(0, 8).map((what) => `accounting: ${what}`),
    ...figures.filter((figure) => !holds(figure)).map((figure) => `does not hold: ${sentence(figure)}`),
  ];
  return {
    name,
    seed: 0,
    mode: "default",
    seconds: measured.seconds,
    ok: failures.length === 0,
    failures,
    written: written.reduce((sum, count) => sum + count, 0),
    delivered: tally.delivered,
    lost,
    duplicated: tally.duplicated,
    reordered: tally.reordered,
    corrupt: tally.corrupt,
    refused: 0,
    unbalanced: unbalanced.length,
    inherent: {},
    explained: [],
    excused: {},
    at_risk: 0,
    kills: 0,
    status_samples: measured.samples,
    peak_buffer_bytes: measured.peakBufferBytes,
    kinds: {},
    notices: figures.map(sentence),
    scratch: measured.scratch,
    figures,
  };
};
