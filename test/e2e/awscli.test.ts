/**
 * The AWS CLI is a client that nobody here wrote: it signs, packs, pages and parses by its own lights. What it can do
 * with the endpoint is what any client can, and what it reads back is what the agent has shipped.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { startEndpoint } from "../../agent/io/local-endpoint/start.ts";
import { toolAvailable } from "../tools.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");
const MINUTE = 60_000;
const ENV = { ...process.env, AWS_PAGER: "", AWS_MAX_ATTEMPTS: "1" };

const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "hostwright-awscli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** An endpoint, and `aws logs` against it: gives the answer, or throws with what the CLI complained of. */
const withCli = async () => {
  const endpoint = await startEndpoint();
  onTestFinished(() => endpoint.close());
  const common = ["--endpoint-url", endpoint.url, "--region", "us-east-1", "--output", "json"];
  const aws = async (operation: string, ...args: readonly string[]) => {
    const { stdout } = await run("aws", ["logs", operation, ...args, ...common], {
      env: ENV,
      timeout: MINUTE,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.trim() === "" ? undefined : JSON.parse(stdout);
  };
  return { endpoint, aws };
};

type Aws = Awaited<ReturnType<typeof withCli>>["aws"];

/** All messages of a stream, read forward page by page until the token comes back as it went. */
const readBack = async (aws: Aws, group: string, stream: string, limit: number) => {
  const messages: string[] = [];
  let pages = 0;
  let token: string | undefined;
  for (;;) {
    const next = token === undefined ? [] : ["--next-token", token];
    const where = ["--log-group-name", group, "--log-stream-name", stream];
    const page = await aws(
      "get-log-events",
      ...where,
      "--start-from-head",
      "--limit",
      String(limit),
      ...next,
    );
    if (page.nextForwardToken === token) return { messages, pages };
    pages += 1;
    token = page.nextForwardToken;
    messages.push(...page.events.map(({ message }: { message: string }) => message));
  }
};

/** Ships the files once with the program itself; gives its accounting. */
const shipOnce = async (url: string, folder: string, files: Readonly<Record<string, string>>) => {
  const [logs, config] = [join(folder, "%"), join(folder, "agent.yaml")].map((path) =>
    path.replace("%", "logs-"),
  );
  for (const [name, content] of Object.entries(files)) writeFileSync(`${logs}${name}`, content);
  writeFileSync(
    config as string,
    JSON.stringify({
      region: "us-east-1",
      logs: { files: [{ file_path: `${logs}*`, log_group_name: "/e2e", log_stream_name: "{file_name}" }] },
    }),
  );
  const args = ["--import", "tsx", "agent/main.ts", "run", "--once", "--json"];
  args.push("--config", config as string, "--endpoint-url", url, "--state-dir", join(folder, "state"));
  const { stdout } = await run(process.execPath, args, { cwd: ROOT, env: ENV, timeout: MINUTE });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
};

const FILES = {
  utf8: "plain\ngrüße, мир, 日本語\n\u{1f600} \u{1f468}\u200d\u{1f469}\u200d\u{1f467}\n\ufeffa mark that is no start\n\ufffd\n",
  quotes: `say "hello"\n'single'\n\`back\`\n"\n{"json":"with \\"quotes\\"","n":1}\n`,
  backslashes: "C:\\temp\\new\n\\\\\n\\u0041\\n is not a newline\ntrailing\\\n",
  controls: `${Array.from({ length: 32 }, (_, code) => (code === 10 || code === 13 ? "" : `<${String.fromCharCode(code)}>`)).join("\n")}\n\u007f\u0085\u2028\u2029\n\u001b[31mred\u001b[0m\n`,
  tabs: "\ta\tb\t\n  indented\ntrailing spaces   \n \n\t\n",
  returns: "dos\r\nmid\rdle\n\r\nend\n",
  blank: "\n\none\n\n\ntwo\n\n",
  long: `${"x".repeat(100_000)}\n${"é".repeat(130_000)}\nshort\n${'\\"'.repeat(50_000)}\n`,
  many: Array.from({ length: 3_000 }, (_, n) => `line ${n} of many\n`).join(""),
  large: Array.from({ length: 30 }, (_, n) => `${n} ${"0123456789".repeat(9_000)}\n`).join(""),
} as const;

const linesOf = (content: string) => content.split("\n").slice(0, -1);

describe.skipIf(!toolAvailable("aws", "awscli"))("the AWS CLI", () => {
  it("makes groups and streams, writes, reads, searches and describes", { timeout: 3 * MINUTE }, async () => {
    const { aws } = await withCli();
    const group = ["--log-group-name", "/cli/app"];
    const stream = [...group, "--log-stream-name", "one"];
    const timestamp = Date.now();
    await aws("create-log-group", ...group, "--tags", "team=web");
    await aws("create-log-stream", ...stream);
    const events = ["first", 'ERROR "quoted" \\ é', '{"level":"ERROR","n":5}'].map((message, n) => ({
      timestamp: timestamp + n,
      message,
    }));
    const written = await aws("put-log-events", ...stream, "--log-events", JSON.stringify(events));
    expect(written).not.toHaveProperty("rejectedLogEventsInfo");

    const read = await aws("get-log-events", ...stream, "--start-from-head");
    expect(read.events.map(({ message }: { message: string }) => message)).toEqual(
      events.map(({ message }) => message),
    );
    const found = async (pattern: string) =>
      (await aws("filter-log-events", ...group, "--filter-pattern", pattern)).events.map(
        ({ timestamp: time }: { timestamp: number }) => time - timestamp,
      );
    expect(await found("ERROR")).toEqual([1, 2]);
    expect(await found('{ $.level = "ERROR" && $.n >= 5 }')).toEqual([2]);

    await aws("put-retention-policy", ...group, "--retention-in-days", "14");
    expect((await aws("describe-log-groups", "--log-group-name-prefix", "/cli")).logGroups).toMatchObject([
      {
        logGroupName: "/cli/app",
        retentionInDays: 14,
        arn: expect.stringMatching(/:log-group:\/cli\/app:\*$/),
      },
    ]);
    expect(
      (await aws("describe-log-streams", ...group, "--order-by", "LastEventTime")).logStreams,
    ).toMatchObject([
      { logStreamName: "one", firstEventTimestamp: timestamp, lastEventTimestamp: timestamp + 2 },
    ]);
    const arn = ["--resource-arn", "arn:aws:logs:us-east-1:000000000000:log-group:/cli/app"];
    await aws("tag-resource", ...arn, "--tags", "stage=prod");
    expect(await aws("list-tags-for-resource", ...arn)).toEqual({ tags: { team: "web", stage: "prod" } });
    await aws("untag-resource", ...arn, "--tag-keys", "team");
    expect(await aws("list-tags-for-resource", ...arn)).toEqual({ tags: { stage: "prod" } });
    await aws("delete-log-stream", ...stream);
    await aws("delete-log-group", ...group);
    expect((await aws("describe-log-groups")).logGroups).toEqual([]);
  });

  it("follows the tokens of its own pagers to the end", { timeout: 3 * MINUTE }, async () => {
    const { aws } = await withCli();
    const group = ["--log-group-name", "/cli/pages"];
    await aws("create-log-group", ...group);
    for (const name of ["a", "b", "c"]) await aws("create-log-stream", ...group, "--log-stream-name", name);
    const timestamp = Date.now();
    const events = Array.from({ length: 25 }, (_, n) => ({ timestamp: timestamp + n, message: `${n}` }));
    const folder = temporary();
    writeFileSync(join(folder, "events.json"), JSON.stringify(events));
    const source = `file://${join(folder, "events.json")}`;
    await aws("put-log-events", ...group, "--log-stream-name", "b", "--log-events", source);
    const pages = ["--page-size", "2"];
    const { logStreams } = await aws("describe-log-streams", ...group, ...pages);
    expect(logStreams.map(({ logStreamName }: { logStreamName: string }) => logStreamName)).toEqual([
      "a",
      "b",
      "c",
    ]);
    const filtered = await aws("filter-log-events", ...group, "--page-size", "10");
    expect(filtered.events.map(({ message }: { message: string }) => Number(message))).toEqual([
      ...events.keys(),
    ]);
  });

  it("shows the errors of the service by their names", { timeout: 3 * MINUTE }, async () => {
    const { aws } = await withCli();
    const group = ["--log-group-name", "/cli/errors"];
    await aws("create-log-group", ...group);
    const refused = (name: string, ...args: readonly [string, ...string[]]) =>
      expect(aws(...args)).rejects.toMatchObject({
        stderr: expect.stringContaining(`An error occurred (${name})`),
      });
    await refused("ResourceAlreadyExistsException", "create-log-group", ...group);
    await refused("ResourceNotFoundException", "delete-log-group", "--log-group-name", "/none");
    await refused("InvalidParameterException", "put-retention-policy", ...group, "--retention-in-days", "2");
    await refused("InvalidParameterException", "filter-log-events", ...group, "--filter-pattern", "{ $.a");
    await refused("UnknownOperationException", "describe-queries");
  });

  it("reads back the very bytes that the agent has shipped", { timeout: 5 * MINUTE }, async () => {
    const { aws, endpoint } = await withCli();
    const accounting = await shipOnce(endpoint.url, temporary(), FILES);
    const all = Object.values(FILES).flatMap(linesOf);
    const blank = all.filter((line) => line === "").length;
    expect(accounting.records).toMatchObject({
      read: all.length,
      accepted: all.length - blank,
      rejected: 0,
      dropped: blank,
      in_flight: 0,
    });
    for (const [name, content] of Object.entries(FILES)) {
      const limit = name === "many" ? 800 : 10_000;
      const { messages, pages } = await readBack(aws, "/e2e", `logs-${name}`, limit);
      const expected = linesOf(content).filter((line) => line !== "");
      expect(Buffer.from(messages.join("\n")).equals(Buffer.from(expected.join("\n"))), name).toBe(true);
      expect(messages.length, name).toBe(expected.length);
      if (name === "many") expect(pages).toBe(4);
      if (name === "large") expect(pages).toBeGreaterThan(1);
    }
  });
});
