import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Where the state is kept when nobody says: for the system as root, else for the user (XDG base directories). */
export const defaultStateDirectory = (env: Readonly<Record<string, string | undefined>>): string => {
  if (process.getuid?.() === 0) return "/var/lib/host-agent";
  return join(env.XDG_STATE_HOME ?? join(homedir(), ".local", "state"), "host-agent");
};
