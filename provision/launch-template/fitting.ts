import type { Architecture } from "./base-image.ts";
import type { TemplateFinding } from "./rules/rules.ts";

/** The instance types that have what a template asks for, as EC2 sees it at the moment. Part of a plan. */
export interface Fitting {
  /** By name. */
  readonly types: readonly string[];
  /** Whether these are all: a plan asks for one page of them, to be done with few calls. */
  readonly complete: boolean;
}

/** With so few types, one that is sold out in a zone is felt: advice for Auto Scaling groups is to allow many. */
const FEW = 2;
/** Of many, that many are named to people. */
const NAMED = 5;

/** `a`, `a and b`, `a, b and c`. */
const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

/**
 * What LT04 says when it is known what fits: an error where nothing does, a warning where little does. Of a page that
 * is not all there is, it says nothing. Pure.
 */
export const fittingFindings = (
  { types, complete }: Fitting,
  { architecture, region }: { readonly architecture: Architecture; readonly region: string },
): readonly TemplateFinding[] => {
  const found = { rule: "LT04", field: "InstanceRequirements" } as const;
  if (!complete || types.length > FEW) return [];
  return types.length === 0
    ? [
        {
          ...found,
          severity: "error",
          message: `is met by no instance type for ${architecture} in ${region}. Widen vcpu or memory_mib, or include burstable types.`,
        },
      ]
    : [
        {
          ...found,
          severity: "warning",
          message: `is met by ${listed(types)} alone in ${region}, so capacity may run out. Widen vcpu or memory_mib.`,
        },
      ];
};

/** For people: how many fit, and the first of them. */
export const fittingText = ({ types, complete }: Fitting): string => {
  const rest = types.length - NAMED;
  const names = listed([...types.slice(0, NAMED), ...(rest > 0 ? [`${rest} more`] : [])]);
  const count = `${complete ? "" : "at least "}${types.length}`;
  return `${count} instance type${types.length === 1 ? " fits" : "s fit"}${names === "" ? "" : `: ${names}`}`;
};
