import { dynamicData } from "./identity.ts";
import type { Instance } from "./instance.ts";
import { metaData } from "./meta-data.ts";
import { type Content, contentAt, type Entry, given, isDirectory, listing } from "./tree.ts";
import { isVersion, VERSIONS } from "./versions.ts";

/** What stands at a path that has been taken apart: a text, or the bytes of the user data. Undefined for nothing. */
export const documentAt = (
  instance: Instance,
  [version, ...names]: readonly string[],
  now: number,
): string | Uint8Array | undefined => {
  if (version === undefined) return VERSIONS.join("\n");
  if (!isVersion(version)) return undefined;
  const content: Content | undefined = contentAt(topOf(instance, now), names, version);
  return content !== undefined && isDirectory(content) ? listing(content, version) : content;
};

/** The top of a version, which is listed without `/`. */
const topOf = (instance: Instance, now: number): readonly Entry[] => [
  { name: "dynamic", content: dynamicData(instance), since: "2009-04-04", listed: "dynamic" },
  { name: "meta-data", content: metaData(instance, now), listed: "meta-data" },
  // EC2 knows no difference between no user data and empty ones.
  ...given(instance.userData?.length ? instance.userData : undefined, (content) => ({
    name: "user-data",
    content,
  })),
];
