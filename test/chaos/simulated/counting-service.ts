import type { CreateResult, PutResult, Target } from "../../../agent/logs/ports.ts";
import { GROUP } from "../receiver.ts";
import { type Answer, SimulatedService } from "./service.ts";

type Take = (writer: number, message: string, timestamp: number) => void;

const DOWN = { result: { kind: "unavailable", message: "ECONNREFUSED" }, afterMs: 0 } as const;

/** A service that keeps nothing of what it takes, so that it can take what an hour brings. */
export class CountingService extends SimulatedService {
  isDown = false;
  readonly #take: Take;
  readonly #onPut: () => void;

  /** `onPut`: called before each request, also while it is down. */
  constructor(take: Take, onPut: () => void, ...base: ConstructorParameters<typeof SimulatedService>) {
    super(...base);
    this.#take = take;
    this.#onPut = onPut;
  }

  override put(
    { logGroupName }: Target,
    events: readonly { readonly timestamp: number; readonly message: string }[],
  ): Answer<PutResult> {
    this.#onPut();
    if (this.isDown) return DOWN;
    const writer = Number(logGroupName.slice(GROUP.length));
    for (const { message, timestamp } of events) this.#take(writer, message, timestamp);
    return { result: { kind: "taken", rejected: undefined }, afterMs: 0 };
  }

  override create(): Answer<CreateResult> {
    return this.isDown ? DOWN : { result: { kind: "done" }, afterMs: 0 };
  }
}
