import { readCloudConfig } from "./cloud-config.ts";
import { cleanName } from "./names.ts";
import { NOT_MULTIPART, type Part, type UserData } from "./parse.ts";
import { ARCHIVE, HANDLED, isScript, sniff } from "./sniff.ts";

/** What cloud-init will do with one part. */
export interface Explained {
  readonly name: string;
  readonly type: string;
  /** Why cloud-init takes it for that. */
  readonly decided_by: string;
  /** Of its content, decoded. */
  readonly bytes: number;
  readonly does: string;
  /** When, in the order of a boot; undefined for what is ignored. */
  readonly stage?: "init" | "config" | "final" | "init, config and final";
  readonly frequency?: "every boot" | "once per instance" | "once";
  /** The file that it becomes. */
  readonly file?: string;
  /** In a cloud-config that is read: what cloud-init warns of, or leaves out without a word. */
  readonly faults?: readonly ExplainedFault[];
}

export interface ExplainedFault {
  /** The value or key that is at fault, such as `write_files[0]`. */
  readonly key: string;
  readonly message: string;
}

export interface Explanation {
  readonly layers: readonly string[];
  /** What counts against the 16,384 bytes of EC2. */
  readonly raw_bytes: number;
  readonly fatal?: string;
  readonly parts: readonly Explained[];
  /** Names of what runs, in the order in which it does at the first boot. */
  readonly order: readonly string[];
}

const FOLDERS = {
  "text/x-shellscript-per-boot": ["per-boot", "every boot"],
  "text/x-shellscript-per-instance": ["per-instance", "once per instance"],
  "text/x-shellscript-per-once": ["per-once", "once"],
} as const;

type Fate = Pick<Explained, "does" | "stage" | "frequency" | "file" | "faults">;

/** A document that cannot be read is left out as a whole; one with mistakes in it is not. */
const configFate = ({ text }: Part): Fate => {
  const { lost, unknown, refused } = readCloudConfig(text);
  if (lost !== undefined) return { does: `is ignored with a warning: ${lost}` };
  const faults = [
    ...unknown.map(({ name, meant }) => ({
      key: name,
      message: `is no key of cloud-config${meant === undefined ? "" : ` (did you mean ${meant}?)`}`,
    })),
    ...refused.map(({ path, message }) => ({ key: path, message })),
  ];
  return {
    does: "is merged with the other cloud-config; its modules do their work",
    stage: "init, config and final",
    frequency: "once per instance",
    ...(faults.length === 0 ? {} : { faults }),
  };
};

const scriptFate = ({ type, name, text }: Part): Fate => {
  const file = cleanName(name);
  const runs = text.startsWith("#!") ? "is run as root" : "cannot be run: the file does not begin with #!";
  const [folder, frequency] = FOLDERS[type as keyof typeof FOLDERS] ?? [undefined, "once per instance"];
  const path =
    folder === undefined
      ? `/var/lib/cloud/instance/scripts/${file}`
      : `/var/lib/cloud/scripts/${folder}/${file}`;
  return { does: runs, stage: "final", frequency, file: path };
};

/** What the types that have a handler come to. */
const FATES: Readonly<Record<string, (part: Part) => Fate>> = {
  "text/cloud-config": configFate,
  "text/cloud-config-jsonp": () => ({
    does: "is applied as a JSON patch to the cloud-config before it",
    stage: "init, config and final",
    frequency: "once per instance",
  }),
  "text/cloud-boothook": ({ name }) => ({
    does: "is run as root at once, before the network may be used",
    stage: "init",
    frequency: "every boot",
    file: `/var/lib/cloud/instance/boothooks/${cleanName(name)}`,
  }),
  "text/part-handler": () => ({
    does: "is loaded as a Python module that handles later parts",
    stage: "init",
    frequency: "every boot",
  }),
  "text/jinja2": ({ text }) => {
    const inner = sniff(text.slice(text.indexOf("\n") + 1));
    return inner === "text/cloud-config" || inner === "text/x-shellscript" || inner === "text/cloud-boothook"
      ? {
          does: `is filled in from the instance data, then handled as ${inner}`,
          stage: "init",
          frequency: "every boot",
        }
      : { does: "is ignored: what is below the first line is neither a script nor a cloud-config" };
  },
};

const fateOf = (part: Part): Fate => {
  if (part.urls !== undefined)
    return {
      does: `is replaced by what is fetched from ${part.urls.join(", ") || "nowhere"}`,
      stage: "init",
      frequency: "every boot",
    };
  if (part.bytes.length === 0) return { does: "is empty: nothing happens" };
  if (isScript(part.type)) return scriptFate(part);
  const fate = HANDLED.has(part.type) ? FATES[part.type] : undefined;
  return fate?.(part) ?? { does: "is ignored with a warning: no handler takes this type" };
};

const decidedBy = ({ declared, type, message }: Part): string => {
  if (message === undefined && declared === "")
    return type === NOT_MULTIPART ? "nothing: it begins with no known header" : "how it begins";
  return declared === type ? "its Content-Type" : "how it begins, since its Content-Type says too little";
};

/** Scripts of the final stage run folder by folder, and in each by the bytes of their names. */
const FOLDER_ORDER = ["per-once", "per-boot", "per-instance", "instance"] as const;

const orderOf = (parts: readonly Explained[]): readonly string[] => {
  const early = parts.filter(({ type, file }) => type === "text/cloud-boothook" && file !== undefined);
  const config = parts.some(
    ({ type, stage }) => type.startsWith("text/cloud-config") && type !== ARCHIVE && stage !== undefined,
  );
  const scripts = parts.filter(({ stage, file }) => stage === "final" && file !== undefined);
  const sorted = FOLDER_ORDER.flatMap((folder) =>
    [...new Set(scripts.flatMap(({ file }) => (file?.includes(`/${folder}/`) ? [file] : [])))].toSorted(
      (a, b) => (a < b ? -1 : 1),
    ),
  );
  return [
    ...early.map(({ name }) => name),
    ...(config ? ["cloud-config"] : []),
    ...sorted.map((file) => file.slice(file.lastIndexOf("/") + 1)),
  ];
};

/** What cloud-init will do with user data, part by part. Pure; never throws. */
export const explainUserData = ({ layers, raw, parts, fatal }: UserData): Explanation => {
  const explained = parts.map(
    (part): Explained => ({
      name: part.name,
      type: part.type,
      decided_by: decidedBy(part),
      bytes: part.bytes.length,
      ...fateOf(part),
    }),
  );
  const whole = { layers, raw_bytes: raw.length, parts: explained, order: orderOf(explained) };
  return fatal === undefined ? whole : { ...whole, fatal };
};
