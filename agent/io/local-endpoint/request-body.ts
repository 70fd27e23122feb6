import type { IncomingMessage } from "node:http";
import { MAX_BODY_BYTES, tooLarge } from "../../local/call.ts";
import { ServiceError } from "../../local/service-error.ts";

/** Request bodies that are being received may take this much memory together, in bytes. */
const ALL_BODIES_BYTES = 256 * 1024 * 1024;

export type ReadBody = (request: IncomingMessage) => Promise<Buffer>;

/** Receives request bodies, within a limit for each and one for all at a time. Rejects with ServiceError. */
export const createBodyReader = (): ReadBody => {
  let held = 0;
  return async (request) => {
    if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length;
        held += chunk.length;
        if (size > MAX_BODY_BYTES) throw tooLarge();
        if (held > ALL_BODIES_BYTES)
          throw new ServiceError("ServiceUnavailableException", "Too many requests at the same time.", 503);
        chunks.push(chunk);
      }
    } finally {
      held -= size;
    }
    return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size);
  };
};
