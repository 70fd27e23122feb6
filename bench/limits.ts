/** Something that must hold, and what was measured. */
export interface Limit {
  readonly what: string;
  readonly value: number;
  readonly limit: number;
  readonly ok: boolean;
}

export const atMost = (what: string, value: number, limit: number): Limit => ({
  what,
  value,
  limit,
  // Written so that NaN, where nothing was measured, does not pass.
  ok: value <= limit,
});

/** What the programs must reach, on any machine: ratios within one run, and memory. */
export const LIMITS = {
  /** Processor time against that of the floor: read, SHA-256, and POST of the same wire bytes. */
  plain: { a: 2.5, b: 2.5, c: 2.2 },
  /** The same with gzip, against floor + gzip alone. */
  gzip: { a: 1.6, b: 1.6, c: 1.6 },
  /** Peak resident set while it ships a corpus, in MiB. */
  peakRssMib: 120,
  idle: {
    /** Percent of one core, at 2,000 idle files; and how many times that, and the memory, at 10,000. */
    cpuPercent: 1,
    growth: 2,
    rssMib: 90,
    latencyMedianMs: 1_000,
    latencyMaxMs: 6_000,
  },
  /** Wall time against that of `node -e 0`. */
  startUp: 2.5,
  /** Wall time of `provision user-data lint` of 1,000 files: somebody, or a hook, waits for that. */
  lintMs: 3_000,
  /** Wall time of `provision rehearse` of a script of ten lines, on a base that is there. */
  rehearsalMs: 5_000,
  /** The same for each of four at once. */
  rehearsalsMs: 12_000,
} as const;
