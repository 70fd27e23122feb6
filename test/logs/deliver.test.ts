import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Batch, type Span } from "../../agent/logs/batch.ts";
import { Body, BufferPool } from "../../agent/logs/body.ts";
import { type Delivered, type DeliveryKit, deliver, type Trouble } from "../../agent/logs/deliver.ts";
import { endsOf, Landed } from "../../agent/logs/landed.ts";
import type { CreateResult, Ends, PutResult, Target } from "../../agent/logs/ports.ts";
import { hash } from "../../agent/logs/print.ts";
import type { LogEvent } from "../../agent/logs/settle.ts";
import type { Tail } from "../../agent/logs/tail.ts";
import { Turns } from "../../agent/logs/turns.ts";

const TARGET: Target = {
  logGroupName: "/g",
  logStreamName: "s",
  retentionInDays: undefined,
  logGroupClass: "STANDARD",
};
const TAKEN: PutResult = { kind: "taken", rejected: undefined };
const failed = (
  kind: "throttled" | "unavailable" | "ambiguous" | "denied" | "missing" | "invalid",
  message = "why",
): PutResult => ({ kind, message });

const batchOf = (messages: readonly string[]): Batch => {
  const body = new Body(new BufferPool(1e6), TARGET, 100);
  const batch = new Batch(0, {
    body,
    memory: { hold: () => undefined, tryHold: () => true, release: () => undefined },
  });
  for (const message of messages) body.append(Buffer.from(`,${JSON.stringify({ timestamp: 1, message })}`));
  const [records, bytes] = [messages.length, messages.join("\n").length + 1];
  const span: Span = {
    tail: {} as Tail,
    generation: 0,
    from: 0,
    to: bytes,
    records,
    blanks: 0,
    hole: 0,
    stamp: 1,
    anchor: "",
    final: false,
  };
  batch.marks = endsOf(messages.map((message) => ({ timestamp: 1, message })));
  batch.add(span, { consumed: bytes, records, blanks: 0, bytes, repaired: 0, cuts: 0, full: false });
  return batch;
};

interface Answers {
  readonly put: (messages: readonly string[], call: number) => PutResult;
  readonly ensure?: () => CreateResult;
  readonly landed?: (ends: Ends) => boolean | undefined;
  /** What the stream has from an earlier run. */
  readonly known?: readonly string[];
  readonly restore?: (batch: Batch) => boolean;
  readonly yieldRoom?: (batch: Batch) => void;
}

/** Delivers against a service that answers like this; no time passes, but the waits are noted. */
const run = async (messages: readonly string[], answers: Answers, stopAfter = 500) => {
  const abort = new AbortController();
  const puts: (readonly string[])[] = [];
  const dated: (readonly LogEvent[])[] = [];
  const waits: number[] = [];
  const troubles: (Trouble | undefined)[] = [];
  let [ensured, ambiguous, divided] = [0, 0, 0];
  const kit: DeliveryKit = {
    clock: {
      now: () => 0,
      random: () => 0.5,
      after: (ms, task) => {
        const immediate = setImmediate(() => {
          waits.push(ms);
          task();
        });
        return () => clearImmediate(immediate);
      },
    },
    turns: new Turns({ now: () => 0, random: () => 0, after: () => () => undefined }),
    sink: {
      put: async (_, body) => {
        const events: LogEvent[] = JSON.parse(Buffer.from(body).toString()).logEvents;
        const sent = events.map(({ message }) => message);
        dated.push(events);
        puts.push(sent);
        if (puts.length >= stopAfter) abort.abort();
        return answers.put(sent, puts.length);
      },
    } as DeliveryKit["sink"],
    creator: {
      ensure: async () => {
        ensured++;
        return answers.ensure?.() ?? { kind: "done" };
      },
    },
    restore: async (batch) => answers.restore?.(batch) ?? false,
    park: () => undefined,
    yieldRoom: (batch) => answers.yieldRoom?.(batch),
    landed: answers.landed === undefined ? undefined : async (ends) => answers.landed?.(ends),
    known: answers.known && new Landed(answers.known.map((message) => ({ stamp: 1, hash: hash(message) }))),
    onDivided: () => {
      divided++;
    },
    onTrouble: (trouble) => troubles.push(trouble),
    onAmbiguous: () => {
      ambiguous++;
    },
  };
  const result = await deliver(TARGET, batchOf(messages), kit, abort.signal);
  return { result, puts, dated, waits, troubles, ensured, ambiguous, divided };
};

