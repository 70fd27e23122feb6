import { expect } from "vitest";
import { ServiceError } from "../../../agent/local/service-error.ts";

/** What `work` throws, which must be a refusal of the service and nothing else; undefined when it throws nothing. */
export const refusalOf = (work: () => unknown): ServiceError | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ServiceError);
    return error as ServiceError;
  }
};
