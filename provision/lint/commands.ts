import { type Redirect, type Simple, scanShell, type Word } from "./shell-scan.ts";

/** A command as rules want to see it. */
export interface Command {
  /** Its name without a directory; empty where it is only assignments or redirects. */
  readonly name: string;
  readonly args: readonly string[];
  readonly words: readonly Word[];
  /** Options and names alone, as in `apt-get install`. */
  readonly assigned: ReadonlyMap<string, string>;
  readonly wrappers: readonly string[];
  readonly redirects: readonly Redirect[];
  readonly ending: string;
  readonly depth: number;
  readonly offset: number;
  /** Index behind its last word. */
  readonly end: number;
}

/** Words of the grammar that stand before a command. */
const RESERVED: ReadonlySet<string> = new Set(
  "if then elif else fi while until do done { } ! time esac".split(" "),
);

/** Programs that run another one, with those of their options that take a value. */
const WRAPPERS: Readonly<Record<string, RegExp>> = {
  sudo: /^-[ugpCrtTUD]$/,
  env: /^-[uCS]$/,
  exec: /^-a$/,
  command: /^$/,
  builtin: /^$/,
  nohup: /^$/,
  nice: /^-n$/,
  ionice: /^-[cn]$/,
  timeout: /^-[ks]$/,
  eatmydata: /^$/,
  setsid: /^$/,
  flock: /^-[wE]$/,
};

const ASSIGNMENT = /^([A-Za-z_]\w*)\+?=(.*)$/s;

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** How many words in front belong to wrappers, and which they are. */
const unwrapped = ({ words, redirects, ending, depth }: Simple): Command => {
  const assigned = new Map<string, string>();
  const wrappers: string[] = [];
  let at = 0;
  for (let inWrapper = false; at < words.length; at += 1) {
    const { value = "", quoted = false } = words[at] ?? {};
    const [, name, text = ""] = ASSIGNMENT.exec(value) ?? [];
    const takesValue = WRAPPERS[wrappers.at(-1) ?? ""];
    if (name !== undefined) assigned.set(name, text);
    else if (RESERVED.has(value) && !quoted && !inWrapper) continue;
    else if (Object.hasOwn(WRAPPERS, baseName(value))) {
      wrappers.push(baseName(value));
      inWrapper = true;
    } else if (inWrapper && value.startsWith("-")) at += takesValue?.test(value) ? 1 : 0;
    // `timeout 60 command`, `flock FILE command`
    else if (inWrapper && /^(timeout|flock)$/.test(wrappers.at(-1) ?? "") && !isTaken(words, at, wrappers))
      continue;
    else break;
  }
  const own = words.slice(at);
  return {
    name: baseName(own[0]?.value ?? ""),
    args: own.slice(1).map(({ value }) => value),
    words: own,
    assigned,
    wrappers,
    redirects,
    ending,
    depth,
    offset: words[0]?.offset ?? 0,
    end: words.at(-1)?.end ?? 0,
  };
};

/** Whether the one word that `timeout` and `flock` take has been passed: it is the last one before this word. */
const isTaken = (words: readonly Word[], at: number, wrappers: readonly string[]): boolean => {
  const wrapper = words.findLastIndex(
    ({ value }, index) => index < at && baseName(value) === wrappers.at(-1),
  );
  return words
    .slice(wrapper + 1, at)
    .some(({ value }, index, all) => !value.startsWith("-") && !/^-[ksw]$/.test(all[index - 1]?.value ?? ""));
};

/** The commands of a shell script, in the order in which they end. Pure; never throws. */
export const commandsOf = (script: string): readonly Command[] => scanShell(script).map(unwrapped);

/** Whether one of the words is this option, alone or in a cluster of short ones (`-y` in `-qy`). */
export const hasOption = ({ args }: Command, ...options: readonly string[]): boolean =>
  options.some((option) =>
    /^-\w$/.test(option)
      ? args.some((arg) => /^-[A-Za-z]+$/.test(arg) && arg.includes(option.slice(1)))
      : args.some((arg) => arg === option || arg.startsWith(`${option}=`)),
  );

/** The first word that is no option: what `apt-get` or `systemctl` is asked to do. */
export const verbOf = ({ args }: Command): string | undefined => args.find((arg) => !arg.startsWith("-"));
