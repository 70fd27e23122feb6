import type { Target } from "../../agent/logs/ports.ts";

/** Where what is read in a test goes to. */
export const TARGET: Target = {
  logGroupName: "/app",
  logStreamName: "i-0abc",
  retentionInDays: undefined,
  logGroupClass: "STANDARD",
};
