import type { Network } from "./network.ts";
import type { Fetched } from "./packages/ports.ts";
import { sayMissing, sayShortfall, sayStale } from "./packages/say.ts";
import { shortfallsIn } from "./packages/shortfalls.ts";
import type { Call } from "./report.ts";

/** What EC2 has that a rehearsal has not, as far as what was rehearsed can have met it. */

const NO_NETWORK = "there is no way to the Internet; names that --serve does not serve are unknown";

const ALWAYS: readonly string[] = [
  "the kernel and its modules are those of this machine, and nothing may be loaded or tuned",
  "disks, partitions and other instances are not there",
];

/** What was printed shows what was not to be had; a package that nobody has asked for yet shows in what was fetched. */
const shortfalls = (output: string, fetched: Fetched | undefined): readonly string[] => {
  const known = fetched ?? { files: [], missing: [] };
  const seen = shortfallsIn(output).map((shortfall) => sayShortfall(shortfall, known));
  const stale = fetched?.stale === undefined ? [] : [sayStale(fetched.stale)];
  return [...new Set([...seen, ...known.missing.map(sayMissing), ...stale])];
};

/** For one report, the most telling first. */
export const differencesOf = (
  calls: readonly Call[],
  network: Network,
  output: string,
  fetched: Fetched | undefined,
): readonly string[] => {
  const refused = [...new Set(calls.filter(({ taken }) => !taken).map(({ service }) => service))];
  return [
    ...(network === "none" ? shortfalls(output, fetched) : []),
    ...refused.map((service) => `there is no ${service}`),
    ...(network === "none" ? [NO_NETWORK] : []),
    ...ALWAYS,
  ];
};
