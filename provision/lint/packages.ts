import { type Command, hasOption, verbOf } from "./commands.ts";
import { eachCommand, oncePerScript, said } from "./in-scripts.ts";
import { bash, cloudConfig, type Rule, SOURCE } from "./rule.ts";
import type { Script } from "./subject.ts";

/** Rules on package managers: nobody answers their questions, and something else may hold their lock. */

const APT: ReadonlySet<string> = new Set(["apt", "apt-get", "aptitude"]);
const RPM: ReadonlySet<string> = new Set(["dnf", "yum", "microdnf"]);
const CHANGES =
  /^(install|upgrade|dist-upgrade|full-upgrade|remove|purge|autoremove|update|reinstall|swap|groupinstall|localinstall)$/;

const changes = (command: Command): boolean => {
  const verb = verbOf(command) ?? "";
  // `apt-get update` asks nothing and only reads lists.
  return CHANGES.test(verb) && !(APT.has(command.name) && verb === "update");
};

const answersItself = (command: Command): boolean =>
  APT.has(command.name)
    ? hasOption(command, "-y", "--yes", "--assume-yes") ||
      command.args.some((arg) => /^-q?qq|^-q=2/.test(arg))
    : hasOption(command, "-y", "--assumeyes");

const isVariable = ({ args }: Command): boolean => args.some((arg) => /^\$\{?\w*(OPT|ARG|FLAG)/i.test(arg));

/** Behind the verb: `apt-get install` becomes `apt-get install -y`. */
const addYes = (command: Command, script: Script) => {
  const verb = command.words.find(({ value }) => value === verbOf(command));
  const { part, offset } = script.place(verb?.end ?? 0);
  return script.exact && verb !== undefined && part !== undefined
    ? { fix: { offset, remove: 0, insert: " -y" } }
    : {};
};

const setsFrontend = ({ commands }: Script): boolean =>
  commands.some(
    ({ assigned, name, args }) =>
      (assigned.has("DEBIAN_FRONTEND") && name === "") ||
      (name === "export" && args.some((arg) => arg.startsWith("DEBIAN_FRONTEND="))),
  );

/** In runcmd each item is a script here, but one for the system: what one exports holds for the next. */
const whole = (script: Script, scripts: readonly Script[]): readonly Script[] =>
  scripts.filter(({ part, kind }) => part === script.part && kind === script.kind);

export const PACKAGE_RULES: readonly Rule[] = [
  {
    id: "UD23",
    severity: "error",
    title: "a package manager that asks",
    why: "There is no terminal that could answer a question; the command fails or waits for ever.",
    sources: [SOURCE.aws],
    *check(subject) {
      yield* eachCommand((command, script) =>
        (APT.has(command.name) || RPM.has(command.name)) &&
        changes(command) &&
        !answersItself(command) &&
        !isVariable(command)
          ? {
              message: `${command.name} ${verbOf(command)} asks for confirmation; add -y`,
              ...addYes(command, script),
            }
          : undefined,
      )(subject);
      yield* oncePerScript((command, script) =>
        APT.has(command.name) &&
        changes(command) &&
        !command.assigned.has("DEBIAN_FRONTEND") &&
        !whole(script, subject.scripts).some(setsFrontend)
          ? `${command.name} may ask through debconf; set DEBIAN_FRONTEND=noninteractive`
          : undefined,
      )(subject);
    },
    examples: {
      pass: [
        bash("export DEBIAN_FRONTEND=noninteractive\napt-get install -y nginx"),
        bash("DEBIAN_FRONTEND=noninteractive apt-get -qy install nginx"),
        bash("dnf install -y nginx && apt-get update"),
        bash('echo "apt-get install nginx"'),
        cloudConfig("runcmd:\n  - export DEBIAN_FRONTEND=noninteractive\n  - apt-get install -y nginx"),
      ],
      fail: [
        bash("dnf install nginx"),
        bash("apt-get install -y nginx"),
        bash("DEBIAN_FRONTEND=noninteractive apt-get install nginx"),
        cloudConfig("runcmd:\n  - [dnf, install, nginx]"),
      ],
    },
  },
  {
    id: "UD28",
    severity: "warning",
    title: "apt does not wait for its lock",
    why: "Unattended upgrades start at boot too; whoever comes second fails at once without a timeout.",
    sources: ["https://github.com/bivlked/amneziawg-installer/issues/155"],
    check: oncePerScript((command, { part }) =>
      APT.has(command.name) &&
      changes(command) &&
      !/DPkg::Lock::Timeout|\/var\/lib\/(dpkg|apt\/lists)\/lock/i.test(part.text)
        ? `${command.name} fails when another one holds the lock; add -o DPkg::Lock::Timeout=300`
        : undefined,
    ),
    examples: {
      pass: [
        bash("DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y nginx"),
        bash("while fuser -s /var/lib/dpkg/lock; do sleep 1; done\napt-get install -y nginx"),
        bash("dnf install -y nginx"),
      ],
      fail: [bash("DEBIAN_FRONTEND=noninteractive apt-get install -y nginx")],
    },
  },
  {
    id: "UD29",
    severity: "warning",
    title: "a tool of Amazon Linux 2",
    why: "Amazon Linux 2 ended on 30 June 2026. amazon-linux-extras is gone, and yum is another name of dnf.",
    sources: [SOURCE.al2023, "https://github.com/docker-library/tomcat/pull/340"],
    check: eachCommand(({ name }) => {
      if (name === "amazon-linux-extras")
        return {
          severity: "error",
          message: "amazon-linux-extras does not exist after Amazon Linux 2; use dnf",
        };
      return name === "yum" ? "use dnf: yum belongs to Amazon Linux 2, which has ended" : undefined;
    }),
    examples: {
      pass: [bash("dnf install -y nginx"), bash("dnf config-manager --add-repo x # yum")],
      fail: [bash("yum install -y nginx"), bash("amazon-linux-extras install nginx1")],
    },
  },
  {
    id: "UD30",
    severity: "warning",
    title: "relies on what AL2023 has not",
    why: "Amazon Linux 2023 comes without cron and without /var/log/messages, and with curl-minimal.",
    sources: [SOURCE.al2023],
    check: eachCommand((command, { text }, { context }) => {
      if (context.image !== "al2023") return undefined;
      const words = said(command);
      if (words.some((word) => word.startsWith("/var/log/messages")))
        return "AL2023 has no /var/log/messages; read the journal";
      const cron =
        command.name === "crontab" || words.some((word) => /^\/etc\/cron|^crond(\.service)?$/.test(word));
      return cron && !/\bcronie\b/.test(text)
        ? "AL2023 has no cron; use a systemd timer, or install cronie"
        : undefined;
    }),
    examples: {
      pass: [
        bash('echo "0 3 * * * root x" > /etc/cron.d/x'),
        { text: bash("dnf install -y cronie\ncrontab /opt/x"), context: { image: "al2023" } },
      ],
      fail: [
        { text: bash('echo "0 3 * * * root x" > /etc/cron.d/x'), context: { image: "al2023" } },
        { text: bash("tail -n 5 /var/log/messages"), context: { image: "al2023" } },
      ],
    },
  },
  {
    id: "UD31",
    severity: "warning",
    title: "the newest release at boot",
    why: "What was never tested goes into production, and two hosts of one day can differ.",
    sources: ["https://docs.amazonaws.cn/linux/al2023/ug/updating.html"],
    check: eachCommand(({ name, args }) =>
      RPM.has(name) &&
      args.some(
        (arg, at) => arg === "--releasever=latest" || (arg === "latest" && args[at - 1] === "--releasever"),
      )
        ? "--releasever=latest takes whatever is out by then; name a release"
        : undefined,
    ),
    examples: {
      pass: [bash("dnf upgrade -y --releasever=2023.6.20241010")],
      fail: [bash("dnf upgrade -y --releasever=latest"), bash("dnf --releasever latest update -y")],
    },
  },
];
