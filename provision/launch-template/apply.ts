import { AppError } from "../../agent/base/errors.ts";
import { fingerprint } from "./canonical.ts";
import { type Current, readCurrent } from "./current.ts";
import { type Plan, tokenOf } from "./plan.ts";
import type { Clock, Head, Journal, LaunchTemplates, Made, Version, VersionRequest } from "./ports.ts";
import { PROMOTIONS_TAG, promoted } from "./promotions.ts";
import { type Rehearsal, refuseDenied } from "./rehearsal.ts";
import { type Unfinished, unfinishedOf } from "./unfinished.ts";
import { untilShown } from "./until-shown.ts";

export interface ApplyKit {
  readonly templates: LaunchTemplates;
  readonly journal: Journal;
  readonly clock: Clock;
  /** One line for people, for each step. */
  readonly say: (line: string) => void;
}

export interface Applied {
  readonly id: string;
  readonly version: number;
  /** False when the default version was what is wanted before. */
  readonly changed: boolean;
  /** The default version until now. */
  readonly from?: number;
}

/**
 * Does what a plan says: makes the version, reads it back, compares it, and then makes it the default. Each step is in
 * the journal before it is done, and each is one that a second run finds done. So it can be cut off anywhere: the same
 * command again ends with exactly one version, promoted.
 *
 * The first version of a new template is its default from the beginning, which nobody can prevent.
 *
 * @throws AppError PLAN_STALE when the template has changed since, TEMPLATE_REFUSED when the service finds fault with the
 * version, TEMPLATE_RACE when somebody else has made one at the same time, TEMPLATE_MISMATCH when what was made is not what was
 * asked for; in all of these nothing else is promoted
 */
export const applyPlan = async (plan: Plan, kit: ApplyKit): Promise<Applied> => {
  const { template, fingerprint: wanted } = plan;
  const unfinished = unfinishedOf(await kit.journal.entries(), template.name);
  const current = await readCurrent(kit.templates, template.name);
  if (unfinished !== undefined) await finishTakingBack(unfinished, plan, current, kit);
  if (current !== undefined && fingerprint(current.default.data) === wanted) {
    const { head } = current;
    kit.say(`${template.name}: version ${head.default_version} is the default and is what is wanted`);
    return { id: head.id, version: head.default_version, changed: false };
  }
  const made = leftBehind(plan, current) ?? (await make(plan, current, kit));
  const version = await readBack(made, kit);
  if (fingerprint(version.data) !== wanted)
    throw new AppError(
      "TEMPLATE_MISMATCH",
      `Version ${made.number} of ${template.name} is not what was asked for. It is ${current === undefined ? "the default all the same, since it is the first one" : "not the default"}.`,
    );
  const head = await settledHead(plan, made, kit);
  return promote(head, made, plan, kit);
};

export interface PlanRehearsal extends Rehearsal {
  /** What apply would do now. */
  readonly action: Plan["action"];
}

/**
 * Changes nothing: compares the plan with what is there, and asks the service whether what it takes is permitted.
 *
 * @throws AppError PLAN_STALE as apply would, AWS_DENIED with the actions that are missing
 */
export const rehearsePlan = async (
  plan: Plan,
  { templates }: Pick<ApplyKit, "templates">,
): Promise<PlanRehearsal> => {
  const { name, data } = plan.template;
  const current = await readCurrent(templates, name);
  const isThere = current !== undefined && fingerprint(current.default.data) === plan.fingerprint;
  const action = isThere ? "none" : leftBehind(plan, current) === undefined ? plan.action : "promote";
  if (action === plan.action && !isThere) refuseStale(plan, current?.head);
  const denied = isThere ? [] : await templates.mayChange({ id: current?.head.id, name, data });
  refuseDenied(denied, name);
  return {
    action,
    proved: [
      "schema: the plan is whole, and nothing has changed since",
      "permission: a dry run of each call",
    ],
    not_proved: ["that the service takes each value", "that an instance starts and boots"],
  };
};

/** What a run that was cut off has made: the one version that came since, and it is what is wanted. */
const leftBehind = ({ base, fingerprint: wanted }: Plan, current: Current | undefined): Made | undefined => {
  if (current === undefined) return undefined;
  const { head, latest } = current;
  const since = head.latest_version - (base?.latest_version ?? 0);
  if (since > 1 || fingerprint(latest.data) !== wanted) return undefined;
  return { id: head.id, number: latest.number, warnings: [] };
};

const make = async (plan: Plan, current: Current | undefined, kit: ApplyKit): Promise<Made> => {
  const { template, base, description } = plan;
  const { name, tags } = template;
  refuseStale(plan, current?.head);
  const request = { of: base?.id, description, tags, token: tokenOf(plan) };
  await kit.journal.write({
    event: "create",
    template: name,
    base,
    fingerprint: plan.fingerprint,
    request,
  });
  const made = await carryOut(request, plan, kit);
  const { warnings } = made;
  await kit.journal.write({ event: "created", template: name, id: made.id, version: made.number, warnings });
  kit.say(`${name}: version ${made.number} is made`);
  if (made.warnings.length > 0) {
    await takeBack(made, name, base === undefined, kit);
    throw refused(made, name);
  }
  if (base !== undefined && (await hasRaced(made, base.latest_version, kit)))
    throw new AppError(
      "TEMPLATE_RACE",
      `Somebody else has made a version of ${name} at the same time: this one is ${made.number}. It is not the default.`,
    );
  return made;
};

