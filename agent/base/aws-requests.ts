import { awsFailure } from "./aws-errors.ts";

/** For a client of the SDK: time to establish a connection, and time for the whole request, in milliseconds. */
export const REQUEST_TIMEOUTS = {
  connectionTimeout: 5_000,
  requestTimeout: 30_000,
  throwOnRequestTimeout: true,
} as const;

/** Makes a request to a Region, named as policies name it, and says what an error means to a user. */
export type Call = <Answer>(action: string, request: () => Promise<Answer>) => Promise<Answer>;

/** @throws AppError AWS_…; what the SDK did not throw comes through as it is */
export const callsTo =
  (region: string): Call =>
  async (action, request) => {
    try {
      return await request();
    } catch (error) {
      throw awsFailure(action, error, region);
    }
  };
