import type { Command } from "../../lint/commands.ts";
import type { Word } from "../../lint/shell-scan.ts";

/** Who installs. `base` is whichever package manager the base has: `packages:` of a cloud-config does not name one. */
export type Manager = "apt" | "dnf" | "yum" | "snap" | "base";

interface Grammar {
  readonly manager: Manager;
  readonly installs: RegExp;
  /** Options whose value is the next word. */
  readonly takesValue: RegExp;
}

const APT: Grammar = {
  manager: "apt",
  installs: /^(install|reinstall)$/,
  takesValue:
    /^(-[A-Za-z]*[octaP]|--(option|config-file|target-release|default-release|host-architecture|build-profiles))$/,
};

const RPM = {
  installs: /^(install|reinstall|localinstall|groupinstall|install-n|install-na|install-nevra)$/,
  takesValue:
    /^(-[cdeRx]|--(config|releasever|enablerepo|disablerepo|repo|repoid|exclude|excludepkgs|installroot|setopt|forcearch|comment))$/,
} as const;

const GRAMMARS: ReadonlyMap<string, Grammar> = new Map<string, Grammar>([
  ["apt", APT],
  ["apt-get", APT],
  ["aptitude", APT],
  ["dnf", { manager: "dnf", ...RPM }],
  ["microdnf", { manager: "dnf", ...RPM }],
  ["yum", { manager: "yum", ...RPM }],
  ["snap", { manager: "snap", installs: /^install$/, takesValue: /^--(channel|revision|cohort|name)$/ }],
]);

/** Programs that say or look for words, and run none of them. */
const SPEAKERS =
  /^(echo|printf|logger|cat|grep|egrep|fgrep|sed|awk|which|type|hash|man|test|\[|\[\[|alias|trap|for|case)$/;

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

const isVariable = (word: string): boolean => word.startsWith("$");

export interface InstallWords {
  readonly manager: Manager;
  /** What stands behind the verb, without options. */
  readonly words: readonly Word[];
  /** Whether more comes from elsewhere: `xargs apt-get install`. */
  readonly more: boolean;
}

/** Words that are neither options nor their values. */
const operands = (words: readonly Word[], { takesValue }: Grammar): readonly Word[] => {
  const found: Word[] = [];
  let ended = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    if (ended || !word.value.startsWith("-")) found.push(word);
    else if (word.value === "--") ended = true;
    else if (takesValue.test(word.value)) at += 1;
  }
  return found;
};

/**
 * What a command installs; undefined for one that installs nothing. The package manager need not be its first word:
 * functions that try again and the like are handed the command that they run.
 */
export const installIn = ({ name, words }: Command): InstallWords | undefined => {
  if (SPEAKERS.test(name)) return undefined;
  const at = words.findIndex(({ value }) => GRAMMARS.has(baseName(value)));
  const grammar = GRAMMARS.get(baseName(words[at]?.value ?? ""));
  if (grammar === undefined) return undefined;
  const rest = operands(words.slice(at + 1), grammar);
  // A variable before the verb holds options.
  const verb = rest.findIndex(({ value }) => !isVariable(value));
  if (!grammar.installs.test(rest[verb]?.value ?? "")) return undefined;
  return { manager: grammar.manager, words: rest.slice(verb + 1), more: name === "xargs" };
};

/** Scripts that a command hands to a shell as one word: `bash -c '…'`, `su - app -c "…"`, `eval "…"`. */
export const nestedScripts = ({ name, words, args }: Command): readonly Word[] => {
  if (name === "eval") return words.slice(1);
  const at = words.findIndex(({ value }) => /^(ba|da|z|k|)sh$/.test(baseName(value)));
  const shell = name === "su" || name === "runuser" ? 0 : at;
  if (shell === -1 || args.length === 0) return [];
  const option = words.findIndex(({ value }, index) => index > shell && /^-\w*c$/.test(value));
  const script = option === -1 ? undefined : words[option + 1];
  return script === undefined ? [] : [script];
};
