import { AppError } from "../../agent/base/errors.ts";
import type { LoadedHost } from "../host/load.ts";
import type { HostConfig } from "../host/schema.ts";
import type { Given } from "../host/variables.ts";
import { type AwsOptions, regionOf } from "../io/aws.ts";
import { resolveImage } from "../io/images.ts";
import {
  type Architecture,
  imageQuery,
  type ResolvedImage,
  unfitness,
} from "../launch-template/base-image.ts";
import type { Template } from "../launch-template/data.ts";
import { lintTemplate } from "../launch-template/rules/rules.ts";
import { templateOf } from "../launch-template/template.ts";
import { hasUserData, renderUserData } from "../user-data/render.ts";
import type { Terminal } from "./command.ts";
import { loadPlacedHost, readSources } from "./load-host.ts";
import { refuseBroken, templateFindings } from "./template-findings.ts";

export interface LoadedTemplate {
  readonly template: Template;
  readonly image: ResolvedImage;
  readonly architecture: Architecture;
  readonly region: string;
  /** Where a key of the file is. */
  readonly positionOf: LoadedHost["positionOf"];
}

/**
 * The launch template that a host.yaml asks for, with its image looked up. What the rules find goes to standard error.
 *
 * @throws AppError INPUT_INVALID for a file with problems, or a template that breaks a rule of severity error
 */
export const loadTemplate = async (
  file: string,
  given: readonly Given[],
  aws: AwsOptions,
  terminal: Terminal,
): Promise<LoadedTemplate> => {
  const { host, positionOf } = await loadPlacedHost(file, given, terminal);
  const { launch } = host;
  if (launch === undefined)
    throw new AppError("INPUT_INVALID", `${file} has no section launch; provision init writes one.`);
  const choice = launch.image ?? host.image?.base;
  if (choice === undefined) throw new TypeError("a host without an image was loaded");
  const region = regionOf(aws);
  const userData = await userDataOf(host, file);
  const image = await resolveImage(imageQuery(choice, launch.architecture), aws);
  const unfit = unfitness(launch, image);
  if (unfit !== undefined) throw new AppError("INPUT_INVALID", unfit);
  const template = templateOf({ ...host, launch }, userData, image);
  refuseBroken(templateFindings(lintTemplate(template), positionOf), file, terminal);
  return { template, image, architecture: launch.architecture, region, positionOf };
};

/** Undefined where nothing runs at boot. */
const userDataOf = async (host: HostConfig, file: string): Promise<Uint8Array | undefined> =>
  hasUserData(host) ? renderUserData(host, await readSources(host, file)).bytes : undefined;
