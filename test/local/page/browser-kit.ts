/** A real browser in front of a real endpoint, for tests of the page. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Endpoint } from "../../../agent/io/local-endpoint/start.ts";

export const CHROMIUM = "/usr/bin/chromium";

/** A browser with an empty profile that can look up no name and asks nobody for anything by itself. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });

/** A page, and all that went wrong on it: errors, and requests that left the endpoint. */
export interface Tab {
  readonly page: Page;
  readonly problems: string[];
}

interface TabOptions {
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
}

/** Opens the page at an address within it, such as `#/groups`. */
export const openTab = async (
  browser: Browser,
  url: string,
  address: string,
  { colorScheme = "light", width = 1_280 }: TabOptions = {},
): Promise<Tab> => {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
  const problems: string[] = [];
  context.on("request", (request) => {
    if (new URL(request.url()).origin !== url) problems.push(`request to ${request.url()}`);
  });
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  context.on("weberror", (error) => problems.push(`thrown: ${error.error().message}`));
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  await page.goto(`${url}/${address}`);
  return { page, problems };
};

export const clientOf = (endpoint: Endpoint): CloudWatchLogsClient =>
  new CloudWatchLogsClient({
    endpoint: endpoint.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });

export const putMessages = async (
  client: CloudWatchLogsClient,
  group: string,
  stream: string,
  messages: readonly string[],
): Promise<void> => {
  const timestamp = Date.now();
  await client.send(
    new PutLogEventsCommand({
      logGroupName: group,
      logStreamName: stream,
      logEvents: messages.map((message) => ({ timestamp, message })),
    }),
  );
};

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "hostwright-page-"));

/** The messages that the page shows, top to bottom. */
export const messagesOf = (page: Page): Promise<string[]> =>
  page.locator(".event .message").allTextContents();