describe("delivering a batch", () => {
  it("is one request where all is well", async () => {
    const { result, puts, troubles } = await run(["a", "b"], { put: () => TAKEN });
    expect(result).toEqual({ refusals: [], landed: false });
    expect(puts).toEqual([["a", "b"]]);
    expect(troubles).toEqual([undefined]);
  });

  it("reports what the service refused by its time", async () => {
    const rejected = { tooOldEnd: 1, expiredEnd: 0, tooNewStart: 2 };
    const { result } = await run(["a", "b", "c"], { put: () => ({ kind: "taken", rejected }) });
    expect(result).toMatchObject({
      refusals: [
        { from: 0, to: 1, reason: "too_old" },
        { from: 2, to: 3, reason: "too_new" },
      ],
    });
  });

  it.each(["throttled", "unavailable", "ambiguous", "denied"] as const)(
    "sends the identical request again while it is %s, and says so",
    async (kind) => {
      const { result, puts, troubles } = await run(["a", "b"], {
        put: (_, call) => (call < 5 ? failed(kind) : TAKEN),
      });
      expect(result).toEqual({ refusals: [], landed: false });
      expect(puts).toEqual(Array(5).fill(["a", "b"]));
      expect(troubles).toEqual([
        ...[1, 2, 3, 4].map((attempts) => ({ kind, message: "why", attempts })),
        undefined,
      ]);
    },
  );

  it("waits ever longer in between, but never for ever", async () => {
    const { waits } = await run(["a"], { put: () => failed("throttled") }, 40);
    expect(waits.slice(0, 3)).toEqual([250, 500, 1_000]);
    expect(Math.max(...waits)).toBe(15_000);
  });

  it("creates what is missing and goes on at once", async () => {
    const { result, puts, ensured, troubles } = await run(["a"], {
      put: (_, call) => (call === 1 ? failed("missing") : TAKEN),
    });
    expect(result).toEqual({ refusals: [], landed: false });
    expect([puts.length, ensured, troubles]).toEqual([2, 1, [undefined]]);
  });

  it("tells why it cannot be created", async () => {
    let asked = 0;
    const { troubles, puts } = await run(["a"], {
      put: (_, call) => (call < 3 ? failed("missing") : TAKEN),
      ensure: () => (++asked === 1 ? { kind: "denied", message: "no CreateLogStream" } : { kind: "done" }),
    });
    expect(troubles[0]).toEqual({ kind: "denied", message: "no CreateLogStream", attempts: 1 });
    expect(puts).toHaveLength(3);
  });

  it("stops when it is told to, without a result", async () => {
    const { result, puts } = await run(["a"], { put: () => failed("unavailable") }, 3);
    expect([result, puts.length]).toEqual([undefined, 3]);
  });

  it("counts nothing as taken that was taken after it was told to stop", async () => {
    expect((await run(["a"], { put: () => TAKEN }, 1)).result).toBeUndefined();
  });
});

describe("a request without an answer", () => {
  it("is sent again when the service does not have it", async () => {
    const { result, puts, ambiguous } = await run(["a"], {
      put: (_, call) => (call === 1 ? failed("ambiguous") : TAKEN),
      landed: () => false,
    });
    expect(result).toEqual({ refusals: [], landed: false });
    expect([puts.length, ambiguous]).toEqual([2, 1]);
  });

  it("is not sent again when the service has it", async () => {
    const { result, puts } = await run(["a"], { put: () => failed("ambiguous"), landed: () => true });
    expect(result).toEqual({ refusals: [], landed: true });
    expect(puts).toHaveLength(1);
  });

  it("is asked for until somebody knows", async () => {
    let asked = 0;
    const { puts } = await run(["a"], {
      put: () => failed("ambiguous"),
      landed: () => (++asked < 4 ? undefined : true),
    });
    expect([puts.length, asked]).toEqual([1, 4]);
  });
});

