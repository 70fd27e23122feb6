import { execFile } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import {
  type MetadataService,
  type MetadataServiceOptions,
  startMetadataService,
} from "../../../../provision/io/rehearse/metadata-service.ts";
import {
  type TokenlessReader,
  tokenlessReaders,
} from "../../../../provision/rehearse/metadata/request-log.ts";
import { anInstance } from "../../rehearse/metadata/an-instance.ts";

const MINUTE = 60_000;
const run = promisify(execFile);

export interface Started extends MetadataService {
  readonly url: string;
  readonly tokenless: () => readonly TokenlessReader[];
}

/** A service on loopback, at a port that is free, until the test is over. */
export const aService = async (options: Partial<MetadataServiceOptions> = {}): Promise<Started> => {
  const service = await startMetadataService({
    listen: { host: "127.0.0.1", port: 0 },
    instance: anInstance({ launchedAt: Date.now() }),
    ...options,
  });
  onTestFinished(() => service.close());
  const { address } = service;
  if ("socket" in address) throw new Error("a client needs a port");
  return {
    ...service,
    url: `http://${address.host}:${address.port}`,
    tokenless: () => tokenlessReaders(service.requests()),
  };
};

/** What a program needs to find the service, and nothing else: no credentials, and no way off this machine. */
export const environmentFor = ({ url }: Started): Readonly<Record<string, string>> => ({
  PATH: process.env.PATH ?? "",
  HOME: "/nonexistent",
  AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
  AWS_EC2_METADATA_DISABLED: "false",
  AWS_METADATA_SERVICE_TIMEOUT: "5",
  AWS_REGION: "us-east-1",
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  AWS_CONFIG_FILE: "/nonexistent/config",
  AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
  AWS_MAX_ATTEMPTS: "1",
  AWS_PAGER: "",
  // Twice over: what is not for this machine goes to a port that refuses, and Python does not open such sockets.
  http_proxy: "http://127.0.0.1:9",
  https_proxy: "http://127.0.0.1:9",
  no_proxy: "127.0.0.1",
  PYTHONDONTWRITEBYTECODE: "1",
  PYTHONPATH: join(import.meta.dirname, "loopback-only"),
});

/** Runs a program of Python that prints JSON. */
export const jsonOf = async (
  python: string,
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<unknown> => {
  const { stdout } = await run(python, [join(import.meta.dirname, script), ...args], {
    env,
    timeout: MINUTE,
  });
  return JSON.parse(stdout) as unknown;
};
