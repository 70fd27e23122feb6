import { spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeCertificate } from "../../../../provision/io/rehearse/certificate.ts";
import type { Answer, Order } from "../../../../provision/io/rehearse/messages.ts";
import { run } from "../../../../provision/io/rehearse/process.ts";
import { AWS_PORT, SERVICES_ADDRESS } from "../../../../provision/rehearse/network.ts";
import type { Seen } from "../../../../provision/rehearse/ports.ts";
import { namespacesPermitted, toolAvailable } from "../../../tools.ts";
import { anInstance } from "../../rehearse/metadata/an-instance.ts";
import { newFolder } from "./other-process.ts";

const permitted =
  namespacesPermitted("serving a container") &&
  toolAvailable("ip", "iproute2") &&
  toolAvailable("curl", "curl") &&
  toolAvailable("openssl", "openssl");

const AWS = `http://${SERVICES_ADDRESS}:${AWS_PORT}`;

/** The process that serves, in a network of its own that leads nowhere, and programs that run beside it there. */
const serving = async (files: Readonly<Record<string, string>>) => {
  const folder = newFolder();
  const served = Object.entries(files).map(([url, content], nth) => {
    const file = join(folder, String(nth));
    writeFileSync(file, content);
    return { url, file };
  });
  const certificate = await makeCertificate(folder, ["files.example"]);
  writeFileSync(join(folder, "authority.pem"), certificate?.certificate ?? "");
  const main = join(import.meta.dirname, "../../../../provision/main.ts");
  const args = ["--net", process.execPath, "--import", "tsx", main, "rehearse", "serve-inside"];
  const child = spawn("unshare", args, {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "advanced",
  });
  const ended = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const ask = async (order: Order): Promise<unknown> => {
    child.send(order);
    const [answer] = (await Promise.race([once(child, "message"), ended.then(() => [undefined])])) as [
      Answer | undefined,
    ];
    if (answer === undefined) throw new Error("it has ended");
    if ("error" in answer) throw new Error(answer.error);
    return answer.ok;
  };
  await ask({
    kind: "serve",
    instance: anInstance({ launchedAt: Date.now() }),
    changes: [],
    group: "web",
    served,
    certificate,
    network: "none",
    deployment: undefined,
  });
  if (readlinkSync(`/proc/${child.pid}/ns/net`) === readlinkSync("/proc/self/ns/net"))
    throw new Error("it has no network of its own");
  const curl = async (...words: readonly string[]) => {
    const resolve = ["80", "443"].flatMap((port) => [
      "--resolve",
      `files.example:${port}:${SERVICES_ADDRESS}`,
    ]);
    const { status, stdout } = await run("nsenter", [
      `--target=${child.pid}`,
      "--net",
      "curl",
      "-sS",
      "--max-time",
      "10",
      ...resolve,
      "--cacert",
      join(folder, "authority.pem"),
      ...words,
    ]);
    return { status, said: stdout.toString() };
  };
  return { ask, curl, seen: async () => (await ask({ kind: "seen" })) as Seen, served };
};

const SIGNED = [
  "-H",
  "Authorization: AWS4-HMAC-SHA256 Credential=AKIAEXAMPLEEXAMPLE00/20260101/eu-west-1/ssm/aws4_request, Signature=0",
  "-H",
  "X-Amz-Target: AmazonSSM.GetParameter",
];

describe.skipIf(!permitted)("what serves a container", { timeout: 60_000 }, () => {
  it("has the files that it was given, over the web and as S3, and knows of no others", async () => {
    const { curl, seen } = await serving({
      "https://files.example/a.txt": "over https",
      "http://files.example/a.txt": "over http",
      "s3://bucket/dir/a b.txt": "of S3",
    });
    expect(await curl("https://files.example/a.txt")).toEqual({ status: 0, said: "over https" });
    expect(await curl("http://files.example/a.txt?version=1")).toEqual({ status: 0, said: "over http" });
    expect(await curl(`${AWS}/bucket/dir/a%20b.txt`)).toEqual({ status: 0, said: "of S3" });
    expect((await curl("-f", "http://files.example/b.txt")).status).toBe(22);
    expect((await curl("-f", `${AWS}/bucket/dir/b.txt`)).status).toBe(22);
    expect((await seen()).fetches.map(({ url, status }) => `${status} ${url}`)).toEqual([
      "200 https://files.example/a.txt",
      "200 http://files.example/a.txt",
      "200 s3://bucket/dir/a b.txt",
      "404 http://files.example/b.txt",
      "404 s3://bucket/dir/b.txt",
    ]);
  });

  it("has the metadata service at its own address, and no way to anywhere else", async () => {
    const { curl, seen } = await serving({});
    const { said: token } = await curl(
      "-X",
      "PUT",
      "-H",
      "X-aws-ec2-metadata-token-ttl-seconds: 60",
      "http://169.254.169.254/latest/api/token",
    );
    const { said } = await curl(
      "-H",
      `X-aws-ec2-metadata-token: ${token}`,
      "http://169.254.169.254/latest/meta-data/instance-id",
    );
    expect(said).toMatch(/^i-[0-9a-f]{17}$/);
    expect((await seen()).metadata.map(({ status }) => status)).toEqual([200, 200]);
    // 7: at once, and not after a time-out.
    expect((await curl("http://192.0.2.1/")).status).toBe(7);
  });

  it("refuses what nobody here answers, and remembers it", async () => {
    const { curl, seen } = await serving({});
    const { said } = await curl(...SIGNED, "-d", "{}", `${AWS}/`);
    expect(said).toContain("nobody here answers GetParameter");
    expect((await seen()).calls).toMatchObject([{ service: "ssm", action: "GetParameter", taken: false }]);
  });

  it("goes on serving, whatever a container does to it", async () => {
    const { curl, seen, served } = await serving({
      "http://files.example/gone.txt": "gone",
      "http://files.example/there.txt": "there",
    });
    // An address that cannot be decoded.
    await curl("--path-as-is", `${AWS}/bucket/%zz`);
    // A body that never comes whole.
    await curl(...SIGNED, "-H", "Content-Length: 1000", "--max-time", "0.5", "-d", "{}", `${AWS}/`);
    // A file that is no longer there.
    rmSync(served[0]?.file ?? "");
    await curl("http://files.example/gone.txt");
    expect(await curl("http://files.example/there.txt")).toEqual({ status: 0, said: "there" });
    expect((await seen()).fetches.at(-1)).toEqual({ url: "http://files.example/there.txt", status: 200 });
  });
});
