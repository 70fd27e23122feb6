/**
 * One variant of one choice, in a process of its own: does the work and prints what it cost. `bench/choices.ts` bundles
 * and runs this.
 */
import { closeSync, openSync, read, readSync } from "node:fs";
import process from "node:process";
import { promisify } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { constants, gzip, gzipSync } from "node:zlib";
import { CloudWatchLogsClient, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { createSink } from "../agent/io/cloudwatch-logs.ts";
import { Body, BufferPool } from "../agent/logs/body.ts";
import { ANCHOR_BYTES, Encoder } from "../agent/logs/encoder.ts";
import { encodeBytes, encodeRuns, encodeStrings } from "./encode-js.ts";

const MIB = 1_048_576;
const ROOM = { records: 1e9, bytes: 1e12 };
const TARGET = {
  logGroupName: "/bench",
  logStreamName: "choice",
  retentionInDays: undefined,
  logGroupClass: "STANDARD",
} as const;

export interface Task {
  readonly variant: string;
  /** A file of lines that are all `lineBytes` long, newline included, and how much of it to take. */
  readonly file: string;
  readonly lineBytes: number;
  readonly bytes: number;
  readonly url: string;
}

export interface Outcome {
  readonly bytes: number;
  readonly seconds: number;
  readonly cpu: number;
  readonly rss: number;
  /** Of compression: bytes before and after. */
  readonly ratio?: number;
}

/** As many whole lines as one request takes. */
const batchBytes = ({ lineBytes }: Task): number => Math.floor(MIB / (lineBytes + 25)) * lineBytes;

/** The file in pieces of whole lines, in a buffer that is used again. */
function* pieces({ file, bytes, lineBytes }: Task, size: number): Generator<Buffer> {
  const whole = Math.floor(size / lineBytes) * lineBytes;
  const buffer = Buffer.allocUnsafeSlow(whole);
  const descriptor = openSync(file, "r");
  for (let left = bytes; left >= whole; left -= whole) {
    readSync(descriptor, buffer, 0, whole, null);
    yield buffer;
  }
  closeSync(descriptor);
}

const encoder = (): ((piece: Buffer, body: Body) => void) => {
  const encoding = new Encoder(1);
  const [slot] = encoding.slots;
  if (slot === undefined) throw new Error("no slot");
  return (piece, body) => {
    piece.copy(slot.bytes, ANCHOR_BYTES);
    encoding.encode(slot, ANCHOR_BYTES, ANCHOR_BYTES + piece.length, Date.now(), ROOM, false, body);
  };
};

const pool = new BufferPool(8 * MIB);
const newBody = (): Body => new Body(pool, TARGET, 1_500_000);

const sinkFor = ({ url }: Task, compression: "none" | "gzip") =>
  createSink({ region: "us-east-1", endpoint: url, credentials: undefined, compression });

/** The bodies of the whole file, one after the other. */
const bodies = async (task: Task, use: (body: Body) => Promise<void>): Promise<void> => {
  const encode = encoder();
  for (const piece of pieces(task, batchBytes(task))) {
    const body = newBody();
    encode(piece, body);
    await use(body);
    body.release();
  }
};

/** Requests made of objects, which the SDK turns into JSON. */
const objects = async (task: Task): Promise<void> => {
  const client = new CloudWatchLogsClient({ region: "us-east-1", endpoint: task.url, maxAttempts: 1 });
  const { logGroupName, logStreamName } = TARGET;
  for (const piece of pieces(task, batchBytes(task))) {
    const timestamp = Date.now();
    const lines = piece.toString("utf8", 0, piece.length - 1).split("\n");
    const logEvents = lines.map((message) => ({ timestamp, message }));
    await client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  }
  client.destroy();
};

const handBuilt = async (task: Task): Promise<void> => {
  const sink = sinkFor(task, "none");
  await bodies(task, async (body) => void (await sink.put(TARGET, body.finish())));
  sink.close();
};

/** So many requests of one stream under way at once. */
const inFlight = async (task: Task, depth: number): Promise<void> => {
  const sink = sinkFor(task, "none");
  const encode = encoder();
  const source = pieces(task, batchBytes(task));
  const lane = async (): Promise<void> => {
    for (;;) {
      const { value, done } = source.next();
      if (done === true) return;
      const body = newBody();
      encode(value, body);
      await sink.put(TARGET, body.finish());
      body.release();
    }
  };
  await Promise.all(Array.from({ length: depth }, lane));
  sink.close();
};

/** Reads and encodes as the agent does, so many bytes at a time: what is left of the last line is read again. */
const readSize = async (task: Task, size: number): Promise<void> => {
  const encoding = new Encoder(1);
  const [slot] = encoding.slots;
  if (slot === undefined) throw new Error("no slot");
  const descriptor = openSync(task.file, "r");
  let body = newBody();
  for (let at = 0; at < task.bytes; ) {
    const got = await new Promise<number>((resolve, reject) => {
      read(descriptor, slot.bytes, ANCHOR_BYTES, size, at, (error, count) =>
        error ? reject(error) : resolve(count),
      );
    });
    const { consumed } = encoding.encode(slot, ANCHOR_BYTES, ANCHOR_BYTES + got, 1e12, ROOM, false, body);
    at += consumed;
    if (body.length < MIB) continue;
    body.release();
    body = newBody();
  }
  closeSync(descriptor);
};

const STRATEGIES = {
  default: constants.Z_DEFAULT_STRATEGY,
  filtered: constants.Z_FILTERED,
  huffman: constants.Z_HUFFMAN_ONLY,
  rle: constants.Z_RLE,
};

/** Only compression: the same body again and again. */
const compression = async (
  task: Task,
  level: number,
  strategy: keyof typeof STRATEGIES,
  memLevel: number,
) => {
  const encode = encoder();
  const plain = newBody();
  for (const piece of pieces(task, batchBytes(task))) {
    encode(piece, plain);
    break;
  }
  const body = plain.finish();
  const times = Math.ceil(task.bytes / batchBytes(task));
  let size = 0;
  for (let n = 0; n < times; n++)
    size = gzipSync(body, { level, strategy: STRATEGIES[strategy], memLevel, chunkSize: 262_144 }).length;
  return body.length / size;
};

const gzipOptions = { level: 1, memLevel: 9, chunkSize: 262_144 };
const gzipPool = promisify(gzip);

/** Encoded here, compressed where `compress` does it; nothing is sent. */
const compressed = (task: Task, compress: (body: Uint8Array) => unknown): Promise<void> => {
  // One piece is encoded while the one before it is compressed, as in the agent.
  let before: unknown;
  return bodies(task, async (body) => {
    const copy = Buffer.from(body.finish());
    await before;
    before = compress(copy);
  });
};

/** Encoded and, if asked for, compressed in a second thread; the main thread only gets the bytes. */
const inWorker = (task: Task, zip: boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(import.meta.filename, { workerData: { task, zip } });
    worker.on("message", () => undefined);
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });

