import { chmodSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";

/** The socket on which a running agent answers questions about itself. */
const socketPath = (stateDirectory: string): string => join(stateDirectory, "control.sock");

/** Longest path of a Unix socket on Linux, in bytes (sockaddr_un). */
const LONGEST_PATH = 107;
/** An agent that does not answer for this long, in milliseconds, is taken for stuck. */
const ANSWER_MS = 5_000;

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
export const askControl = async (stateDirectory: string): Promise<unknown> => {
  const path = socketPath(stateDirectory);
  try {
    return JSON.parse(await ask(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = error instanceof SyntaxError ? "what answers there is no host-agent" : message;
    throw new AppError("NOT_RUNNING", `${path}: ${REASONS[code ?? ""] ?? why}`, { cause: error });
  }
};

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such socket",
  ENOTDIR: "a part of its path is not a directory",
  ECONNREFUSED: "nobody listens there any more",
  EACCES: "permission denied; ask as root, or as the user that the agent runs as",
};

const ask = (socketPath: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const call = request({ socketPath, path: "/status", timeout: ANSWER_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`it answers with ${response.statusCode}`));
      });
    });
    call.on("timeout", () => call.destroy(new Error("no answer")));
    call.on("error", reject);
    call.end();
  });
