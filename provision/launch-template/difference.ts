import { Buffer } from "node:buffer";
import { type Difference, diffUserData } from "../user-data/diff.ts";
import { parseUserData, type UserData } from "../user-data/parse.ts";
import { canonicalData, identityOf, plainUserData } from "./canonical.ts";
import type { TemplateData } from "./data.ts";

/** One field that differs. Without `before` it is new, without `after` it is gone. */
export interface FieldChange {
  /** Such as `BlockDeviceMappings[/dev/xvda].Ebs.VolumeSize`. */
  readonly field: string;
  readonly before?: string;
  readonly after?: string;
}

export interface TemplateDifference {
  readonly fields: readonly FieldChange[];
  /** What cloud-init would do otherwise, part by part. */
  readonly user_data: readonly Difference[];
}

/** Ids and other plain values: a list of them is one value. */
const isPlain = (value: unknown): boolean => typeof value !== "object" || value === null;

const leaves = (value: unknown, path: string, name: string): readonly (readonly [string, string])[] => {
  if (Array.isArray(value))
    return value.every(isPlain)
      ? [[path, value.join(", ")]]
      : value.flatMap((entry, at) => leaves(entry, `${path}[${identityOf(name, entry, at)}]`, ""));
  if (isPlain(value)) return [[path, String(value)]];
  return Object.entries(value as object).flatMap(([key, inner]) => {
    // A tag is its name and its value, and not two fields.
    if (key === "Tags") return tagLeaves(inner, path);
    return leaves(inner, path === "" ? key : `${path}.${key}`, key);
  });
};

const tagLeaves = (tags: unknown, path: string): readonly (readonly [string, string])[] =>
  (tags as readonly { readonly Key?: string; readonly Value?: string }[]).map(
    ({ Key = "", Value = "" }) => [`${path}.Tags[${Key}]`, Value] as const,
  );

/** Names of entries are in their paths. */
const isIdentity = (path: string): boolean => /\]\.(DeviceName|DeviceIndex|ResourceType)$/.test(path);

const fieldsOf = ({ UserData: _, ...data }: TemplateData): ReadonlyMap<string, string> =>
  new Map(leaves(canonicalData(data), "", "").filter(([path]) => !isIdentity(path)));

const bytesOf = ({ UserData = "" }: TemplateData): Uint8Array => Buffer.from(UserData, "base64");

/** What differs between two versions, as somebody would want to read it. Empty when they mean the same. Pure. */
export const diffTemplates = (before: TemplateData, after: TemplateData): TemplateDifference => {
  const [was, will] = [fieldsOf(before), fieldsOf(after)];
  const names = [...new Set([...was.keys(), ...will.keys()])].toSorted();
  const fields = names
    .filter((field) => was.get(field) !== will.get(field))
    .map((field): FieldChange => {
      const [one, other] = [was.get(field), will.get(field)];
      return {
        field,
        ...(one === undefined ? {} : { before: one }),
        ...(other === undefined ? {} : { after: other }),
      };
    });
  if (Buffer.compare(plainUserData(before), plainUserData(after)) === 0) return { fields, user_data: [] };
  const [old, young] = [parseUserData(bytesOf(before)), parseUserData(bytesOf(after))];
  const user_data = diffUserData(old, young);
  if (user_data.length > 0) return { fields, user_data };
  // The parts are the same and what is around them is not: encoded twice, say, which cloud-init does not undo.
  return { fields: [...fields, { field: "UserData", before: around(old), after: around(young) }], user_data };
};

const around = ({ raw, layers }: UserData): string =>
  `${raw.length} bytes${layers.length === 0 ? "" : ` inside of ${layers.join(", ")}`}`;
