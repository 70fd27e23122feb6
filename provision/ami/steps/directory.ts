import * as z from "zod/mini";
import { key } from "../../host/key.ts";
import { quoteForShell } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { ownership, recipePath, targetPath } from "../values.ts";

/** Shell for each of what `find` has found, with the target as `$0`. */
const eachOf = (test: string, command: string, target: string): string =>
  `find . -mindepth 1 -type ${test} -exec sh -c ${quoteForShell(`for one; do ${command}; done`)} ${target} {} +`;

export const directory = defineKind({
  name: "directory",
  summary:
    "Makes a directory, and those on the way. One that is there gets this owner and these permissions, and keeps what is in it.",
  short: "path",
  paths: { from: "tree" },
  timeout: "5m",
  waits: "never",
  shape: {
    path: key(targetPath(), { description: "Where it is." }),
    from: key(z.optional(recipePath()), {
      description:
        "A directory whose files go there, with the owner and the group that are given here. `.git` stays behind.",
      default: "none",
      limits: "a path as seen from host.yaml; no links in it",
    }),
    ...ownership("0755"),
  },
  render: ({ path, from, mode, owner, group }, { tree }) => {
    const target = quoteForShell(path);
    const belongs = `-o ${owner} -g ${group}`;
    const made = `install -d -m ${mode} ${belongs} -- ${target}`;
    if (from === undefined) return [made];
    return [
      made,
      `cd ${tree(from)}`,
      // One by one: what else is there stays as it is.
      "# shellcheck disable=SC2016",
      eachOf("d", `install -d ${belongs} -- "$0/$one" || exit 1`, target),
      "# shellcheck disable=SC2016",
      eachOf("f", `install -m "$(stat -c %a -- "$one")" ${belongs} -T -- "$one" "$0/$one" || exit 1`, target),
    ];
  },
  examples: {
    pass: [
      "directory: /srv/app",
      "directory: {path: /srv/www, from: public/, owner: www-data}",
      'directory: {path: /srv/app, mode: "2775", owner: "1000", group: adm}',
    ],
    fail: ["directory: srv", "directory: /srv/app/", "directory: {}", "directory: {path: /a, mode: rwx}"],
  },
});
