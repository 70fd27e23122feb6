/** What goes wrong with a request that a fault hits. */
export type FaultEffect =
  | { readonly kind: "unauthorized" }
  | { readonly kind: "unavailable" }
  | { readonly kind: "absent" }
  | { readonly kind: "slow"; readonly ms: number };

export interface Fault {
  readonly effect: FaultEffect;
  /**
   * Which requests it hits: a path such as `/latest/api/token` and all below it, or one without the version and the
   * first slash, such as `meta-data/iam`; all of them when it is absent.
   */
  readonly path?: string | undefined;
  /** How many requests it hits yet; all of them when it is absent. */
  readonly times?: number | undefined;
  /** When it is over; never when it is absent. */
  readonly until?: number | undefined;
}

/** What the faults do to one request. */
export interface Trouble {
  /** How long the request waits, whatever else becomes of it. */
  readonly delayMs: number;
  /** What becomes of it instead of an answer; undefined for an answer. */
  readonly instead: Exclude<FaultEffect["kind"], "slow"> | undefined;
  /** The faults that are there after it. */
  readonly faults: readonly Fault[];
}

/** Meets a request with what is wrong: all delays add up, and the first fault of another kind decides. */
export const troubleFor = (faults: readonly Fault[], names: readonly string[], now: number): Trouble => {
  let delayMs = 0;
  let instead: Trouble["instead"];
  const left = faults.flatMap((fault) => {
    if (fault.until !== undefined && now >= fault.until) return [];
    const { effect } = fault;
    if (!hits(fault, names) || (effect.kind !== "slow" && instead !== undefined)) return [fault];
    if (effect.kind === "slow") delayMs += effect.ms;
    else instead = effect.kind;
    return spent(fault);
  });
  return { delayMs, instead, faults: left };
};

const spent = (fault: Fault): readonly Fault[] => {
  if (fault.times === undefined) return [fault];
  return fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
};

const hits = ({ path }: Fault, names: readonly string[]): boolean => {
  if (path === undefined) return true;
  const wanted = path.split("/").filter((name) => name !== "");
  const asked = path.startsWith("/") ? names : names.slice(1);
  return wanted.every((name, at) => asked[at] === name);
};
