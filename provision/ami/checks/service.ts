import * as z from "zod/mini";
import { atLeastOne, key } from "../../host/key.ts";
import { quoteForShell } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { unitName } from "../values.ts";
import { until } from "./until.ts";

export const serviceState = defineKind({
  name: "service",
  summary:
    "A unit of systemd is running, and starts at each boot. While the image is made nothing has been started yet: there, ask for `enabled` alone.",
  short: "name",
  timeout: "30s",
  waits: "until",
  shape: {
    name: key(unitName(), { description: "The unit." }),
    is: key(z._default(atLeastOne(z.enum(["active", "enabled"])), ["active", "enabled"]), {
      description: "What must be so.",
      default: "both",
    }),
  },
  render: ({ name, is }, { seconds }) => {
    const tests = is.map((state) => `systemctl --quiet is-${state} -- ${quoteForShell(name)}`);
    return until(seconds, [tests.join(" && ")], `${name} is not ${is.join(" and ")}`);
  },
  examples: {
    pass: ["service: nginx", "service: {name: nginx, is: [enabled], timeout: 5s}"],
    fail: ["service: {}", "service: {name: nginx, is: running}", "service: {name: nginx, is: []}"],
  },
});
