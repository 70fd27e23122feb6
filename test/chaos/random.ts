/** Chance that is the same for the same seed (the mulberry32 generator). */
export interface Random {
  /** From 0 up to 1. */
  readonly next: () => number;
  /** A whole number, both ends included. */
  readonly int: (least: number, most: number) => number;
  /** The same, with small numbers as frequent as large ones: for lengths and rates. */
  readonly spread: (least: number, most: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(from: readonly T[]) => T;
  /** Another generator that depends on this one's seed and the label, but not on what was drawn. */
  readonly fork: (label: string) => Random;
}

export const createRandom = (seed: number | string): Random => {
  const start = typeof seed === "number" ? seed | 0 : hashOf(seed);
  let state = start;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    int,
    spread: (least, most) => {
      const low = Math.log(least + 1);
      return Math.min(most, Math.round(Math.exp(low + next() * (Math.log(most + 1) - low)) - 1));
    },
    chance: (probability) => next() < probability,
    pick: (from) => {
      const picked = from[int(0, from.length - 1)];
      if (picked === undefined) throw new Error("nothing to pick from");
      return picked;
    },
    fork: (label) => createRandom(`${start}:${label}`),
  };
};

/** FNV-1a, 32 bits. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash | 0;
};