describe("a request that is invalid", () => {
  const poisoned = (messages: readonly string[]): PutResult =>
    messages.some((message) => message.startsWith("bad")) ? failed("invalid") : TAKEN;
  const messages = (count: number, ...bad: readonly number[]) =>
    Array.from({ length: count }, (_, at) => (bad.includes(at) ? `bad ${at}` : `good ${at}`));

  it.each([
    [[0]],
    [[99]],
    [[37]],
    [[0, 1, 2]],
    [[10, 50, 51, 98]],
    [Array.from({ length: 60 }, (_, at) => at)],
  ])(
    "is taken apart until the culprits stand alone, and all else is sent once and in order: %j",
    async (bad) => {
      const { result, puts } = await run(messages(100, ...bad), { put: poisoned });
      expect(result).toEqual({
        refusals: bad.map((at) => ({ from: at, to: at + 1, reason: "invalid" })),
        landed: false,
      });
      const taken = puts.filter((sent) => poisoned(sent).kind === "taken").flat();
      expect(taken).toEqual(messages(100, ...bad).filter((message) => message.startsWith("good")));
    },
  );

  it("is no event's fault when each of them is refused: which is no reason to give up any", async () => {
    const { result } = await run(messages(3, 0, 1, 2), { put: poisoned }, 200);
    expect(result).toBeUndefined();
  });

  it("is tried whole a few times first: it may have been something passing", async () => {
    const { result, puts } = await run(messages(10), {
      put: (_, call) => (call < 3 ? failed("invalid") : TAKEN),
    });
    expect(result).toEqual({ refusals: [], landed: false });
    expect(puts.map(({ length }) => length)).toEqual([10, 10, 10]);
  });

  it("sends no piece again that was taken, although its answer was cut off", async () => {
    const taken = new Set<string>();
    const { result, puts, divided } = await run(messages(20, 7), {
      put: (sent, call) => {
        if (poisoned(sent).kind === "invalid") return failed("invalid");
        for (const message of sent) taken.add(message);
        return call % 2 === 0 ? failed("ambiguous") : TAKEN;
      },
      landed: ({ first }) => [...taken].some((message) => hash(message) === first.hash),
    });
    expect(result).toEqual({ refusals: [{ from: 7, to: 8, reason: "invalid" }], landed: false });
    expect(divided).toBe(1);
    const good = puts.filter((sent) => poisoned(sent).kind === "taken").flat();
    expect(good).toEqual(messages(20, 7).filter((message) => message.startsWith("good")));
  });

  it("is found also where the stream is missing, and where the service is in trouble meanwhile", async () => {
    let made = false;
    const { result } = await run(messages(20, 7), {
      put: (sent, call) => {
        if (poisoned(sent).kind === "invalid") return failed("invalid");
        if (!made) return failed("missing");
        return call % 3 === 0 ? failed("throttled") : TAKEN;
      },
      ensure: () => {
        made = true;
        return { kind: "done" };
      },
    });
    expect(result).toEqual({ refusals: [{ from: 7, to: 8, reason: "invalid" }], landed: false });
  });

  it("is no event's fault when the service takes none: nothing is given up, and few requests are spent on it", async () => {
    const { result, puts } = await run(messages(1_000), { put: () => failed("invalid") }, 200);
    expect(result).toBeUndefined();
    // The batch as a whole, and then a look at a few events more each time.
    expect(puts.filter(({ length }) => length === 1_000).length).toBeGreaterThan(6);
  });

  it("is no event's fault when the key of the group cannot be used", async () => {
    const { result, puts } = await run(
      messages(100),
      { put: () => failed("invalid", "The KMS key is disabled.") },
      30,
    );
    expect(result).toBeUndefined();
    expect(puts.every(({ length }) => length === 100)).toBe(true);
  });

  it.each(Array.from({ length: 17 }, (_, nth) => nth + 4))(
    "is no event's fault when the target recovers while the culprit is searched for, and the stream is in order: at %i",
    async (recovered) => {
      const { result, puts, dated } = await run(messages(10), {
        put: (_, call) => (call < recovered ? failed("invalid") : TAKEN),
      });
      expect(result).toEqual({ refusals: [], landed: false });
      expect(
        puts
          .slice(recovered - 1)
          .flat()
          .toSorted(),
      ).toEqual(messages(10));
      // The service shows events by their time, and those of one time as they came.
      const shown = dated
        .slice(recovered - 1)
        .flat()
        .toSorted((a, b) => a.timestamp - b.timestamp);
      expect(shown.map(({ message }) => message)).toEqual(messages(10));
    },
  );

  it("is no event's fault when the group cannot be made", async () => {
    const { result, puts, troubles } = await run(
      ["a"],
      {
        put: () => failed("missing"),
        ensure: () => ({ kind: "invalid", message: "The name of the group is too long." }),
      },
      30,
    );
    expect(result).toBeUndefined();
    expect(puts.length).toBe(30);
    expect(troubles.at(-1)).toMatchObject({ message: "The name of the group is too long." });
  });

  it("loses one event that is alone and invalid for good", async () => {
    const { result } = await run(["bad"], { put: poisoned });
    expect(result).toMatchObject({ refusals: [{ from: 0, to: 1, reason: "invalid" }] });
  });
});

