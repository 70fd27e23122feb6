import { Buffer } from "node:buffer";
import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { printable } from "../../agent/base/printable.ts";
import { awsLaunchTemplates } from "../io/launch-templates.ts";
import { canonicalData, fingerprint, plainUserData } from "../launch-template/canonical.ts";
import { headOf } from "../launch-template/current.ts";
import type { TemplateData } from "../launch-template/data.ts";
import { type AwsArguments, awsOf, withAws } from "./aws-options.ts";
import { defineCommand } from "./command.ts";

interface Options extends AwsArguments {
  readonly json: boolean;
  readonly "user-data": boolean;
  readonly "template-version": string;
}

const versionOf = (text: string): number | "$Default" | "$Latest" => {
  if (text === "default") return "$Default";
  if (text === "latest") return "$Latest";
  if (!/^[1-9]\d*$/.test(text))
    throw new AppError("USAGE", "--template-version takes a number, default or latest.");
  return Number(text);
};

/** User data as text, since base64 tells nobody anything. */
const readable = ({ UserData, ...data }: TemplateData): object => ({
  ...canonicalData(data),
  ...(UserData === undefined ? {} : { UserData: Buffer.from(plainUserData({ UserData })).toString() }),
});

export const command = defineCommand<Options>({
  operands: "NAME",
  options: (yargs) =>
    withAws(yargs)
      .option("template-version", {
        type: "string",
        default: "default",
        describe: "A number, default or latest",
      })
      .option("user-data", {
        type: "boolean",
        default: false,
        describe: "Print its user data alone, without base64 and gzip",
      })
      .option("json", { type: "boolean", default: false, describe: "Print JSON, as the API has it" }),
  run: async (options, [name, ...more], { out }): Promise<ExitStatus> => {
    if (name === undefined || more.length > 0) throw new AppError("USAGE", "Name one launch template.");
    const wanted = versionOf(options["template-version"]);
    const templates = awsLaunchTemplates(awsOf(options));
    const head = await headOf(name, { templates });
    const version = await templates.version(head.id, wanted);
    if (version === undefined)
      throw new AppError("TEMPLATE_MISSING", `There is no version ${wanted} of ${name}.`);
    const { data } = version;
    if (options["user-data"]) out(plainUserData(data));
    else if (options.json)
      out(`${JSON.stringify({ template: name, id: head.id, ...version, fingerprint: fingerprint(data) })}\n`);
    else {
      out(`${printable(`${name} (${head.id}) version ${version.number}: ${version.description}`)}\n`);
      out(`${JSON.stringify(readable(data), null, 2)}\n`);
    }
    return EXIT.done;
  },
});
