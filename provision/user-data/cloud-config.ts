import { nearest } from "../../agent/config/nearest.ts";
import { CLOUD_CONFIG_KEYS } from "./cloud-config-keys.ts";
import { CLOUD_CONFIG } from "./cloud-config-shapes/cloud-config.ts";
import { type PythonDocument, readPythonDocument } from "./python-document.ts";
import { type ShapeFault, shapeFaults } from "./shape-faults.ts";

/** A `#cloud-config` as cloud-init reads it. */
export interface CloudConfig extends PythonDocument {
  /** Why cloud-init leaves out all of it; undefined when it takes it. */
  readonly lost?: string;
  /** Keys at its top that nothing reads. */
  readonly unknown: readonly UnknownKey[];
  /** Values that the schema of cloud-init refuses. It warns of them at boot, and hands them to its modules all the same. */
  readonly refused: readonly ShapeFault[];
}

export interface UnknownKey {
  readonly name: string;
  readonly offset: number;
  readonly meant?: string | undefined;
}

const lostBy = ({ root, findings }: PythonDocument): string | undefined => {
  // Keys that are given twice cost the first one of them, and no more.
  const broken = findings.find(({ message }) => message !== "is given twice");
  if (root === undefined || broken !== undefined) return broken?.message ?? "it cannot be read";
  return root.kind === "object" || root.kind === "null" ? undefined : "it is no mapping of keys to values";
};

/** A repeated alias repeats what is wrong with it; once is enough. */
const once = (faults: Iterable<ShapeFault>): readonly ShapeFault[] => [
  ...new Map([...faults].map((fault) => [`${fault.path} ${fault.message}`, fault])).values(),
];

/** Reads the text of a part of type text/cloud-config. Pure; never throws. */
export const readCloudConfig = (text: string): CloudConfig => {
  const document = readPythonDocument(text);
  const { root } = document;
  const lost = lostBy(document);
  if (lost !== undefined) return { ...document, lost, unknown: [], refused: [] };
  if (root?.entries === undefined) return { ...document, unknown: [], refused: [] };
  return {
    ...document,
    unknown: [...root.entries]
      .filter(([name]) => !CLOUD_CONFIG_KEYS.has(name))
      .map(([name, { offset }]) => ({ name, offset, meant: nearest(name, CLOUD_CONFIG_KEYS) })),
    refused: once(shapeFaults(root, CLOUD_CONFIG)),
  };
};
