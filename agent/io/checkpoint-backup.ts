import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod/mini";
import type { Checkpoint } from "../logs/ports.ts";
import { type PlainCheckpoint, plain, revived, STATE_VERSION } from "./checkpoint-rows.ts";

/** A copy of the checkpoints for the day on which their database cannot be read. */
const schema = z.object({
  version: z.literal(STATE_VERSION),
  sha256: z.string(),
  checkpoints: z.array(z.record(z.string(), z.unknown())),
});

const backupPath = (directory: string): string => join(directory, "checkpoints.backup.json");

const digest = (checkpoints: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(checkpoints)).digest("hex");

/** Replaces the copy, in one step: a crash leaves the old one or the new one. Throws when the disk does not take it. */
export const writeBackup = (directory: string, current: readonly Checkpoint[]): void => {
  const checkpoints = current.map(plain);
  const path = backupPath(directory);
  const unfinished = `${path}.new`;
  const file = openSync(unfinished, "w", 0o600);
  try {
    writeSync(file, JSON.stringify({ version: STATE_VERSION, sha256: digest(checkpoints), checkpoints }));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
};

/** The copy; undefined when there is none or it is damaged too. */
export const readBackup = (directory: string): readonly Checkpoint[] | undefined => {
  try {
    const { sha256, checkpoints } = schema.parse(JSON.parse(readFileSync(backupPath(directory), "utf8")));
    if (digest(checkpoints) !== sha256) return undefined;
    return (checkpoints as unknown as PlainCheckpoint[]).map(revived);
  } catch {
    return undefined;
  }
};