/** Makes a version; with the same token it makes no other one, and the service answers as it did. */
const carryOut = (
  { of, description, tags, token }: VersionRequest,
  { template: { name, data } }: Plan,
  { templates }: ApplyKit,
): Promise<Made> =>
  of === undefined
    ? templates.create({ name, description, data, tags, token })
    : templates.createVersion({ id: of, description, data, token });

/** A number that was skipped is one that somebody else has got, or one that was deleted. */
const hasRaced = async ({ id, number }: Made, latest: number, { templates }: ApplyKit): Promise<boolean> => {
  if (number === latest + 1) return false;
  const versions = await templates.versions(id);
  return versions.some((version) => version.number > latest && version.number < number);
};

const refused = ({ number, warnings }: Made, name: string): AppError =>
  new AppError(
    "TEMPLATE_REFUSED",
    `The service made version ${number} of ${name} and finds fault with it: ${warnings.join("; ")} It is deleted again.`,
  );

/** A version that the service finds fault with must not be met again as one that only has to be promoted. */
const takeBack = async (made: Made, name: string, whole: boolean, kit: ApplyKit): Promise<void> => {
  const entry = { template: name, id: made.id, version: made.number };
  await kit.journal.write({ event: "take back", ...entry, warnings: made.warnings });
  if (whole) await kit.templates.remove(made.id);
  else await kit.templates.deleteVersions(made.id, [made.number]);
  await kit.journal.write({ event: "taken back", ...entry });
};

/**
 * An apply was cut off when it had made a version that the service finds fault with: it is there, and looks as what is
 * wanted does. Where the answer itself was not written down, the same request brings it again.
 *
 * @throws AppError TEMPLATE_REFUSED when the plan wants that very version
 */
const finishTakingBack = async (
  unfinished: Unfinished,
  plan: Plan,
  current: Current | undefined,
  kit: ApplyKit,
): Promise<void> => {
  const { name } = plan.template;
  const isWanted = unfinished.fingerprint === plan.fingerprint;
  const isThere =
    current !== undefined &&
    [current.default, current.latest].some(({ data }) => fingerprint(data) === unfinished.fingerprint);
  if (!isThere) return;
  const made = unfinished.made ?? (isWanted ? await carryOut(unfinished.request, plan, kit) : undefined);
  if (made === undefined || made.warnings.length === 0) return;
  // The first version goes with its template, unless somebody has made another one since.
  const isAlone = unfinished.request.of === undefined && current.head.latest_version === 1;
  await takeBack(made, name, isAlone, kit);
  if (isWanted) throw refused(made, name);
};

const refuseStale = ({ base, template, action }: Plan, head: Head | undefined): void => {
  const was =
    base === undefined ? "no template" : `default ${base.default_version}, latest ${base.latest_version}`;
  const is =
    head === undefined ? "no template" : `default ${head.default_version}, latest ${head.latest_version}`;
  if (was !== is || base?.id !== head?.id)
    throw new AppError("PLAN_STALE", `${template.name} has changed since it was planned: ${was}, now ${is}.`);
  if (action === "promote" || action === "none")
    throw new AppError("PLAN_STALE", `${template.name} is not what it was when it was planned.`);
};

const notShown =
  (what: string) =>
  (seconds: number): AppError =>
    new AppError("TEMPLATE_MISMATCH", `${what} does not show up within ${seconds} s.`);

const readBack = ({ id, number }: Made, kit: ApplyKit): Promise<Version> =>
  untilShown(() => kit.templates.version(id, number), notShown(`Version ${number}`), kit);

/** The template once the service shows the version that was made; somebody may have been faster meanwhile. */
const settledHead = async (plan: Plan, made: Made, kit: ApplyKit): Promise<Head> => {
  const { name } = plan.template;
  const head = await untilShown(
    async () => {
      const found = await kit.templates.find(name);
      return found === undefined || found.latest_version < made.number ? undefined : found;
    },
    notShown(`Version ${made.number} of ${name}`),
    kit,
  );
  if (head.latest_version > made.number)
    throw new AppError(
      "TEMPLATE_RACE",
      `Somebody else has made version ${head.latest_version} of ${name} meanwhile. Version ${made.number} is not the default.`,
    );
  const before = plan.base?.default_version ?? made.number;
  if (head.default_version !== before && head.default_version !== made.number)
    throw new AppError(
      "TEMPLATE_RACE",
      `Somebody else has made version ${head.default_version} of ${name} the default meanwhile. Version ${made.number} is not.`,
    );
  return head;
};

const promote = async (head: Head, made: Made, plan: Plan, kit: ApplyKit): Promise<Applied> => {
  const { id, number } = made;
  const { name } = plan.template;
  const from = head.default_version;
  await kit.journal.write({
    event: "promote",
    template: name,
    id,
    from,
    to: number,
    fingerprint: plan.fingerprint,
  });
  const history = promoted(head, number);
  if (head.tags[PROMOTIONS_TAG] !== history) await kit.templates.tag(id, { [PROMOTIONS_TAG]: history });
  if (from !== number) await kit.templates.setDefault(id, number);
  await kit.journal.write({ event: "promoted", template: name, id, from, to: number });
  kit.say(`${name}: version ${number} is the default${from === number ? "" : `, ${from} was`}`);
  return { id, version: number, changed: true, ...(from === number ? {} : { from }) };
};
