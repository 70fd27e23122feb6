import type { Architecture } from "../../launch-template/base-image.ts";

/** An instance as its metadata service tells of it. Times are milliseconds since 1970. */
export interface Instance {
  readonly id: string;
  readonly imageId: string;
  readonly type: string;
  readonly architecture: Architecture;
  readonly region: string;
  readonly zone: string;
  readonly zoneId: string;
  readonly account: string;
  readonly reservation: string;
  /** Which one it is of those that one request has started. */
  readonly launchIndex: number;
  readonly launchedAt: number;
  readonly hostname: string;
  /** Such as `/dev/xvda`, or `/dev/sda1` with Ubuntu. */
  readonly rootDevice: string;
  readonly network: NetworkInterface;
  readonly tags: Readonly<Record<string, string>>;
  readonly key: PublicKey | undefined;
  readonly userData: Uint8Array | undefined;
  readonly profile: InstanceProfile | undefined;
  readonly lifecycle: "on-demand" | "spot";
  readonly options: MetadataOptions;
  readonly notices: Notices;
}

/** The one that every instance has. */
export interface NetworkInterface {
  readonly id: string;
  readonly mac: string;
  readonly address: string;
  readonly publicAddress: string | undefined;
  readonly subnet: Range;
  readonly vpc: Range;
  readonly securityGroups: readonly { readonly id: string; readonly name: string }[];
}

export interface Range {
  readonly id: string;
  readonly cidr: string;
}

export interface PublicKey {
  readonly name: string;
  /** One line, as in authorized_keys. */
  readonly openssh: string;
}

/** What lets programs on the instance act for a role. The credentials are dummies that AWS does not know. */
export interface InstanceProfile {
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

/** How the service may be asked: `MetadataOptions` of EC2. */
export interface MetadataOptions {
  readonly endpoint: "enabled" | "disabled";
  readonly tokens: "required" | "optional";
  /** How many hops the answer to a request for a token goes. */
  readonly hopLimit: number;
  /** Whether the instance may read its own tags. */
  readonly tags: boolean;
}

export const SPOT_ACTIONS = ["terminate", "stop", "hibernate"] as const;
export type SpotAction = (typeof SPOT_ACTIONS)[number];

export const MAINTENANCE_CODES = [
  "instance-reboot",
  "system-reboot",
  "system-maintenance",
  "instance-retirement",
  "instance-stop",
] as const;
export type MaintenanceCode = (typeof MAINTENANCE_CODES)[number];

export const MAINTENANCE_STATES = ["active", "completed", "canceled"] as const;
export type MaintenanceState = (typeof MAINTENANCE_STATES)[number];

export interface ScheduledEvent {
  readonly id: string;
  readonly code: MaintenanceCode;
  readonly description: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly state: MaintenanceState;
}

/** States that an instance of an Auto Scaling group is on its way to. */
export const LIFECYCLE_STATES = [
  "InService",
  "Terminated",
  "Standby",
  "Detached",
  "Warmed:Running",
  "Warmed:Stopped",
  "Warmed:Hibernated",
  "Warmed:Terminated",
] as const;
export type LifecycleState = (typeof LIFECYCLE_STATES)[number];

/** What the service tells while the instance runs. */
export interface Notices {
  readonly interruption: { readonly action: SpotAction; readonly at: number } | undefined;
  /** When a rebalance was recommended. */
  readonly rebalance: number | undefined;
  readonly scheduled: readonly ScheduledEvent[];
  /** Scheduled events that are over, or were called off. */
  readonly history: readonly ScheduledEvent[];
  /** Undefined outside of an Auto Scaling group. */
  readonly targetLifecycleState: LifecycleState | undefined;
}
