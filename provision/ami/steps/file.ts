import * as z from "zod/mini";
import { key } from "../../host/key.ts";
import { quoteForShell } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { ownership, recipePath, targetPath } from "../values.ts";

export const file = defineKind({
  name: "file",
  summary:
    "Puts a file on the host, byte for byte. Directories on the way are made; what is there already is replaced.",
  paths: { from: "bytes" },
  timeout: "5m",
  waits: "never",
  shape: {
    from: key(z.optional(recipePath()), {
      description: "The file.",
      default: "none",
      limits: "a path as seen from host.yaml; this or `content`",
    }),
    content: key(z.optional(z.string()), {
      description: "What is in it.",
      default: "none",
      limits: "a text; this or `from`",
    }),
    to: key(targetPath(), { description: "Where it goes." }),
    ...ownership("0644"),
  },
  fault: ({ from, content }) =>
    (from === undefined) === (content === undefined) ? "needs from or content, and not both" : undefined,
  render: ({ from, content, to, mode, owner, group }, around) => {
    const source = from === undefined ? around.text(content ?? "") : around.file(from);
    const target = quoteForShell(to);
    return [
      // Without it the file would go into a directory of that name.
      `[ ! -d ${target} ] || { echo ${quoteForShell(`${to} is a directory`)} >&2; exit 1; }`,
      `install -D -m ${mode} -o ${owner} -g ${group} -- ${source} ${target}`,
    ];
  },
  examples: {
    pass: [
      "file: {from: nginx.conf, to: /etc/nginx/nginx.conf}",
      'file: {content: "it\'s 100 %\\n", to: /etc/motd, mode: "0640", owner: root, group: adm}',
    ],
    fail: [
      "file: {from: nginx.conf}",
      "file: {to: /etc/motd}",
      "file: {from: a, content: b, to: /etc/motd}",
      "file: {content: a, to: etc/motd}",
      "file: {content: a, to: /etc/../motd}",
      "file: {content: a, to: /etc/motd, mode: 0644}",
      "file: {content: a, to: /etc/motd, owner: -x}",
    ],
  },
});
