import type { Node } from "../../../agent/config/document.ts";
import { commandsOf } from "../../lint/commands.ts";
import type { Subject } from "../../lint/rule.ts";
import { type Config, type Place, placeIn, type Script, shellOf } from "../../lint/subject.ts";
import type { Part } from "../../user-data/parse.ts";

/** Everything of a part that may run in a shell, as far as packages are concerned. */
export type ShellScript = Pick<Script, "text" | "shell" | "commands"> & {
  readonly place: (offset: number) => Place;
};

/** Scripts that run in one shell, so that what one assigns holds in the next. */
export type Shell = readonly ShellScript[];

const field = ({ entries }: Node, key: string): string => {
  const value = entries?.get(key)?.node.value;
  return typeof value === "string" ? value : "";
};

/** A file that is written may be run by another part, at a later time, or never: who knows? It is read as if it were. */
const writtenScript = (part: Part, file: Node): readonly ShellScript[] => {
  const content = file.entries?.get("content")?.node;
  const text = field(file, "content");
  const shell = shellOf(text);
  const plain = ["", "text/plain"].includes(field(file, "encoding"));
  return content === undefined || shell === undefined || !plain
    ? []
    : [{ text, shell, commands: commandsOf(text), place: placeIn(part, content, text) }];
};

const writtenScripts = ({ part, root }: Config): readonly ShellScript[] =>
  (root?.entries?.get("write_files")?.node.items ?? []).flatMap((file) => writtenScript(part, file));

/** The shells of user data: cloud-init makes one script of all items of runcmd, and one of all those of bootcmd. */
export const shellsOf = ({ scripts, configs }: Subject): readonly Shell[] => [
  ...[...Map.groupBy(scripts, ({ part }) => part).values()].flatMap((ofPart) => [
    ...Map.groupBy(ofPart, ({ kind }) => kind).values(),
  ]),
  ...configs.flatMap(writtenScripts).map((script) => [script]),
];