const workerMain = async ({ task, zip }: { readonly task: Task; readonly zip: boolean }): Promise<void> => {
  await bodies(task, async (body) => {
    const bytes = zip ? gzipSync(body.finish(), gzipOptions) : Buffer.from(body.finish());
    const own = new Uint8Array(bytes);
    parentPort?.postMessage(own, [own.buffer]);
  });
};

const PREFIX = Buffer.from(`,{"timestamp":${1e12},"message":"`);

const inJavaScript = (
  task: Task,
  encode: (input: Buffer, output: Buffer, prefix: Buffer) => number,
): void => {
  const output = Buffer.allocUnsafeSlow(8 * MIB);
  for (const piece of pieces(task, batchBytes(task))) encode(piece, output, PREFIX);
};

const inWebAssembly = (task: Task): void => {
  const encode = encoder();
  for (const piece of pieces(task, batchBytes(task))) {
    const body = newBody();
    encode(piece, body);
    body.release();
  }
};

const VARIANTS: Readonly<Record<string, (task: Task) => unknown>> = {
  objects,
  "hand-built": handBuilt,
  "in flight 1": (task) => inFlight(task, 1),
  "in flight 2": (task) => inFlight(task, 2),
  "in flight 4": (task) => inFlight(task, 4),
  "read 16 KiB": (task) => readSize(task, 16_384),
  "read 64 KiB": (task) => readSize(task, 65_536),
  "read 256 KiB": (task) => readSize(task, 262_144),
  "read 1 MiB": (task) => readSize(task, MIB),
  WebAssembly: inWebAssembly,
  "JavaScript, byte by byte": (task) => inJavaScript(task, encodeBytes),
  "JavaScript, runs of bytes": (task) => inJavaScript(task, encodeRuns),
  "JavaScript, strings": (task) => inJavaScript(task, encodeStrings),
  "encode, main thread": inWebAssembly,
  "encode, worker": (task) => inWorker(task, false),
  "encode + gzip, main thread": (task) => compressed(task, (body) => gzipSync(body, gzipOptions)),
  "encode + gzip, thread pool": (task) => compressed(task, (body) => gzipPool(body, gzipOptions)),
  "encode + gzip, worker": (task) => inWorker(task, true),
};

const gzipVariant = (task: Task): Promise<number> => {
  const [, level, strategy, memLevel] = /^gzip (\d) (\w+) (\d)$/.exec(task.variant) ?? [];
  return compression(task, Number(level), strategy as keyof typeof STRATEGIES, Number(memLevel));
};

const main = async (): Promise<void> => {
  const task = JSON.parse(process.argv[2] ?? "") as Task;
  const work = task.variant.startsWith("gzip ") ? gzipVariant : VARIANTS[task.variant];
  if (work === undefined) throw new Error(`there is no variant "${task.variant}"`);
  // The engine has seen the code before it is measured, as in a process that runs for months.
  await work({ ...task, bytes: Math.min(task.bytes, 32 * MIB) });
  const before = process.cpuUsage();
  const began = performance.now();
  const ratio = await work(task);
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(before);
  const outcome: Outcome = {
    bytes: task.bytes,
    seconds,
    cpu: (user + system) / 1e6,
    rss: process.resourceUsage().maxRSS / 1_024,
    ...(typeof ratio === "number" && { ratio }),
  };
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
};

if (isMainThread) await main();
else await workerMain(workerData);
