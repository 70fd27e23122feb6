import { Buffer } from "node:buffer";
import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { readInput } from "../io/files.ts";
import type { Place } from "../io/remote-user-data.ts";
import { parseUserData } from "../user-data/parse.ts";
import { type AwsArguments, awsOf, withAws } from "./aws-options.ts";
import { defineCommand } from "./command.ts";

const LONGEST_BLOB = 1_048_576;

const INSTANCE = /^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
const TEMPLATE = /^(lt-(?:[0-9a-f]{8}|[0-9a-f]{17}))(?::([1-9]\d*|default|latest))?$/;

/** What an id speaks of; undefined for the name of a file. */
const placeOf = (word: string): Place | undefined => {
  if (INSTANCE.test(word)) return { kind: "instance", id: word };
  const [, id, version = "default"] = TEMPLATE.exec(word) ?? [];
  if (id === undefined) return undefined;
  const named = { default: "$Default", latest: "$Latest" } as const;
  return {
    kind: "template",
    id,
    version: version === "default" || version === "latest" ? named[version] : Number(version),
  };
};

/** A file, what an id speaks of, or with --blob the user data itself, as it is copied from an answer of the API. */
const contentOf = async (word: string, { blob, ...aws }: Options): Promise<Uint8Array> => {
  const place = blob ? undefined : placeOf(word);
  if (place !== undefined) {
    // The client of EC2 takes longer to load than everything else here.
    const { remoteUserData } = await import("../io/remote-user-data.ts");
    return remoteUserData(place, awsOf(aws));
  }
  if (!blob) return readInput(word);
  if (word.length > LONGEST_BLOB) throw new AppError("USAGE", "The blob is longer than user data can be.");
  return Buffer.from(word);
};

interface Options extends AwsArguments {
  readonly part: string | undefined;
  readonly blob: boolean;
}

export const command = defineCommand<Options>({
  operands: "FILE | i-ID | lt-ID[:VERSION]",
  options: (yargs) =>
    withAws(yargs)
      .option("part", { type: "string", requiresArg: true, describe: "Only the part of this name, decoded" })
      .option("blob", {
        type: "boolean",
        default: false,
        describe: "The operand is the user data itself, not a file",
      }),
  run: async (options, [word, ...more], { out }): Promise<ExitStatus> => {
    const { part: wanted } = options;
    if (word === undefined || more.length > 0)
      throw new AppError("USAGE", "Name one file, instance or launch template to decode.");
    const { bytes, parts, fault } = parseUserData(await contentOf(word, options));
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
