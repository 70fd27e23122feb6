/** A package as somebody has asked for it. */
export interface NamedPackage {
  readonly name: string;
  /** As apt takes it: `nginx`, `nginx=1.22.1-9`, `nginx/stable-backports`. */
  readonly spec: string;
}

/** Names, architectures, versions, releases, and the stars of a pattern. */
const SPEC = /^[A-Za-z0-9][A-Za-z0-9.+_*-]*(:[a-z0-9-]+)?([=/][A-Za-z0-9][A-Za-z0-9.+~:*_-]*)?$/;
/** Files and addresses: what they need is not known before they are there. */
const FILE = /^[./~]|:\/\/|\.(deb|rpm|snap)$/;

/** How many words braces may make of one: nobody writes more by hand. */
const MOST_WORDS = 256;

/** `php-{cli,fpm}` as bash reads it. */
export const withoutBraces = (text: string): readonly string[] => {
  let words: readonly string[] = [text];
  for (let round = 0; round < 8 && words.length <= MOST_WORDS; round += 1) {
    const next = words.flatMap((word) => {
      const [, before, list, after] = /^([^{}]*)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(word) ?? [];
      return list === undefined ? [word] : list.split(",").map((item) => `${before}${item}${after}`);
    });
    if (next.length === words.length) break;
    words = next;
  }
  return words;
};

/** The package that a word names; `removed` for `nginx-`, undefined for what names none that can be known. */
export const packageOf = (spec: string): NamedPackage | "removed" | undefined => {
  if (FILE.test(spec) || !SPEC.test(spec)) return undefined;
  if (spec.endsWith("-")) return "removed";
  return { name: spec.split(/[=/]/, 1)[0] ?? spec, spec };
};
