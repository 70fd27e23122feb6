import * as z from "zod/mini";
import { filled, key } from "../../host/key.ts";
import { paramsSchema } from "../../host/params.ts";
import { paramLines } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { accountName, recipePath } from "../values.ts";

/** A step, and a check as well: it holds when the script ends with 0. */
export const shell = defineKind({
  name: "shell",
  summary: "Runs a script with sh, dash or bash. It has done its work, or holds, when it ends with 0.",
  short: "script",
  paths: { run: "script" },
  timeout: "10m",
  shape: {
    run: key(z.optional(recipePath()), {
      description: "The file of the script.",
      default: "none",
      limits:
        "a path as seen from host.yaml, with `#!` and sh, dash or bash in the first line; this or `script`",
    }),
    script: key(z.optional(filled()), {
      description:
        "The script itself. Without a `#!` line it is run by bash, which ends at the first command that fails (`set -euo pipefail`).",
      default: "none",
      limits: "a text; this or `run`",
    }),
    params: key(z._default(paramsSchema, {}), {
      description:
        "Values for the script, as in `boot.params`: it begins with a line `readonly NAME='…'` for each.",
      default: "none",
      limits:
        "names as in the shell, without those that it uses itself; no secrets, since they are on the disk",
    }),
    user: key(z.optional(accountName()), { description: "Who runs it.", default: "root" }),
  },
  fault: ({ run, script }) =>
    (run === undefined) === (script === undefined) ? "needs run or script, and not both" : undefined,
  render: ({ run, script, params, user }, around) => {
    const what = run === undefined ? { inline: script ?? "" } : { path: run };
    const { file, command } = around.script(what, paramLines(params));
    if (user === undefined) return ["cd /", `exec ${command}`];
    return [
      "cd /",
      `home=$(getent passwd ${user} | cut -d: -f6)`,
      `[ -n "$home" ] || { echo 'there is no user ${user}' >&2; exit 1; }`,
      `chown ${user} ${file}`,
      // Not runuser or su: small images of Amazon Linux have neither.
      `exec setpriv --reuid=${user} --regid="$(id -g ${user})" --init-groups env HOME="$home" USER=${user} LOGNAME=${user} ${command}`,
    ];
  },
  examples: {
    pass: [
      "shell: nginx -t",
      "shell: {run: setup.sh, params: {port: 80, greeting: it's on}, timeout: 5m, retries: 1, user: app}",
      'shell: {script: "cd /opt/app\\nmake"}',
    ],
    fail: [
      "shell: {}",
      "shell: {run: a.sh, script: b}",
      "shell: {run: a.sh, params: {PATH: /x}}",
      "shell: {run: a.sh, timeout: soon}",
      "shell: {run: a.sh, retries: 99}",
      "shell: {run: a.sh, user: 'a b'}",
    ],
  },
});
