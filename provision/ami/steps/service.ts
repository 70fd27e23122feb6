import * as z from "zod/mini";
import { key } from "../../host/key.ts";
import { quoteForShell } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { recipePath, unitName } from "../values.ts";

const UNIT_FILE = /^[A-Za-z0-9:_.@\\-]+\.(?:service|socket|timer|path|mount|target|slice)$/;

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

export const service = defineKind({
  name: "service",
  summary:
    "Lets units of systemd start at each boot, or never. Nothing is started while the image is made: what a service writes at its first start would be in the image.",
  short: "enable",
  paths: { unit: "bytes" },
  timeout: "5m",
  waits: "never",
  shape: {
    unit: key(z.optional(recipePath()), {
      description: "A unit file, which goes to `/etc/systemd/system` under its own name.",
      default: "none",
      limits: "a path as seen from host.yaml, with an ending as `.service`",
    }),
    enable: key(z._default(z.array(unitName()), []), { description: "Units that start at each boot." }),
    mask: key(z._default(z.array(unitName()), []), { description: "Units that nothing can start any more." }),
  },
  fault: ({ unit, enable, mask }) => {
    if (unit !== undefined && !UNIT_FILE.test(baseName(unit)))
      return "unit must be a file with the name of a unit, as app.service";
    const both = enable.find((name) => mask.includes(name));
    if (both !== undefined) return `cannot enable and mask ${both}`;
    return unit === undefined && enable.length + mask.length === 0
      ? "says nothing to do: give unit, enable or mask"
      : undefined;
  },
  render: ({ unit, enable, mask }, around) => [
    ...(unit === undefined
      ? []
      : [
          `install -m 0644 -- ${around.file(unit)} ${quoteForShell(`/etc/systemd/system/${baseName(unit)}`)}`,
          // Where systemd does not run there is nobody to read it again.
          "[ ! -d /run/systemd/system ] || systemctl daemon-reload",
        ]),
    ...enable.map((name) => `systemctl enable -- ${quoteForShell(name)}`),
    ...mask.map((name) => `systemctl mask -- ${quoteForShell(name)}`),
  ],
  examples: {
    pass: [
      "service: nginx",
      "service: [nginx, backup.timer]",
      "service: {unit: units/app.service, enable: [app], mask: [apt-daily.timer]}",
    ],
    fail: [
      "service: {}",
      "service: {unit: app.txt}",
      "service: {enable: [-x]}",
      "service: {enable: [a], mask: [a]}",
      "service: {start: [nginx]}",
    ],
  },
});
