import { AppError } from "../../agent/base/errors.ts";

/** A file that answers for an address, inside of a rehearsal only. */
export interface ServedFile {
  readonly url: string;
  readonly file: string;
}

/** Neither a port nor a user: what answers inside has the ports of the web, and asks nobody who he is. */
const URL_FORM = /^(https?|s3):\/\/[\w.-]+\/[^?#\s]*$/;

/**
 * What `--serve URL=FILE` asks for. A URL may hold `=` itself: the file is what is behind the last one that leads to
 * a file.
 *
 * @throws AppError USAGE
 */
export const servedFiles = (
  words: readonly string[],
  isThere: (path: string) => boolean,
): readonly ServedFile[] =>
  words.map((word) => {
    const last = word.lastIndexOf("=");
    const ends = [...word.matchAll(/=/g)].map(({ index }) => index);
    const at =
      ends.findLast((end) => URL_FORM.test(word.slice(0, end)) && isThere(word.slice(end + 1))) ?? last;
    const [url, file] = [word.slice(0, at), word.slice(at + 1)];
    if (at < 0 || !URL_FORM.test(url))
      throw new AppError(
        "USAGE",
        `--serve takes URL=FILE, with https://HOST/PATH, http://HOST/PATH or s3://BUCKET/KEY, not "${word}".`,
      );
    if (!isThere(file)) throw new AppError("USAGE", `--serve ${url}: there is no file ${file}.`);
    return { url, file };
  });

/** A file of this machine in the place of one that a container cannot have. */
export interface StandIn {
  readonly path: string;
  readonly file: string;
}

/**
 * What `--stand-in PATH=FILE` asks for.
 *
 * @throws AppError USAGE
 */
export const standIns = (words: readonly string[], isThere: (path: string) => boolean): readonly StandIn[] =>
  words.map((word) => {
    const at = word.indexOf("=");
    const [path, file] = [word.slice(0, at), word.slice(at + 1)];
    if (at < 0 || !/^(?:\/[\w.@+-]+)+$/.test(path) || path.split("/").includes(".."))
      throw new AppError("USAGE", `--stand-in takes PATH=FILE with a whole path, not "${word}".`);
    if (!isThere(file)) throw new AppError("USAGE", `--stand-in ${path}: there is no file ${file}.`);
    return { path, file };
  });
