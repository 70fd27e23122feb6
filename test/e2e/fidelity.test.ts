/** Every byte of a large file, in its order, through all that lies between. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { describe, expect, it } from "vitest";
import { accountingOf, Host } from "./agent.ts";

const LEAST_BYTES = 50_000_000;

/** Numbers from 0 to 1, the same in every run. */
const seeded = (seed: number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

/** Lines as hosts have them, of all lengths, with what is awkward in JSON and in UTF-8. */
const mixedLine = (n: number, random: () => number): string => {
  const kind = random();
  if (kind < 0.5)
    return `Nov 24 07:${n % 60}:12 host app[${n}]: request ${n} took ${Math.floor(random() * 900)} ms`;
  if (kind < 0.7)
    return JSON.stringify({ n, level: "info", text: 'a "quoted" \\ text', nested: { list: [n, n + 1] } });
  if (kind < 0.8)
    return `\t${n} grüße, мир, 日本語 \u{1f600} \u2028 ${"é".repeat(Math.floor(random() * 80))}`;
  if (kind < 0.85) return `${n} \0 \u0001\u001b[31m\u007f \\u0041 C:\\temp\\${n}\r`;
  if (kind < 0.9) return " ".repeat(1 + Math.floor(random() * 5));
  if (kind < 0.999) return `${n} ${"x".repeat(Math.floor(random() * 700))}`;
  return `${n} ${'{"deep":"\\"'.repeat(Math.floor(random() * 20_000))}`;
};

/** Writes the file; gives the number of its lines and the digest of their messages. */
const writeMixed = async (path: string, seed: number) => {
  const random = seeded(seed);
  const digest = createHash("sha256");
  const out = createWriteStream(path);
  let [count, bytes] = [0, 0];
  while (bytes < LEAST_BYTES) {
    const block: string[] = [];
    for (let line = 0; line < 5_000; line++) block.push(mixedLine(count++, random));
    const content = Buffer.from(`${block.join("\n")}\n`);
    digest.update(content);
    bytes += content.length;
    if (!out.write(content)) await once(out, "drain");
  }
  out.end();
  await finished(out);
  return { count, bytes, digest: digest.digest("hex") };
};

describe("50 MB of mixed lines", () => {
  it.each(["gzip", "none"] as const)(
    "arrive in order, byte for byte: compression %s",
    { timeout: 60_000 },
    async (compression) => {
      const { onTestFinished } = await import("vitest");
      const host = await Host.make(onTestFinished);
      const { count, bytes, digest } = await writeMixed(host.at("big.log"), 42);
      host.configure([{ file_path: "big.log", log_group_name: "/big" }], { compression });
      const ended = await host.once();
      expect(ended.status, ended.err).toBe(0);
      const { records, bytes: counted, files } = accountingOf(ended);
      expect(records).toMatchObject({ read: count, accepted: count });
      expect(counted).toMatchObject({ read: bytes, accepted: bytes });
      expect(files).toMatchObject([{ offset: bytes, size: bytes }]);

      const back = createHash("sha256");
      let last = 0;
      for (const { message = "", timestamp = 0 } of await host.events("/big", "big.log")) {
        back.update(`${message}\n`);
        expect(timestamp >= last).toBe(true);
        last = timestamp;
      }
      expect(back.digest("hex")).toBe(digest);
      const { wireBytes, requests } = host.endpoint.stats();
      if (compression === "gzip") expect(wireBytes).toBeLessThan(bytes / 2);
      // Full requests: what the service takes at most is 1 MiB or 10,000 events.
      expect(requests.PutLogEvents).toBeLessThan(
        1.3 * Math.max(count / 10_000, (bytes + 26 * count) / 1_048_576) + 3,
      );
    },
  );
});
