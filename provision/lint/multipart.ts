import { cleanName } from "../user-data/names.ts";
import type { Part } from "../user-data/parse.ts";
import { HANDLED, INCLUDES } from "../user-data/sniff.ts";
import { isVerbatim } from "../user-data/transfer-encoding.ts";
import type { Command } from "./commands.ts";
import { bash, type Hit, mime, type Rule, SOURCE, type Subject } from "./rule.ts";

/** Rules on MIME messages: whether their parts are found, what they are, and in which order they run. */

const START = { offset: 0 } as const;
const BEGINS_LIKE_MIME = /^(content-type|mime-version|content-transfer-encoding):/i;
const SCRIPT = "Content-Type: text/x-shellscript";

const named = (name: string, body: string): string =>
  `${SCRIPT}\nContent-Disposition: attachment; filename="${name}"\n\n#!/bin/sh\n${body}`;

function* message({ data }: Subject): Generator<Hit> {
  if (data.fatal !== undefined)
    yield { at: START, message: `cloud-init gives up on all of it: ${data.fatal}` };
  const { text } = data;
  if (!BEGINS_LIKE_MIME.test(text.trimStart())) return;
  if (data.message === undefined)
    yield {
      at: START,
      message: "no MIME-Version within 4,096 bytes: cloud-init does not read this as MIME, and ignores it",
    };
  else if (data.message.headers.length === 0)
    yield {
      at: START,
      message: "the headers must begin in the first line: behind a blank one they are text",
      fix: { offset: 0, remove: text.length - text.trimStart().length, insert: "" },
    };
  else if (data.message.defect === "no-boundary")
    yield { at: START, message: "Content-Type names no boundary: none of the parts is found" };
  else if (data.message.defect === "boundary-not-found")
    yield {
      at: START,
      message: "the boundary that Content-Type names does not occur: none of the parts is found",
    };
  else if (data.message.defect === "not-closed")
    yield {
      at: START,
      severity: "warning",
      message: "the last boundary has no -- behind it: what follows belongs to the last part",
    };
}

/** Names that cloud-init writes scripts under, in the order of the message. */
const scripts = ({ data }: Subject): readonly { readonly part: Part; readonly file: string }[] =>
  data.parts
    .filter(({ type }) => type === "text/x-shellscript")
    .map((part) => ({ part, file: cleanName(part.name) }));

const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function* order(subject: Subject): Generator<Hit> {
  const all = scripts(subject);
  const seen = new Set<string>();
  for (const { part, file } of all) {
    if (seen.has(file))
      yield { at: { part, offset: 0 }, message: `overwrites the earlier script that is called ${file} too` };
    seen.add(file);
  }
  const sorted = all.toSorted((a, b) => byBytes(a.file, b.file));
  const early = all.find((script, at) => sorted[at] !== script);
  if (early !== undefined && seen.size === all.length)
    yield {
      at: { part: early.part, offset: 0 },
      message: `scripts run in the order of their names: ${sorted.map(({ file }) => file).join(", ")}`,
    };
}

/** Paths that a command makes. */
const made = ({ name, args, redirects }: Command): readonly string[] => [
  ...redirects.filter(({ operator }) => operator.startsWith(">")).map(({ target }) => target),
  ...(["mkdir", "tee", "touch"].includes(name) ? args : []),
  ...(["cp", "mv", "install", "git"].includes(name) ? args.slice(-1) : []),
  ...args.filter((_, at) => ["-o", "-O", "-C", "-d", "--output"].includes(args[at - 1] ?? "")),
];

/** Deep enough to be somebody's own, unlike /etc or /dev/null. */
const OWN_PATH = /^\/(?!dev\/|var\/log)[\w.-]+\/[\w./-]+$/;

function* chains({ scripts: all }: Subject): Generator<Hit> {
  const paths = new Map<string, string>();
  const parts = [...new Set(all.filter(({ kind }) => kind === "script").map(({ part }) => part))];
  for (const part of parts) {
    const commands = all
      .filter((script) => script.part === part)
      .flatMap((script) => script.commands.map((command) => ({ script, command })));
    const uses = ({ words }: Command) =>
      [...paths].find(([path]) => words.some(({ value }) => value === path || value.startsWith(`${path}/`)));
    const needy = commands.find(({ command }) => uses(command));
    if (needy !== undefined) {
      const [path, maker] = uses(needy.command) ?? [];
      yield {
        at: needy.script.place(needy.command.offset),
        message: `needs ${path} of ${maker}, but runs even when that has failed; make it one part`,
      };
    }
    for (const { command } of commands)
      for (const path of made(command)) if (OWN_PATH.test(path)) paths.set(path, part.name);
  }
}

