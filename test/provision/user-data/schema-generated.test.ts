/**
 * 500 generated inputs, and what the schema of cloud-init and we say of each: whether it is taken, and which values are
 * at fault. One process of Python answers for all, with the functions that `cloud-init schema --config-file` is made
 * of. SEED=… tries others.
 */
import { Buffer } from "node:buffer";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { lintUserData } from "../../../provision/lint/lint.ts";
import { CLOUD_CONFIG_KEYS } from "../../../provision/user-data/cloud-config-keys.ts";
import { explainUserData } from "../../../provision/user-data/explain.ts";
import { parseUserData } from "../../../provision/user-data/parse.ts";
import { toolAvailable } from "../../tools.ts";
import { containers, documents, WHOLE_DOCUMENTS } from "./cloud-configs.ts";
import { cloudInitReadings, type SchemaVerdict, schemaVerdicts } from "./cloud-init.ts";
import { hasKnownSchema } from "./machine-schema.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/user-data");
const SEED = Number(process.env.SEED ?? 20_261_128);
const ALONE = 400;
const CONTAINED = 100;
const LONG = 120_000;

const LOST = "all of it";

/** The paths of the values at fault; or nothing of the text counts. */
type Verdict = typeof LOST | readonly string[];

const config = (body: string): string => `#cloud-config\n${body}\n`;

type Content = string | Uint8Array;

const bytesOf = (content: Content): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content;

/** `write_files[0]` as the schema writes it, `write_files.0`. */
const pathOf = (key: string): string =>
  key
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, (quoted) => String(JSON.parse(quoted)))
    .replaceAll(/\[(\d+)\]/g, ".$1");

const sorted = (paths: Iterable<string>): readonly string[] => [...new Set(paths)].toSorted();

const configsIn = (content: Content) =>
  explainUserData(parseUserData(bytesOf(content))).parts.filter(({ type }) => type === "text/cloud-config");

/** What explain says of each cloud-config in user data. Keys that nothing reads have a test of their own. */
const ours = (content: Content): readonly Verdict[] =>
  configsIn(content).map(({ stage, faults = [] }) =>
    stage === undefined
      ? LOST
      : sorted(
          faults
            .filter(({ message }) => !message.includes("is no key of cloud-config"))
            .map(({ key }) => pathOf(key)),
        ),
  );

const theirs = ({ whole, refused }: SchemaVerdict): Verdict =>
  whole ? LOST : sorted(refused.flatMap(([path]) => (path === "" ? [] : [path])));

interface Difference {
  readonly why: string;
  readonly example: string;
  readonly theirs: Verdict;
  readonly ours: Verdict;
  /** Their verdict without what is different on purpose, so that the rest of a document is compared all the same. */
  readonly evened: (text: string, said: SchemaVerdict, ours: Verdict | undefined) => SchemaVerdict;
}

