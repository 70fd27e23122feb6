// The files in browser/, gathered by `npm run generate`.
import BROWSER_FILES from "./files.generated.json" with { type: "json" };

export interface PageFile {
  readonly type: string;
  readonly content: string;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

const pathOf = (name: string): string => (name === "page.html" ? "/" : `/page/${name}`);

const typeOf = (name: string): string => TYPES[name.replace(/^.*\./, "")] ?? "application/octet-stream";

/** What the endpoint serves to a browser, by path. */
export const PAGE_FILES: ReadonlyMap<string, PageFile> = new Map(
  Object.entries(BROWSER_FILES).map(([name, content]) => [pathOf(name), { type: typeOf(name), content }]),
);

/**
 * Nothing from elsewhere is loaded, nothing here is framed, and no answer is kept or guessed at. No script can make
 * markup out of text, so a log line that looks like markup stays text.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};
