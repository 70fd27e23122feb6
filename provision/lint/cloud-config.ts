import { headerOf } from "../user-data/message.ts";
import { cloudConfig, type Hit, mime, type Rule, SOURCE, type Subject } from "./rule.ts";
import type { Config, Script } from "./subject.ts";

/** Rules on #cloud-config: its keys, its merging, and the shell in runcmd. */

const CONFIG_HEADER = "Content-Type: text/cloud-config\n\n#cloud-config";

const COMMANDS = ["runcmd", "bootcmd"] as const;

/** What else is wrong with an item of runcmd is told by `runcmdShell`, and no second time by the schema. */
const isCommand = (path: string): boolean => /^(runcmd|bootcmd)\[\d+\]$/.test(path);

/** One item that is no command costs all of them; nothing at all, as a comment leaves behind, costs none. */
function* commands({ part, root }: Config): Generator<Hit> {
  for (const key of COMMANDS)
    for (const { kind, source, offset } of root?.entries?.get(key)?.node.items ?? [])
      if (!["null", "string", "array", "object"].includes(kind))
        yield {
          at: { part, offset },
          message: `${source} is neither a text nor a list, and because of it nothing of ${key} runs; put it in quotes`,
        };
}

function* refused({ part, root, refused: faults }: Config): Generator<Hit> {
  const told = new Set(
    COMMANDS.flatMap((key) => root?.entries?.get(key)?.node.items ?? [])
      .filter(({ kind }) => kind !== "null" && kind !== "array")
      .map(({ path }) => path),
  );
  for (const { path, offset, message } of faults)
    if (!isCommand(path) || !told.has(path))
      yield {
        at: { part, offset },
        severity: "warning",
        message: `${path}: ${message}; the schema of cloud-init refuses it`,
      };
}

function* keys({ configs }: Subject): Generator<Hit> {
  for (const config of configs) {
    const { part, root, findings, unknown } = config;
    for (const { offset, message, hint } of findings)
      yield { at: { part, offset }, message: `${message}${hint === undefined ? "" : ` (${hint})`}` };
    if (root !== undefined && root.kind !== "object" && root.kind !== "null")
      yield {
        at: { part, offset: root.offset },
        message: "is no mapping of keys to values: cloud-init ignores all of it",
      };
    yield* commands(config);
    for (const { name, offset, meant } of unknown)
      yield {
        at: { part, offset },
        message: `"${name}" is no key of cloud-config${meant === undefined ? "" : ` (did you mean ${meant}?)`}`,
      };
    yield* refused(config);
  }
}

