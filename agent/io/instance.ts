import { request } from "node:http";
import { hostname, networkInterfaces } from "node:os";
import type { HostFacts } from "../config/placeholders.ts";

const ENDPOINT = "http://169.254.169.254";
const TIMEOUT_MS = 1_000;

/** What this machine is called, as far as it knows by itself. */
export const localFacts = (region: string | undefined): HostFacts => ({
  instance_id: undefined,
  hostname: hostname(),
  local_hostname: hostname(),
  ip_address: ownAddress(),
  aws_region: region,
  account_id: undefined,
});

/**
 * Asks the instance metadata service (version 2) who we are. Resolves to undefined where there is none, or where
 * AWS_EC2_METADATA_DISABLED says not to ask.
 */
export const instanceFacts = async (
  env: Readonly<Record<string, string | undefined>>,
): Promise<HostFacts | undefined> => {
  if (env.AWS_EC2_METADATA_DISABLED?.toLowerCase() === "true") return undefined;
  const endpoint = env.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? ENDPOINT;
  try {
    const token = await ask(endpoint, "PUT", "/latest/api/token", {
      "x-aws-ec2-metadata-token-ttl-seconds": "60",
    });
    const headers = { "x-aws-ec2-metadata-token": token };
    const identity = JSON.parse(
      await ask(endpoint, "GET", "/latest/dynamic/instance-identity/document", headers),
    ) as Identity;
    const name = await ask(endpoint, "GET", "/latest/meta-data/local-hostname", headers).catch(() =>
      hostname(),
    );
    return {
      instance_id: identity.instanceId,
      hostname: hostname(),
      local_hostname: name,
      ip_address: identity.privateIp,
      aws_region: identity.region,
      account_id: identity.accountId,
    };
  } catch {
    return undefined;
  }
};

interface Identity {
  readonly instanceId: string;
  readonly privateIp: string;
  readonly region: string;
  readonly accountId: string;
}

const ask = (
  endpoint: string,
  method: string,
  path: string,
  headers: Record<string, string>,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const call = request(new URL(path, endpoint), { method, headers, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`the metadata service answers ${response.statusCode}`));
      });
    });
    call.on("timeout", () => call.destroy(new Error("the metadata service does not answer")));
    call.on("error", reject);
    call.end();
  });

const ownAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flat()
    .find((address) => address !== undefined && address.family === "IPv4" && !address.internal)?.address;
