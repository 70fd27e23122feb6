import type { Deployment } from "../../rehearse/codedeploy/deployment.ts";
import type { Change } from "../../rehearse/metadata/changes.ts";
import type { Instance } from "../../rehearse/metadata/instance.ts";
import type { Network } from "../../rehearse/network.ts";
import type { ServedFile } from "../../rehearse/served.ts";

/** What a rehearsal and the process that serves its container say to each other. */

export interface Certificate {
  readonly key: string;
  readonly certificate: string;
}

/** A deployment with its specification as the service signs it. */
export interface SignedDeployment {
  readonly deployment: Deployment;
  readonly envelope: string;
}

export type Order =
  | {
      readonly kind: "serve";
      readonly instance: Instance;
      readonly changes: readonly Change[];
      readonly group: string;
      readonly served: readonly ServedFile[];
      readonly certificate: Certificate | undefined;
      readonly network: Network;
      /** What agents of CodeDeploy are told; undefined where there is no deployment. */
      readonly deployment: SignedDeployment | undefined;
    }
  /** `outside` is the network namespace of this machine, as the kernel names it. */
  | { readonly kind: "connect"; readonly leader: number; readonly outside: string }
  | { readonly kind: "change"; readonly change: Change }
  /** Another instance is started from now on, or the same one with another address. */
  | { readonly kind: "instance"; readonly instance: Instance; readonly changes: readonly Change[] }
  /** The deployment begins. */
  | { readonly kind: "deploy" }
  | { readonly kind: "seen" }
  | { readonly kind: "streams" };

/** `nth` is that of the order, counted from 0: each gets one answer. */
export type Answer = { readonly nth: number } & (
  | { readonly ok: unknown }
  | { readonly error: string; readonly code?: string }
);
