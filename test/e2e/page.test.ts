import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Endpoint, startEndpoint } from "../../agent/io/local-endpoint/start.ts";
import {
  CHROMIUM,
  launchBrowser,
  messagesOf,
  openTab,
  type Tab,
  temporaryFolder,
} from "../local/page/browser-kit.ts";
import { toolAvailable } from "../tools.ts";

const ROOT = join(import.meta.dirname, "../..");
const GROUP = "/shop/web";
const STREAM = "checkout";
const HOSTILE = `<img src="/none.png" onerror="document.title='owned'"><script>document.title='owned'</script>`;
const LINES = [
  "INFO starting up",
  "ERROR connection refused by db-1",
  "ERROR timeout, retrying",
  '{"level":"error","status":502,"path":"/checkout","id":12345678901234567890}',
  '{"level":"info","status":200,"path":"/"}',
  HOSTILE,
];

const GROUPS = "#/groups";
const EVENTS = `#/groups/${encodeURIComponent(GROUP)}/streams/${STREAM}`;

/** Every failed request makes the browser complain, also one whose failure the page expects. */
const REFUSED = "console: Failed to load resource: the server responded with a status of 400 (Bad Request)";

/** Ships a file to the endpoint as a user would. */
const startAgent = (folder: string, file: string, endpoint: Endpoint): ChildProcess => {
  const config = join(folder, "agent.json");
  const entry = { file_path: file, log_group_name: GROUP, log_stream_name: STREAM };
  writeFileSync(config, JSON.stringify({ logs: { files: [entry] } }));
  const args = ["--config", config, "--endpoint-url", endpoint.url, "--state-dir", join(folder, "state")];
  return spawn(process.execPath, ["--import", "tsx", "agent/main.ts", "run", ...args], {
    cwd: ROOT,
    stdio: "ignore",
  });
};

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(timer);
};

const search = async (page: Page, pattern: string): Promise<void> => {
  await page.fill("#search", pattern);
  await page.press("#search", "Enter");
};

const shows = (page: Page, messages: readonly string[]): Promise<void> =>
  vi.waitFor(async () => expect(await messagesOf(page)).toEqual(messages), { timeout: 5_000, interval: 50 });

