import type { AppError } from "../../agent/base/errors.ts";
import type { Clock } from "./ports.ts";

/** Answers of the service lag behind what it has done; after so long something is wrong. In milliseconds. */
const VISIBLE_MS = 60_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/** Asks until an answer is there, with longer and longer pauses. @throws what `late` makes, when that takes too long */
export const untilShown = async <Answer>(
  ask: () => Promise<Answer | undefined>,
  late: (seconds: number) => AppError,
  { clock }: { readonly clock: Clock },
): Promise<Answer> => {
  const deadline = clock.now() + VISIBLE_MS;
  for (let ms = FIRST_PAUSE_MS; ; ms = Math.min(2 * ms, LONGEST_PAUSE_MS)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (clock.now() > deadline) throw late(VISIBLE_MS / 1_000);
    await clock.pause(ms);
  }
};
