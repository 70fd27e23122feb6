import { AppError } from "../base/errors.ts";
import { pause } from "../base/pause.ts";

/** Who waits for this instance: a lifecycle hook of its Auto Scaling group, a resource of a stack, or both. */
export interface Waiting {
  readonly hook?: { readonly name: string; readonly group: string | undefined };
  readonly stack?: { readonly name: string; readonly resource: string };
}

/** The services that wait. Every call throws AppError AWS_… for what they refuse. */
export interface Waiters {
  /** The Auto Scaling group of an instance; undefined when it is in none. */
  readonly groupOf: (instance: string) => Promise<string | undefined>;
  /** False while the hook does not wait for the instance: not yet, or not any more. */
  readonly complete: (request: {
    readonly group: string;
    readonly hook: string;
    readonly instance: string;
    readonly succeeded: boolean;
  }) => Promise<boolean>;
  readonly signal: (request: {
    readonly stack: string;
    readonly resource: string;
    readonly instance: string;
    readonly succeeded: boolean;
  }) => Promise<void>;
}

export interface CompletionKit {
  readonly waiters: Waiters;
  readonly clock: {
    readonly now: () => number;
    readonly after: (ms: number, task: () => void) => () => void;
  };
  /** Aborts when nobody wants to wait any longer. */
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

/** An instance boots faster than its group begins to wait, now and then; after so long nobody does. In milliseconds. */
const PATIENCE_MS = 60_000;
const BETWEEN_MS = 2_000;

/**
 * Tells whoever waits for an instance how its boot went. Every waiter is told, also when another one cannot be.
 *
 * @throws AppError SIGNAL_UNTAKEN when the hook does not wait for the instance; AWS_… as the services say
 */
export const completeBoot = async (
  instance: string,
  succeeded: boolean,
  waiting: Waiting,
  kit: CompletionKit,
): Promise<void> => {
  const told = await Promise.allSettled([
    waiting.hook && completeHook(instance, succeeded, waiting.hook, kit),
    waiting.stack && signalStack(instance, succeeded, waiting.stack, kit),
  ]);
  const failed = told.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
};

const outcome = (succeeded: boolean): string => (succeeded ? "it has succeeded" : "it has failed");

const signalStack = async (
  instance: string,
  succeeded: boolean,
  { name, resource }: { readonly name: string; readonly resource: string },
  { waiters, say }: CompletionKit,
): Promise<void> => {
  await waiters.signal({ stack: name, resource, instance, succeeded });
  say(`Stack ${name} knows of the boot of ${instance}: ${outcome(succeeded)}.`);
};

const completeHook = async (
  instance: string,
  succeeded: boolean,
  hook: { readonly name: string; readonly group: string | undefined },
  { waiters, clock, stop, say }: CompletionKit,
): Promise<void> => {
  const deadline = clock.now() + PATIENCE_MS;
  for (;;) {
    const group = hook.group ?? (await waiters.groupOf(instance));
    // The same user data serves an instance that somebody starts by hand.
    if (group === undefined) return say(`${instance} is in no Auto Scaling group: no hook waits for it.`);
    if (await waiters.complete({ group, hook: hook.name, instance, succeeded }))
      return say(`Hook ${hook.name} of ${group} knows of the boot of ${instance}: ${outcome(succeeded)}.`);
    if (clock.now() >= deadline || stop.aborted)
      throw new AppError(
        "SIGNAL_UNTAKEN",
        `Hook ${hook.name} of ${group} does not wait for ${instance}; it was asked for ${PATIENCE_MS / 1_000} s at the most.`,
      );
    await pause(clock, BETWEEN_MS, stop);
  }
};
