import { HTML } from "./html.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

/** What the endpoint serves to a browser, by path. Text modules, so that a bundle holds them too. */
export const PAGE_FILES: Readonly<Record<string, { readonly type: string; readonly content: string }>> = {
  "/": { type: "text/html; charset=utf-8", content: HTML },
  "/page.css": { type: "text/css; charset=utf-8", content: STYLE },
  "/page.js": { type: "text/javascript; charset=utf-8", content: SCRIPT },
};

/** Nothing from elsewhere is loaded, nothing here is framed, and no answer is kept or guessed at. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};
