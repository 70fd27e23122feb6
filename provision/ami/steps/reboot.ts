import { defineKind } from "../kind.ts";

export const reboot = defineKind({
  name: "reboot",
  summary:
    "Starts the machine again, to come up with a new kernel for example. The next step runs when it is there again.",
  timeout: "10m",
  waits: "never",
  restarts: true,
  shape: {},
  render: () => [],
  examples: { pass: ["reboot", "reboot: {}"], fail: ["reboot: now", "reboot: {delay: 5}"] },
});
