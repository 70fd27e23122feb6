import { existsSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import process from "node:process";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";

const REFUSED = "Tests talk to loopback only";

/** Bound to loopback: should the guard be broken, the kernel refuses to route it, and no packet leaves either way. */
const reach = (host: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const localAddress = host.includes(":") ? "::1" : "127.0.0.1";
    try {
      request({ host, path: "/", localAddress }, resolve).on("error", reject).end();
    } catch (error) {
      reject(error as Error);
    }
  });

describe("the network guard", () => {
  // What follows opens sockets that only the guard stops.
  beforeAll(() => expect(reach("198.51.100.7")).rejects.toThrow(REFUSED));

  it.each(["169.254.169.254", "198.51.100.7", "fd00:ec2::254", "logs.us-east-1.amazonaws.com"])(
    "refuses HTTP to %s before a packet leaves",
    async (host) => {
      await expect(reach(host)).rejects.toThrow(REFUSED);
    },
  );

  it("refuses plain sockets and fetch too", async () => {
    expect(() => connect(80, "198.51.100.7")).toThrow(REFUSED);
    expect(() => connect({ port: 80, host: "198.51.100.7" })).toThrow(REFUSED);
    const failed = await fetch("http://198.51.100.7/").then(String, (error: Error) =>
      String(error.cause ?? error),
    );
    expect(failed).toContain(REFUSED);
  });

  it("gives the default credential chain dummies, so that it asks nobody", async () => {
    const { accessKeyId } = await new CloudWatchLogsClient({}).config.credentials();
    expect(accessKeyId).toBe("AKIAEXAMPLEEXAMPLE00");
  });

  it("leads to no configuration of whoever runs the tests, and leaves none behind", () => {
    for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
      expect(existsSync(dirname(process.env[name] ?? "/"))).toBe(false);
  });

  it("ends the default chain without a look at the metadata service when the dummies are gone", async () => {
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) vi.stubEnv(name, undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(process.env.AWS_EC2_METADATA_DISABLED).toBe("true");
    await expect(new CloudWatchLogsClient({}).config.credentials()).rejects.toThrow(
      /could not load credentials/i,
    );
  });
});
