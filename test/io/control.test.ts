import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { AppError } from "../../agent/base/errors.ts";
import { askControl, serveControl } from "../../agent/io/control.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hostwright-control-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const socket = (): string => join(folder, "control.sock");

const refused = async (directory = folder): Promise<string> => {
  const error: unknown = await askControl(directory).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(AppError);
  expect((error as AppError).code).toBe("NOT_RUNNING");
  return (error as AppError).message.replace(directory, "DIR");
};

const listening = (server: ReturnType<typeof createSocketServer>): Promise<void> => {
  onTestFinished(() => void server.close());
  return new Promise((resolve) => server.listen(socket(), resolve));
};

describe("the control socket", () => {
  it("answers with the status of the moment", async () => {
    let asked = 0;
    const control = await serveControl(folder, () => ({ asked: ++asked }));
    onTestFinished(() => control.close());
    expect(await askControl(folder)).toEqual({ asked: 1 });
    expect(await askControl(folder)).toEqual({ asked: 2 });
  });

  it("is for its owner alone, and gone when it is closed", async () => {
    const control = await serveControl(folder, () => ({}));
    expect((statSync(socket()).mode & 0o777).toString(8)).toBe("600");
    control.close();
    expect(existsSync(socket())).toBe(false);
  });

  it("takes the place of one that a killed agent has left", async () => {
    writeFileSync(socket(), "");
    const control = await serveControl(folder, () => "new");
    onTestFinished(() => control.close());
    expect(await askControl(folder)).toBe("new");
  });

  it("answers one question only", async () => {
    const control = await serveControl(folder, () => ({}));
    onTestFinished(() => control.close());
    const answer = (method: string, path: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const call = request({ socketPath: socket(), method, path }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        call.on("error", reject);
        call.end();
      });
    expect(
      await Promise.all([answer("GET", "/"), answer("POST", "/status"), answer("GET", "/status")]),
    ).toEqual([404, 404, 200]);
  });

  it.each([
    [
      "its path is too long",
      (path: string) => join(path, "d".repeat(100)),
      "too long for the name of a socket (107 bytes)",
    ],
    ["its directory is missing", (path: string) => join(path, "missing"), "missing/control.sock"],
  ])("says so when there can be none because %s", async (_, directory, says) => {
    const error: unknown = await serveControl(directory(folder), () => ({})).catch((error: unknown) => error);
    expect((error as AppError).code).toBe("STATE_UNUSABLE");
    expect((error as AppError).message).toContain(says);
  });
});

describe("asking an agent that is not there", () => {
  it("says that there is no socket", async () => {
    expect(await refused()).toBe("DIR/control.sock: there is no such socket");
  });

  it("says that nobody listens", async () => {
    const control = await serveControl(folder, () => ({}));
    // As a kill leaves it: a socket without a listener.
    const server = createSocketServer();
    control.close();
    await new Promise<void>((resolve) => server.listen(socket(), resolve));
    renameSync(socket(), `${socket()}.kept`);
    await new Promise((resolve) => server.close(resolve));
    renameSync(`${socket()}.kept`, socket());
    expect(await refused()).toBe("DIR/control.sock: nobody listens there any more");
  });

  it("says that a part of the path is no directory", async () => {
    writeFileSync(join(folder, "file"), "");
    expect(await refused(join(folder, "file"))).toMatch(/: a part of its path is not a directory$/);
  });

  it.each<[string, Parameters<typeof createServer>[1], string]>([
    ["something else", (_, response) => void response.end("<html>"), "what answers there is no host-agent"],
    ["nothing to say", (_, response) => void response.writeHead(404).end(), "it answers with 404"],
    [
      "cut off",
      (_, response) => {
        response.writeHead(200, { "content-length": "100" }).write("{");
        setTimeout(() => response.destroy(), 20);
      },
      "aborted",
    ],
    ["a closed door", (incoming) => void incoming.destroy(), "socket hang up"],
  ])("says what is wrong with the answer: %s", async (_, answer, says) => {
    await listening(createServer(answer as never));
    expect(await refused()).toBe(`DIR/control.sock: ${says}`);
  });
});
