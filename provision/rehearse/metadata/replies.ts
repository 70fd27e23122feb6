import { Buffer } from "node:buffer";
import type { Reply } from "./exchange.ts";

const PAGES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  417: "Expectation Failed",
  503: "Service Unavailable",
} as const;

type Headers = Readonly<Record<string, string>>;

/** Every answer says who gives it, and that it is the last one on its connection. */
const reply = (status: number, type: string, content: string | Uint8Array, more: Headers = {}): Reply => {
  const body = Buffer.from(content);
  return {
    kind: "reply",
    status,
    headers: {
      "Content-Type": type,
      "Content-Length": String(body.length),
      ...more,
      Connection: "close",
      Server: "EC2ws",
    },
    body,
  };
};

/** A document: texts are text/plain, JSON too; user data are bytes that nobody has looked at. */
export const documentReply = (content: string | Uint8Array, more?: Headers): Reply =>
  reply(200, typeof content === "string" ? "text/plain" : "application/octet-stream", content, {
    "Accept-Ranges": "none",
    ...more,
  });

/** A refusal, with the page that EC2 sends with it, to the byte: its 401 has 343 of them. */
export const refusal = (status: keyof typeof PAGES): Reply => {
  const title = `${status} - ${PAGES[status]}`;
  return reply(
    status,
    "text/html",
    `<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
\t"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>${title}</title>
 </head>
 <body>
  <h1>${title}</h1>
 </body>
</html>
`,
  );
};

/** What may be done there, to who asks for that (200) or has done something else (405). */
export const methods = (status: 200 | 405, allowed: readonly string[]): Reply =>
  reply(status, "text/plain", "", { Allow: allowed.join(", ") });

/** The same without the body. */
export const headOf = (answer: Reply): Reply => ({ ...answer, body: Buffer.alloc(0) });
