/** A profile that wants a second factor: somebody is asked for the code on the terminal, as the AWS CLI does it. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ec2Fake, startEc2 } from "../fakes/ec2.ts";

const ROOT = join(import.meta.dirname, "../..");
const SERIAL = "arn:aws:iam::123456789012:mfa/ops";

/** Gives a program a terminal of its own, and types what comes on standard input into it. */
const TERMINAL = `
import os, pty, sys
def typed(fd):
    return os.read(fd, 1024)
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], typed, typed)))
`;

const ANSWER = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/deploy/x</Arn><AssumedRoleId>A:x</AssumedRoleId></AssumedRoleUser>
<Credentials><AccessKeyId>ASIATESTING</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>`;

describe("a profile with mfa_serial", { timeout: 60_000 }, () => {
  const asked: URLSearchParams[] = [];
  let folder = "";
  let sts: Server;
  let ec2: Ec2Fake;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mfa-"));
    ec2 = await startEc2({});
    sts = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        asked.push(new URLSearchParams(body));
        response.setHeader("Content-Type", "text/xml");
        response.end(ANSWER);
      });
    });
    await new Promise<void>((done) => sts.listen(0, "127.0.0.1", done));
    writeFileSync(join(folder, "terminal.py"), TERMINAL);
    writeFileSync(
      join(folder, "config"),
      `[profile ops]\nregion = eu-central-1\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = base\nmfa_serial = ${SERIAL}\n`,
    );
    writeFileSync(
      join(folder, "credentials"),
      "[base]\naws_access_key_id = AKIATESTING\naws_secret_access_key = secret\n",
    );
  });
  afterAll(async () => {
    await ec2.close();
    await new Promise((done) => sts.close(done));
    rmSync(folder, { recursive: true });
  });

  /** `launch-template history` of a template that is not there: to be told so takes credentials. */
  const history = (wrap: readonly string[], typed?: string) =>
    new Promise<{ readonly text: string; readonly status: number | null }>((resolve) => {
      const program = ["--import", "tsx", "provision/main.ts", "launch-template", "history", "none"];
      const options = ["--profile", "ops", "--region", "eu-central-1", "--endpoint-url", ec2.url];
      const [file = "", ...args] = [...wrap, process.execPath, ...program, ...options];
      const child = spawn(file, args, {
        cwd: ROOT,
        // A session of its own has no terminal, unless it gets one.
        detached: true,
        stdio: ["pipe", "pipe", "pipe"],
        env: {
          PATH: process.env.PATH,
          AWS_EC2_METADATA_DISABLED: "true",
          AWS_CONFIG_FILE: join(folder, "config"),
          AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
          AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${(sts.address() as AddressInfo).port}`,
        },
      });
      let text = "";
      let isAnswered = typed === undefined;
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk) => {
          text += chunk;
          if (isAnswered || !text.includes(`Code of ${SERIAL}`)) return;
          isAnswered = true;
          child.stdin.write(typed);
        });
      child.on("close", (status) => resolve({ text, status }));
    });

  it("has its code asked for on the terminal, and sent with the request for the role", async () => {
    asked.length = 0;
    const { text } = await history(["python3", join(folder, "terminal.py")], "123456\n");
    expect(text).toContain("There is no launch template none");
    expect(asked).toHaveLength(1);
    expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
      Action: "AssumeRole",
      RoleArn: "arn:aws:iam::123456789012:role/deploy",
      SerialNumber: SERIAL,
      TokenCode: "123456",
    });
    expect(ec2.calls.at(-1)).toMatchObject({ action: "DescribeLaunchTemplates" });
  });

  it("says what to do where there is no terminal", async () => {
    asked.length = 0;
    const { text, status } = await history([]);
    expect(text).toContain("there is no terminal to ask for it");
    expect(text).toContain("AWS_CREDENTIALS");
    expect(status).toBe(1);
    expect(asked).toEqual([]);
  });

  it("says so when nobody answers", async () => {
    const { text } = await history(["python3", join(folder, "terminal.py")], "\n");
    expect(text).toContain(`Nobody gave the code of ${SERIAL}`);
  });
});
