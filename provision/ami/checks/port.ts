import { key, whole } from "../../host/key.ts";
import { defineKind } from "../kind.ts";
import { until } from "./until.ts";

/** Of a socket that waits for connections, in the tables of the kernel. */
const LISTENING = "0A";

export const port = defineKind({
  name: "port",
  summary: "Something listens on this TCP port, at any address.",
  short: "number",
  timeout: "30s",
  waits: "until",
  shape: { number: key(whole(1, 65_535), { description: "The port." }) },
  render: ({ number }, { seconds }) => {
    const hex = number.toString(16).toUpperCase().padStart(4, "0");
    // No tool is there for certain, but the tables are.
    const attempt = `cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q '^ *[0-9]*: [0-9A-F]*:${hex} [0-9A-F]*:0000 ${LISTENING} '`;
    return until(seconds, [attempt], `nothing listens on port ${number}`);
  },
  examples: {
    pass: ["port: 80", "port: {number: 5432, timeout: 1m}"],
    fail: ["port: 0", "port: http", "port: 65536", "port: {}"],
  },
});
