import { createReadStream, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { SERVICES_ADDRESS } from "../../rehearse/network.ts";
import type { SeenFetch } from "../../rehearse/ports.ts";
import type { ServedFile } from "../../rehearse/served.ts";

/** What is served of the web and of S3. */
export class Downloads {
  readonly fetches: SeenFetch[] = [];
  readonly #files: ReadonlyMap<string, string>;

  constructor(served: readonly ServedFile[]) {
    this.#files = new Map(served.map(({ url, file }) => [url, file]));
  }

  /** Answers for an address, if it is one of those. */
  answer(url: string, request: IncomingMessage, response: ServerResponse): boolean {
    const file = this.#files.get(url);
    const found = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
    this.fetches.push({ url, status: found === undefined ? 404 : 200 });
    if (file === undefined || found === undefined) return false;
    const { size, mtime } = found;
    response.writeHead(200, {
      "Content-Length": size,
      "Content-Type": "application/octet-stream",
      "Last-Modified": mtime.toUTCString(),
      ETag: `"${size.toString(16)}-${mtime.getTime().toString(16)}"`,
      "Accept-Ranges": "none",
    });
    if (request.method === "HEAD") response.end();
    else
      createReadStream(file)
        .on("error", () => response.destroy())
        .pipe(response);
    return true;
  }
}

const notFound = (response: ServerResponse, message: string): void => {
  response.writeHead(404, { "Content-Type": "text/plain" }).end(`${message}\n`);
};

/** Of the web: by scheme, host and path. */
export const web =
  (scheme: "http" | "https", downloads: Downloads) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const url = `${scheme}://${request.headers.host ?? ""}${(request.url ?? "").split("?")[0]}`;
    if (!downloads.answer(url, request, response))
      notFound(response, `A rehearsal serves what --serve names, and ${url} is not among it.`);
  };

const S3_HOST = new RegExp(`^(.+)\\.(?:s3\\b[^:]*|${SERVICES_ADDRESS.replaceAll(".", "\\.")})`);

/** S3 has the bucket in its path where the endpoint is given, or in the name of the host. */
export const s3Url = (request: IncomingMessage): string => {
  const path = decodeURIComponent((request.url ?? "").split("?")[0] ?? "");
  const [, bucket] = S3_HOST.exec(request.headers.host ?? "") ?? [];
  return bucket === undefined ? `s3:/${path}` : `s3://${bucket}${path}`;
};
