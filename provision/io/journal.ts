import { chmod, mkdir, open } from "node:fs/promises";
import { homedir, hostname, userInfo } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import process from "node:process";
import { AppError } from "../../agent/base/errors.ts";
import type { Journal } from "../launch-template/ports.ts";

/** Where provision keeps what it did, when nobody says: the state directory of the user (XDG base directories). */
export const defaultStateDirectory = (): string => {
  const { XDG_STATE_HOME: stated = "" } = process.env;
  return join(isAbsolute(stated) ? stated : join(homedir(), ".local", "state"), "provision");
};

/** How somebody is called who may have no entry in the user database, as in a container. */
const who = (): string => {
  const name = (): string => {
    try {
      return userInfo().username;
    } catch {
      return String(process.getuid?.() ?? "");
    }
  };
  return `${name()}@${hostname()}`;
};

/**
 * A file of JSON lines: each is on disk before what it tells of is done. Only its owner may read it.
 *
 * @throws AppError STATE_UNUSABLE, from each write
 */
export const openJournal = (file: string): Journal => ({
  write: async (entry) => {
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      const handle = await open(file, "a", 0o600);
      try {
        const line = { at: new Date().toISOString(), who: who(), ...entry };
        await handle.appendFile(`${JSON.stringify(line)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await chmod(file, 0o600);
    } catch (error) {
      throw new AppError("STATE_UNUSABLE", `Cannot write ${file}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  },
});
