import { type Endpoint, startEndpoint } from "../../agent/io/local-endpoint/start.ts";
import type { FaultScript } from "../../agent/local/faults.ts";
import type { Accepted } from "../../agent/local/operation.ts";
import type { History, Outage } from "./history.ts";
import type { Fault } from "./plan.ts";
import { POISON } from "./poison.ts";
import { groupName, STREAM } from "./receiver.ts";

type Rule = NonNullable<FaultScript["rules"]>[number];

interface Trouble {
  readonly rule: Rule;
  readonly outage: Outage;
}

/** The embedded endpoint: what goes wrong there, and when. */
export class Service {
  readonly #directory: string;
  readonly #history: History;
  readonly #now: () => number;
  readonly #take: (accepted: Accepted, at: number) => void;
  readonly #troubles = new Set<Trouble>();
  #endpoint: Endpoint | undefined;
  #port = 0;
  /** Several reasons to be down may overlap. */
  #down = 0;
  #seed = 1;

  constructor(
    directory: string,
    history: History,
    now: () => number,
    take: (accepted: Accepted, at: number) => void,
  ) {
    this.#directory = directory;
    this.#history = history;
    this.#now = now;
    this.#take = take;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async open(): Promise<void> {
    this.#endpoint = await startEndpoint({
      port: this.#port,
      dataDir: this.#directory,
      onAccepted: (accepted) => this.#take(accepted, this.#now()),
    });
    this.#port = this.#endpoint.port;
    this.#apply();
  }

  async close(): Promise<void> {
    await this.#endpoint?.close();
    this.#endpoint = undefined;
  }

  /** Does not listen for so long, and comes back with the same data. */
  async fail(wait: Promise<void>): Promise<void> {
    const outage: Outage = { from: this.#now(), writer: undefined, kind: "endpoint-down", ambiguous: true };
    this.#history.outages.push(outage);
    this.#down++;
    if (this.#down === 1) await this.close();
    await wait;
    this.#down--;
    if (this.#down === 0) await this.open();
    outage.to = this.#now();
  }

  async disturb(
    fault: Fault,
    writer: number | undefined,
    probability: number,
    wait: Promise<void>,
  ): Promise<void> {
    const outage: Outage = { from: this.#now(), writer, kind: fault, ambiguous: AMBIGUOUS.includes(fault) };
    this.#history.outages.push(outage);
    const trouble = {
      outage,
      rule: {
        match: {
          ...(SINGLE.includes(fault) ? { operation: "PutLogEvents" } : {}),
          ...(writer === undefined ? {} : { log_group: groupName(writer) }),
        },
        probability,
        fault: SCRIPTS[fault],
      },
    };
    this.#troubles.add(trouble);
    this.#apply();
    await wait;
    this.#troubles.delete(trouble);
    this.#apply();
    outage.to = this.#now();
  }

  async deleteStream(writer: number): Promise<void> {
    const members = { logGroupName: groupName(writer), logStreamName: STREAM };
    await this.#delete(writer, "DeleteLogStream", members);
  }

  async deleteGroup(writer: number): Promise<void> {
    await this.#delete(writer, "DeleteLogGroup", { logGroupName: groupName(writer) });
  }

  async #delete(writer: number, operation: string, members: object): Promise<void> {
    const answer = await fetch(this.url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `Logs_20140328.${operation}`,
        "x-amz-date": "20260101T000000Z",
        authorization: `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLEEXAMPLE00/20260101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`,
      },
      body: JSON.stringify(members),
      signal: AbortSignal.timeout(5_000),
      // It is down, or a fault has hit this call: then nothing was deleted.
    }).catch(() => undefined);
    if (answer?.ok === true) this.#history.deletions.push({ at: this.#now(), writer });
    await answer?.text().catch(() => undefined);
  }

  #apply(): void {
    this.#endpoint?.setFaults({ seed: this.#seed++, rules: [...this.#troubles].map(({ rule }) => rule) });
  }
}

const AMBIGUOUS: readonly Fault[] = ["reset_after_accept", "delay"];
/** Faults that make sense for events only. */
const SINGLE: readonly Fault[] = ["reset_after_accept", "reject", "invalid_parameter", "delay"];

const SCRIPTS: Readonly<Record<Fault, Rule["fault"]>> = {
  throttle: "throttle",
  unavailable: { error: { status: 503, type: "ServiceUnavailableException" } },
  hang: { hang: { ms: 3_000 } },
  delay: { delay: { ms: 700 } },
  reset_before: "reset_before",
  reset_after_accept: "reset_after_accept",
  deny: "deny",
  expired_token: "expired_token",
  reject: { reject: { too_old: 2 } },
  invalid_parameter: { invalid_parameter: { contains: POISON } },
  garbage: "garbage",
};
