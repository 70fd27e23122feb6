import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import { AppError } from "../../../agent/base/errors.ts";
import type { Change } from "../../rehearse/metadata/changes.ts";
import type { Run } from "./runs.ts";

/** How a rehearsal that is under way is told what happens to its instance, from another terminal. */

const socketOf = ({ directory }: Pick<Run, "directory">): string => join(directory, "control.sock");
/** User data and a little around it; more is no change. */
const MOST_BYTES = 65_536;

/** Takes changes until it is closed. The directory lets nobody else in. */
export const takeChanges = (run: Run, change: (change: Change) => Promise<void>): (() => void) => {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const chunks: Buffer[] = [];
    let size = 0;
    socket.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_BYTES) socket.destroy();
      else chunks.push(chunk);
    });
    socket.on("error", () => undefined);
    socket.on("end", () => {
      Promise.resolve()
        // Not JSON: user data are bytes.
        .then(() => change(deserialize(Buffer.concat(chunks)) as Change))
        .then(
          () => socket.end("{}\n"),
          (error: Error) => socket.end(`${JSON.stringify({ error: error.message })}\n`),
        );
    });
  });
  // Where there can be no socket, such as in a directory with a long name, nobody can tell it anything: it goes on.
  server.on("error", () => undefined);
  server.listen(socketOf(run));
  return () => server.close();
};

/**
 * Tells a rehearsal of a change.
 *
 * @throws AppError REHEARSAL_BROKEN when it does not take it
 */
export const sendChange = async (run: Pick<Run, "directory" | "id">, change: Change): Promise<void> => {
  const text = await new Promise<string>((resolve, reject) => {
    const socket = createConnection(socketOf(run));
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      answer += chunk;
    });
    const fail = (why: string): void =>
      reject(new AppError("REHEARSAL_BROKEN", `Rehearsal ${run.id} does not answer: ${why}.`));
    socket.on("end", () => (answer === "" ? fail("it has ended") : resolve(answer)));
    socket.on("error", (error) => fail(error.message));
    socket.end(serialize(change));
  });
  const { error } = JSON.parse(text) as { readonly error?: string };
  if (error !== undefined) throw new AppError("USAGE", error);
};
