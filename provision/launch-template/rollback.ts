import { AppError } from "../../agent/base/errors.ts";
import type { Applied, ApplyKit } from "./apply.ts";
import { headOf } from "./current.ts";
import type { Head } from "./ports.ts";
import { demoted, PROMOTIONS_TAG, previous } from "./promotions.ts";
import { type Rehearsal, refuseDenied } from "./rehearsal.ts";

/** Which version a rollback leads to. */
interface Aim {
  readonly head: Head;
  readonly version: number;
}

/** @throws AppError TEMPLATE_MISSING when there is no such version, or it is not known which one was before */
const aimOf = async (
  name: string,
  to: number | undefined,
  kit: Pick<ApplyKit, "templates">,
): Promise<Aim> => {
  const head = await headOf(name, kit);
  const { id, default_version: from } = head;
  const version = to ?? previous(head);
  if (version === undefined)
    throw new AppError(
      "TEMPLATE_MISSING",
      `It is not recorded which version of ${name} was the default before ${from}; name one with --to.`,
    );
  if (version !== from && (await kit.templates.version(id, version)) === undefined)
    throw new AppError("TEMPLATE_MISSING", `Version ${version} of ${name} is not there any more.`);
  return { head, version };
};

/** What a rollback would do. */
export interface RollbackRehearsal extends Rehearsal {
  readonly from: number;
  readonly version: number;
}

/**
 * Changes nothing: finds the version, and asks the service whether it may be made the default.
 *
 * @throws AppError TEMPLATE_MISSING as a rollback would, AWS_DENIED with the actions that are missing
 */
export const rehearseRollback = async (
  name: string,
  to: number | undefined,
  kit: Pick<ApplyKit, "templates">,
): Promise<RollbackRehearsal> => {
  const { head, version } = await aimOf(name, to, kit);
  const denied = version === head.default_version ? [] : await kit.templates.mayPromote(head.id);
  refuseDenied(denied, name);
  return {
    from: head.default_version,
    version,
    proved: ["the version is there", "permission: a dry run of each call"],
    not_proved: ["that instances of that version still start: its image may be gone"],
  };
};

/**
 * Makes the version the default again that was so before, or the one that is named. Cut off anywhere, the same command
 * again does not go back further than that.
 *
 * @throws AppError TEMPLATE_MISSING when there is no such version, or it is not known which one was before
 */
export const rollback = async (name: string, to: number | undefined, kit: ApplyKit): Promise<Applied> => {
  const { head, version } = await aimOf(name, to, kit);
  const { id, default_version: from } = head;
  if (version === from) {
    kit.say(`${name}: version ${from} is the default`);
    return { id, version, changed: false };
  }
  const history = demoted(head, version);
  await kit.journal.write({ event: "roll back", template: name, id, from, to: version });
  await kit.templates.setDefault(id, version);
  if (head.tags[PROMOTIONS_TAG] !== history) await kit.templates.tag(id, { [PROMOTIONS_TAG]: history });
  await kit.journal.write({ event: "rolled back", template: name, id, from, to: version });
  kit.say(`${name}: version ${version} is the default, ${from} was`);
  return { id, version, changed: true, from };
};
