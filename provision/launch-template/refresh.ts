import { AppError } from "../../agent/base/errors.ts";
import type { ApplyKit } from "./apply.ts";
import type { Group } from "./group.ts";
import { untilShown } from "./until-shown.ts";

/** How far a refresh is. */
export interface Refresh {
  /** As the service calls it: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceRefresh.html */
  readonly status: string;
  readonly reason: string;
  /** Of instances that are replaced and ready; absent before it has begun. */
  readonly percent?: number;
}

/** A refresh that keeps another one from beginning. */
export interface ActiveRefresh {
  readonly id: string;
  readonly status: string;
  /** The id of the launch template that it leads to, or its name; empty where it leads to something else. */
  readonly template: string;
  readonly version: string;
}

/** Auto Scaling groups, as far as a refresh needs them. Every call throws AppError AWS_… */
export interface Groups {
  /** Undefined when there is none of that name. */
  readonly find: (group: string) => Promise<Group | undefined>;
  /**
   * Begins to replace the instances of a group by those of one version, and resolves to the id of the refresh. Those
   * that have that version already stay, and when it fails the group goes back to what it had. Undefined when another
   * one is active: also when that is the one that this very call has begun, if its first answer was lost.
   */
  readonly startRefresh: (request: RefreshOptions) => Promise<string | undefined>;
  /** The refresh of a group that has not ended; undefined when there is none, or none to be seen yet. */
  readonly activeRefresh: (group: string) => Promise<ActiveRefresh | undefined>;
  readonly refresh: (group: string, id: string) => Promise<Refresh | undefined>;
}

/** It is asked this often, in milliseconds. */
const BETWEEN_MS = 10_000;
const SUCCESSFUL = "Successful";
/** What has become of the group when a refresh ends otherwise. */
const ENDED_BADLY: Readonly<Record<string, string>> = {
  Failed: "It was not rolled back: instances that were replaced stay so",
  Cancelled: "Somebody has cancelled it: instances that were replaced stay so",
  RollbackSuccessful: "The group has what it had before",
  RollbackFailed: "The group could not be brought back: it may have instances of both versions",
};
/** What goes on towards the version that was asked for; the others go back or end. */
const GOING_ON: readonly string[] = ["Pending", "InProgress", "Baking"];

export interface RefreshOptions {
  readonly group: string;
  readonly template: { readonly id: string; readonly name: string };
  readonly version: number;
  readonly minHealthyPercent: number;
}

interface RefreshKit extends Pick<ApplyKit, "clock" | "journal" | "say"> {
  /** Aborts when nobody wants to wait any longer. */
  readonly stop: AbortSignal;
}

/**
 * Replaces the instances of a group and follows that until it is done, however long it takes. One that is under way
 * already and leads to the same version is followed and not begun again: so the same command may be repeated, wherever
 * it was cut off. The service takes no token that would do that for us.
 *
 * @throws AppError REFRESH_BLOCKED when another one is under way, REFRESH_FAILED when it ends otherwise than well,
 * REFRESH_UNFINISHED when it is to be followed no longer
 */
export const followRefresh = async (
  options: RefreshOptions,
  groups: Groups,
  kit: RefreshKit,
): Promise<void> => {
  const { group, version } = options;
  const active = await groups.activeRefresh(group);
  const id = active === undefined ? await begin(options, groups, kit) : sameAs(active, options);
  kit.say(`${group}: refresh ${id} replaces instances by those of version ${version}`);
  try {
    await followToTheEnd(group, id, groups, kit);
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith("AWS_"))
      kit.say(`${group}: refresh ${id} goes on, and the same command follows it again`);
    throw error;
  }
  await kit.journal.write({ event: "refreshed", group, refresh: id });
};

const begin = async (options: RefreshOptions, groups: Groups, kit: RefreshKit): Promise<string> => {
  const { group, template, version } = options;
  await kit.journal.write({ event: "refresh", group, template_id: template.id, version });
  const id = await untilShown(
    async () => {
      if (kit.stop.aborted)
        throw unfinished(`No refresh of ${group} to version ${version} is known to have begun.`);
      const begun = await groups.startRefresh(options);
      if (begun !== undefined) return begun;
      // The service knows of a refresh before it shows it, and one that has just ended is not shown here any more.
      const active = await groups.activeRefresh(group);
      return active && sameAs(active, options);
    },
    (seconds) =>
      new AppError(
        "REFRESH_BLOCKED",
        `A refresh of ${group} is under way, and the service does not show which within ${seconds} s.`,
      ),
    kit,
  );
  await kit.journal.write({ event: "refreshing", group, refresh: id });
  return id;
};

const sameAs = (active: ActiveRefresh, { group, template, version }: RefreshOptions): string => {
  const { id, status } = active;
  const isOurs = active.template === template.id || active.template === template.name;
  if (isOurs && active.version === String(version) && GOING_ON.includes(status)) return id;
  const target =
    active.template === ""
      ? "another configuration"
      : `version ${active.version} of ${isOurs ? template.name : active.template}`;
  throw new AppError(
    "REFRESH_BLOCKED",
    `Refresh ${id} of ${group} to ${target} is under way (${status}), so none to version ${version} of ${template.name} can begin. Wait for its end, or cancel it: aws autoscaling cancel-instance-refresh --auto-scaling-group-name ${group}.`,
  );
};

const followToTheEnd = async (
  group: string,
  id: string,
  groups: Groups,
  { clock, say, stop }: RefreshKit,
): Promise<void> => {
  let told = "";
  for (;;) {
    const now = await groups.refresh(group, id);
    const line = now === undefined ? "not visible yet" : textOf(now);
    if (line !== told) say(`${group}: ${line}`);
    told = line;
    if (now?.status === SUCCESSFUL) return;
    const outcome = ENDED_BADLY[now?.status ?? ""];
    if (outcome !== undefined)
      throw new AppError("REFRESH_FAILED", `Refresh ${id} of ${group} has ended: ${line}. ${outcome}.`);
    if (!stop.aborted) await clock.pause(BETWEEN_MS, stop);
    if (stop.aborted) throw unfinished(`Refresh ${id} of ${group} goes on without being followed: ${line}.`);
  }
};

const unfinished = (message: string): AppError => new AppError("REFRESH_UNFINISHED", message);

const textOf = ({ status, percent, reason }: Refresh): string =>
  `${status}${percent === undefined ? "" : `, ${percent} %`}${reason === "" ? "" : `: ${reason}`}`;
