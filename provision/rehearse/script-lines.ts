import { type Script, subjectOf } from "../lint/subject.ts";
import { explainUserData } from "../user-data/explain.ts";
import { type Part, parseUserData, type UserData } from "../user-data/parse.ts";
import type { Origin } from "../user-data/render.ts";

/** Which line of which file of the user a line of a script is that ran inside. */

/** A line in a file, as the user has it. */
export interface Place {
  readonly file: string;
  /** Counted from 1; undefined where nobody can say. */
  readonly line?: number;
  /** Where the line is that of an encoded part, and not of the file. */
  readonly within?: string;
}

/** A script that runs inside. */
export interface RunScript {
  /** As a reader calls it: the name of the part, or `runcmd`. */
  readonly name: string;
  /** Its path in the container. */
  readonly path: string;
  /** The place of one of its lines, or of the whole. */
  readonly place: (line?: number) => Place;
  /** One of its lines as it stands there. */
  readonly source: (line: number) => string | undefined;
}

const SCRIPTS = "/var/lib/cloud/instance/scripts";

/** A file of which user data was made, or the user data itself. */
export interface Given {
  readonly file: string;
  readonly content: Uint8Array;
  /** Of user data that was rendered; undefined for user data that was given as it is. */
  readonly origins?: readonly Origin[];
}

const ofRendered = (part: Part, origin: Origin, file: string): RunScript["place"] => {
  const { path, added } = origin;
  if (path === undefined) return () => ({ file, within: part.name });
  return (line) => {
    if (line === undefined || (line > 1 && line <= 1 + added)) return { file: path };
    return { file: path, line: line === 1 ? 1 : line - added };
  };
};

const ofGiven =
  (part: Part, file: string): RunScript["place"] =>
  (line) => {
    if (part.verbatim) return line === undefined ? { file } : { file, line: part.line + line - 1 };
    const within = line === undefined ? part.name : `line ${line} of ${part.name}`;
    return { file, line: part.line, within };
  };

const lineOf =
  (text: string): RunScript["source"] =>
  (line) =>
    text.split("\n")[line - 1]?.trim();

/** The line of an index into the text of a part. */
const lineAt = (part: Part, offset: number): number => part.text.slice(0, offset).split("\n").length;

/** cloud-init makes one script of all items of `runcmd`, one behind the other, below a first line of its own. */
const runcmdPlace =
  (
    items: readonly Script[],
    placeOf: (part: Part) => RunScript["place"],
    whole: () => Place,
  ): RunScript["place"] =>
  (line) => {
    let first = 2;
    for (const { part: own, text, place } of items) {
      const count = text.split("\n").length;
      if (line !== undefined && line >= first && line < first + count) {
        const skipped = text
          .split("\n")
          .slice(0, line - first)
          .join("\n").length;
        const { offset } = place(line === first ? 0 : skipped + 1);
        return placeOf(own)(lineAt(own, offset));
      }
      first += count;
    }
    const [start] = items;
    return start === undefined ? whole() : placeOf(start.part)(lineAt(start.part, start.place(0).offset));
  };

/** A cloud-config takes the place of what earlier ones say, unless one says how they are merged. */
const merged = (items: readonly Script[]): readonly Script[] => {
  const last = items.at(-1)?.part;
  const isAsked = items.some(({ part }) => /^["']?merge_(?:how|type)["']?\s*:/m.test(part.text));
  return isAsked ? items : items.filter(({ part }) => part === last);
};

/** The scripts that user data leads to, with where their lines are the user's. */
export const runScripts = ({ file, content, origins }: Given): readonly RunScript[] => {
  const data: UserData = parseUserData(content);
  const explained = explainUserData(data);
  const placeOf = (part: Part): RunScript["place"] => {
    const origin = origins?.find(({ name }) => name === part.name);
    return origin === undefined ? ofGiven(part, file) : ofRendered(part, origin, file);
  };
  const scripts = data.parts.flatMap((part, at): RunScript[] => {
    const path = explained.parts[at]?.file;
    return path === undefined
      ? []
      : [{ name: part.name, path, place: placeOf(part), source: lineOf(part.text) }];
  });
  // Of one name there is one file: that of the last part.
  const written = scripts.filter(
    ({ path }, at) => scripts.findLastIndex((each) => each.path === path) === at,
  );
  const items = merged(subjectOf(data, {}).scripts.filter(({ kind }) => kind === "runcmd"));
  const [first] = items;
  if (first === undefined) return written;
  const place = runcmdPlace(items, placeOf, placeOf(first.part));
  const source = lineOf(["", ...items.map(({ text }) => text)].join("\n"));
  return [...written, { name: "runcmd", path: `${SCRIPTS}/runcmd`, place, source }];
};

/** A cloud-config, and where its keys are the user's. */
export interface ConfigPart {
  readonly name: string;
  /** The place of a key at its top; undefined for one that it has not. */
  readonly keyPlace: (key: string) => Place | undefined;
}

/** The cloud-configs of user data. */
export const configParts = ({ file, content, origins }: Given): readonly ConfigPart[] =>
  parseUserData(content).parts.flatMap((part): ConfigPart[] => {
    if (part.type !== "text/cloud-config") return [];
    const origin = origins?.find(({ name }) => name === part.name);
    const place = origin === undefined ? ofGiven(part, file) : ofRendered(part, origin, file);
    const lines = part.text.split("\n");
    return [
      {
        name: part.name,
        keyPlace: (key) => {
          const at = lines.findIndex((line) => line.startsWith(`${key}:`));
          return at < 0 ? undefined : place(at + 1);
        },
      },
    ];
  });
