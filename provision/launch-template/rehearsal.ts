import { AppError } from "../../agent/base/errors.ts";

/** What a dry run has found out, and what it cannot. */
export interface Rehearsal {
  readonly proved: readonly string[];
  readonly not_proved: readonly string[];
}

/** @throws AppError AWS_DENIED with the actions that a dry run of them has found missing */
export const refuseDenied = (denied: readonly string[], name: string): void => {
  if (denied.length > 0) throw new AppError("AWS_DENIED", `${denied.join(", ")} on ${name}: not permitted.`);
};