describe.skipIf(!toolAvailable(CHROMIUM, "chromium"))("the page, in front of a file that is shipped", () => {
  const folder = temporaryFolder();
  const file = join(folder, "checkout.log");
  const tabs: Tab[] = [];
  let endpoint: Endpoint;
  let agent: ChildProcess;
  let browser: Browser;

  const open = async (address: string, options?: Parameters<typeof openTab>[3]): Promise<Tab> => {
    const tab = await openTab(browser, endpoint.url, address, options);
    tabs.push(tab);
    return tab;
  };

  beforeAll(async () => {
    endpoint = await startEndpoint();
    writeFileSync(file, `${LINES.join("\n")}\n`);
    agent = startAgent(folder, file, endpoint);
    browser = await launchBrowser();
    await vi.waitFor(() => expect(endpoint.stats().events).toBe(LINES.length), {
      timeout: 30_000,
      interval: 100,
    });
  });

  afterAll(async () => {
    await browser?.close();
    await end(agent);
    await endpoint?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  afterEach(async () => {
    for (const { page, problems } of tabs.splice(0)) {
      await page.context().close();
      expect(problems).toEqual([]);
    }
  });

  it("leads from the groups to the lines of the file", async () => {
    const { page } = await open(GROUPS);
    await page.click(`th >> text="${GROUP}"`);
    await page.click(`th >> text="${STREAM}"`);
    await shows(page, LINES);
    expect(await page.textContent("#trail")).toBe(`Log groups${GROUP}${STREAM}`);
    expect(await page.title()).toContain(STREAM);
    const time = page.locator(".event time").first();
    expect(await time.textContent()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
    expect(await time.getAttribute("title")).toMatch(/Z \(UTC\)$/);
  });

  it("finds a term, a phrase and what a term excludes", async () => {
    const { page } = await open(EVENTS);
    await shows(page, LINES);
    await search(page, "ERROR");
    await shows(page, [LINES[1], LINES[2]] as string[]);
    expect(await page.locator("mark").allTextContents()).toEqual(["ERROR", "ERROR"]);
    await search(page, "ERROR -timeout");
    await shows(page, [LINES[1]] as string[]);
    await search(page, '"refused by db-1"');
    await shows(page, [LINES[1]] as string[]);
    await search(page, "nowhere");
    await page.waitForSelector("text=No event matches");
  });

  it("finds a field of a JSON event, and searches for a value that is clicked on", async () => {
    const { page } = await open(EVENTS);
    await search(page, "{ $.status >= 500 }");
    await shows(page, [LINES[3]] as string[]);
    await page.click(".event summary");
    // Laid out from its own text: a number that is too large for JavaScript stays what it was.
    expect(await page.textContent(".json")).toContain('"id": 12345678901234567890');
    await page.click('.json button:has-text("/checkout")');
    expect(await page.inputValue("#search")).toBe('{ $.path = "/checkout" }');
    await shows(page, [LINES[3]] as string[]);
  });

  it("says what is wrong with a pattern, and goes on when it is mended", async () => {
    const { page, problems } = await open(EVENTS);
    await search(page, "{ $.status >= }");
    await page.waitForSelector("text=expected a number at character 15");
    expect(await page.getAttribute("#search", "aria-invalid")).toBe("true");
    expect(await page.textContent("#view")).toContain("This pattern cannot be read");
    await search(page, "{ $.status = 200 }");
    await shows(page, [LINES[4]] as string[]);
    expect(await page.getAttribute("#search", "aria-invalid")).toBeNull();
    expect(problems.splice(0)).toEqual([REFUSED]);
  });

  it("keeps what it shows in its address", async () => {
    const { page } = await open(`${EVENTS}?pattern=ERROR&from=-1h`);
    await shows(page, [LINES[1], LINES[2]] as string[]);
    expect(await page.inputValue("#search")).toBe("ERROR");
    await search(page, "timeout");
    await shows(page, [LINES[2]] as string[]);
    await page.reload();
    await shows(page, [LINES[2]] as string[]);
    await page.goBack();
    await shows(page, [LINES[1], LINES[2]] as string[]);
  });

  it("shows a hostile line as the text it is", async () => {
    const { page } = await open(EVENTS);
    await shows(page, LINES);
    await page.locator(".event summary").last().click();
    expect(await page.textContent(".body pre")).toBe(HOSTILE);
    expect(await page.locator("#view img, #view script").count()).toBe(0);
    expect(await page.title()).not.toContain("owned");
  });

  it("shows a line at most six seconds after it was written to the file", async () => {
    const { page } = await open(`${EVENTS}?pattern=${encodeURIComponent("ERROR")}`);
    await shows(page, [LINES[1], LINES[2]] as string[]);
    await page.keyboard.press("t");
    await vi.waitFor(async () => expect(await page.textContent("#status")).toContain("Live"));
    const written = performance.now();
    appendFileSync(file, "INFO not this one\nERROR disk full\n");
    await page.waitForSelector("text=disk full", { timeout: 8_000 });
    expect(performance.now() - written).toBeLessThan(6_000);
    expect(await messagesOf(page)).toEqual([LINES[1], LINES[2], "ERROR disk full"]);
    expect(await page.textContent("#totals")).toMatch(/^\d+ events, \d+ B in total$/);
  });

  it("needs nothing but a keyboard", async () => {
    const { page } = await open(GROUPS);
    const focused = () => page.evaluate<string>("document.activeElement.textContent");
    await page.waitForSelector(`th >> text="${GROUP}"`);

    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the logs");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("view");

    await page.keyboard.press("j");
    expect(await focused()).toBe(GROUP);
    await page.keyboard.press("Enter");
    await vi.waitFor(async () => expect(await focused()).toBe(STREAM));
    await page.keyboard.press("Enter");
    await vi.waitFor(async () => expect(await focused()).toContain("disk full"));

    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toContain(LINES[1]);
    await page.keyboard.press("Enter");
    await page.waitForSelector("details[open] .body");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await page.keyboard.press("Escape");
    expect(await page.locator("details[open]").count()).toBe(0);

    await page.keyboard.press("/");
    await page.keyboard.type("timeout");
    await page.keyboard.press("Enter");
    await shows(page, [LINES[2]] as string[]);
    await page.keyboard.press("Escape");
    expect(await focused()).toContain(LINES[2]);
    await page.keyboard.press("Escape");
    await vi.waitFor(async () => expect(await focused()).toBe(STREAM));
    await page.keyboard.press("Escape");
    await vi.waitFor(async () => expect(await focused()).toBe(GROUP));

    await page.keyboard.press("?");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.press("Escape");
    expect(await page.locator("dialog[open]").count()).toBe(0);
  });

  it("is light or dark as the system is, unless the reader wants it otherwise", async () => {
    const background = (page: Page) => page.evaluate("getComputedStyle(document.body).backgroundColor");
    const light = await open(GROUPS);
    const dark = await open(GROUPS, { colorScheme: "dark" });
    const [lightColor, darkColor] = [await background(light.page), await background(dark.page)];
    expect(lightColor).not.toBe(darkColor);
    await light.page.click("#theme");
    expect(await background(light.page)).toBe(darkColor);
    await light.page.reload();
    expect(await background(light.page)).toBe(darkColor);
    await light.page.click("#theme");
    expect(await background(light.page)).toBe(lightColor);
  });

  it.each([320, 400])("fits a screen that is %i pixels wide", async (width) => {
    const { page } = await open(EVENTS, { width });
    await page.waitForSelector(".event");
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
  });
});