export const MULTIPART_RULES: readonly Rule[] = [
  {
    id: "UD13",
    severity: "error",
    title: "MIME that cannot be read",
    why: "With a blank first line, without MIME-Version or without its boundary all parts are dropped.",
    sources: [SOURCE.cloudInit, "https://github.com/aws/karpenter-provider-aws/issues/2098"],
    check: message,
    examples: {
      pass: [mime(named("a", "true")), bash("echo MIME-Version: 1.0")],
      fail: [
        `\n${mime(named("a", "true"))}`,
        'Content-Type: multipart/mixed; boundary="=="\n\n--==\n\nx\n--==--\n',
        "MIME-Version: 1.0\nContent-Type: multipart/mixed\n\n--==\n\nx\n--==--\n",
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=="\n\n--=\n\nx\n--=--\n',
      ],
    },
  },
  {
    id: "UD14",
    severity: "error",
    title: "a part of unknown type",
    why: "cloud-init ignores it.",
    sources: [SOURCE.cloudInit],
    *check({ data, context }) {
      for (const part of data.parts) {
        const { type, declared } = part;
        const known =
          HANDLED.has(type) || INCLUDES.has(type) || type === "text/plain" || type === "text/x-not-multipart";
        // nodeadm, not cloud-init, takes this one.
        if (
          known ||
          type === "application/node.eks.aws" ||
          context.consumer === "eks" ||
          part.bytes.length === 0
        )
          continue;
        yield {
          at: { part, offset: 0 },
          message: `cloud-init has no handler for ${declared || type}, and ignores the part`,
        };
      }
    },
    examples: {
      pass: [mime(named("a", "true")), mime("Content-Type: application/node.eks.aws\n\nkind: NodeConfig")],
      fail: [
        mime("Content-Type: text/x-shell-script\n\n#!/bin/sh\ntrue"),
        mime("Content-Type: application/json\n\n{}"),
      ],
    },
  },
  {
    id: "UD15",
    severity: "error",
    title: "letters beyond ASCII in a plain part",
    why: "Without base64 they arrive as Latin-1 or as escapes, not as what was written.",
    sources: [SOURCE.cloudInit],
    *check({ data }) {
      for (const part of data.parts) {
        if (part.message === undefined || !isVerbatim(part.message)) continue;
        // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is looked for.
        const offset = part.message.body.search(/[^\x00-\x7f]/);
        if (offset !== -1)
          yield {
            at: { offset: part.message.offset + offset },
            message: "this letter is damaged on its way; encode the part as base64",
          };
      }
    },
    examples: {
      pass: [
        mime(named("a", "true")),
        mime(`${SCRIPT}\nContent-Transfer-Encoding: base64\n\nIyEvYmluL3NoCmVjaG8gw6QK`),
        bash("echo ä"),
      ],
      fail: [
        mime(named("a", "echo ä")),
        mime(`${SCRIPT}\nContent-Transfer-Encoding: 8bit\n\n#!/bin/sh\necho €`),
      ],
    },
  },
  {
    id: "UD16",
    severity: "warning",
    title: "scripts run in the order of their names",
    why: "Scripts are files in one directory, run sorted by bytes; two of one name are one file.",
    sources: [SOURCE.cloudInit],
    check: order,
    examples: {
      pass: [
        mime(named("01-a", "true"), named("02-b", "true")),
        mime(`${SCRIPT}\n\n#!/bin/sh`, `${SCRIPT}\n\n#!/bin/sh`),
      ],
      fail: [
        mime(named("b", "true"), named("a", "true")),
        mime(named("a", "true"), named("a", "false")),
        mime(named("setup.sh", "true"), `${SCRIPT}\n\n#!/bin/sh`),
      ],
    },
  },
  {
    id: "UD17",
    severity: "warning",
    title: "one part needs another",
    why: "A part that fails does not stop the next one: what belongs together must be one part.",
    sources: [SOURCE.cloudInit],
    check: chains,
    examples: {
      pass: [mime(named("1", "mkdir -p /opt/app/x\nls /opt/app/x"), named("2", "ls /srv/y"))],
      fail: [mime(named("1", "mkdir -p /opt/app/x"), named("2", "cp y /opt/app/x/z"))],
    },
  },
];
