import type { Entry, Node } from "../../agent/config/document.ts";
import type { Finding } from "../../agent/config/fault.ts";
import { nearest } from "../../agent/config/nearest.ts";
import { paramFindings } from "../host/params.ts";
import { type Kind, keysOf } from "./kind.ts";
import { LISTS, type ListName } from "./kinds.ts";
import { needsNothing } from "./short-forms.ts";

const error = (offset: number, key: string, message: string, hint?: string): Finding => ({
  severity: "error",
  offset,
  key,
  message,
  hint,
});

interface Placed {
  readonly list: ListName;
  readonly kind: Kind;
  readonly entry: Entry;
}

const child = (node: Node | undefined, name: string): Node | undefined => node?.entries?.get(name)?.node;

/** What an entry is no step by: it must have one key, which is the name of a kind. */
const shapeFindings = (item: Node, kinds: readonly Kind[]): readonly Finding[] => {
  const names = kinds.map(({ name }) => name);
  if (item.entries === undefined) {
    if (typeof item.value !== "string") return [];
    const meant = kinds.find(({ name }) => name === nearest(String(item.value), names));
    const form = meant === undefined || needsNothing(meant) ? meant?.name : `{${meant.name}: …}`;
    const hint = form === undefined ? `known here: ${names.join(", ")}` : `did you mean ${form}?`;
    return [error(item.offset, item.path, "must be a mapping with one key", hint)];
  }
  const [first, ...more] = [...item.entries].filter(([name]) => names.includes(name));
  const others = [...item.entries].filter(([name]) => !names.includes(name));
  const kind = kinds.find(({ name }) => name === first?.[0]);
  if (item.entries.size === 0)
    return [error(item.offset, item.path, "says nothing to do", `known here: ${names.join(", ")}`)];
  return [
    ...more.map(([, { offset, node }]) =>
      error(offset, node.path, `stands in one entry with ${first?.[0]}`, 'begin it with "- "'),
    ),
    ...(kind === undefined
      ? []
      : others
          .filter(([name]) => keysOf(kind).includes(name))
          .map(([name, { offset, node }]) =>
            error(
              offset,
              node.path,
              `belongs inside of ${kind.name}`,
              `${kind.name}: {${kind.short ?? "…"}: …, ${name}: …}`,
            ),
          )),
  ];
};

const placedIn = (image: Node | undefined): readonly Placed[] =>
  (Object.keys(LISTS) as ListName[]).flatMap((list) =>
    (child(image, list)?.items ?? []).flatMap((item) =>
      LISTS[list].flatMap((kind) => {
        const entry = item.entries?.get(kind.name);
        return entry === undefined ? [] : [{ list, kind, entry }];
      }),
    ),
  );

/** Two users of one name, or of one number. */
const userFindings = (placed: readonly Placed[]): readonly Finding[] => {
  const seen = new Map<string, string>();
  return placed
    .filter(({ list, kind }) => list === "steps" && kind.name === "user")
    .flatMap(({ entry }) =>
      ["name", "uid"].flatMap((key) => {
        const node = child(entry.node, key);
        if (node === undefined) return [];
        const before = seen.get(`${key} ${node.value}`);
        seen.set(`${key} ${node.value}`, entry.node.path);
        return before === undefined
          ? []
          : [error(node.offset, node.path, `${key} ${node.value} is that of ${before} as well`)];
      }),
    );
};

const agentFindings = (placed: readonly Placed[], hasAgent: boolean): readonly Finding[] =>
  placed
    .filter(({ kind }) => kind.name === "host_agent" && !hasAgent)
    .map(({ entry }) =>
      error(entry.offset, entry.node.path, "there is no configuration for the agent", "add a section agent"),
    );

/** What was enabled has not been started when `validate` looks. */
const tooEarly = (placed: readonly Placed[]): readonly Finding[] =>
  placed
    .filter(
      ({ list, kind, entry }) =>
        list === "validate" && kind.name === "service" && child(entry.node, "is") === undefined,
    )
    .map(({ entry }) => ({
      severity: "warning",
      offset: entry.offset,
      key: entry.node.path,
      message: "asks for a service that runs, and none is started while the image is made",
      hint: "say is: [enabled], or move it to test",
    }));

/** What is wrong with a recipe beyond the types of its values. */
export const recipeFindings = (image: Node | undefined, hasAgent: boolean): readonly Finding[] => {
  const placed = placedIn(image);
  const output = image?.entries?.get("output");
  return [
    ...(Object.keys(LISTS) as ListName[]).flatMap((list) =>
      (child(image, list)?.items ?? []).flatMap((item) => shapeFindings(item, LISTS[list])),
    ),
    ...placed.flatMap(({ entry }) => paramFindings(child(entry.node, "params"))),
    ...userFindings(placed),
    ...agentFindings(placed, hasAgent),
    ...tooEarly(placed),
    ...(output === undefined
      ? []
      : [
          {
            severity: "warning" as const,
            offset: output.offset,
            key: output.node.path,
            message: "is not read by this version",
          },
        ]),
  ];
};
