// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the examples are shell.
import { type Command, verbOf } from "./commands.ts";
import { eachCommand, oncePerScript, said } from "./in-scripts.ts";
import { bash, cloudConfig, type Hit, type Rule, SOURCE } from "./rule.ts";
import type { Script } from "./subject.ts";

/** Rules on how scripts are written: what ends them, what they write where, as whom they run. */

/** The letters and long names that `set` or the first line switch on. */
const options = ({ text, commands }: Script): ReadonlySet<string> => {
  const first = /^#!\S+(?:\s+-(\w+))?(?:\s+\S+)?(?:\s+-(\w+))?/.exec(text);
  const letters = [first?.[1] ?? "", first?.[2] ?? ""].join("");
  const sets = commands.filter(({ name }) => name === "set").flatMap(({ args }) => args);
  const clusters = sets.filter((arg) => /^-[a-z]+$/i.test(arg)).join("");
  return new Set([...letters, ...clusters, ...sets.filter((arg) => /^[a-z]+$/.test(arg))]);
};

const isReal = ({ name }: Command): boolean => name !== "" && name !== "set" && name !== "export";

/** Another user than root: that is what sudo is for, here too. */
const leavesRoot = (script: Script, { offset, words, end }: Command): boolean =>
  /sudo\s+(-\w+\s+)*(-\w*u\s*|--user[= ])(?!root\b)/.test(script.text.slice(offset, words[0]?.end ?? end));

function* stopsAtErrors({ scripts }: Parameters<Rule["check"]>[0]): Generator<Hit> {
  for (const script of scripts) {
    if (script.kind !== "script") continue;
    const real = script.commands.filter(isReal);
    const on = options(script);
    const errexit = on.has("e") || on.has("errexit");
    // What a process substitution pipes is beyond pipefail.
    const pipes =
      script.shell === "bash" &&
      real.some(({ ending, depth }) => depth === 0 && (ending === "|" || ending === "|&"));
    if (!errexit && real.length > 1)
      yield {
        at: script.place(0),
        message: `goes on after a failure, and the last command decides success; add set ${script.shell === "bash" ? "-euo pipefail" : "-eu"}`,
      };
    else if (errexit && pipes && !on.has("pipefail"))
      yield { at: script.place(0), message: "a failure inside a pipe goes unseen; add set -o pipefail" };
  }
}

/** Where a command writes. */
const written = ({ name, args, redirects }: Command): readonly string[] => {
  const targets = redirects.filter(({ operator }) => /^&?>/.test(operator)).map(({ target }) => target);
  const behind = (...flags: readonly string[]): readonly string[] =>
    args.filter((_, at) => flags.includes(args[at - 1] ?? ""));
  if (name === "curl" || name === "wget")
    return [...targets, ...behind("-o", "--output", "-O", "-P", "--output-document")];
  if (["mkdir", "tee", "touch", "cd"].includes(name)) return [...targets, ...args];
  if (["cp", "mv", "install", "ln"].includes(name)) return [...targets, ...args.slice(-1)];
  if (["tar", "unzip", "git"].includes(name))
    return [...targets, ...behind("-C", "-d", "--directory"), ...(name === "git" ? args.slice(-1) : [])];
  return targets;
};

const rawText = (script: Script, command: Command): string => script.text.slice(command.offset, command.end);

const needsHome = (script: Script, command: Command): boolean => {
  if (
    /^(su|runuser|sed|grep|awk|cat|echo|printf|alias)$/.test(command.name) ||
    command.wrappers.includes("sudo")
  )
    return false;
  // In single quotes it is a text for somebody else.
  const unquoted = rawText(script, command).replace(/'[^']*'/g, "");
  const uses = /\$HOME\b|\$\{HOME\}|(?<=[\s=:])~\//.test(unquoted) || /(?<=[\s=:])~\//.test(unquoted);
  return uses || (command.name === "git" && command.args.includes("--global"));
};

