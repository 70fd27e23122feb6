import type { Instance } from "../../../../provision/rehearse/metadata/instance.ts";
import { type InstanceInputs, makeInstance } from "../../../../provision/rehearse/metadata/make-instance.ts";

export const LAUNCHED = Date.UTC(2026, 10, 28, 15, 30, 0);

export const anInstance = (inputs: Partial<InstanceInputs> = {}): Instance =>
  makeInstance({ seed: "web", launchedAt: LAUNCHED, region: "eu-central-1", ...inputs });

/** One that may be asked without a token, for tests that are about something else. */
export const anOpenInstance = (inputs: Partial<InstanceInputs> = {}): Instance =>
  anInstance({ ...inputs, options: { tokens: "optional", ...inputs.options } });
