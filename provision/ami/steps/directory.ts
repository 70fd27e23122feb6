import { key } from "../../host/key.ts";
import { quoteForShell } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { ownership, targetPath } from "../values.ts";

export const directory = defineKind({
  name: "directory",
  summary:
    "Makes a directory, and those on the way. One that is there gets this owner and these permissions.",
  short: "path",
  timeout: "5m",
  waits: "never",
  shape: {
    path: key(targetPath(), { description: "Where it is." }),
    ...ownership("0755"),
  },
  render: ({ path, mode, owner, group }) => [
    `install -d -m ${mode} -o ${owner} -g ${group} -- ${quoteForShell(path)}`,
  ],
  examples: {
    pass: ["directory: /srv/app", 'directory: {path: /srv/app, mode: "2775", owner: "1000", group: adm}'],
    fail: ["directory: srv", "directory: /srv/app/", "directory: {}", "directory: {path: /a, mode: rwx}"],
  },
});
