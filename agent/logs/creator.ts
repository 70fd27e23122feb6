import type { CreateResult, Sink, Target } from "./ports.ts";

/** Creates log groups and streams when a request has found them missing. */
export interface Creator {
  readonly ensure: (target: Target) => Promise<CreateResult>;
}

/**
 * The stream first: groups exist far more often than not. When the group is missing too, one of the streams that
 * need it creates it and the others wait for that, so that a host which starts does not storm a quota of ten
 * CreateLogGroup calls a second.
 */
export const createCreator = (sink: Sink): Creator => {
  const groups = new Map<string, Promise<CreateResult>>();
  /** Groups that were made and have no retention yet: what was in the way goes away. */
  const unfinished = new Set<string>();

  const makeGroup = async (target: Target): Promise<CreateResult> => {
    const { logGroupName: name, retentionInDays } = target;
    if (!unfinished.has(name)) {
      const made = await sink.createGroup(target);
      if (made.kind !== "done" || retentionInDays === undefined) return made;
    }
    // A group that keeps its events for ever is a surprise on the bill, so this is part of making it.
    const kept = await sink.putRetention(target);
    if (TRANSIENT.has(kept.kind)) unfinished.add(name);
    else unfinished.delete(name);
    return kept;
  };

  const group = (target: Target): Promise<CreateResult> => {
    const name = target.logGroupName;
    const running = groups.get(name);
    if (running !== undefined) return running;
    const made = makeGroup(target).finally(() => groups.delete(name));
    groups.set(name, made);
    return made;
  };

  return {
    ensure: async (target) => {
      if (!unfinished.has(target.logGroupName)) {
        const stream = await sink.createStream(target);
        if (stream.kind !== "missing") return stream;
      }
      const made = await group(target);
      return made.kind === "done" ? sink.createStream(target) : made;
    },
  };
};

/** Failures that a repetition may mend. Events do not wait for a right that nobody may ever give. */
export const TRANSIENT: ReadonlySet<CreateResult["kind"]> = new Set([
  "throttled",
  "unavailable",
  "ambiguous",
]);
