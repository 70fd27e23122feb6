import { stringify } from "yaml";
import { AppError } from "../../agent/base/errors.ts";
import { type Template, tagList } from "./data.ts";

/** The logical id of the template, by which its outputs name it. */
const LOGICAL_ID = "LaunchTemplate";

/** CloudFormation replaces this in every string, and has no escape for it. */
const DYNAMIC_REFERENCE = "{{resolve:";

/** Line breaks of YAML 1.1, and what it does not take at all, that the writer leaves as they are. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Dates as text, and nothing that is undefined: what the API takes is JSON. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const refuseReferences = (value: unknown, field: string): void => {
  if (typeof value === "string" && value.includes(DYNAMIC_REFERENCE))
    throw new AppError(
      "INPUT_INVALID",
      `${field}: CloudFormation would replace "${DYNAMIC_REFERENCE}…}}" with something else; write another value`,
    );
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value))
    refuseReferences(inner, Array.isArray(value) ? `${field}[${name}]` : `${field}.${name}`);
};

const propertiesOf = ({ name, data, tags }: Template): Readonly<Record<string, unknown>> => {
  const Tags = tagList(tags);
  return {
    LaunchTemplateName: name,
    // The names and shapes are those of the API, so a field that is new there needs nothing here.
    LaunchTemplateData: plain(data),
    ...(Tags.length > 0 && { TagSpecifications: [{ ResourceType: "launch-template", Tags }] }),
  };
};

/**
 * A complete CloudFormation template with the launch template as its one resource. It outputs the id and the latest
 * version, since a group that follows the template has to name both.
 */
export const asCloudFormation = (template: Template): string => {
  const Properties = propertiesOf(template);
  refuseReferences(Properties, "Properties");
  const document = {
    AWSTemplateFormatVersion: "2010-09-09",
    Resources: { [LOGICAL_ID]: { Type: "AWS::EC2::LaunchTemplate", Properties } },
    Outputs: {
      LaunchTemplateId: { Value: { Ref: LOGICAL_ID } },
      LatestVersionNumber: { Value: { "Fn::GetAtt": [LOGICAL_ID, "LatestVersionNumber"] } },
    },
  };
  // CloudFormation reads YAML 1.1, where `on` and `1:30` are no strings. Quotes settle that for every reader.
  const text = stringify(document, {
    compat: "yaml-1.1",
    defaultStringType: "QUOTE_DOUBLE",
    defaultKeyType: "PLAIN",
    aliasDuplicateObjects: false,
    lineWidth: 0,
  });
  return text.replace(UNSAFE, escaped);
};
