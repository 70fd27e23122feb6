import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeWasm } from "../../.ci/encode-wasm.ts";
import { ENCODE_WASM } from "../../agent/logs/encode-wasm.generated.ts";
import { ANCHOR_BYTES, Encoder, type Slot } from "../../agent/logs/encoder.ts";

const GENERATED = join(import.meta.dirname, "..", "..", "agent", "logs", "encode-wasm.generated.ts");

/** The events that the encoder makes of a text, parsed back. */
const eventsOf = (text: string | Buffer): readonly { timestamp: number; message: string }[] => {
  const encoder = new Encoder(1);
  const [slot] = encoder.slots as [Slot];
  const bytes = Buffer.from(text as string);
  slot.bytes.set(bytes, ANCHOR_BYTES);
  let json = "";
  const room = { records: 10_000, bytes: 1_048_576 };
  encoder.encode(slot, ANCHOR_BYTES, ANCHOR_BYTES + bytes.length, 1_700_000_000_000, room, true, {
    append: (events) => {
      json += Buffer.from(events).toString();
    },
  });
  return JSON.parse(`[${json.slice(1)}]`);
};

describe("the compiled encoder", () => {
  it("is what its source gives now", { timeout: 60_000 }, async () => {
    expect(readFileSync(GENERATED, "utf8")).toBe(await encodeWasm());
  });

  it("asks for a memory and for nothing else", () => {
    // The type library without the browser has no such class; Node does.
    const { Module } = WebAssembly as unknown as {
      Module: {
        new (bytes: Uint8Array): object;
        imports: (module: object) => unknown;
        exports: (module: object) => readonly { name: string; kind: string }[];
      };
    };
    const module = new Module(Buffer.from(ENCODE_WASM, "base64"));
    expect(Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    expect(Module.exports(module).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["encode", "inputAt", "outputAt", "records", "blanks", "messageBytes"]),
    );
  });

  it("makes one event of each line, with every byte that JSON must escape", () => {
    const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code))
      .join("")
      .replace("\n", "");
    const lines = ["plain", `quote " backslash \\ slash /`, controls, "ünïcödé 日本 🚀", "x".repeat(4_000)];
    expect(eventsOf(`${lines.join("\n")}\n`).map(({ message }) => message)).toEqual(lines);
  });

  it("puts a backslash before every set of bytes that there may be among sixteen", () => {
    const lines = Array.from({ length: 65_536 }, (_, set) =>
      Array.from({ length: 16 }, (_, at) => ((set >> at) & 1 ? '"\\'[at % 2] : "abcdefghijklmnop"[at])).join(
        "",
      ),
    );
    for (let from = 0; from < lines.length; from += 4_096) {
      const some = lines.slice(from, from + 4_096);
      expect(eventsOf(`${some.join("\n")}\n`).map(({ message }) => message)).toEqual(some);
      // And the same shifted, so that a set lies across two blocks.
      const shifted = some.map((line) => `=====${line}=`);
      expect(eventsOf(`${shifted.join("\n")}\n`).map(({ message }) => message)).toEqual(shifted);
    }
  });

  it("stamps each event and passes empty lines over", () => {
    expect(eventsOf("a\n\n\nb\n")).toEqual([
      { timestamp: 1_700_000_000_000, message: "a" },
      { timestamp: 1_700_000_000_000, message: "b" },
    ]);
  });
});
