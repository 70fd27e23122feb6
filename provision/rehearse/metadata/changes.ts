import type { Fault, FaultEffect } from "./faults.ts";
import { digits } from "./ids.ts";
import type {
  Instance,
  LifecycleState,
  MaintenanceCode,
  MaintenanceState,
  Notices,
  ScheduledEvent,
  SpotAction,
} from "./instance.ts";
import { demandTags } from "./tags.ts";

/** What happens to an instance while it runs, as far as its metadata tell. */
export type MetadataEvent =
  /** It will be interrupted after so long. Only Spot Instances are, so it becomes one. */
  | { readonly kind: "spot"; readonly action: SpotAction; readonly inMs: number }
  | { readonly kind: "rebalance" }
  | {
      readonly kind: "maintenance";
      readonly code: MaintenanceCode;
      readonly state: MaintenanceState;
      readonly inMs: number;
      readonly forMs: number;
    }
  | { readonly kind: "target-lifecycle-state"; readonly state: LifecycleState }
  /** All notices are taken back; an instance of an Auto Scaling group is on its way into service again. */
  | { readonly kind: "clear" }
  | {
      readonly kind: "tags";
      readonly set: Readonly<Record<string, string>>;
      readonly remove: readonly string[];
    }
  | { readonly kind: "user-data"; readonly data: Uint8Array };

/** What goes wrong with the service itself, and an end to all that does. */
export type FaultChange =
  | {
      readonly kind: "fault";
      readonly effect: FaultEffect;
      readonly path?: string | undefined;
      readonly times?: number | undefined;
      readonly forMs?: number | undefined;
    }
  | { readonly kind: "heal" };

export type Change = MetadataEvent | FaultChange;

/** The instance after an event. @throws AppError USAGE for tags that EC2 does not put into metadata */
export const applyEvent = (instance: Instance, event: MetadataEvent, now: number): Instance => {
  const noticed = (notices: Partial<Notices>): Instance => ({
    ...instance,
    notices: { ...instance.notices, ...notices },
  });
  switch (event.kind) {
    case "spot":
      return {
        ...noticed({ interruption: { action: event.action, at: now + event.inMs } }),
        lifecycle: "spot",
      };
    case "rebalance":
      return { ...noticed({ rebalance: now }), lifecycle: "spot" };
    case "maintenance":
      return noticed(maintained(instance, event, now));
    case "target-lifecycle-state":
      return noticed({ targetLifecycleState: event.state });
    case "clear":
      return noticed({
        interruption: undefined,
        rebalance: undefined,
        scheduled: [],
        history: [],
        targetLifecycleState: instance.notices.targetLifecycleState && "InService",
      });
    case "tags": {
      const kept = Object.entries(instance.tags).filter(([key]) => !event.remove.includes(key));
      const tags = { ...Object.fromEntries(kept), ...event.set };
      if (instance.options.tags) demandTags(tags);
      return { ...instance, tags };
    }
    case "user-data":
      return { ...instance, userData: event.data };
  }
};

/** The faults after a change. */
export const applyFault = (faults: readonly Fault[], change: FaultChange, now: number): readonly Fault[] => {
  if (change.kind === "heal") return [];
  const { effect, path, times, forMs } = change;
  return [...faults, { effect, path, times, until: forMs === undefined ? undefined : now + forMs }];
};

type Maintenance = Extract<MetadataEvent, { kind: "maintenance" }>;

/** An event that is over moves from what is scheduled into the history, where its description says so. */
const maintained = (
  { id, notices: { scheduled, history } }: Instance,
  { code, state, inMs, forMs }: Maintenance,
  now: number,
): Partial<Notices> => {
  const known = scheduled.find((event) => event.code === code);
  const event: ScheduledEvent = {
    id: `instance-event-0${digits(id, `${code} ${scheduled.length + history.length}`).slice(0, 16)}`,
    code,
    description: DESCRIPTIONS[code],
    notBefore: now + inMs,
    notAfter: now + inMs + forMs,
    state: "active",
  };
  if (state === "active") return { scheduled: [...scheduled, event] };
  const { description, ...over } = known ?? event;
  const word = state === "completed" ? "Completed" : "Canceled";
  return {
    scheduled: scheduled.filter((other) => other !== known),
    history: [...history, { ...over, description: `[${word}] ${description}`, state }],
  };
};

/** As in the examples of AWS; that of system-maintenance is not verified. */
const DESCRIPTIONS: Readonly<Record<MaintenanceCode, string>> = {
  "instance-reboot": "scheduled reboot",
  "system-reboot": "scheduled reboot",
  "system-maintenance": "scheduled maintenance",
  "instance-retirement": "The instance is running on degraded hardware",
  "instance-stop": "The instance is running on degraded hardware",
};
