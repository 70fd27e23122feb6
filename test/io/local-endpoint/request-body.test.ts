import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { createBodyReader } from "../../../agent/io/local-endpoint/request-body.ts";
import { MAX_BODY_BYTES } from "../../../agent/local/call.ts";

/** A request that sends these chunks, then ends when it is told to. */
const requestOf = (chunks: readonly Buffer[], until: Promise<void> = Promise.resolve(), length?: number) =>
  ({
    headers: length === undefined ? {} : { "content-length": String(length) },
    [Symbol.asyncIterator]: async function* () {
      yield* chunks;
      await until;
    },
  }) as unknown as IncomingMessage;

const LARGEST = Buffer.alloc(MAX_BODY_BYTES);

describe("a request body", () => {
  it("is given whole, in one piece or in several", async () => {
    const read = createBodyReader();
    expect(await read(requestOf([]))).toEqual(Buffer.alloc(0));
    expect(await read(requestOf([Buffer.from("ab")]))).toEqual(Buffer.from("ab"));
    expect(await read(requestOf([Buffer.from("a"), Buffer.from("b")]))).toEqual(Buffer.from("ab"));
    expect((await read(requestOf([LARGEST], undefined, MAX_BODY_BYTES))).length).toBe(MAX_BODY_BYTES);
  });

  it("may not be larger, whether it says so or not", async () => {
    const read = createBodyReader();
    const tooLarge = { type: "RequestEntityTooLargeException", status: 413 };
    await expect(read(requestOf([], undefined, MAX_BODY_BYTES + 1))).rejects.toMatchObject(tooLarge);
    await expect(read(requestOf([LARGEST, Buffer.alloc(1)]))).rejects.toMatchObject(tooLarge);
  });

  it("is refused while too much of the others is held, and taken when they are done", async () => {
    const read = createBodyReader();
    let finish = () => {};
    const until = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const held = Array.from({ length: 32 }, () => read(requestOf([LARGEST], until)));
    await new Promise(setImmediate);
    const busy = { type: "ServiceUnavailableException", status: 503 };
    await expect(read(requestOf([Buffer.alloc(1)]))).rejects.toMatchObject(busy);
    await expect(read(requestOf([Buffer.alloc(1)]))).rejects.toMatchObject(busy);
    finish();
    await Promise.all(held);
    expect(await read(requestOf([Buffer.from("x")]))).toEqual(Buffer.from("x"));
  });
});
