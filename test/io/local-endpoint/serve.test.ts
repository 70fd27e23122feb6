import { request } from "node:http";
import { FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it } from "vitest";
import type { Endpoint } from "../../../agent/io/local-endpoint/start.ts";
import { PAGE_HEADERS } from "../../../agent/local/page/files.ts";
import { GROUP, SIGNED, withEndpoint, withStream } from "./endpoint-client.ts";

const DAY_MS = 86_400_000;

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `fetch` does not let its user set a Host or an Origin. */
const ask = (endpoint: Endpoint, { method = "GET", path = "/", headers = {}, body }: Asked = {}) =>
  new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>(
    (resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port: endpoint.port, method, path, headers }, (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      });
      sent.on("error", reject);
      sent.end(body);
    },
  );

const call = (headers: Readonly<Record<string, string>>): Asked => ({
  method: "POST",
  headers: { ...SIGNED, "X-Amz-Target": "Logs_20140328.DescribeLogGroups", ...headers },
  body: "{}",
});

describe("the page", () => {
  it("is served with headers that let nothing in from elsewhere", async () => {
    const { endpoint } = await withEndpoint();
    const { status, headers, text } = await ask(endpoint);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(text).toMatch(/^<!doctype html>/i);
    for (const [name, value] of Object.entries(PAGE_HEADERS)) expect(headers[name.toLowerCase()]).toBe(value);
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
  });

  it.each(["/none", "/../../etc/passwd", "/constructor", "/__proto__", "//", "*"])(
    "has nothing at %s",
    async (path) => {
      const { endpoint } = await withEndpoint();
      expect((await ask(endpoint, { path })).status).toBe(404);
    },
  );

  it.each(["PUT", "DELETE", "OPTIONS", "PATCH"])(
    "does not answer %s, so no other site gets a permission",
    async (method) => {
      const { endpoint } = await withEndpoint();
      const { status, headers } = await ask(endpoint, {
        method,
        headers: { Origin: "https://evil.example" },
      });
      expect(status).toBe(405);
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    },
  );
});

describe("a name that was rebound to this machine", () => {
  it.each(["/", "/feed", "/page.js"])("does not get %s", async (path) => {
    const { endpoint } = await withEndpoint();
    for (const host of [
      "evil.example",
      `evil.example:${endpoint.port}`,
      `localhost.evil.example:${endpoint.port}`,
    ]) {
      const { status, text } = await ask(endpoint, { path, headers: { Host: host } });
      expect(status).toBe(403);
      expect(text).toBe("This name is not trusted: use the IP address or localhost.\n");
    }
  });

  it("cannot call from its page", async () => {
    const { endpoint } = await withEndpoint();
    const host = `evil.example:${endpoint.port}`;
    expect(await ask(endpoint, call({ Host: host, Origin: `http://${host}` }))).toMatchObject({
      status: 403,
      text: "Calls from other sites are refused.\n",
    });
    expect(endpoint.stats().requests).toEqual({});
  });
});

describe("a call", () => {
  it("from the page of another site is refused", async () => {
    const { endpoint } = await withEndpoint();
    for (const origin of [
      "https://evil.example",
      "http://127.0.0.1:1",
      "http://localhost",
      "null",
      "file://",
    ])
      expect((await ask(endpoint, call({ Origin: origin }))).status).toBe(403);
  });

  it("from our own page is performed", async () => {
    const { endpoint } = await withEndpoint();
    for (const host of [`127.0.0.1:${endpoint.port}`, `localhost:${endpoint.port}`])
      expect((await ask(endpoint, call({ Host: host, Origin: `http://${host}` }))).status).toBe(200);
  });

  it("of a program, which has no Origin, may use any name", async () => {
    const { endpoint } = await withEndpoint();
    expect((await ask(endpoint, call({ Host: "logs.us-east-1.amazonaws.com" }))).status).toBe(200);
  });
});

describe("the feed", () => {
  it("refuses a pattern that cannot be understood", async () => {
    const { endpoint } = await withEndpoint();
    const { status, text } = await ask(endpoint, {
      path: `/feed?group=x&pattern=${encodeURIComponent("{ $.a")}`,
    });
    expect(status).toBe(400);
    expect(text).toMatch(/^Invalid filter pattern/);
  });

  it("sends an event with the id that FilterLogEvents gives it", async () => {
    const { endpoint, client, put } = await withStream();
    const feed = await fetch(`${endpoint.url}/feed?group=${encodeURIComponent(GROUP)}`);
    const now = Date.now();
    await put([1, 2].map((n) => ({ timestamp: now - 10, message: `line ${n}` })));
    // The first of these is refused, which moves no other event to another place.
    const old = { timestamp: now - 15 * DAY_MS, message: "too old" };
    await put([old, { timestamp: now, message: "line 3" }]);
    const { events } = await client.send(new FilterLogEventsCommand({ logGroupName: GROUP }));
    const sent: object[] = [];
    let text = "";
    for await (const chunk of feed.body ?? []) {
      text += Buffer.from(chunk).toString();
      const found = [...text.matchAll(/^event: events\ndata: (.*)\n\n/gm)];
      sent.splice(0, sent.length, ...found.flatMap(([, data = ""]) => JSON.parse(data).events));
      if (sent.length >= 3) break;
    }
    expect(sent).toEqual(events);
  });
});
