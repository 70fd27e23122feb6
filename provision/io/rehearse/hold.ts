import { AppError } from "../../../agent/base/errors.ts";
import { additions, type Surroundings } from "../../rehearse/additions.ts";
import type { BaseRequest } from "../../rehearse/base.ts";
import type { Change } from "../../rehearse/metadata/changes.ts";
import type { Instance } from "../../rehearse/metadata/instance.ts";
import { AWS_PORT, LOGS_PORT, SERVICES_ADDRESS } from "../../rehearse/network.ts";
import type { Base, Stage, Tell } from "../../rehearse/ports.ts";
import { obtainBase } from "./bases.ts";
import { makeCertificate } from "./certificate.ts";
import { takeChanges } from "./control.ts";
import type { Served } from "./messages.ts";
import { checkRequirements } from "./requirements.ts";
import { beginRun, keepRun, listRuns, type Run, removeRun } from "./runs.ts";
import { type Services, startServices } from "./services.ts";
import { openStage } from "./stage.ts";

export interface Rehearsal {
  /** Where bases, packages and runs lie. */
  readonly state: string;
  readonly base: BaseRequest;
  /** What is rehearsed, for whoever lists the runs. */
  readonly subject: string;
  readonly instance: Instance;
  readonly changes: readonly Change[];
  readonly served: readonly Served[];
  /** The Auto Scaling group that the instance is in. */
  readonly group: string;
  readonly keep: boolean;
  /** What the base needs besides, such as where packages are. */
  readonly furnish: (base: Base, run: Run) => Promise<Furniture>;
}

export interface Furniture {
  readonly more: Surroundings["more"];
  readonly binds: readonly { readonly from: string; readonly to: string }[];
}

export interface Held {
  readonly base: Base;
  readonly run: Run;
  readonly stage: Stage;
  readonly services: Services;
}

/** Removes what rehearsals that were killed have left. */
export const removeAbandoned = async (state: string): Promise<readonly string[]> => {
  const abandoned = listRuns(state).filter((run) => run.state === "abandoned");
  for (const run of abandoned) await removeRun(run);
  return abandoned.map(({ id }) => id);
};

const hostOf = (url: string): string => new URL(url).host;

/** Everything but the boot: base, directory, services, files. Whatever happens, nothing is left of it afterwards. */
export const holdRehearsal = async <Result>(
  rehearsal: Rehearsal,
  tell: Tell,
  stop: AbortSignal,
  act: (held: Held) => Promise<Result>,
): Promise<Result> => {
  checkRequirements();
  await removeAbandoned(rehearsal.state);
  const base = await obtainBase(rehearsal.state, rehearsal.base, tell);
  const run = beginRun(rehearsal.state, rehearsal.subject);
  const undo: (() => void)[] = [];
  try {
    return await Promise.race([interruption(stop), perform(rehearsal, base, run, undo, act)]);
  } finally {
    for (const step of undo.toReversed()) step();
    if (rehearsal.keep && !stop.aborted) keepRun(run, rehearsal.subject);
    else await removeRun(run);
  }
};

const interruption = (stop: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const end = (): void =>
      reject(new AppError("REHEARSAL_BROKEN", "Interrupted; the container and its files are gone."));
    if (stop.aborted) end();
    else stop.addEventListener("abort", end, { once: true });
  });

const perform = async <Result>(
  { instance, changes, served, group, furnish }: Rehearsal,
  base: Base,
  run: Run,
  undo: (() => void)[],
  act: (held: Held) => Promise<Result>,
): Promise<Result> => {
  const hosts = [
    ...new Set(served.filter(({ url }) => url.startsWith("http")).map(({ url }) => hostOf(url))),
  ];
  const secure = [
    ...new Set(served.filter(({ url }) => url.startsWith("https:")).map(({ url }) => hostOf(url))),
  ];
  const [certificate, { more, binds }] = await Promise.all([
    makeCertificate(run.directory, secure),
    furnish(base, run),
  ]);
  const services = await startServices(run, { instance, changes, group, served, certificate });
  undo.push(services.close);
  undo.push(takeChanges(run, services.change));
  const stage = openStage({ base, run, services, instanceId: instance.id, binds });
  const surroundings: Surroundings = {
    endpoints: {
      logs: `http://${SERVICES_ADDRESS}:${LOGS_PORT}`,
      others: `http://${SERVICES_ADDRESS}:${AWS_PORT}`,
      region: instance.region,
    },
    address: instance.network.address,
    hostname: instance.hostname.split(".")[0] ?? instance.hostname,
    hosts: new Map(hosts.map((host) => [host, SERVICES_ADDRESS])),
    authority: certificate?.certificate,
    more,
  };
  stage.add(additions(surroundings));
  return act({ base, run, stage, services });
};
