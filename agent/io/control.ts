import { chmodSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";

/** The socket on which a running agent answers questions about itself. */
const socketPath = (stateDirectory: string): string => join(stateDirectory, "control.sock");

/** Longest path of a Unix socket on Linux, in bytes (sockaddr_un). */
const LONGEST_PATH = 107;

export interface Control {
  readonly close: () => void;
}

/**
 * Answers `GET /status` on a socket inside the state directory, which only its owner may enter.
 *
 * @throws AppError STATE_UNUSABLE when there can be no socket in that directory.
 */
export const serveControl = async (stateDirectory: string, status: () => unknown): Promise<Control> => {
  const path = socketPath(stateDirectory);
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw new AppError(
      "STATE_UNUSABLE",
      `${path} is too long for the name of a socket (${LONGEST_PATH} bytes)`,
    );
  // The state is locked by now, so whatever socket lies there belongs to nobody.
  rmSync(path, { force: true });
  const server = createServer((incoming, response) => {
    const known = incoming.method === "GET" && incoming.url === "/status";
    response.writeHead(known ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(known ? status() : { error: "not found" }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(new AppError("STATE_UNUSABLE", `${path}: ${error.message}`, { cause: error })),
    );
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  server.unref();
  return {
    close: () => {
      server.close();
      server.closeAllConnections();
      rmSync(path, { force: true });
    },
  };
};

/**
 * Asks a running agent for its status.
 *
 * @throws AppError NOT_RUNNING
 */
export const askControl = (stateDirectory: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const path = socketPath(stateDirectory);
    const fail = (error: Error) =>
      reject(new AppError("NOT_RUNNING", `${path}: ${error.message}`, { cause: error }));
    const call = request({ socketPath: path, path: "/status", timeout: 5_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", fail);
      response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    });
    call.on("timeout", () => call.destroy(new Error("no answer")));
    call.on("error", fail);
    call.end();
  });
