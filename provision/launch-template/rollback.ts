import { AppError } from "../../agent/base/errors.ts";
import type { Applied, ApplyKit } from "./apply.ts";
import { headOf } from "./current.ts";
import { demoted, PROMOTIONS_TAG, previous } from "./promotions.ts";

/**
 * Makes the version the default again that was so before, or the one that is named. Cut off anywhere, the same command
 * again does not go back further than that.
 *
 * @throws AppError TEMPLATE_MISSING when there is no such version, or it is not known which one was before
 */
export const rollback = async (name: string, to: number | undefined, kit: ApplyKit): Promise<Applied> => {
  const head = await headOf(name, kit);
  const { id, default_version: from } = head;
  const version = to ?? previous(head);
  if (version === undefined)
    throw new AppError(
      "TEMPLATE_MISSING",
      `It is not recorded which version of ${name} was the default before ${from}; name one with --to.`,
    );
  if (version === from) {
    kit.say(`${name}: version ${from} is the default`);
    return { id, version, changed: false };
  }
  if ((await kit.templates.version(id, version)) === undefined)
    throw new AppError("TEMPLATE_MISSING", `Version ${version} of ${name} is not there any more.`);
  const history = demoted(head, version);
  await kit.journal.write({ event: "roll back", template: name, id, from, to: version });
  await kit.templates.setDefault(id, version);
  if (head.tags[PROMOTIONS_TAG] !== history) await kit.templates.tag(id, { [PROMOTIONS_TAG]: history });
  await kit.journal.write({ event: "rolled back", template: name, id, from, to: version });
  kit.say(`${name}: version ${version} is the default, ${from} was`);
  return { id, version, changed: true, from };
};
