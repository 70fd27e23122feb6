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

const PIECE_CHARACTERS = 16_384;

const backupPath = (directory: string): string => join(directory, "checkpoints.backup.json");

const digest = (checkpoints: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(checkpoints)).digest("hex");

/**
 * Replaces the copy, in one step: a crash leaves the old one or the new one. Throws when the disk does not take it.
 * Piece by piece: as one text, ten thousand checkpoints would take more memory than all else that belongs to them.
 */
export const writeBackup = (directory: string, current: Iterable<Checkpoint>): void => {
  const path = backupPath(directory);
  const unfinished = `${path}.new`;
  const file = openSync(unfinished, "w", 0o600);
  try {
    const sha256 = createHash("sha256");
    const write = (bytes: Buffer): void => {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    };
    write(Buffer.from(`{"version":${STATE_VERSION},"checkpoints":`));
    for (const piece of pieces(current)) {
      sha256.update(piece);
      write(piece);
    }
    write(Buffer.from(`,"sha256":"${sha256.digest("hex")}"}`));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
};

/** The checkpoints as one array in JSON, in pieces. */
function* pieces(checkpoints: Iterable<Checkpoint>): Generator<Buffer> {
  let text = "";
  let before = "[";
  for (const checkpoint of checkpoints) {
    text += before + JSON.stringify(plain(checkpoint));
    before = ",";
    if (text.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(text);
    text = "";
  }
  yield Buffer.from(`${text}${before === "[" ? "[" : ""}]`);
}

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
