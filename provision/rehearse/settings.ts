import type { InstanceInputs } from "./metadata/make-instance.ts";
import type { Subject } from "./subject.ts";

/** The instance that a host would be, as far as its launch template says. */
export const instanceInputs = (
  { host, userData, file }: Subject,
  { region, launchedAt }: { readonly region: string; readonly launchedAt: number },
): InstanceInputs => {
  const launch = host?.launch;
  return {
    seed: host?.name ?? file,
    launchedAt,
    region,
    userData,
    type: launch?.instance_type,
    profile: launch?.instance_profile ?? "rehearsal",
    spot: launch?.spot,
    tags: { Name: host?.name ?? "rehearsal", ...launch?.tags },
    options: { hopLimit: launch?.metadata.hop_limit ?? 1, tags: launch?.metadata.tags ?? false },
  };
};