/** Nothing but comments and marks below the header. */
const EMPTY = /^(?:\s*(?:#[^\n]*|---|\.\.\.|null|~)?[ \t]*(?:\n|$))*$/;

const TAKEN: SchemaVerdict = { whole: false, refused: [] };
const ALL: SchemaVerdict = { whole: true, refused: [] };

/** A verdict of ours as if it were theirs. */
const as = (own: Verdict): SchemaVerdict =>
  own === LOST ? ALL : { whole: false, refused: own.map((path) => [path, ""]) };

/** Where we differ from the schema on purpose. What is here must differ, and nothing else may. */
const DIFFERENCES: readonly Difference[] = [
  {
    why: "an empty document is no mapping to the schema; at boot nothing is lost",
    example: config("# nothing"),
    theirs: LOST,
    ours: [],
    evened: (text, said, own) => (own !== undefined && EMPTY.test(text) ? TAKEN : said),
  },
  {
    why: "a partition is a number in the manual, and works at boot; the schema of 22.4.2 forgot to say so",
    example: config("fs_setup: [{device: /dev/xvdf, partition: 1}]"),
    theirs: ["fs_setup.0.partition"],
    ours: [],
    evened: (_, said) => ({
      ...said,
      refused: said.refused.filter(
        ([path, why]) => !(/^fs_setup\.\d+\.partition$/.test(path) && /^-?\d+ is not valid under/.test(why)),
      ),
    }),
  },
  {
    why: "!!binary where the schema has a pattern makes its command crash, and nothing else",
    example: config("swap: {size: !!binary aGk=}"),
    theirs: LOST,
    ours: ["swap.size"],
    evened: (_, said, own) =>
      said.refused.some(([, why]) => why.includes("cannot use a string pattern on a bytes-like")) &&
      own !== LOST
        ? as(own ?? [])
        : said,
  },
  {
    why: "what goes on in brackets or quotes has to be indented; PyYAML alone forgives that it is not",
    example: config("packages: [a,\nb]"),
    theirs: [],
    ours: LOST,
    evened: (text, said, own) =>
      own === LOST && /[[{,"'][^\n]*\n(?![-\w]+:)[^\s#]/.test(text.slice(text.indexOf("\n"))) ? ALL : said,
  },
  {
    why: "a dash alone in brackets is no text; PyYAML takes it for one",
    example: config("packages: [-]"),
    theirs: [],
    ours: LOST,
    evened: (text, said, own) => (own === LOST && /[[{,]\s*-\s*[,\]}]/.test(text) ? ALL : said),
  },
  {
    why: "in brackets a question mark without a blank begins a word; PyYAML takes what follows for a key",
    example: config("packages: [?a]"),
    theirs: ["packages.0"],
    ours: [],
    evened: (text, said, own) => (/[[{,]\s*\?[^\s,]/.test(text) && own !== undefined ? as(own) : said),
  },
  {
    why: "an anchor may have a colon in its name; PyYAML ends it before",
    example: config("&a: [x]"),
    theirs: [],
    ours: LOST,
    evened: (text, said, own) => (/&[\w-]*:/.test(text) && own !== undefined ? as(own) : said),
  },
];

/** Not one of the differences may hide what another document has. */
const evened = (text: string, said: SchemaVerdict, own: Verdict | undefined): Verdict =>
  theirs(DIFFERENCES.reduce((now, { evened: even }) => even(text, now, own), said));

/**
 * The header as the schema command insists on it. At boot it may stand behind blanks and in any case, and a part whose
 * Content-Type says what it is needs none.
 */
const withHeader = (text: string): string =>
  /^\s*#cloud-config/i.test(text)
    ? `#cloud-config${text.trimStart().slice("#cloud-config".length)}`
    : `#cloud-config\n${text}`;

type Input = readonly [text: string, own: Verdict | undefined, shown: string];

interface Compared {
  readonly text: string;
  readonly own: Verdict;
  readonly wanted: Verdict;
}

/** What we and they say of each text. */
const compared = (inputs: readonly Input[]): readonly Compared[] => {
  const said = schemaVerdicts(inputs.map(([, , shown]) => shown));
  return inputs.map(([text, own], at) => ({
    text,
    own: own ?? LOST,
    wanted: evened(text, said[at] ?? TAKEN, own),
  }));
};

const disagreements = (all: readonly Compared[]): readonly Compared[] =>
  all.filter(({ own, wanted }) => !isDeepStrictEqual(own, wanted));

/** Alone, without a header that cloud-init knows, nothing of it counts: then it is shown as it is. */
const alone = (texts: readonly string[]): readonly Input[] =>
  texts.map((text): Input => {
    const [own] = ours(text);
    return [text, own, own === undefined ? text : withHeader(text)];
  });

const CONFIG_RULES = ["UD02", "UD08", "UD10"];

/** Whether lint finds fault with a text as cloud-config; what is given twice, only lint says. */
const lintComplains = (text: string): boolean =>
  lintUserData(bytesOf(text), "x").findings.some(
    ({ rule, message }) =>
      (CONFIG_RULES.includes(rule) && message !== "is given twice") ||
      message.startsWith("YAML reads this as a mapping"),
  );

const explainComplains = (text: string): boolean => {
  const parts = explainUserData(parseUserData(bytesOf(text))).parts;
  return parts.some(({ stage, faults, bytes }) => (stage === undefined && bytes > 0) || faults !== undefined);
};

describe.skipIf(!toolAvailable("cloud-init", "cloud-init"))(
  "generated input, and the schema of cloud-init",
  () => {
    const generated = fc.sample(documents, { numRuns: ALONE, seed: SEED });
    const packed = fc.sample(containers, { numRuns: CONTAINED, seed: SEED });

    let found: readonly Compared[] = [];
    beforeAll(() => {
      found = compared(alone([...WHOLE_DOCUMENTS, ...generated]));
    }, LONG);

    // Another version refuses other values, and without python3-rfc3987 any text is an address. What is YAML, and what a
    // mapping, is the same to all of them.
    const looksAtAddresses = (): boolean =>
      schemaVerdicts([config("phone_home: {url: word}")])[0]?.refused.length === 1;
    const missing = hasKnownSchema()
      ? looksAtAddresses()
        ? undefined
        : "cloud-init does not look at addresses: apt-get install python3-rfc3987"
      : "values are compared only with cloud-init 22.4";
    const known = missing === undefined;
    if (hasKnownSchema() && !known && process.env.CI) throw new Error(missing);
    if (!known) process.stderr.write(`SKIPPED: ${missing}\n`);

    it("has of everything: what is taken, what is lost, and values at fault", () => {
      const verdicts = generated.map((text) => ours(text)[0] ?? LOST);
      for (const some of [
        verdicts.filter((verdict) => verdict === LOST),
        verdicts.filter((verdict) => verdict.length === 0),
        verdicts.filter((verdict) => verdict !== LOST && verdict.length > 0),
      ])
        expect(some.length).toBeGreaterThan(ALONE / 10);
      expect(sorted(verdicts.flatMap((verdict) => (verdict === LOST ? [] : verdict))).length).toBeGreaterThan(
        80,
      );
      expect(packed.flatMap(ours).length).toBeGreaterThan(CONTAINED);
    });

    it.skipIf(!known)("have the same values at fault, in documents alone", () => {
      expect(disagreements(found), `SEED=${SEED}`).toEqual([]);
    });

    it.skipIf(!known)(
      "have the same values at fault, in fixtures and in the parts of messages and archives",
      () => {
        const fixtures = globSync("*", { cwd: FIXTURES }).map((name) => readFileSync(join(FIXTURES, name)));
        const all: readonly Content[] = [...fixtures, ...packed];
        const readings = cloudInitReadings(all.map(bytesOf));
        const parts = all.flatMap((content, at): readonly Input[] => {
          const reading = readings[at];
          const configs =
            reading?.failed === false ? reading.parts.filter(({ type }) => type === "text/cloud-config") : [];
          const own = ours(content);
          expect(own, String(content)).toHaveLength(configs.length);
          return configs.map(({ bytes }, index): Input => {
            const body = Buffer.from(bytes, "base64").toString();
            return [body, own[index], withHeader(body)];
          });
        });
        expect(parts.length).toBeGreaterThan(CONTAINED);
        expect(disagreements(compared(parts)), `SEED=${SEED}`).toEqual([]);
      },
      LONG,
    );

    it("are lost as a whole in the same cases, in any version", () => {
      const differ = found.filter(({ own, wanted }) => (own === LOST) !== (wanted === LOST));
      expect(differ, `SEED=${SEED}`).toEqual([]);
    });

    it.skipIf(!known).each(DIFFERENCES)(
      "differ on purpose: $why",
      ({ example, theirs: wanted, ours: own }) => {
        const [said = TAKEN] = schemaVerdicts([example]);
        expect([theirs(said), ours(example)[0]]).toEqual([wanted, own]);
      },
    );

    it("differ on purpose: lint and explain name keys at the top that nothing reads, the schema since version 23", () => {
      const examples = ["no_such_key: 1", "package: [a]", "runcmds: [a]"].map(config);
      expect(examples.map((text) => configsIn(text)[0]?.faults?.length)).toEqual([1, 1, 1]);
      const looks = schemaVerdicts(examples).map(({ refused }) => refused.length > 0);
      expect(new Set(looks).size).toBe(1);
      expect(CLOUD_CONFIG_KEYS.has("runcmds")).toBe(false);
    });

    it("differ on purpose: a key that is given twice only lint tells, since PyYAML keeps the last one without a word", () => {
      const text = config("hostname: a\nhostname: 12");
      expect([ours(text)[0], theirs(schemaVerdicts([text])[0] ?? TAKEN)]).toEqual([
        ["hostname"],
        ["hostname"],
      ]);
      const same = config("hostname: a\nhostname: b");
      expect([ours(same)[0], theirs(schemaVerdicts([same])[0] ?? TAKEN)]).toEqual([[], []]);
      expect(lintUserData(bytesOf(same), "x").findings).toMatchObject([
        { rule: "UD10", message: "is given twice" },
      ]);
    });

    it("have lint and explain of one mind", () => {
      const texts = [...WHOLE_DOCUMENTS, ...generated, ...packed];
      expect(texts.filter((text) => lintComplains(text) !== explainComplains(text))).toEqual([]);
    });
  },
);
