import process from "node:process";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { awsCode, type Thrown } from "../../agent/base/aws-errors.ts";
import { REQUEST_TIMEOUTS } from "../../agent/base/aws-requests.ts";
import { AppError } from "../../agent/base/errors.ts";
import type { Call } from "./audit.ts";
import { askForCode } from "./mfa.ts";

/** Where AWS is for a command: the usual environment variables and profiles count too. */
export interface AwsOptions {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly endpointUrl?: string | undefined;
  /** Told of each call that changes something, when it is over. */
  readonly audit?: ((call: Call) => Promise<void>) | undefined;
}

/** Throttling and failures of the service pass: tries of one request, with back-off between them. */
const MOST_ATTEMPTS = 6;

/** The Region of a command. @throws AppError NO_REGION */
export const regionOf = ({ region }: AwsOptions): string => {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const found = region ?? AWS_REGION ?? AWS_DEFAULT_REGION;
  if (found === undefined || found === "")
    throw new AppError("NO_REGION", "Neither --region nor the environment names a Region.");
  return found;
};

/** What every client of the SDK is made with. @throws AppError NO_REGION */
export const clientConfig = (options: AwsOptions) => ({
  region: regionOf(options),
  maxAttempts: MOST_ATTEMPTS,
  ...(options.profile === undefined ? {} : { profile: options.profile }),
  // The chain of the SDK, with somebody to ask where a profile wants a second factor.
  credentialDefaultProvider: (init: object) => defaultProvider({ ...init, mfaCodeProvider: askForCode }),
  ...(options.endpointUrl === undefined ? {} : { endpoint: options.endpointUrl }),
  requestHandler: REQUEST_TIMEOUTS,
});

const READS_ONLY = /^(Describe|Get|List)/;

interface Stack {
  readonly middlewareStack: {
    // biome-ignore lint/suspicious/noExplicitAny: each client has types of its own for its commands.
    readonly add: (middleware: any, options: { readonly step: "initialize"; readonly name: string }) => void;
  };
}

/** A client whose calls that change something are written down, once each however often they are repeated. */
export const audited = <Client extends Stack>(
  client: Client,
  service: Call["service"],
  options: AwsOptions,
): Client => {
  const { audit } = options;
  if (audit === undefined) return client;
  const region = regionOf(options);
  const middleware =
    (next: (args: { readonly input: object }) => Promise<{ readonly output: Answered }>, context: Context) =>
    async (args: { readonly input: object }) => {
      const action = (context.commandName ?? "").replace(/Command$/, "");
      if (READS_ONLY.test(action) || (args.input as { readonly DryRun?: boolean }).DryRun === true)
        return next(args);
      const call = { service, action, region, input: args.input };
      try {
        const answer = await next(args);
        await audit({ ...call, requestId: answer.output.$metadata?.requestId });
        return answer;
      } catch (error) {
        const { $metadata, message } = error as Thrown;
        if (error instanceof AppError) throw error;
        await audit({
          ...call,
          requestId: $metadata?.requestId,
          error: { code: awsCode(error), message },
        });
        throw error;
      }
    };
  client.middlewareStack.add(middleware, { step: "initialize", name: "audit" });
  return client;
};

interface Context {
  readonly commandName?: string;
}

interface Answered {
  readonly $metadata?: { readonly requestId?: string };
}
