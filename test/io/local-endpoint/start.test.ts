import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it, onTestFinished } from "vitest";
import { DATABASE_FILE } from "../../../agent/io/local-endpoint/open-database.ts";
import { startEndpoint } from "../../../agent/io/local-endpoint/start.ts";
import { clientOf, GROUP, STREAM, withEndpoint, withStream } from "./endpoint-client.ts";

const ROOT = join(import.meta.dirname, "../../..");

const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "hostwright-endpoint-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const read = { logGroupName: GROUP, logStreamName: STREAM, startFromHead: true };

describe("a data directory", () => {
  it("keeps everything over a restart", async () => {
    const dataDir = temporary();
    const first = await startEndpoint({ dataDir });
    const before = clientOf(first);
    await before.send(new CreateLogGroupCommand({ logGroupName: GROUP, tags: { a: "b" } }));
    await before.send(new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName: STREAM }));
    await before.send(new PutRetentionPolicyCommand({ logGroupName: GROUP, retentionInDays: 7 }));
    const timestamp = Date.now();
    const put = (message: string) =>
      new PutLogEventsCommand({
        logGroupName: GROUP,
        logStreamName: STREAM,
        logEvents: [{ timestamp, message }],
      });
    await before.send(put("before"));
    const page = await before.send(new GetLogEventsCommand(read));
    const groups = await before.send(new DescribeLogGroupsCommand({}));
    await first.close();

    const { client: after } = await withEndpoint({ dataDir });
    expect((await after.send(new DescribeLogGroupsCommand({}))).logGroups).toEqual(groups.logGroups);
    expect((await after.send(new GetLogEventsCommand(read))).events).toEqual(page.events);
    const resourceArn = groups.logGroups?.[0]?.logGroupArn;
    expect((await after.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ a: "b" });
    // A token from before the restart goes on behind what was read then.
    await after.send(put("after"));
    const next = await after.send(new GetLogEventsCommand({ ...read, nextToken: page.nextForwardToken }));
    expect(next.events).toMatchObject([{ message: "after" }]);
  });

  it("is not needed: then nothing is kept", async () => {
    const { endpoint, put } = await withStream();
    await put([{ timestamp: Date.now(), message: "x" }]);
    await endpoint.close();
    const { client } = await withEndpoint();
    expect((await client.send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
  });

  it("that cannot be used is an error with a code, and no port stays open", async () => {
    const dataDir = temporary();
    writeFileSync(join(dataDir, DATABASE_FILE), "x".repeat(10_000));
    await expect(startEndpoint({ dataDir })).rejects.toMatchObject({
      name: "AppError",
      code: "STATE_UNUSABLE",
    });
  });
});

describe("an address", () => {
  it("that is taken is an error with a code", async () => {
    const { endpoint } = await withEndpoint();
    await expect(startEndpoint({ port: endpoint.port })).rejects.toMatchObject({
      name: "AppError",
      code: "ENDPOINT_BUSY",
      message: `Cannot listen on 127.0.0.1:${endpoint.port}: something already listens there.`,
      next: expect.stringContaining("--port"),
    });
  });

  it("that this machine does not have is an error with a code", async () => {
    await expect(startEndpoint({ host: "192.0.2.1" })).rejects.toMatchObject({ code: "ENDPOINT_BUSY" });
  });

  it("that is taken leaves the data directory free", async () => {
    const dataDir = temporary();
    const { endpoint } = await withEndpoint();
    await expect(startEndpoint({ port: endpoint.port, dataDir })).rejects.toMatchObject({
      code: "ENDPOINT_BUSY",
    });
    const { client } = await withEndpoint({ dataDir });
    await client.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
  });

  it("is on loopback and free again after closing, which may be done twice", async () => {
    const { endpoint } = await withEndpoint();
    expect(endpoint.url).toBe(`http://127.0.0.1:${endpoint.port}`);
    await Promise.all([endpoint.close(), endpoint.close()]);
    await endpoint.close();
    const server = createServer().listen(endpoint.port, "127.0.0.1");
    await once(server, "listening");
    server.close();
  });

  it("may be of IPv6", async () => {
    const endpoint = await startEndpoint({ host: "::1" });
    onTestFinished(() => endpoint.close());
    expect(endpoint.url).toBe(`http://[::1]:${endpoint.port}`);
    expect((await clientOf(endpoint).send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
  });
});

/** The program itself; gives its address when it listens. */
const startProgram = async (dataDir: string): Promise<{ child: ChildProcess; url: string }> => {
  const args = ["--import", "tsx", "agent/main.ts", "local", "--port", "0", "--json", "--data", dataDir];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const line = await Promise.race([
    once(child.stdout, "data").then(([chunk]) => String(chunk)),
    once(child, "exit").then(() => Promise.reject(new Error(`host-agent local ended: ${errors}`))),
  ]);
  return { child, url: JSON.parse(line).url };
};

describe("several processes on one data directory", () => {
  it("see each other's events, and lose none", async () => {
    const dataDir = join(temporary(), "new");
    // All of them find no database, and all of them make one.
    const programs = await Promise.all([1, 2, 3].map(() => startProgram(dataDir)));
    const clients = programs.map(({ url }) => clientOf({ url }));
    const made = await Promise.allSettled(
      clients.map((client) => client.send(new CreateLogGroupCommand({ logGroupName: GROUP }))),
    );
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const answer of made)
      if (answer.status === "rejected") expect(answer.reason.name).toBe("ResourceAlreadyExistsException");

    const timestamp = Date.now();
    await Promise.all(
      clients.map(async (client, index) => {
        const logStreamName = `s${index}`;
        await client.send(new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName }));
        for (let n = 0; n < 20; n++)
          await client.send(
            new PutLogEventsCommand({
              logGroupName: GROUP,
              logStreamName,
              logEvents: [{ timestamp, message: `${index}.${n}` }],
            }),
          );
      }),
    );
    for (const client of clients) {
      const { events } = await client.send(new FilterLogEventsCommand({ logGroupName: GROUP }));
      expect(new Set(events?.map(({ message }) => message)).size).toBe(60);
      expect(events).toHaveLength(60);
    }
    // One that is killed takes nothing with it.
    programs[0]?.child.kill("SIGKILL");
    programs[1]?.child.kill("SIGTERM");
    const [status] = await once(programs[1]?.child as ChildProcess, "exit");
    expect(status).toBe(0);
    const left = await clients[2]?.send(new FilterLogEventsCommand({ logGroupName: GROUP }));
    expect(left?.events).toHaveLength(60);
  });
});
