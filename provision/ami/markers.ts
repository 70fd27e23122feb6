import { createHash } from "node:crypto";
import type { Identity } from "./hygiene/checklist.ts";

/** What the runner has told, one marker after the other. */
export type Marker =
  | {
      readonly kind: "step";
      readonly seq: number;
      readonly step: string;
      readonly status: "start" | "ok" | "fail";
      readonly exit: number;
      readonly ms: number;
    }
  | { readonly kind: "fact"; readonly seq: number; readonly fact: Identity }
  | { readonly kind: "result"; readonly seq: number; readonly result: Result };

/** How it has ended. */
export type Result =
  | { readonly ok: true; readonly digest: string }
  | { readonly ok: false; readonly step: string; readonly exit: number };

/** Who has written markers that count: the id and the secret of one run. */
export interface Author {
  readonly id: string;
  readonly nonce: string;
}

export interface Read {
  /** In the order in which they were written, each once. */
  readonly markers: readonly Marker[];
  /** Lines that bear the id and a code that is not theirs: damaged, or not from the runner. */
  readonly refused: number;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The code of a marker: what the shell of the runner computes as well. */
const codeOf = (marker: string, nonce: string): string =>
  sha256(`${nonce}\n${sha256(`${nonce}\n${marker}\n`)}\n`).slice(0, 32);

/** A marker as the runner writes it. */
export const markerLine = ({ id, nonce }: Author, seq: number, said: string): string => {
  const marker = `@@bake1 ${id} ${seq} ${said}`;
  return `${marker} ${codeOf(marker, nonce)}`;
};

/** Anywhere in a line, and never across the beginning of the next one: a console has other writers. */
const LINE = /@@bake1 (\S+) (\d{1,9}) ((?:(?!@@bake1 )[^\r\n])*?) ([0-9a-f]{32})(?![0-9a-f])/g;

const STEP = /^(\S+) (start|ok|fail) (\d{1,3}) (\d{1,12})$/;
const FACT = /^fact (\S+) ([0-9a-f]{64})$/;
const OK = /^result ok (\S+)$/;
const FAIL = /^result fail (\S+) (\d{1,3})$/;

const parsed = (seq: number, said: string): Marker | undefined => {
  const [, digest] = OK.exec(said) ?? [];
  if (digest !== undefined) return { kind: "result", seq, result: { ok: true, digest } };
  const [, failed, exit] = FAIL.exec(said) ?? [];
  if (failed !== undefined)
    return { kind: "result", seq, result: { ok: false, step: failed, exit: Number(exit) } };
  const [, name, hash] = FACT.exec(said) ?? [];
  if (name !== undefined && hash !== undefined) return { kind: "fact", seq, fact: { name, hash } };
  const [, step, status, code, ms] = STEP.exec(said) ?? [];
  if (step === undefined) return undefined;
  return {
    kind: "step",
    seq,
    step,
    status: status as "start" | "ok" | "fail",
    exit: Number(code),
    ms: Number(ms),
  };
};

/**
 * The markers in what a console has shown: they may be out of order, repeated, cut off, and have anything around them.
 * Pure; never throws.
 */
export const readMarkers = (console: string, { id, nonce }: Author): Read => {
  const markers = new Map<number, Marker>();
  const refused = new Set<string>();
  for (const [line, by, digits, said, code] of console.matchAll(LINE)) {
    if (by !== id || said === undefined) continue;
    const marker = parsed(Number(digits), said);
    if (marker === undefined || code !== codeOf(line.slice(0, -33), nonce)) refused.add(line);
    else if (!markers.has(marker.seq)) markers.set(marker.seq, marker);
  }
  return { markers: [...markers.values()].toSorted((a, b) => a.seq - b.seq), refused: refused.size };
};

export interface StepReport {
  readonly name: string;
  readonly status: "running" | "ok" | "failed";
  /** Of its last attempt, when it is over. */
  readonly exit?: number;
  readonly ms?: number;
}

export interface Progress {
  /** In the order in which they were begun. */
  readonly steps: readonly StepReport[];
  /** What the host was known by. */
  readonly identities: readonly Identity[];
  /** There when the runner has said its last word. */
  readonly result?: Result;
  /** How many markers are missing before the last one that is there. */
  readonly missing: number;
}

/** How far a run has come, by its markers in their order. */
export const progressOf = (markers: readonly Marker[]): Progress => {
  const steps = new Map<string, StepReport>();
  for (const marker of markers) {
    if (marker.kind !== "step") continue;
    const { step: name, status, exit, ms } = marker;
    if (status !== "start") steps.set(name, { name, status: status === "ok" ? "ok" : "failed", exit, ms });
    else if (!steps.has(name)) steps.set(name, { name, status: "running" });
  }
  const result = markers.find(({ kind }) => kind === "result");
  return {
    steps: [...steps.values()],
    identities: markers.flatMap((marker) => (marker.kind === "fact" ? [marker.fact] : [])),
    ...(result?.kind === "result" && { result: result.result }),
    missing: (markers.at(-1)?.seq ?? 0) - markers.length,
  };
};
