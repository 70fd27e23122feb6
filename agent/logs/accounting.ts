/** Why a record that was read will never be delivered. */
export type DropReason =
  /** An empty line: the service takes no empty message. */
  | "blank"
  /** The bytes went away before they were acknowledged: the file was overwritten, or deleted and let go. */
  | "vanished"
  /** The service called the event invalid, alone and by itself. */
  | "invalid"
  /** NUL bytes that a truncated file begins with because its writer went on at its old position. */
  | "hole";

export interface Amount {
  /** Bytes of the file, newlines included. */
  readonly bytes: number;
  readonly records: number;
}

const NOTHING: Amount = { bytes: 0, records: 0 };

/**
 * Where every byte and record that was read has gone. `read` and `inFlight` are counted on their own, so that the
 * sum is a check and not a definition.
 */
export class Account {
  #read = NOTHING;
  #accepted = NOTHING;
  #rejected = NOTHING;
  #inFlight = NOTHING;
  #dropped: Map<DropReason, Amount> | undefined;
  readonly #parent: Account | undefined;
  /** Records cut because no message may be that long, and records with invalid UTF-8 that was replaced. */
  cuts = 0;
  repaired = 0;

  constructor(parent?: Account) {
    this.#parent = parent;
  }

  /** Bytes and records have been read and are on their way. */
  read(amount: Amount): void {
    this.#read = plus(this.#read, amount);
    this.#inFlight = plus(this.#inFlight, amount);
    this.#parent?.read(amount);
  }

  accept(amount: Amount): void {
    this.#accepted = plus(this.#accepted, amount);
    this.#inFlight = minus(this.#inFlight, amount);
    this.#parent?.accept(amount);
  }

  /** The service has refused events by their time: too old, too new or expired. */
  reject(amount: Amount): void {
    this.#rejected = plus(this.#rejected, amount);
    this.#inFlight = minus(this.#inFlight, amount);
    this.#parent?.reject(amount);
  }

  drop(reason: DropReason, amount: Amount): void {
    if (amount.bytes === 0 && amount.records === 0) return;
    this.#dropped ??= new Map();
    this.#dropped.set(reason, plus(this.#dropped.get(reason) ?? NOTHING, amount));
    this.#inFlight = minus(this.#inFlight, amount);
    this.#parent?.drop(reason, amount);
  }

  noteCuts(cuts: number, repaired: number): void {
    this.cuts += cuts;
    this.repaired += repaired;
    this.#parent?.noteCuts(cuts, repaired);
  }

  totals(): Totals {
    const dropped = [...(this.#dropped?.values() ?? [])].reduce(plus, NOTHING);
    const of = (unit: keyof Amount) => ({
      read: this.#read[unit],
      accepted: this.#accepted[unit],
      rejected: this.#rejected[unit],
      dropped: dropped[unit],
      in_flight: this.#inFlight[unit],
    });
    return { records: of("records"), bytes: of("bytes"), dropped: Object.fromEntries(this.#dropped ?? []) };
  }
}

export interface Sums {
  readonly read: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly dropped: number;
  readonly in_flight: number;
}

export interface Totals {
  readonly records: Sums;
  readonly bytes: Sums;
  readonly dropped: Readonly<Partial<Record<DropReason, Amount>>>;
}

/** `read = accepted + rejected + dropped + in flight`: true at every moment, or there is a bug. */
export const balances = ({ read, accepted, rejected, dropped, in_flight }: Sums): boolean =>
  read === accepted + rejected + dropped + in_flight;

const plus = (a: Amount, b: Amount): Amount => ({ bytes: a.bytes + b.bytes, records: a.records + b.records });
const minus = (a: Amount, b: Amount): Amount => ({
  bytes: a.bytes - b.bytes,
  records: a.records - b.records,
});
