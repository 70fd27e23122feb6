import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { unpack } from "../user-data/unwrap.ts";
import type { TemplateData } from "./data.ts";

/** What tells the entries of a list apart, where their order means nothing. */
const IDENTITY: Readonly<Record<string, (entry: never) => string>> = {
  BlockDeviceMappings: ({ DeviceName }: { readonly DeviceName?: string }) => DeviceName ?? "",
  NetworkInterfaces: ({ DeviceIndex }: { readonly DeviceIndex?: number }) => String(DeviceIndex ?? ""),
  TagSpecifications: ({ ResourceType }: { readonly ResourceType?: string }) => ResourceType ?? "",
  Tags: ({ Key }: { readonly Key?: string }) => Key ?? "",
};

/** Answers of the service bear states that nobody has asked for. */
const ANSWERS_ONLY: Readonly<Record<string, readonly string[]>> = { MetadataOptions: ["State"] };

/** What the entries of a list are called in paths: `[/dev/xvda]`. */
export const identityOf = (list: string, entry: unknown, at: number): string => {
  const name = IDENTITY[list]?.(entry as never);
  return name === undefined || name === "" ? String(at) : name;
};

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === "object" && Object.keys(value as object).length === 0);

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const canonical = (value: unknown, name: string): unknown => {
  if (Array.isArray(value)) {
    const entries = value.map((entry) => canonical(entry, ""));
    const key = (entry: unknown): string =>
      typeof entry === "object" ? (IDENTITY[name]?.(entry as never) ?? "") : String(entry);
    return entries.toSorted((a, b) => order(key(a), key(b)));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !ANSWERS_ONLY[name]?.includes(key))
      .map(([key, inner]) => [key, canonical(inner, key)] as const)
      .filter(([, inner]) => !isEmpty(inner))
      .toSorted(([a], [b]) => order(a, b)),
  );
};

/** The same for data that mean the same: keys and entries in one order, and nothing that is empty. Pure. */
export const canonicalData = (data: TemplateData): TemplateData => canonical(data, "") as TemplateData;

/** What cloud-init gets to see of the user data, in bytes: without base64 and gzip. */
export const plainUserData = ({ UserData }: TemplateData): Uint8Array =>
  unpack(Buffer.from(UserData ?? "", "base64")).bytes;

/**
 * The same for versions that start the same instances, as 64 hexadecimal digits. User data count as what they
 * unpack to: another version of zlib packs the same text otherwise.
 */
export const fingerprint = (data: TemplateData): string => {
  const { UserData, ...rest } = canonicalData(data);
  const text = UserData === undefined ? "" : sha256(plainUserData(data));
  return sha256(JSON.stringify([rest, text]));
};

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");
