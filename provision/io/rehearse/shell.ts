import { spawn } from "node:child_process";
import process from "node:process";
import type { Machine } from "../../rehearse/ports.ts";
import { SYSTEM_PATH } from "./process.ts";

/** Gives the terminal to a shell inside, until that ends. */
export const openShell = async (
  { leader }: Machine,
  { err }: { readonly err: (text: string) => void },
): Promise<void> => {
  err("A shell in the container, as root; exit ends the rehearsal.\n");
  const child = spawn(
    "nsenter",
    [`--target=${leader}`, "--all", "--", "/bin/sh", "-c", "cd; exec $(command -v bash || echo sh) -l"],
    {
      stdio: "inherit",
      env: {
        PATH: SYSTEM_PATH,
        TERM: process.env.TERM ?? "dumb",
        HOME: "/root",
      },
    },
  );
  await new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
};
