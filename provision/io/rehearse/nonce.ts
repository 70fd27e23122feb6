import { randomBytes } from "node:crypto";

/** A secret that nobody can guess, in hexadecimal. */
export const newNonce = (): string => randomBytes(32).toString("hex");
