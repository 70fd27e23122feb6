import { createHash } from "node:crypto";
import type { ResolvedImage } from "./base-image.ts";
import { fingerprint } from "./canonical.ts";
import type { Current } from "./current.ts";
import type { Template } from "./data.ts";
import { diffTemplates, type TemplateDifference } from "./difference.ts";
import type { Fitting } from "./fitting.ts";

/**
 * - `create`: there is no template of that name
 * - `version`: another version, which becomes the default
 * - `promote`: the latest version is what is wanted, and not the default: an apply that was cut off left it
 * - `none`: the default version is what is wanted
 */
export type PlanAction = "create" | "version" | "promote" | "none";

/** What `apply` would do, as a file. `json` contract: docs/reference/json.md. */
export interface Plan {
  readonly format: 1;
  readonly action: PlanAction;
  readonly region: string;
  readonly template: Template;
  /** Of the wanted version: {@link fingerprint}. */
  readonly fingerprint: string;
  readonly description: string;
  readonly image: ResolvedImage;
  /** What can be started, where the template leaves the choice to EC2; absent where nobody was permitted to look. */
  readonly instance_types?: Fitting;
  /** What it was made against; absent for a template that is not there. */
  readonly base?: { readonly id: string; readonly default_version: number; readonly latest_version: number };
  readonly difference: TemplateDifference;
}

export interface Wanted {
  readonly template: Template;
  readonly image: ResolvedImage;
  readonly region: string;
  readonly fitting?: Fitting | undefined;
  /** Where the file comes from, such as a commit; goes into the description of the version. */
  readonly revision?: string | undefined;
}

/** Longest description of a version: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html */
const DESCRIPTION_CHARS = 255;

const describe = (hash: string, revision: string | undefined): string =>
  `provision ${hash.slice(0, 12)}${revision === undefined ? "" : ` ${revision}`}`.slice(0, DESCRIPTION_CHARS);

const actionOf = (current: Current | undefined, wanted: string): PlanAction => {
  if (current === undefined) return "create";
  if (fingerprint(current.default.data) === wanted) return "none";
  return fingerprint(current.latest.data) === wanted ? "promote" : "version";
};

/** Compares what is wanted with what is there. Pure. */
export const planTemplate = (
  current: Current | undefined,
  { template, image, region, fitting, revision }: Wanted,
): Plan => {
  const hash = fingerprint(template.data);
  return {
    format: 1,
    action: actionOf(current, hash),
    region,
    template,
    fingerprint: hash,
    description: describe(hash, revision),
    image,
    ...(fitting && { instance_types: fitting }),
    ...(current && {
      base: {
        id: current.head.id,
        default_version: current.head.default_version,
        latest_version: current.head.latest_version,
      },
    }),
    difference: diffTemplates(current?.default.data ?? {}, template.data),
  };
};

/**
 * The same for a plan each time it is applied, so that a request that is repeated makes nothing new; and another one
 * when the same content is wanted again after something else was.
 */
export const tokenOf = ({ template, fingerprint: hash, base, region }: Plan): string =>
  createHash("sha256")
    .update(JSON.stringify([region, template.name, base?.id, base?.latest_version, hash]))
    .digest("hex")
    .slice(0, 40);
