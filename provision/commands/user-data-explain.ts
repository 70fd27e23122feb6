import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { printable } from "../../agent/base/printable.ts";
import { readInput } from "../io/files.ts";
import { type Explained, type Explanation, explainUserData } from "../user-data/explain.ts";
import { parseUserData } from "../user-data/parse.ts";
import { LIMIT_BYTES } from "../user-data/size.ts";
import { defineCommand } from "./command.ts";

const number = (value: number): string => value.toLocaleString("en-US");

const partText = ({
  name,
  type,
  decided_by,
  bytes,
  does,
  stage,
  frequency,
  file,
  faults = [],
}: Explained): string =>
  [
    `${name}: ${type}, ${number(bytes)} bytes`,
    `  because of ${decided_by}`,
    `  ${does}`,
    ...(stage === undefined ? [] : [`  stage: ${stage}; ${frequency}`]),
    ...(file === undefined ? [] : [`  file: ${file}`]),
    ...faults.map(({ key, message }) => `  ${key}: ${message}`),
  ].join("\n");

const text = (file: string, { layers, raw_bytes, fatal, parts, order }: Explanation): string =>
  [
    `${file}: ${number(raw_bytes)} of ${number(LIMIT_BYTES)} bytes${layers.length === 0 ? "" : `, inside of ${layers.join(", ")}`}`,
    ...(fatal === undefined ? [] : [`cloud-init gives up on all of it: ${fatal}`]),
    ...(parts.length === 0 && fatal === undefined ? ["holds no part: nothing happens"] : []),
    ...parts.map(partText),
    ...(order.length > 1 ? [`runs in this order: ${order.join(", ")}`] : []),
  ]
    .flatMap((lines) => lines.split("\n"))
    .map((line) => `${printable(line)}\n`)
    .join("");

export const command = defineCommand<{ readonly json: boolean }>({
  operands: "FILE",
  options: (yargs) =>
    yargs.option("json", { type: "boolean", default: false, describe: "Print one object instead of lines" }),
  run: async ({ json }, [file, ...more], { out }): Promise<ExitStatus> => {
    if (file === undefined || more.length > 0) throw new AppError("USAGE", "Name one file to explain.");
    const explanation = explainUserData(parseUserData(await readInput(file)));
    out(json ? `${printable(JSON.stringify(explanation))}\n` : text(file, explanation));
    return EXIT.done;
  },
});
