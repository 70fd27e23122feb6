import type { Node } from "../../agent/config/document.ts";
import { type CloudConfig, readCloudConfig } from "../user-data/cloud-config.ts";
import type { Part, UserData } from "../user-data/parse.ts";
import { isScript } from "../user-data/sniff.ts";
import { type Command, commandsOf } from "./commands.ts";
import type { Context, Subject } from "./rule.ts";

/** An index into the text of a part, or into the whole decoded text. */
export interface Place {
  readonly part?: Part;
  readonly offset: number;
}

/** Something that a shell runs. */
export interface Script {
  readonly part: Part;
  readonly kind: "script" | "boothook" | "runcmd" | "bootcmd";
  readonly text: string;
  readonly shell: "bash" | "sh";
  readonly commands: readonly Command[];
  /** The place of an index into `text`. */
  readonly place: (offset: number) => Place;
  /** Whether indexes into `text` are indexes into the text of the part, so that edits are possible. */
  readonly exact: boolean;
}

/** A cloud-config part as a document. */
export interface Config extends CloudConfig {
  readonly part: Part;
}

/** Nothing in it can be wrong with the document itself, which starts below the header. */
const SHEBANG = /^#!\s*(\S+)([^\n]*)/;

/** `bash` or `sh` by the first line; undefined for Python and whatever else is no shell. */
export const shellOf = (text: string): "bash" | "sh" | undefined => {
  const [, path = "", args = ""] = SHEBANG.exec(text.trimStart()) ?? [];
  const program = path.endsWith("/env")
    ? (args
        .trim()
        .split(/\s+/)
        .find((word) => !/^-|=/.test(word)) ?? "")
    : path;
  const name = program.slice(program.lastIndexOf("/") + 1);
  if (/^(bash|zsh|ksh)$/.test(name)) return "bash";
  return /^(sh|dash|ash)$/.test(name) ? "sh" : undefined;
};

const BOOTHOOK = "#cloud-boothook";

/** What a part says behind the header that cloud-init takes away: a boothook's or a template's first line. */
const body = ({
  type,
  text,
}: Part): { readonly kind: Script["kind"]; readonly start: number } | undefined => {
  if (isScript(type)) return { kind: "script", start: 0 };
  if (type === "text/cloud-boothook" && text.startsWith(BOOTHOOK)) {
    const rest = text.slice(BOOTHOOK.length);
    return { kind: "boothook", start: text.length - rest.trimStart().length };
  }
  if (type !== "text/jinja2") return undefined;
  const start = text.indexOf("\n") + 1;
  return start > 0 && text.startsWith("#!", start) ? { kind: "script", start } : undefined;
};

const scriptOf = (part: Part): readonly Script[] => {
  const found = body(part);
  if (found === undefined) return [];
  const text = part.text.slice(found.start);
  const shell = shellOf(text);
  if (shell === undefined) return [];
  const place = (offset: number): Place => ({ part, offset: offset + found.start });
  return [{ part, kind: found.kind, text, shell, commands: commandsOf(text), place, exact: true }];
};

const quoted = (word: unknown): string => `'${String(word).replaceAll("'", "'\\''")}'`;

/** The shell text that cloud-init makes of one item of runcmd; undefined for one that it refuses. */
const commandText = ({ value, items }: Node): string | undefined => {
  if (typeof value === "string") return value;
  return items === undefined ? undefined : items.map((item) => quoted(item.value)).join(" ");
};

/** The place in the part of an index into an item: exact to the line in block texts, else where the item begins. */
export const placeIn =
  (part: Part, { offset: start }: Node, text: string) =>
  (offset: number): Place => {
    if (!/[|>]/.test(part.text[start] ?? "")) return { part, offset: start };
    let at = start;
    for (let line = text.slice(0, offset).split("\n").length; line > 0; line -= 1)
      at = part.text.indexOf("\n", at) + 1 || at;
    return { part, offset: at + (/^ */.exec(part.text.slice(at))?.[0].length ?? 0) };
  };

const commandLists = ({ part, root }: Config): readonly Script[] =>
  (["bootcmd", "runcmd"] as const).flatMap((kind) =>
    (root?.entries?.get(kind)?.node.items ?? []).flatMap((item): Script[] => {
      const text = commandText(item);
      if (text === undefined) return [];
      const place = placeIn(part, item, text);
      return [{ part, kind, text, shell: "sh", commands: commandsOf(text), place, exact: false }];
    }),
  );

const configOf = (part: Part): readonly Config[] =>
  part.type === "text/cloud-config" ? [{ part, ...readCloudConfig(part.text) }] : [];

/** Takes user data apart for the rules. Pure; never throws. */
export const subjectOf = (data: UserData, context: Context): Subject => {
  const configs = data.parts.flatMap(configOf);
  const scripts = [...data.parts.flatMap(scriptOf), ...configs.flatMap(commandLists)];
  return { data, context, scripts, configs };
};
