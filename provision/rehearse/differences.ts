import type { Call } from "./report.ts";

/** What EC2 has that a rehearsal has not, as far as what was rehearsed can have met it. */

const ALWAYS: readonly string[] = [
  "there is no way to the Internet; names that --serve does not serve are unknown",
  "the kernel and its modules are those of this machine, and nothing may be loaded or tuned",
  "disks, partitions and other instances are not there",
];

/** For one report, the most telling first. */
export const differencesOf = (calls: readonly Call[]): readonly string[] => {
  const refused = [...new Set(calls.filter(({ taken }) => !taken).map(({ service }) => service))];
  return [...refused.map((service) => `there is no ${service}`), ...ALWAYS];
};
