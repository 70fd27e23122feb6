import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { type Endpoint, startEndpoint } from "../../../agent/io/local-endpoint/start.ts";
import { toolAvailable } from "../../tools.ts";
import { CHROMIUM, clientOf, launchBrowser, messagesOf, openTab, putMessages } from "./browser-kit.ts";

const GROUP = "/load";
const EVENTS = `#/groups/${encodeURIComponent(GROUP)}/streams/one`;
const MOST_ROWS = 1_500;

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index}`);

describe.skipIf(!toolAvailable(CHROMIUM, "chromium"))("the page in a browser", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  const withPage = async (address: string, prepare?: (client: CloudWatchLogsClient) => Promise<void>) => {
    const endpoint = await startEndpoint();
    onTestFinished(() => endpoint.close());
    const client = clientOf(endpoint);
    onTestFinished(() => client.destroy());
    await prepare?.(client);
    const tab = await openTab(browser, endpoint.url, address);
    onTestFinished(() => tab.page.context().close());
    return { ...tab, endpoint, client };
  };

  const withStream = (address: string, messages: readonly string[] = []) =>
    withPage(address, async (client) => {
      await client.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
      await client.send(new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName: "one" }));
      for (let at = 0; at < messages.length; at += 10_000)
        await putMessages(client, GROUP, "one", messages.slice(at, at + 10_000));
    });

  const firstLine = (page: Page) => page.locator(".event .message").first().textContent();
  const waitForFirst = (page: Page, line: string) =>
    vi.waitFor(async () => expect(await firstLine(page)).toBe(line), { timeout: 5_000, interval: 50 });

  it("says how to point a program at the endpoint, and shows the group that it then creates", async () => {
    const { page, problems, endpoint, client } = await withPage("");
    await page.waitForSelector("text=No log groups yet");
    expect(await page.textContent("#view")).toContain(`--endpoint-url ${endpoint.url}`);
    expect(await page.textContent("#view")).toContain(`AWS_ENDPOINT_URL_CLOUDWATCH_LOGS=${endpoint.url}`);
    await client.send(new CreateLogGroupCommand({ logGroupName: "/new" }));
    await page.waitForSelector('th >> text="/new"');
    await page.click('th >> text="/new"');
    await page.waitForSelector("text=No streams in this group yet");
    await client.send(new CreateLogStreamCommand({ logGroupName: "/new", logStreamName: "one" }));
    await page.click('th >> text="one"');
    await page.waitForSelector("text=No events yet");
    await putMessages(client, "/new", "one", ["hello"]);
    await waitForFirst(page, "hello");
    expect(problems).toEqual([]);
  });

  it("pages through twenty thousand events of one moment without losing or doubling one", async () => {
    const lines = numbered(20_000);
    const { page, problems } = await withStream(EVENTS, lines);
    await waitForFirst(page, "line 19500");
    for (const first of [19_000, 18_500, 18_000, 17_500]) {
      await page.click("text=Older events");
      await waitForFirst(page, `line ${first}`);
    }
    // The newest had to go for the oldest: a browser lays out only so many.
    expect(await messagesOf(page)).toEqual(lines.slice(17_500, 17_500 + MOST_ROWS));
    await page.click("text=Newer events");
    await waitForFirst(page, "line 18000");
    expect(await messagesOf(page)).toEqual(lines.slice(18_000, 18_000 + MOST_ROWS));
    expect(problems).toEqual([]);
  });

  it("goes on with older and newer events when the arrow keys leave the page", async () => {
    const { page } = await withStream(EVENTS, numbered(700));
    const focused = () => page.locator(":focus .message").textContent();
    await waitForFirst(page, "line 200");
    await page.keyboard.press("Home");
    await page.keyboard.press("k");
    await waitForFirst(page, "line 0");
    expect(await focused()).toBe("line 199");
    await page.keyboard.press("End");
    expect(await focused()).toBe("line 699");
    await page.keyboard.press("j");
    await vi.waitFor(async () => expect(await page.textContent("#status")).toBe("No newer events"));
  });

  it("leads to the event that a link means, with what is around it", async () => {
    const { page } = await withStream(`#/groups/${encodeURIComponent(GROUP)}/events`, numbered(3_000));
    await waitForFirst(page, "line 2500");
    await page.locator(".event summary").first().click();
    await page.click("text=In stream one");
    await vi.waitFor(async () => expect(await page.locator(".event.target .message").count()).toBe(1));
    expect(await page.locator(".event.target .message").textContent()).toBe("line 2500");
    const around = await messagesOf(page);
    expect([around[0], around.at(-1)]).toEqual(["line 2000", "line 2999"]);
  });

  it("stays usable under a flood, and says what it left out", async () => {
    const { page, problems, client } = await withStream(`${EVENTS}?tail=1`);
    await vi.waitFor(async () => expect(await page.textContent("#status")).toContain("Live"));
    for (let batch = 0; batch < 3; batch++)
      await putMessages(
        client,
        GROUP,
        "one",
        numbered(5_000).map((line) => `${batch} ${line}`),
      );
    await vi.waitFor(async () => expect(await page.textContent("#status")).toMatch(/[\d,]+ left out/), {
      timeout: 5_000,
    });
    expect(await page.locator(".event").count()).toBe(MOST_ROWS);
    await page.keyboard.press("t");
    await waitForFirst(page, "2 line 4500");
    expect(problems).toEqual([]);
  });

  it("tails from where the page that was read ends, without a gap or a double", async () => {
    const { page, client } = await withStream(EVENTS, ["line 0"]);
    let sent = 1;
    const sending = (async () => {
      for (; sent < 60; sent++) await putMessages(client, GROUP, "one", [`line ${sent}`]);
    })();
    await page.click("text=Live tail");
    await sending;
    await vi.waitFor(async () => expect(await messagesOf(page)).toEqual(numbered(60)), { timeout: 5_000 });
  });

  it("tails without a gap although the first connection for it fails", async () => {
    const { page, client } = await withStream(EVENTS, ["line 0"]);
    await waitForFirst(page, "line 0");
    const isTail = (url: URL) => url.pathname === "/feed" && url.searchParams.has("group");
    await page.route(isTail, (route) => route.abort("connectionfailed"), { times: 1 });
    const read = page.waitForResponse(
      async (response) =>
        response.request().method() === "POST" && (await response.text()).includes("line 0"),
    );
    await page.click("text=Live tail");
    await read;
    await putMessages(client, GROUP, "one", ["line 1"]);
    await vi.waitFor(async () => expect(await messagesOf(page)).toEqual(numbered(2)), { timeout: 10_000 });
  });

  it("opens a message of a mebibyte bit by bit", async () => {
    const long = `${"x".repeat(1_000_000)}end`;
    const { page } = await withStream(EVENTS, [long]);
    await page.click(".event summary");
    expect((await page.textContent(".body pre"))?.length).toBe(20_000);
    await page.click("text=Show all 1.0 MB");
    expect(await page.textContent(".body pre")).toBe(long);
  });

  it("shows characters that could disguise a line", async () => {
    const { page } = await withStream(EVENTS, ["invoice\u202egnp.exe \u001b[31mred\u001b[0m\b"]);
    await waitForFirst(page, "invoice⟨U+202E⟩gnp.exe red⟨U+0008⟩");
  });

  it("makes no markup of any text, whatever a script tries", async () => {
    const { page } = await withPage("");
    const attempt = "try { document.body.innerHTML = '<b>'; 'allowed' } catch { 'refused' }";
    expect(await page.evaluate(attempt)).toBe("refused");
  });

  it("says that a group is gone, and why a call was refused", async () => {
    const { page, client } = await withStream(EVENTS, ["line 0"]);
    await waitForFirst(page, "line 0");
    await client.send(new DeleteLogGroupCommand({ logGroupName: GROUP }));
    await page.reload();
    await page.waitForSelector("text=The specified log group does not exist.");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.fill("#search", "no spaces");
    await page.waitForSelector("text=InvalidParameterException");
  });

  it("waits for an endpoint that went away, and goes on by itself", async () => {
    const first = await startEndpoint();
    const { page } = await openTab(browser, first.url, "#/groups");
    onTestFinished(() => page.context().close());
    await page.waitForSelector("text=No log groups yet");
    await first.close();
    await page.waitForSelector("#disconnected:visible");
    const second: Endpoint = await startEndpoint({ port: first.port });
    onTestFinished(() => second.close());
    await page.waitForSelector("#disconnected", { state: "hidden" });
    await clientOf(second).send(new CreateLogGroupCommand({ logGroupName: "/again" }));
    await page.waitForSelector('th >> text="/again"');
  });
});