describe("a batch that gave up its memory", () => {
  it("is restored, and the request is the same", async () => {
    const { puts, result } = await run(["a", "b"], {
      put: (_, call) => (call === 1 ? failed("throttled") : TAKEN),
      yieldRoom: (batch) => batch.release(),
      restore: (batch) => {
        const again = batchOf(["a", "b"]);
        batch.held = again.held;
        return true;
      },
    });
    expect(puts).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
    expect(result).toEqual({ refusals: [], landed: false });
  });

  it("is gone when its bytes are", async () => {
    const { result } = await run(["a"], {
      put: () => failed("throttled"),
      yieldRoom: (batch) => batch.release(),
    });
    expect(result).toBe("gone");
  });
});

describe("a batch of which the stream has a part", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", "bad"), { minLength: 1, maxLength: 30 });

  it("is completed: each line that is missing is sent once, in order, and no other", async () => {
    await fc.assert(
      fc.asyncProperty(lines, fc.infiniteStream(fc.boolean()), async (messages, chosen) => {
        const known = messages.filter((message) => message !== "bad" && chosen.next().value === true);
        const arrived: string[] = [];
        const { result } = await run(
          messages,
          {
            known,
            put: (sent) => {
              if (sent.includes("bad")) return failed("invalid");
              arrived.push(...sent);
              return TAKEN;
            },
          },
          2_000,
        );
        const count = (all: readonly string[], one: string): number =>
          all.filter((message) => message === one).length;
        const good = ["a", "b", "c"] as const;
        // Where none was ever taken it may be the target, and it is tried again and again.
        if (known.length === 0 && messages.length > 1 && !good.some((one) => messages.includes(one))) return;
        expect(result).toMatchObject({ landed: known.length === messages.length });
        for (const one of good) expect(count(arrived, one) + count(known, one)).toBe(count(messages, one));
        const { refusals: refused } = result as Delivered;
        expect(refused.map(({ from, to }) => messages.slice(from, to))).toEqual(
          messages.filter((message) => message === "bad").map((message) => [message]),
        );
      }),
      { numRuns: 200 },
    );
  });

  it("is not sent at all when the stream has all of it", async () => {
    const { result, puts } = await run(["a", "b", "a"], { known: ["a", "a", "b"], put: () => TAKEN });
    expect(result).toEqual({ refusals: [], landed: true });
    expect(puts).toEqual([]);
  });

  it("counts lines that look alike", async () => {
    const { puts } = await run(["a", "a", "a"], { known: ["a"], put: () => TAKEN });
    expect(puts).toEqual([["a", "a"]]);
  });
});
