import { AppError } from "../base/errors.ts";

/** What the parser cannot check of the value of an option. Each throws AppError USAGE that names the option. */

/** The longest time that a timer can wait for, in milliseconds: 24.8 days. */
const LONGEST_MS = 2 ** 31 - 1;

export const portNumber = (port: number): number => {
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new AppError("USAGE", `--port takes a number from 0 to 65535, not "${port}"`);
  return port;
};

/** Refuses `--name ""`, which is what `--name "$UNSET"` comes to in a script: it never means the current directory. */
export const notEmpty = <Value extends string | undefined>(option: string, value: Value): Value => {
  if (value === "") throw new AppError("USAGE", `${option} is given, but empty`);
  return value;
};

/** `source` says where the URL comes from: an option, or a variable of the environment. */
export const endpointUrl = (source: string, url: string): string => {
  if (!/^https?:\/\/./i.test(url) || !URL.canParse(url))
    throw new AppError("USAGE", `${source} takes a URL like http://127.0.0.1:4586, not "${url}"`);
  return url;
};

/** A time that a timer can wait for. Nobody waits for longer. */
export const waitable = (ms: number): number => Math.min(ms, LONGEST_MS);
