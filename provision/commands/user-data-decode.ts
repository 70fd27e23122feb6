import { Buffer } from "node:buffer";
import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { readInput } from "../io/files.ts";
import { parseUserData } from "../user-data/parse.ts";
import { defineCommand } from "./command.ts";

const LONGEST_BLOB = 1_048_576;

/** A file, or with --blob the user data itself, as it is copied from an answer of the API. */
const contentOf = async (word: string, blob: boolean): Promise<Uint8Array> => {
  if (!blob) return readInput(word);
  if (word.length > LONGEST_BLOB) throw new AppError("USAGE", "The blob is longer than user data can be.");
  return Buffer.from(word);
};

interface Options {
  readonly part: string | undefined;
  readonly blob: boolean;
}

export const command = defineCommand<Options>({
  operands: "FILE",
  options: (yargs) =>
    yargs
      .option("part", { type: "string", requiresArg: true, describe: "Only the part of this name, decoded" })
      .option("blob", {
        type: "boolean",
        default: false,
        describe: "The operand is the user data itself, not a file",
      }),
  run: async ({ part: wanted, blob }, [word, ...more], { out }): Promise<ExitStatus> => {
    if (word === undefined || more.length > 0) throw new AppError("USAGE", "Name one file to decode.");
    const { bytes, parts, fault } = parseUserData(await contentOf(word, blob));
    if (fault !== undefined)
      throw new AppError("INPUT_INVALID", `The gzip inside cannot be unpacked: ${fault}.`);
    if (wanted === undefined) {
      out(bytes);
      return EXIT.done;
    }
    const part = parts.find(({ name }) => name === wanted);
    if (part === undefined)
      throw new AppError(
        "USAGE",
        `There is no part "${wanted}"; there ${parts.length === 0 ? "are none" : `are ${parts.map(({ name }) => name).join(", ")}`}.`,
      );
    out(part.bytes);
    return EXIT.done;
  },
});
