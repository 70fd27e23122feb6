import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { additions, type Surroundings } from "../../rehearse/additions.ts";
import type { BaseRequest } from "../../rehearse/base.ts";
import type { Deployment } from "../../rehearse/codedeploy/deployment.ts";
import type { Change } from "../../rehearse/metadata/changes.ts";
import type { Instance } from "../../rehearse/metadata/instance.ts";
import { AWS_PORT, LOGS_PORT, type Network, SERVICES_ADDRESS } from "../../rehearse/network.ts";
import type { Base, Stage, Tell, World } from "../../rehearse/ports.ts";
import type { ServedFile } from "../../rehearse/served.ts";
import { systemClock, today } from "../clock.ts";
import { obtainBase } from "./bases.ts";
import { makeCertificate } from "./certificate.ts";
import { takeChanges } from "./control.ts";
import type { Certificate } from "./messages.ts";
import { interrupted, killGroup, unlessStopped } from "./process.ts";
import { checkRequirements } from "./requirements.ts";
import { makeRoot, type Root } from "./root.ts";
import { beginRun, keepRun, listRuns, type Run, removeRun } from "./runs.ts";
import { startServices } from "./services.ts";
import { signDeployment } from "./sign-deployment.ts";
import { openStage } from "./stage.ts";

export interface Rehearsal {
  /** Where bases, packages and runs lie. */
  readonly state: string;
  readonly base: BaseRequest;
  /** What is rehearsed, for whoever lists the runs. */
  readonly subject: string;
  /** The first one that is booted. */
  readonly instance: Instance;
  readonly changes: readonly Change[];
  readonly served: readonly ServedFile[];
  /** The Auto Scaling group that the instance is in. */
  readonly group: string;
  readonly keep: boolean;
  readonly network: Network;
  readonly deployment: Deployment | undefined;
  /** What the base needs besides, such as where packages are. */
  readonly furnish: (base: Base, run: Run, stop: AbortSignal) => Promise<Furniture>;
}

export interface Furniture {
  readonly fetched: World["fetched"];
  readonly more: Surroundings["more"];
  readonly binds: readonly { readonly from: string; readonly to: string }[];
}

/** Removes what rehearsals that were killed have left. */
export const removeAbandoned = async (state: string): Promise<readonly string[]> => {
  const abandoned = listRuns(state).filter((run) => run.state === "abandoned");
  for (const run of abandoned) await removeRun(run);
  return abandoned.map(({ id }) => id);
};

/** Everything but the phases: base, directory, services, files. Whatever happens, nothing is left of it afterwards. */
export const holdRehearsal = async <Result>(
  rehearsal: Rehearsal,
  tell: Tell,
  stop: AbortSignal,
  act: (world: World, run: Run) => Promise<Result>,
): Promise<Result> => {
  checkRequirements(rehearsal.network);
  await removeAbandoned(rehearsal.state);
  const base = await obtainBase(rehearsal.state, rehearsal.base, tell);
  const run = beginRun(rehearsal.state, rehearsal.subject);
  const undo: (() => void)[] = [];
  const perform = async (): Promise<Result> =>
    act(await makeWorld(rehearsal, { base, run, undo, tell, stop }), run);
  try {
    return await Promise.race([interruption(stop), perform()]);
  } finally {
    for (const step of undo.toReversed()) step();
    if (rehearsal.keep && !stop.aborted) keepRun(run, rehearsal.subject);
    else await removeRun(run);
  }
};

const interruption = (stop: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const end = (): void => reject(interrupted());
    if (stop.aborted) end();
    else stop.addEventListener("abort", end, { once: true });
  });

interface Making {
  readonly base: Base;
  readonly run: Run;
  /** What is to be done at the end, the last one first. */
  readonly undo: (() => void)[];
  readonly tell: Tell;
  readonly stop: AbortSignal;
}

/** The names of hosts whose addresses are served over these schemes. */
const hostsOf = (served: readonly ServedFile[], scheme: RegExp): readonly string[] => [
  ...new Set(served.filter(({ url }) => scheme.test(url)).map(({ url }) => new URL(url).host)),
];

const makeWorld = async (
  { instance, changes, served, group, network, deployment, furnish }: Rehearsal,
  { base, run, undo, tell, stop }: Making,
): Promise<World> => {
  const names = namesOf(deployment, instance.region);
  const [certificate, { more, binds, fetched }, signed] = await Promise.all([
    makeCertificate(run.directory, [...hostsOf(served, /^https:/), ...names]),
    furnish(base, run, stop),
    deployment === undefined ? undefined : signDeployment(run.directory, deployment, instance.region),
  ]);
  unlessStopped(stop);
  const order = { instance, changes, group, served, certificate, network, deployment: signed };
  const onStart = ({ pid }: ChildProcess): void => {
    if (pid !== undefined) undo.push(() => killGroup(pid));
  };
  const services = await startServices(run, order, { onStart, stop });
  unlessStopped(stop);
  undo.push(takeChanges(run, services.change));
  const hosts = new Map([...hostsOf(served, /^https?:/), ...names].map((host) => [host, SERVICES_ADDRESS]));
  const roots = new Map<Stage, Root>();
  return {
    base,
    services,
    fetched,
    open: (name, below) => {
      const lower = below === undefined ? undefined : roots.get(below);
      const layers = lower === undefined ? [base.root] : [join(lower.directory, "upper"), ...lower.below];
      const root = makeRoot(join(run.directory, name), layers);
      const plain = openStage({ root, run, services, binds });
      let last: Instance | undefined;
      const stage: Stage = {
        ...plain,
        boot: (as) => {
          unlessStopped(stop);
          // A reboot finds what the machine itself has made of them.
          if (as !== last) plain.add(additions({ ...surroundingsOf(as, certificate), network, hosts, more }));
          last = as;
          return plain.boot(as);
        },
      };
      roots.set(stage, root);
      return stage;
    },
    tell,
    ...systemClock,
    today,
  };
};

/** Agents of CodeDeploy know the services by these names, and no variable. */
const namesOf = (deployment: Deployment | undefined, region: string): readonly string[] =>
  deployment === undefined
    ? []
    : [
        `codedeploy-commands.${region}.amazonaws.com`,
        `codedeploy-commands-secure.${region}.amazonaws.com`,
        `${deployment.revision.bucket}.s3.${region}.amazonaws.com`,
        `${deployment.revision.bucket}.s3.amazonaws.com`,
      ];

const surroundingsOf = (
  { region, network: { address }, hostname }: Instance,
  certificate: Certificate | undefined,
): Omit<Surroundings, "hosts" | "more" | "network"> => ({
  endpoints: {
    logs: `http://${SERVICES_ADDRESS}:${LOGS_PORT}`,
    others: `http://${SERVICES_ADDRESS}:${AWS_PORT}`,
    region,
  },
  address,
  hostname: hostname.split(".")[0] ?? hostname,
  authority: certificate?.certificate,
});
