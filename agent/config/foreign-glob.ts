/** Names that begin and end as the pattern says, here or in any directory below. */
const ACROSS = "{*,*/**/*}";

const nativePart = (part: string, last: boolean): string => {
  if (!part.includes("**") || part.includes("\\")) return part;
  const pieces = part.split(/\*{2,}/);
  if (pieces.every((piece) => piece === "")) return "**";
  const [before = "", after = ""] = pieces;
  if (pieces.length === 2 && before === "") return `**/*${after}`;
  if (pieces.length === 2 && after === "" && !last) return `${before}*/**`;
  return pieces.join(ACROSS);
};

/**
 * A pattern of the CloudWatch agent as one for this agent. There `**` stands for any characters, slashes too, so
 * that `/var/log/**.log` means all directories below; here `**` must stand alone between slashes.
 */
export const nativeGlob = (pattern: string): string => {
  const parts = pattern.split("/");
  return parts.map((part, at) => nativePart(part, at === parts.length - 1)).join("/");
};