/** Words that `sh` on Debian and Ubuntu does not know. */
const bashism = ({ shell, kind, commands }: Script): string | undefined => {
  if (shell !== "sh" || (kind !== "runcmd" && kind !== "bootcmd")) return undefined;
  for (const { name, args, redirects, words } of commands) {
    if (["[[", "source", "declare", "shopt", "pushd", "popd", "function"].includes(name)) return name;
    if (name === "set" && args.includes("pipefail")) return "pipefail";
    if (redirects.some(({ operator }) => operator === "<<<")) return "<<<";
    if (redirects.some(({ operator }) => operator.startsWith("&>"))) return "&>";
    if (words.some(({ value }) => /^[<>]\(/.test(value))) return "process substitution";
  }
  return undefined;
};

function* runcmdShell({ scripts, configs }: Subject): Generator<Hit> {
  for (const script of scripts) {
    const found = bashism(script);
    if (found !== undefined)
      yield {
        at: script.place(0),
        message: `${found} is bash, but sh runs this; write bash -c '…', or a script part`,
      };
  }
  for (const { part, root } of configs)
    for (const key of COMMANDS)
      for (const item of root?.entries?.get(key)?.node.items ?? [])
        if (item.entries !== undefined)
          yield {
            at: { part, offset: item.offset },
            message: 'YAML reads this as a mapping because of ": "; put the whole command in quotes',
          };
}

const mergesOpenly = ({ part, root }: Config): boolean =>
  ["merge_how", "merge_type"].some((key) => root?.entries?.has(key)) ||
  (part.message !== undefined &&
    ["merge-type", "x-merge-type"].some((name) => headerOf({ headers: part.message?.headers ?? [] }, name)));

function* merging({ configs }: Subject): Generator<Hit> {
  const seen = new Map<string, string>();
  for (const config of configs) {
    const own = [...(config.root?.entries?.keys() ?? [])];
    const twice = own.filter((key) => seen.has(key));
    if (twice.length > 0 && !mergesOpenly(config))
      yield {
        at: { part: config.part, offset: 0 },
        message: `${twice.join(", ")} of ${seen.get(twice[0] ?? "")} ${twice.length === 1 ? "is" : "are"} replaced by what stands here; say merge_how`,
      };
    for (const key of own) seen.set(key, config.part.name);
  }
}

/** What later commands build on. */
const GROUNDWORK = /^(curl|wget|git|tar|unzip|cd|apt|apt-get|dnf|yum|pip3?|npm|dpkg|rpm)$/;

function* runcmdStops({ configs, scripts }: Subject): Generator<Hit> {
  for (const { part } of configs) {
    const items = scripts.filter((script) => script.part === part && script.kind === "runcmd");
    if (
      items.some(({ commands }) =>
        commands.some(({ name, args }) => name === "set" && /^-\w*e/.test(args[0] ?? "")),
      )
    )
      continue;
    const found = items
      .slice(0, -1)
      .find(({ commands }) => commands.some(({ name, ending }) => GROUNDWORK.test(name) && ending !== "||"));
    if (found !== undefined)
      yield {
        at: found.place(0),
        message: "when this fails the next items run all the same; begin runcmd with set -e, or use a script",
      };
  }
}

export const CLOUD_CONFIG_RULES: readonly Rule[] = [
  {
    id: "UD10",
    severity: "error",
    title: "cloud-config that cloud-init does not know",
    why: "What is misspelt is left out without a word, a text that is no YAML as a whole; a wrong value is up to the module.",
    sources: [SOURCE.cloudInit],
    check: keys,
    examples: {
      pass: [
        cloudConfig('packages: [nginx]\nruncmd:\n  - "true"\n  - [ls, -l]\n  - # nothing'),
        cloudConfig("write_files:\n  - path: /x\n    content: !!binary aGVsbG8="),
        cloudConfig("write_files:\n  - &a {path: /x, content: y}\n  - {<<: *a, path: /z}"),
      ],
      fail: [
        cloudConfig("package: [nginx]"),
        cloudConfig("packages: [nginx"),
        cloudConfig("- packages"),
        cloudConfig("runcmd:\n  - true"),
        cloudConfig("runcmd: [ls]\nruncmd: [id]"),
        cloudConfig("packages: [*web]"),
        cloudConfig("runcmd: [yes]"),
        cloudConfig("packages: nginx"),
        cloudConfig("hostname: 12"),
        cloudConfig("users: [{name: a, shel: /bin/sh}]"),
        cloudConfig("write_files: [{path: /x, permissions: 0644}]"),
      ],
    },
  },
  {
    id: "UD11",
    severity: "warning",
    title: "runcmd is no bash, and YAML first",
    why: "sh runs the strings of runcmd, and YAML takes a text with a colon and a blank for a mapping.",
    sources: [SOURCE.cloudInit],
    check: runcmdShell,
    examples: {
      pass: [
        cloudConfig("runcmd:\n  - \"echo 'a: b'\"\n  - bash -c '[[ -f /x ]] && true'\n  - [echo, '[[']"),
      ],
      fail: [
        cloudConfig("runcmd:\n  - '[[ -f /x ]] && touch /y'"),
        cloudConfig("runcmd:\n  - echo a: b"),
        cloudConfig("runcmd:\n  - |\n    set -euo pipefail\n    true"),
      ],
    },
  },
  {
    id: "UD12",
    severity: "warning",
    title: "one cloud-config replaces another",
    why: "By default a list of a later part takes the place of the earlier one: its runcmd is the only one.",
    sources: [SOURCE.cloudInit],
    check: merging,
    examples: {
      pass: [
        mime(`${CONFIG_HEADER}\nruncmd: ["true"]`, `${CONFIG_HEADER}\npackages: [nginx]`),
        mime(
          `${CONFIG_HEADER}\nruncmd: ["true"]`,
          `${CONFIG_HEADER}\nmerge_how: list(append)+dict(recurse_array)+str()\nruncmd: ["false"]`,
        ),
      ],
      fail: [mime(`${CONFIG_HEADER}\nruncmd: ["true"]`, `${CONFIG_HEADER}\nruncmd: ["false"]`)],
    },
  },
  {
    id: "UD25",
    severity: "warning",
    title: "runcmd goes on after a failure",
    why: "runcmd becomes one sh script without -e: an item that fails does not stop the next one.",
    sources: [SOURCE.cloudInit],
    check: runcmdStops,
    examples: {
      pass: [
        cloudConfig("runcmd:\n  - set -e\n  - cd /opt/x\n  - ./install"),
        cloudConfig("runcmd:\n  - systemctl restart nginx\n  - systemctl restart app"),
        cloudConfig("runcmd:\n  - [/opt/boot]"),
      ],
      fail: [
        cloudConfig("runcmd:\n  - cd /opt/x\n  - ./install"),
        cloudConfig("runcmd:\n  - [git, clone, x]\n  - make"),
      ],
    },
  },
];
