import { AppError } from "../../agent/base/errors.ts";
import { CHANGE_NAMES, parseChange } from "./metadata/change-words.ts";
import type { Change } from "./metadata/changes.ts";

/**
 * What `--event` asks for: the words of `rehearse event` in one text, such as `spot in=2m`.
 *
 * @throws AppError USAGE
 */
export const parseEvent = (text: string): Change => {
  const [name = "", ...words] = text.trim().split(/\s+/);
  if (name === "user-data")
    throw new AppError("USAGE", "--event user-data: what is rehearsed is the user data from the start.");
  if (name === "") throw new AppError("USAGE", `--event takes ${CHANGE_NAMES.join(", ")}.`);
  const options = words.map((word) => {
    const at = word.indexOf("=");
    if (at < 1) throw new AppError("USAGE", `--event ${text}: "${word}" is no NAME=VALUE.`);
    return [word.slice(0, at), word.slice(at + 1)] as const;
  });
  return parseChange({ name, options: Object.fromEntries(options) });
};
