/** What names tell about rotation: `a.log.1`, `a.log-20261124`, `a-2026-11-24.log`, `a.log.old`, each also with `.gz`. */

/** What rotation puts behind a name, or before its extension. */
const MARK = "[.\\-_](?:\\d[\\d.\\-_:T]*|old|bak|prev)";
const BEHIND = new RegExp(`(?:${MARK})+$`);
const BEFORE_EXTENSION = new RegExp(`(?:${MARK})+(\\.[A-Za-z]+)$`);
const REST = new RegExp(`^${MARK}(?:\\.[A-Za-z]+)?(?:\\.gz)?$`);

/** The name that rotation has made this one of, as far as names tell; itself for one that is not rotated. */
export const plainPath = (path: string): string => {
  const unpacked = path.replace(/\.gz$/, "");
  return unpacked.replace(BEHIND, "").replace(BEFORE_EXTENSION, "$1");
};

/** By what the files of a log are known together: by name, since their directories get other names too. */
export const logName = (path: string): string => lastPart(plainPath(path));

/** Behind the whole name, where nothing but rotation puts a number: `a.log.1` of `a.log`, and not `a-1.log`. */
export const isMovedAside = (path: string, plain: string): boolean =>
  path.startsWith(plain) && REST.test(path.slice(plain.length));

/** Could rotation have given this name to the file that had `path`, wherever its directory is now? */
export const isRotatedName = (other: string, path: string): boolean => {
  const [name, plain] = [lastPart(other), lastPart(path)];
  // Where each file has a name of its own, it is packed under that name.
  if (isMovedAside(name, plain) || name === `${plain}.gz`) return true;
  const stem = plain.replace(/\.[A-Za-z]+$/, "");
  return stem !== plain && name.startsWith(stem) && REST.test(name.slice(stem.length));
};

/** What two rotated names of one log say about their age: below 0 when the first one is older, 0 when they do not. */
export const compareNames = (a: string, b: string): number => {
  const [one = "", other = ""] = [a, b].map((path) => new RegExp(`${MARK}`).exec(lastPart(path))?.[0] ?? "");
  const [first, second] = [one, other].map((mark) => Number(/\d+/.exec(mark)?.[0] ?? Number.NaN));
  // What rotation has given a name to was there before what it has not.
  if ((one === "") !== (other === "")) return one === "" ? 1 : -1;
  if (first === undefined || second === undefined || Number.isNaN(first) || Number.isNaN(second)) return 0;
  // Numbers are counted up with each rotation, dates are not.
  return isCount(one) && isCount(other) ? second - first : one < other ? -1 : Number(one > other);
};

/** Where a file with the name of the second path would be, in the directory of the first one. */
export const besides = (path: string, other: string): string =>
  path.slice(0, path.lastIndexOf("/") + 1) + lastPart(other);

const lastPart = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const isCount = (mark: string): boolean => /^\D\d{1,3}\.?$/.test(mark);

interface Aged {
  readonly path: string;
  readonly modifiedAt: number;
  readonly bornAt: number;
}

/** Files of one log, the oldest first: by the time of their last line, and where that is the same by their beginning. */
export const byAge = (a: Aged, b: Aged): number =>
  a.modifiedAt - b.modifiedAt ||
  (isPacked(a) || isPacked(b) ? 0 : a.bornAt - b.bornAt) ||
  compareNames(a.path, b.path);

/** A compressed file is younger than what it holds. */
const isPacked = ({ path }: Aged): boolean => path.endsWith(".gz");
