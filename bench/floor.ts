/**
 * The least that shipping can cost in Node, in a process of its own: `post` reads the corpus, hashes as many wire
 * bytes and sends them over loopback; `gzip` compresses as many bytes as were compressed, and does nothing else.
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { Agent, get, request } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { gunzipSync, gzip } from "node:zlib";

const [what, directory = "", url = "", bytes = "0", encoding = ""] = process.argv.slice(2);

const agent = new Agent({ keepAlive: true });

/** A request as the agent has sent it. */
const sample = (): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    get(`${url}/sample`, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks)));
    }).on("error", reject);
  });

const post = (body: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = {
      "content-length": body.length,
      "x-amz-target": "Logs_20140328.PutLogEvents",
      "x-hash": createHash("sha256").update(body).digest("hex"),
      ...(encoding === "gzip" ? { "content-encoding": "gzip" } : {}),
    };
    const call = request(`${url}/floor`, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.on("end", resolve);
    });
    call.on("error", reject);
    call.end(body);
  });

/** Reads the files one after the other, in pieces of `size` bytes. */
function* pieces(size: number): Generator<void> {
  const buffer = Buffer.allocUnsafeSlow(size);
  for (const name of readdirSync(directory)) {
    const file = openSync(join(directory, name), "r");
    while (readSync(file, buffer, 0, size, null) > 0) yield;
    closeSync(file);
  }
}

const main = async (): Promise<void> => {
  const wire = await sample();
  if (what === "post") {
    let left = Math.round(Number(bytes) / wire.length);
    for (const _ of pieces(1_048_576)) if (left-- > 0) await post(wire);
    while (left-- > 0) await post(wire);
  } else {
    const compress = promisify(gzip);
    const plain = gunzipSync(wire);
    for (let left = Math.round(Number(bytes) / plain.length); left > 0; left--)
      await compress(plain, { level: 1, memLevel: 9 });
  }
  agent.destroy();
};

void main();
