/** How cloud-init tells what a part is when nothing else says so: by how its text begins. */

/** The beginnings that cloud-init knows, the longest first, so that none hides a longer one. In lower case. */
const BEGINNINGS = (
  [
    ["text/x-shellscript-per-instance", "text/x-shellscript-per-instance"],
    ["text/x-shellscript-per-boot", "text/x-shellscript-per-boot"],
    ["text/x-shellscript-per-once", "text/x-shellscript-per-once"],
    ["#cloud-config-archive", "text/cloud-config-archive"],
    ["#cloud-config-jsonp", "text/cloud-config-jsonp"],
    ["## template: jinja", "text/jinja2"],
    ["#cloud-boothook", "text/cloud-boothook"],
    ["#cloud-config", "text/cloud-config"],
    ["#include-once", "text/x-include-once-url"],
    ["#part-handler", "text/part-handler"],
    ["#include", "text/x-include-url"],
    ["#!", "text/x-shellscript"],
  ] as const
).toSorted(([a], [b]) => b.length - a.length);

/** What Python counts as blank, which is not what JavaScript does: a byte order mark is not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: cloud-init strips the separators too.
const LEADING_BLANKS = /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** Without what cloud-init strips before it looks, but which the kernel does not when it runs a script. */
export const withoutLeadingBlanks = (text: string): string => text.replace(LEADING_BLANKS, "");

const TRAILING_BLANKS = new RegExp(`${LEADING_BLANKS.source.slice(1)}$`);

/** Without the blanks at both ends. */
export const withoutBlanks = (text: string): string =>
  withoutLeadingBlanks(text).replace(TRAILING_BLANKS, "");

/** Longest beginning, in characters, with room for letters whose small form is longer. */
const LOOK_AT = 64;

/** The content type by how a text begins, or undefined when cloud-init knows no such beginning. */
export const sniff = (text: string): string | undefined => {
  const start = withoutLeadingBlanks(text).slice(0, LOOK_AT).toLowerCase();
  return BEGINNINGS.find(([beginning]) => start.startsWith(beginning))?.[1];
};

/** Every type that one of cloud-init's own handlers takes; all others are ignored with a warning. */
export const HANDLED: ReadonlySet<string> = new Set([
  "text/cloud-config",
  "text/cloud-config-jsonp",
  "text/x-shellscript",
  "text/x-shellscript-per-boot",
  "text/x-shellscript-per-instance",
  "text/x-shellscript-per-once",
  "text/cloud-boothook",
  "text/jinja2",
  "text/part-handler",
]);

/** Types that bring other parts, and are no part themselves. */
export const INCLUDES: ReadonlySet<string> = new Set(["text/x-include-url", "text/x-include-once-url"]);
export const ARCHIVE = "text/cloud-config-archive";

export const isScript = (type: string): boolean => type.startsWith("text/x-shellscript");
