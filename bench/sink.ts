/**
 * The other end of the wire, in a process of its own so that its work is not counted: takes each PutLogEvents call,
 * checks cheaply that the events of a stream come whole and in order, and answers. Not the embedded endpoint, which
 * would be the bottleneck.
 */
import { createServer, type IncomingMessage } from "node:http";
import process from "node:process";
import { gunzipSync } from "node:zlib";

export interface SinkReport {
  readonly requests: number;
  readonly events: number;
  readonly wireBytes: number;
  readonly plainBytes: number;
  /** Events that did not follow the one before them in their file. */
  readonly outOfOrder: number;
  /** From the time a line says it was written to its arrival, in milliseconds. */
  readonly latencies: readonly number[];
}

const MARK = Buffer.from('{"timestamp":');

/** What one client has sent. The floor is counted apart, after the same work: a faster peer makes sending cheaper. */
class Tally {
  requests = 0;
  events = 0;
  wireBytes = 0;
  plainBytes = 0;
  outOfOrder = 0;
  readonly latencies: number[] = [];
  readonly #next = new Map<string, number>();

  take(wire: Buffer, body: Buffer): void {
    const events = count(body);
    this.requests++;
    this.wireBytes += wire.length;
    this.plainBytes += body.length;
    this.events += events;
    const stream = /"logStreamName":"([^"]*)"/.exec(body.toString("latin1", 0, 1_200))?.[1] ?? "";
    const [first, last] = sequences(body);
    if (first !== (this.#next.get(stream) ?? 0) || last !== first + events - 1) this.outOfOrder++;
    this.#next.set(stream, last + 1);
    if (body.length > 65_536) return;
    const now = Date.now();
    for (const [, at] of body.toString("latin1").matchAll(/ at=(\d{13}) /g))
      this.latencies.push(now - Number(at));
  }
}

const count = (body: Buffer): number => {
  let events = 0;
  for (let at = body.indexOf(MARK); at !== -1; at = body.indexOf(MARK, at + MARK.length)) events++;
  return events;
};

/** The sequence numbers of the first and the last event; a file's lines end with `#` and ten digits. */
const sequences = (body: Buffer): readonly [number, number] => {
  const at = (mark: number) => Number(body.toString("latin1", mark + 2, mark + 12));
  return [at(body.indexOf(" #")), at(body.lastIndexOf(" #"))];
};

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const agent = new Tally();
const floor = new Tally();
/** As long as the service would take to answer, in milliseconds. */
const DELAY_MS = Number(process.argv[2] ?? 0);
let sample: Buffer | undefined;

const server = createServer(async (request, response) => {
  if (request.url === "/sample") return void response.end(sample);
  if (request.url === "/report") return void response.end(JSON.stringify(agent satisfies SinkReport));
  const wire = await readBody(request);
  if (String(request.headers["x-amz-target"]).endsWith(".PutLogEvents")) {
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(wire) : wire;
    if (request.url === "/floor") floor.take(wire, body);
    else {
      agent.take(wire, body);
      if (sample === undefined || sample.length < wire.length) sample = wire;
    }
  }
  const answer = () => response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end("{}");
  if (DELAY_MS > 0) setTimeout(answer, DELAY_MS);
  else answer();
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.stdout.write(`${JSON.stringify(server.address())}\n`));
