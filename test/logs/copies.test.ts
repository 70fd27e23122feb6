import { describe, expect, it } from "vitest";
import { Account } from "../../agent/logs/accounting.ts";
import { Copies } from "../../agent/logs/copies.ts";
import type { FollowKit } from "../../agent/logs/follow-kit.ts";
import type { Origin } from "../../agent/logs/origin.ts";
import type { Search } from "../../agent/logs/search.ts";
import { Tail } from "../../agent/logs/tail.ts";
import { TARGET } from "./target.ts";

describe("a file that was truncated before anything of it was read", () => {
  it("is looked for in what was packed of it, whose time is that of its last line", async () => {
    const found = { dev: 1n, ino: 1n, bornAt: 59_520, path: "/log/app.log", size: 700, modifiedAt: 59_840 };
    const tail = new Tail(0, found, found.path, TARGET, { total: new Account(), looks: { lastAt: 0 } });
    // Seen by a look that began behind its last line, and truncated before it was opened.
    tail.followedAt = 59_855;
    const asked: number[] = [];
    const kit = {
      clock: { now: () => 59_900, random: () => 0, after: () => () => undefined },
      tails: { ofLog: () => [], byKey: new Map() },
      adopt: async (_: Tail, since = tail.followedAt) => {
        asked.push(since);
        return 1;
      },
      tell: () => undefined,
      commit: () => undefined,
      offer: () => undefined,
      lost: () => undefined,
    } as unknown as FollowKit;
    await new Copies(kit, {} as Search, {} as Origin).changed(tail);
    expect(asked).toHaveLength(1);
    // As young as the file itself may be what was packed of it.
    expect(asked[0]).toBeLessThan(found.bornAt);
  });
});
