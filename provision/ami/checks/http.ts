import * as z from "zod/mini";
import { key, matching, whole } from "../../host/key.ts";
import { quoteForShell } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { oneLine } from "../values.ts";
import { until } from "./until.ts";

/** One attempt, in seconds. */
const ATTEMPT_SECONDS = 10;

/** A request without curl, by bash alone: for hosts that nothing was installed on. */
const byBash = (url: URL): readonly string[] => {
  const [host, port] = [url.hostname.replace(/^\[|\]$/g, ""), url.port || "80"];
  const request = `GET ${url.pathname}${url.search} HTTP/1.0\\r\\nHost: ${url.host}\\r\\nConnection: close\\r\\n\\r\\n`;
  const script = [
    `exec 3<>${`/dev/tcp/${host}/${port}`} || exit 1`,
    `printf ${quoteForShell(request.replaceAll("%", "%%"))} >&3`,
    "read -r _ status _ <&3",
    'printf "%s\\n" "$status"',
    "cat <&3 >&4",
  ].join("; ");
  return [
    "# shellcheck disable=SC2016",
    `status=$(timeout ${ATTEMPT_SECONDS} bash -c ${quoteForShell(script)} 4>"$body" 2>/dev/null) || return 1`,
  ];
};

export const http = defineKind({
  name: "http",
  summary: "A URL answers with this status. Redirections are not followed, and certificates are checked.",
  short: "url",
  timeout: "30s",
  waits: "until",
  shape: {
    url: key(matching(/^https?:\/\/[^\s'"\\]+$/, "must be an http or https URL"), {
      description: "What is asked for. For `https` the host needs curl.",
    }),
    status: key(z._default(whole(100, 599), 200), { description: "The status of the answer." }),
    contains: key(z.optional(oneLine()), { description: "A text in the answer.", default: "any" }),
  },
  fault: ({ url }) => (URL.canParse(url) ? undefined : "url cannot be understood as a URL"),
  render: ({ url, status, contains }, { seconds }) => {
    const parsed = new URL(url);
    const curl = `status=$(curl --silent --max-time ${ATTEMPT_SECONDS} --output "$body" --write-out '%{http_code}' -- ${quoteForShell(url)}) || return 1`;
    const without = parsed.protocol === "http:" ? byBash(parsed) : ["echo 'https needs curl' >&2", "exit 1"];
    const attempt = [
      ': >"$body"',
      "if command -v curl >/dev/null; then",
      `  ${curl}`,
      "else",
      ...without.map((line) => `  ${line}`),
      "fi",
      `[ "$status" = ${status} ] || return 1`,
      ...(contains === undefined ? [] : [`grep -qF -e ${quoteForShell(contains)} -- "$body"`]),
    ];
    return [
      "body=$(mktemp)",
      "trap 'rm -f -- \"$body\"' EXIT",
      ...until(
        seconds,
        attempt,
        `${url} does not answer with ${status}${contains === undefined ? "" : " and that text"}`,
      ),
    ];
  },
  examples: {
    pass: [
      "http: http://localhost/",
      'http: {url: "http://127.0.0.1:8080/health?x=%20", status: 204}',
      'http: {url: "https://localhost/", contains: "it\'s up", timeout: 2m}',
    ],
    fail: [
      "http: localhost",
      "http: {status: 200}",
      'http: {url: "http://localhost/", status: ok}',
      'http: {url: "http://local host/"}',
      'http: {url: "http://:80/"}',
      'http: {url: "http://localhost/", retries: 3}',
    ],
  },
});
