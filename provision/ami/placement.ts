import { Buffer } from "node:buffer";
import { quoteForShell } from "../user-data/prologue.ts";
import { completed, interpreterOf } from "../user-data/shell-script.ts";
import type { PlacedScript, Surroundings } from "./kind.ts";
import type { LineRange, Origin } from "./line-map.ts";
import { below, type Item, type Key, type Recipe } from "./recipe.ts";

/** A file that goes along with the runner. */
export interface RunnerFile {
  /** As seen from the directory of the runner. */
  readonly name: string;
  readonly mode: number;
  readonly content: Uint8Array;
}

/** A script of the user, before anything is put in front of its body. */
export interface UserScript {
  /** As seen from the directory of the runner. */
  readonly file: string;
  readonly shell: string;
  /** The step or the check that it belongs to. */
  readonly item: string;
}

export type ScriptPrologue = (script: UserScript) => readonly string[];

/** What an inline script begins with when it does not say so itself. */
const USUAL_HEAD = "#!/bin/bash\nset -euo pipefail\n";

const linesOf = (text: string): number => text.split("\n").length - (text.endsWith("\n") ? 1 : 0);

/** Characters that need no thought, in a name that still tells what it is. */
const plainName = (path: string): string => path.slice(path.lastIndexOf("/") + 1).replace(/[^\w.-]/g, "_");

/** Collects what the items of a recipe need, and where its lines come from. */
export const placement = (recipe: Recipe, prologue: ScriptPrologue) => {
  const files: RunnerFile[] = [];
  const ranges: LineRange[] = [];
  const placed = new Map<string, string>();

  const put = (name: string, content: Uint8Array | string, mode = 0o644): string => {
    files.push({ name, mode, content: Buffer.from(content) });
    return `"$HOSTWRIGHT_DIR"/${name}`;
  };

  const next = (folder: string, name: string): string =>
    `${folder}/${String(files.length).padStart(3, "0")}-${name}`;

  const bytesOf = (path: string): Uint8Array => {
    const file = recipe.files.get(path);
    if (file === undefined) throw new TypeError(`the recipe names ${path}, and its content was not given`);
    return file.bytes;
  };

  /** @param ours lines at the beginning of an inline text that are not the user's */
  const script = (
    item: Item,
    path: string,
    text: string,
    start: Origin,
    ours: number,
    before: readonly string[],
  ) => {
    const { shell, option } = interpreterOf(text);
    const file = next("scripts", plainName(path));
    const { text: whole, added } = completed({ path, text }, [
      ...before,
      ...prologue({ file, shell, item: item.name }),
    ]);
    const own: Origin = { kind: "step", key: item.key };
    const total = linesOf(whole);
    const body = Math.max(ours, 1) + added;
    if (ours === 0) ranges.push({ file, first: 1, last: 1, origin: start });
    ranges.push({ file, first: ours === 0 ? 2 : 1, last: body, origin: own });
    const second = start.kind === "step" || ours > 0 ? start : { ...start, line: start.line + 1 };
    ranges.push({ file, first: body + 1, last: total, origin: second });
    const word = put(file, whole);
    return {
      file: word,
      command: [shell, ...(option === "" ? [] : [quoteForShell(option)]), word].join(" "),
    };
  };

  const surroundings = (item: Item): Surroundings => ({
    agent: recipe.agent,
    file: (path) => {
      const known = placed.get(path) ?? put(next("files", plainName(path)), bytesOf(path));
      placed.set(path, known);
      return known;
    },
    tree: (path) => {
      const folder = placed.get(path) ?? next("trees", plainName(path.replace(/\/+$/, "")));
      if (!placed.has(path))
        for (const [name, { bytes, executable }] of recipe.files)
          if (name.startsWith(below(path, "")))
            put(`${folder}/${name.slice(below(path, "").length)}`, bytes, executable ? 0o755 : 0o644);
      placed.set(path, folder);
      return `"$HOSTWRIGHT_DIR"/${folder}`;
    },
    text: (text) => put(next("texts", item.kind.name), text),
    script: (source, before): PlacedScript => {
      if ("path" in source) {
        const start: Origin = { kind: "file", path: source.path, line: 1 };
        return script(item, source.path, decoder.decode(bytesOf(source.path)), start, 0, before);
      }
      const key: Key = [...item.key, "script"];
      const start: Origin = { kind: "inline", key, line: 1, lines: linesOf(source.inline) };
      const own = source.inline.startsWith("#!");
      const text = `${own ? "" : USUAL_HEAD}${source.inline.endsWith("\n") ? source.inline : `${source.inline}\n`}`;
      return script(item, `${item.kind.name}.sh`, text, start, own ? 0 : 2, before);
    },
  });

  /** A step as a program of its own; its lines belong to what stands in host.yaml. */
  const step = (item: Item, lines: readonly string[]): string => {
    const file = next("steps", `${item.kind.name}.sh`);
    const text = `${lines.join("\n")}\n`;
    ranges.push({ file, first: 1, last: linesOf(text), origin: { kind: "step", key: item.key } });
    put(file, text);
    return file;
  };

  return { files, ranges, put, surroundings, step };
};

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
