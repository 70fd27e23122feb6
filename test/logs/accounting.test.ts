import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Account, balances, type DropReason } from "../../agent/logs/accounting.ts";

const amount = (records: number, bytes = records * 10) => ({ records, bytes });

describe("an account", () => {
  it("begins with nothing", () => {
    expect(new Account().totals()).toEqual({
      records: { read: 0, accepted: 0, rejected: 0, dropped: 0, in_flight: 0 },
      bytes: { read: 0, accepted: 0, rejected: 0, dropped: 0, in_flight: 0 },
      dropped: {},
    });
  });

  it("says where everything is that was read", () => {
    const account = new Account();
    account.read(amount(10));
    account.accept(amount(4));
    account.reject(amount(2));
    account.drop("blank", amount(1));
    account.drop("vanished", amount(1));
    account.drop("blank", amount(1));
    expect(account.totals()).toEqual({
      records: { read: 10, accepted: 4, rejected: 2, dropped: 3, in_flight: 1 },
      bytes: { read: 100, accepted: 40, rejected: 20, dropped: 30, in_flight: 10 },
      dropped: { blank: amount(2), vanished: amount(1) },
    });
  });

  it("names no reason for which nothing was dropped", () => {
    const account = new Account();
    account.drop("invalid", amount(0));
    expect(account.totals().dropped).toEqual({});
  });

  it("counts cuts and repairs, here and above", () => {
    const total = new Account();
    const [a, b] = [new Account(total), new Account(total)];
    a.noteCuts(2, 1);
    b.noteCuts(0, 4);
    expect([a, b, total].map(({ cuts, repaired }) => [cuts, repaired])).toEqual([
      [2, 1],
      [0, 4],
      [2, 5],
    ]);
  });
});

describe("balances", () => {
  it("is a check: sums that do not add up are found", () => {
    const sums = { read: 5, accepted: 1, rejected: 1, dropped: 1, in_flight: 2 };
    expect(balances(sums)).toBe(true);
    for (const name of Object.keys(sums) as (keyof typeof sums)[])
      expect(balances({ ...sums, [name]: sums[name] + 1 })).toBe(false);
  });

  it("finds what is settled twice or never read", () => {
    const account = new Account();
    account.accept(amount(1));
    expect(account.totals().records).toMatchObject({ read: 0, accepted: 1, in_flight: -1 });
  });
});

const REASONS: readonly DropReason[] = ["blank", "vanished", "invalid", "hole"];
const some = fc.record({ records: fc.nat(1_000), bytes: fc.nat(1_000_000) });
const operation = fc.tuple(
  fc.nat(2),
  fc.oneof(
    some.map((read) => (account: Account) => account.read(read)),
    some.map((taken) => (account: Account) => account.accept(taken)),
    some.map((late) => (account: Account) => account.reject(late)),
    fc.tuple(fc.constantFrom(...REASONS), some).map(
      ([reason, lost]) =>
        (account: Account) =>
          account.drop(reason, lost),
    ),
  ),
);

describe("whatever is booked in whatever order", () => {
  it("balances, and the total is the sum of its parts", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
        const total = new Account();
        const parts = [new Account(total), new Account(total), new Account(total)];
        for (const [who, book] of operations) {
          book(parts[who] ?? total);
          for (const { records, bytes } of [total, ...parts].map((account) => account.totals()))
            expect([balances(records), balances(bytes)]).toEqual([true, true]);
        }
        for (const unit of ["records", "bytes"] as const) {
          const all = parts.map((part) => part.totals()[unit]);
          for (const [name, value] of Object.entries(total.totals()[unit]))
            expect(value).toBe(all.reduce((sum, part) => sum + part[name as keyof typeof part], 0));
        }
      }),
    );
  });
});
