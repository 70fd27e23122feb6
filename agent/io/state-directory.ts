import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import process from "node:process";

/** Where the state is kept when nobody says: for the system as root, else for the user (XDG base directories). */
export const defaultStateDirectory = (env: Readonly<Record<string, string | undefined>>): string => {
  if (process.getuid?.() === 0) return "/var/lib/host-agent";
  // The specification says to ignore a path that is not absolute, and with it an empty one.
  const { XDG_STATE_HOME: stated = "" } = env;
  return join(isAbsolute(stated) ? stated : join(homedir(), ".local", "state"), "host-agent");
};
