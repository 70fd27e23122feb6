import { AppError } from "../../agent/base/errors.ts";
import type { Head, LaunchTemplates, Version } from "./ports.ts";

/** What is there now. */
export interface Current {
  readonly head: Head;
  readonly default: Version;
  readonly latest: Version;
}

/** What the service has under a name; undefined when that is nothing. Three calls at the most. */
export const readCurrent = async (templates: LaunchTemplates, name: string): Promise<Current | undefined> => {
  const head = await templates.find(name);
  if (head === undefined) return undefined;
  const standard = await templates.version(head.id, head.default_version);
  const latest =
    head.latest_version === head.default_version
      ? standard
      : await templates.version(head.id, head.latest_version);
  if (standard === undefined || latest === undefined)
    throw new AppError(
      "TEMPLATE_RACE",
      `${name} has changed while it was read: version ${standard === undefined ? head.default_version : head.latest_version} is gone.`,
    );
  return { head, default: standard, latest };
};

/** The template of a name. @throws AppError TEMPLATE_MISSING */
export const headOf = async (
  name: string,
  { templates }: { readonly templates: LaunchTemplates },
): Promise<Head> => {
  const head = await templates.find(name);
  if (head === undefined) throw new AppError("TEMPLATE_MISSING", `There is no launch template ${name}.`);
  return head;
};
