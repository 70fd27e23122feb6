import { createHash } from "node:crypto";
import { BATCH_BYTES, BATCH_EVENTS, EVENT_OVERHEAD_BYTES } from "../../../agent/base/cloudwatch-limits.ts";
import type { CreateResult, Mark, PutResult, Target } from "../../../agent/logs/ports.ts";
import type { History, Outage } from "../history.ts";
import type { Fault } from "../plan.ts";
import { POISON } from "../poison.ts";
import type { Random } from "../random.ts";
import { groupName, type Receiver, STREAM } from "../receiver.ts";

interface Event {
  readonly timestamp: number;
  readonly message: string;
}

/** What becomes of a request: what it does, and what is said about it, after so many milliseconds. */
export interface Answer<T> {
  readonly result: T;
  readonly afterMs: number;
}

const DAY_MS = 24 * 3_600_000;

/** CloudWatch Logs in memory: one stream per writer, the limits of PutLogEvents, and what can go wrong. */
export class SimulatedService {
  readonly #history: History;
  readonly #receiver: Receiver;
  readonly #now: () => number;
  readonly #random: Random;
  readonly #groups = new Set<string>();
  /** By group: the messages by time. */
  readonly #streams = new Map<string, Map<number, string[]>>();
  readonly #troubles = new Set<{
    readonly fault: Fault;
    readonly outage: Outage;
    readonly probability: number;
  }>();
  #down = 0;
  /** Requests that were wrong: no agent may send such. */
  readonly wrong: string[] = [];

  constructor(history: History, receiver: Receiver, now: () => number, random: Random) {
    this.#history = history;
    this.#receiver = receiver;
    this.#now = now;
    this.#random = random;
  }

  async fail(wait: Promise<void>): Promise<void> {
    const outage: Outage = { from: this.#now(), writer: undefined, kind: "endpoint-down", ambiguous: true };
    this.#history.outages.push(outage);
    this.#down++;
    await wait;
    this.#down--;
    outage.to = this.#now();
  }

  async disturb(
    fault: Fault,
    writer: number | undefined,
    probability: number,
    wait: Promise<void>,
  ): Promise<void> {
    const outage: Outage = {
      from: this.#now(),
      writer,
      kind: fault,
      ambiguous: fault === "reset_after_accept" || fault === "delay",
    };
    this.#history.outages.push(outage);
    const trouble = { fault, outage, probability };
    this.#troubles.add(trouble);
    await wait;
    this.#troubles.delete(trouble);
    outage.to = this.#now();
  }

  async deleteStream(writer: number): Promise<void> {
    if (this.#down > 0 || !this.#streams.delete(groupName(writer))) return;
    this.#history.deletions.push({ at: this.#now(), writer });
  }

  async deleteGroup(writer: number): Promise<void> {
    if (this.#down > 0 || !this.#groups.delete(groupName(writer))) return;
    this.#streams.delete(groupName(writer));
    this.#history.deletions.push({ at: this.#now(), writer });
  }

  /** A request that has arrived. */
  put({ logGroupName }: Target, events: readonly Event[]): Answer<PutResult> {
    const fault = this.#faultFor(logGroupName, true);
    const refused = REFUSED[fault ?? "none"];
    if (refused !== undefined) return refused;
    if (fault === "invalid_parameter" && events.some(({ message }) => message.includes(POISON)))
      return { result: { kind: "invalid", message: "InvalidParameterException" }, afterMs: 0 };
    const stream = this.#streams.get(logGroupName);
    if (stream === undefined)
      return { result: { kind: "missing", message: "ResourceNotFoundException" }, afterMs: 0 };
    this.#check(events);
    const refusedEvents = fault === "reject" ? Math.min(2, events.length) : 0;
    const taken = events.slice(refusedEvents);
    for (const { timestamp, message } of taken)
      stream.set(timestamp, [...(stream.get(timestamp) ?? []), message]);
    this.#receiver.take(
      {
        group: logGroupName,
        stream: STREAM,
        ingestedAt: 0,
        events: taken,
        bytes: 0,
        rejected: events.slice(0, refusedEvents),
      },
      this.#now(),
    );
    if (fault === "reset_after_accept")
      return { result: { kind: "ambiguous", message: "socket hang up" }, afterMs: 0 };
    const rejected = { tooOldEnd: refusedEvents, expiredEnd: 0, tooNewStart: undefined };
    return {
      result: { kind: "taken", rejected: refusedEvents > 0 ? rejected : undefined },
      afterMs: fault === "delay" ? 700 : 0,
    };
  }

  create({ logGroupName }: Target, what: "group" | "stream"): Answer<CreateResult> {
    const refused = REFUSED[this.#faultFor(logGroupName, false) ?? "none"];
    if (refused !== undefined) return refused;
    if (what === "group") this.#groups.add(logGroupName);
    else if (!this.#groups.has(logGroupName))
      return { result: { kind: "missing", message: "ResourceNotFoundException" }, afterMs: 0 };
    else if (!this.#streams.has(logGroupName)) this.#streams.set(logGroupName, new Map());
    return { result: { kind: "done" }, afterMs: 0 };
  }

  landed({ logGroupName }: Target, { stamp, hash }: Mark): Answer<boolean | undefined> {
    if (REFUSED[this.#faultFor(logGroupName, false) ?? "none"] !== undefined)
      return { result: undefined, afterMs: 0 };
    const there = this.#streams.get(logGroupName)?.get(stamp) ?? [];
    return { result: there.some((message) => sha256(message) === hash), afterMs: 0 };
  }

  between({ logGroupName }: Target, from: number, to: number): Answer<readonly Mark[] | undefined> {
    if (REFUSED[this.#faultFor(logGroupName, false) ?? "none"] !== undefined)
      return { result: undefined, afterMs: 0 };
    const marks = [...(this.#streams.get(logGroupName) ?? [])]
      .filter(([stamp]) => stamp >= from && stamp <= to)
      .flatMap(([stamp, messages]) => messages.map((message) => ({ stamp, hash: sha256(message) })));
    return { result: marks, afterMs: 0 };
  }

  #faultFor(group: string, isPut: boolean): Fault | "down" | undefined {
    if (this.#down > 0) return "down";
    for (const { fault, outage, probability } of this.#troubles) {
      if (outage.writer !== undefined && groupName(outage.writer) !== group) continue;
      if (!isPut && ["reset_after_accept", "reject", "invalid_parameter", "delay"].includes(fault)) continue;
      if (this.#random.chance(probability)) return fault;
    }
    return undefined;
  }

  #check(events: readonly Event[]): void {
    const bytes = events.reduce(
      (sum, { message }) => sum + Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES,
      0,
    );
    if (events.length === 0 || events.length > BATCH_EVENTS)
      this.wrong.push(`a batch of ${events.length} events`);
    if (bytes > BATCH_BYTES) this.wrong.push(`a batch of ${bytes} bytes`);
    const times = events.map(({ timestamp }) => timestamp);
    if (times.some((time, at) => time < (times[at - 1] ?? time))) this.wrong.push("a batch out of order");
    if ((times.at(-1) ?? 0) - (times[0] ?? 0) > DAY_MS) this.wrong.push("a batch of more than 24 hours");
  }
}

/** Faults by which nothing is done. */
const REFUSED: Readonly<Record<string, Answer<Exclude<PutResult, { kind: "taken" }>>>> = {
  down: { result: { kind: "unavailable", message: "ECONNREFUSED" }, afterMs: 0 },
  throttle: { result: { kind: "throttled", message: "ThrottlingException" }, afterMs: 0 },
  unavailable: { result: { kind: "unavailable", message: "ServiceUnavailableException" }, afterMs: 0 },
  hang: { result: { kind: "ambiguous", message: "TimeoutError" }, afterMs: 3_000 },
  reset_before: { result: { kind: "ambiguous", message: "ECONNRESET" }, afterMs: 0 },
  deny: { result: { kind: "denied", message: "AccessDeniedException" }, afterMs: 0 },
  expired_token: { result: { kind: "denied", message: "ExpiredTokenException" }, afterMs: 0 },
  garbage: { result: { kind: "ambiguous", message: "not understood" }, afterMs: 0 },
};

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
