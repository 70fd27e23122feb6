import type { Difference } from "../user-data/diff.ts";
import type { FieldChange, TemplateDifference } from "./difference.ts";
import { fittingText } from "./fitting.ts";
import type { Plan } from "./plan.ts";

const fieldLine = ({ field, before, after }: FieldChange): string => {
  if (before === undefined) return `  + ${field}: ${after}`;
  if (after === undefined) return `  - ${field}: ${before}`;
  return `  ~ ${field}: ${before} -> ${after}`;
};

const partLines = ({ part, lines }: Difference): readonly string[] => [
  `      ${part === "" ? "(around the parts)" : part}`,
  ...lines.map(({ sign, text }) => `      ${sign} ${text}`),
];

/** What differs, a line for each field, and user data as cloud-init would see them. */
export const differenceLines = ({ fields, user_data }: TemplateDifference): readonly string[] => [
  ...fields.map(fieldLine),
  ...(user_data.length === 0 ? [] : ["  ~ UserData:", ...user_data.flatMap(partLines)]),
];

const headline = ({ action, template, base, region }: Plan): string => {
  const { name } = template;
  const where = `Launch template ${name} in ${region}`;
  if (action === "create") return `${where}: will be made`;
  if (action === "none") return `${where}: version ${base?.default_version} is what is wanted; nothing to do`;
  if (action === "promote")
    return `${where}: version ${base?.latest_version} is what is wanted, and will be the default instead of ${base?.default_version}`;
  return `${where}: version ${(base?.latest_version ?? 0) + 1} will be made, and be the default instead of ${base?.default_version}`;
};

/** A plan as people read it. */
export const planText = (plan: Plan): string => {
  const { image, instance_types: fitting, difference, action } = plan;
  const named = [image.name, image.owner && `owner ${image.owner}`].filter((text) => text).join(", ");
  const wanted = [
    `  image ${image.id}, found as ${image.by}${named === "" ? "" : ` (${named})`}`,
    ...(fitting === undefined ? [] : [`  ${fittingText(fitting)}`]),
    "",
    ...differenceLines(difference),
  ];
  return [headline(plan), ...(action === "none" ? [] : wanted), ""].join("\n");
};
