import type { Report, Target } from "./ports.ts";

type Stream = Pick<Target, "logGroupName" | "logStreamName">;
/** What is said, besides who says it. Numbers differ from stream to stream. */
type Detail = Readonly<Record<string, string | number>>;

interface Verse {
  readonly level: Report["level"];
  readonly event: string;
  readonly detail: Detail;
  readonly named: Set<string>;
  readonly others: Set<string>;
}

/** So many streams that say the same are named. */
const NAMED = 5;
/** The others are summed up this often, in milliseconds. */
const SUM_MS = 60_000;

/** What thousands of streams say at the same time is told of a few by name, and of the others by number. */
export class Chorus {
  readonly #report: (report: Report) => void;
  readonly #verses = new Map<string, Verse>();
  #summedAt: number | undefined;

  constructor(report: (report: Report) => void) {
    this.#report = report;
  }

  say(level: Report["level"], event: string, stream: Stream, detail: Detail = {}): void {
    const { logGroupName, logStreamName } = stream;
    const common = commonPart(detail, logStreamName);
    const key = JSON.stringify([event, common]);
    const verse = this.#verses.get(key) ?? {
      level,
      event,
      detail: common,
      named: new Set(),
      others: new Set(),
    };
    this.#verses.set(key, verse);
    const name = `${logGroupName}\n${logStreamName}`;
    if (verse.named.size >= NAMED && !verse.named.has(name)) {
      verse.others.add(name);
      return;
    }
    verse.named.add(name);
    this.#report({ level, event, detail: { logGroupName, logStreamName, ...detail } });
  }

  /** How many others there were, once a minute. */
  sumUp(now: number): void {
    this.#summedAt ??= now;
    if (now - this.#summedAt < SUM_MS) return;
    this.#summedAt = now;
    for (const { level, event, detail, others } of this.#verses.values())
      if (others.size > 0)
        this.#report({ level, event: `${event}.others`, detail: { streams: others.size, ...detail } });
    this.#verses.clear();
  }
}

/** The service names the stream in what it says; all else is the same for all. */
const commonPart = (detail: Detail, stream: string): Detail =>
  Object.fromEntries(
    Object.entries(detail).flatMap(([key, value]) =>
      typeof value === "string" ? [[key, value.replaceAll(stream, "*")]] : [],
    ),
  );