const setsHome = (text: string): boolean =>
  /(^|[\s;])(export\s+|readonly\s+)?HOME=/m.test(text) || /\$\{HOME:[-=]/.test(text);

/** Says what a shell does when it ends. Who takes such an order back, with `-`, means to. */
const ordersItsEnd = ({ name, args, depth }: Command): boolean =>
  name === "trap" &&
  depth === 0 &&
  args[0]?.startsWith("-") === false &&
  args.slice(1).some((arg) => /^(EXIT|0)$/.test(arg));

function* replacedTraps({ scripts, context }: Parameters<Rule["check"]>[0]): Generator<Hit> {
  for (const script of scripts) {
    const orders = script.commands.filter(ordersItsEnd);
    const reported = context.reported === true && script.kind === "script";
    for (const { offset } of reported ? orders : orders.slice(1))
      yield {
        at: script.place(offset),
        message: reported
          ? "takes the place of the trap that tells of a failure; begin its commands with hostwright_report || true"
          : "takes the place of the trap for EXIT before it; say in one what both do",
      };
  }
}

export const HABIT_RULES: readonly Rule[] = [
  {
    id: "UD47",
    severity: "warning",
    title: "a trap for EXIT that takes the place of another one",
    why: "A shell has one: what the first was to clean up, or to tell of, is forgotten without a word.",
    sources: ["https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_29"],
    check: replacedTraps,
    examples: {
      pass: [
        bash("trap 'rm -rf \"$dir\"' EXIT"),
        bash("trap 'a; b' EXIT\ntrap c ERR TERM"),
        bash("trap a EXIT\ntrap -p EXIT\ntrap - EXIT"),
      ],
      fail: [
        bash("trap 'rm -rf \"$dir\"' EXIT\ntrap 'signal $?' EXIT"),
        bash("trap a 0\ntrap b EXIT"),
        { text: bash("trap 'rm -rf \"$dir\"' EXIT"), context: { reported: true } },
      ],
    },
  },
  {
    id: "UD22",
    severity: "warning",
    title: "sudo in user data",
    why: "The script runs as root already; what it writes belongs to root, with sudo or without.",
    sources: [SOURCE.aws],
    check: eachCommand((command, script) =>
      command.wrappers.includes("sudo") && !leavesRoot(script, command)
        ? "sudo does nothing: this runs as root; use chown where files belong to somebody else"
        : undefined,
    ),
    examples: {
      pass: [bash("systemctl start nginx"), bash("sudo -u ubuntu -i npm ci"), bash('echo "use sudo"')],
      fail: [bash("sudo systemctl start nginx"), cloudConfig("runcmd:\n  - sudo touch /opt/x")],
    },
  },
  {
    id: "UD24",
    severity: "warning",
    title: "goes on after a failure",
    why: "Without set -euo pipefail the last command decides whether the boot counts as a success.",
    sources: [SOURCE.cloudInit],
    check: stopsAtErrors,
    examples: {
      pass: [
        bash("a\nb | c"),
        "#!/bin/sh -e\na\nb\n",
        "#!/bin/sh\nset -eu\na\nb\n",
        "#!/bin/bash\nexec /opt/boot\n",
        "#!/usr/bin/env python3\nprint(1)\n",
      ],
      fail: ["#!/bin/bash\ndnf install -y nginx\nsystemctl start nginx\n", "#!/bin/bash\nset -e\na | b\n"],
    },
  },
  {
    id: "UD35",
    severity: "warning",
    title: "set -x",
    why: "Every value, secrets included, goes to the log and to the console output that the API shows.",
    sources: [],
    *check(subject) {
      for (const script of subject.scripts)
        if (/^#!\S+\s+-\w*x/.test(script.text))
          yield { at: script.place(0), message: "-x copies every value to the log and the console" };
      yield* eachCommand(({ name, args }) =>
        name === "set" &&
        (args.some((arg) => /^-\w*x/.test(arg)) || (args.includes("xtrace") && !args.includes("+o")))
          ? "set -x copies every value to the log and the console"
          : undefined,
      )(subject);
    },
    examples: {
      pass: [bash("set +x"), bash("true")],
      fail: ["#!/bin/bash -ex\ntrue\n", bash("set -x"), bash("set -o xtrace"), "#!/bin/sh\nset -eux\ntrue\n"],
    },
  },
  {
    id: "UD36",
    severity: "warning",
    title: "writes in /tmp",
    why: "systemd-tmpfiles clears /tmp at boot, at a time of its own; /run is there first and is private to root.",
    sources: [SOURCE.cloudInit],
    check: eachCommand((command) => {
      const path = written(command).find((target) => /^\/(var\/)?tmp(\/|$)/.test(target));
      return path === undefined ? undefined : `writes ${path}; use /run, or a directory of mktemp`;
    }),
    examples: {
      pass: [
        bash("curl -fsS -o /run/x https://example.com/x"),
        bash('dir=$(mktemp -d)\ncd "$dir"'),
        bash("rm -rf /tmp/x"),
      ],
      fail: [bash("curl -fsS -o /tmp/x https://example.com/x"), bash("echo x > /tmp/x"), bash("cd /tmp")],
    },
  },
  {
    id: "UD40",
    severity: "warning",
    title: "needs HOME",
    why: "cloud-init runs scripts without HOME; with set -u that ends the script, else paths begin at the root.",
    sources: [],
    check: oncePerScript((command, script) =>
      needsHome(script, command) && !setsHome(script.text)
        ? "HOME is not set here; write the path, or export HOME=/root first"
        : undefined,
    ),
    examples: {
      pass: [
        bash("export HOME=/root\ngit config --global x y"),
        bash("cat <<'EOF' > /opt/x\n$HOME/bin\nEOF"),
        bash("su - app -c 'ls ~/x $HOME'"),
      ],
      fail: [bash('mkdir -p "$HOME/.aws"'), bash("cp x ~/x"), bash("git config --global user.name x")],
    },
  },
  {
    id: "UD41",
    severity: "warning",
    title: "exec > >(tee …)",
    why: "The script may end before tee has written: the tail is lost. cloud-init logs the output anyway.",
    sources: [],
    check: eachCommand(({ name, wrappers, redirects }) =>
      name === "" &&
      wrappers.includes("exec") &&
      redirects.some(({ target }) => /^>\(\s*(tee|logger)\b/.test(target))
        ? "the end of the output may be lost; it is in /var/log/cloud-init-output.log without this"
        : undefined,
    ),
    examples: {
      pass: [bash("exec >> /var/log/boot.log 2>&1"), bash("date | tee /var/log/x")],
      fail: [bash("exec > >(tee /var/log/user-data.log | logger -t user-data) 2>&1")],
    },
  },
  {
    id: "UD33",
    severity: "warning",
    title: "a Region, zone or account in the script",
    why: "The script works in one place only; the instance knows where it is.",
    sources: [],
    check: eachCommand((command) => {
      if (command.name === "readonly" || command.name === "echo") return undefined;
      const found = said(command)
        .filter((word) => !/:-|^\$\(/.test(word))
        .map(
          (word) =>
            /\b(?:us|eu|ap|sa|ca|me|af|il|mx)(?:-gov)?-(?:north|south|east|west|central)(?:east|west)?-\d[a-f]?\b|(?<=:)\d{12}(?=:)|\b\d{12}(?=\.dkr\.ecr\.)/.exec(
              word,
            )?.[0],
        )
        .find((text) => text !== undefined);
      return found === undefined
        ? undefined
        : `${found} is fixed here; ask the instance metadata, or make it a parameter`;
    }),
    examples: {
      pass: [
        bash('aws s3 cp "s3://x/y" /opt --region "$REGION"'),
        bash("# in us-east-1\ntrue"),
        bash("readonly REGION='eu-west-1'"),
      ],
      fail: [
        bash("aws s3 cp s3://x/y /opt --region us-east-1"),
        bash("docker pull 123456789012.dkr.ecr.eu-west-1.amazonaws.com/x"),
        bash("ZONE=eu-west-1a"),
      ],
    },
  },
  {
    id: "UD39",
    severity: "warning",
    title: "starts a unit that waits for cloud-init",
    why: "The unit is ordered behind the end of cloud-init, which waits for this script: neither goes on.",
    sources: [],
    check: eachCommand((command, { part }) => {
      const verb = verbOf(command) ?? "";
      const starts = /^(start|restart)$/.test(verb) || (verb === "enable" && command.args.includes("--now"));
      if (command.name !== "systemctl" || !starts || command.args.includes("--no-block")) return undefined;
      const unit = command.args
        .filter((arg) => !arg.startsWith("-") && arg !== verb)
        .find((name) => waits(name, part.text));
      return unit === undefined
        ? undefined
        : `${unit} waits for cloud-init, which waits for this; add --no-block`;
    }),
    examples: {
      pass: [
        bash("systemctl start nginx"),
        bash("systemctl start --no-block ecs"),
        bash("systemctl enable ecs"),
      ],
      fail: [
        bash("systemctl start ecs"),
        bash(
          "cat > /etc/systemd/system/app.service <<EOF\n[Unit]\nAfter=cloud-final.service\nEOF\nsystemctl enable --now app",
        ),
      ],
    },
  },
];

/** Known units, and those that this very user data writes. */
const waits = (unit: string, text: string): boolean => {
  const name = unit.replace(/\.service$/, "");
  if (name === "ecs") return true;
  const at = text.indexOf(`/systemd/system/${name}.service`);
  return at !== -1 && /After=[^\n]*(cloud-final|cloud-init\.target)/.test(text.slice(at, at + 2_000));
};
