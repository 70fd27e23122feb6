import { AppError } from "../../agent/base/errors.ts";
import type { ApplyKit } from "./apply.ts";

/** How far a refresh is. */
export interface Refresh {
  /** As the service calls it: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceRefresh.html */
  readonly status: string;
  readonly reason: string;
  /** Of instances that are replaced and ready; absent before it has begun. */
  readonly percent?: number;
}

/** Auto Scaling groups, as far as a refresh needs them. Every call throws AppError AWS_… */
export interface Groups {
  /**
   * Begins to replace the instances of a group by those of one version, and resolves to the id of the refresh. Those
   * that have that version already stay, and when it fails the group goes back to what it had.
   */
  readonly startRefresh: (request: {
    readonly group: string;
    readonly templateId: string;
    readonly version: number;
    readonly minHealthyPercent: number;
  }) => Promise<string>;
  /** The refresh of a group that is under way and leads to the same version; undefined when there is none. */
  readonly refreshUnderWay: (
    group: string,
    templateId: string,
    version: number,
  ) => Promise<string | undefined>;
  readonly refresh: (group: string, id: string) => Promise<Refresh | undefined>;
}

/** It is asked this often, in milliseconds. */
const BETWEEN_MS = 10_000;
const SUCCESSFUL = "Successful";
const ENDED_BADLY = ["Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"];

export interface RefreshOptions {
  readonly group: string;
  readonly templateId: string;
  readonly version: number;
  readonly minHealthyPercent: number;
}

/**
 * Replaces the instances of a group and follows that until it is done. One that is under way already and leads to the
 * same version is followed and not begun again: so the same command may be repeated.
 *
 * @throws AppError REFRESH_FAILED when it ends otherwise than well
 */
export const followRefresh = async (
  options: RefreshOptions,
  groups: Groups,
  { clock, journal, say }: Pick<ApplyKit, "clock" | "journal" | "say">,
): Promise<void> => {
  const { group, templateId, version } = options;
  let id = await groups.refreshUnderWay(group, templateId, version);
  if (id === undefined) {
    await journal.write({ event: "refresh", group, template_id: templateId, version });
    id = await groups.startRefresh(options);
    await journal.write({ event: "refreshing", group, refresh: id });
  }
  say(`${group}: refresh ${id} replaces instances by those of version ${version}`);
  let told = "";
  for (;;) {
    const now = await groups.refresh(group, id);
    const line =
      now === undefined
        ? "not visible yet"
        : `${now.status}${now.percent === undefined ? "" : `, ${now.percent} %`}${now.reason === "" ? "" : `: ${now.reason}`}`;
    if (line !== told) say(`${group}: ${line}`);
    told = line;
    if (now?.status === SUCCESSFUL) break;
    if (now !== undefined && ENDED_BADLY.includes(now.status))
      throw new AppError("REFRESH_FAILED", `Refresh ${id} of ${group} has ended: ${line}.`);
    await clock.pause(BETWEEN_MS);
  }
  await journal.write({ event: "refreshed", group, refresh: id });
};
