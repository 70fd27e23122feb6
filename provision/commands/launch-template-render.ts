import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { asCloudFormation } from "../launch-template/cloudformation.ts";
import { type Template, tagList } from "../launch-template/data.ts";
import { asTerraform } from "../launch-template/terraform.ts";
import { type AwsArguments, awsOf, withAws } from "./aws-options.ts";
import { defineCommand } from "./command.ts";
import { loadTemplate } from "./load-template.ts";
import { givenBy, REPEATABLE, type VariableArguments, withVariables } from "./variable-options.ts";

const FORMATS = ["json", "cloudformation", "terraform"] as const;

/** As `aws ec2 create-launch-template --cli-input-json` takes it. */
const asRequest = ({ name, data, tags }: Template): string => {
  const request = {
    LaunchTemplateName: name,
    LaunchTemplateData: data,
    TagSpecifications: [{ ResourceType: "launch-template", Tags: tagList(tags) }],
  };
  return `${JSON.stringify(request, null, 2)}\n`;
};

const RENDERERS: Readonly<Record<(typeof FORMATS)[number], (template: Template) => string>> = {
  json: asRequest,
  cloudformation: asCloudFormation,
  terraform: asTerraform,
};

export const command = defineCommand<
  AwsArguments & VariableArguments & { readonly format: (typeof FORMATS)[number] }
>({
  operands: "[HOST.yaml]",
  repeatable: REPEATABLE,
  options: (yargs) =>
    withVariables(withAws(yargs)).option("format", {
      choices: FORMATS,
      default: "json" as const,
      describe: "The request of the AWS CLI, a CloudFormation template, or Terraform JSON",
    }),
  run: async (options, [file = "host.yaml", ...more], terminal): Promise<ExitStatus> => {
    if (more.length > 0) throw new AppError("USAGE", "Name one file to render.");
    const { template } = await loadTemplate(file, await givenBy(options), awsOf(options), terminal);
    terminal.out(RENDERERS[options.format](template));
    return EXIT.done;
  },
});
