/**
 * `cloud-init schema --config-file` reads one file and looks at nothing else: no boot stage, no data source, no network.
 * It does so for root and for anybody else.
 */
import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadHost, readSources } from "../../../provision/commands/load-host.ts";
import { lintUserData } from "../../../provision/lint/lint.ts";
import { RULES } from "../../../provision/lint/rules.ts";
import { parseUserData } from "../../../provision/user-data/parse.ts";
import { renderUserData } from "../../../provision/user-data/render.ts";
import { toolAvailable } from "../../tools.ts";

const ROOT = join(import.meta.dirname, "../../..");
const FIXTURES = join(ROOT, "test/fixtures/user-data");
/** Each file is a process of Python that loads all modules of cloud-init. */
const LONG = 180_000;
const AT_ONCE = 2;

/** What our rules say of a cloud-config as such: its header, its keys and its YAML. */
const ABOUT_CONFIG = ["UD08", "UD10", "UD11"];

const findingsOf = (text: string) =>
  lintUserData(new TextEncoder().encode(text), "config.yaml").findings.filter(({ rule }) =>
    ABOUT_CONFIG.includes(rule),
  );

const weComplain = (text: string): boolean => findingsOf(text).length > 0;

const weRefuse = (text: string): boolean => findingsOf(text).some(({ severity }) => severity === "error");

/** What runs in sh and is written for bash is no matter of the schema. */
const refusedByUs = (text: string): boolean =>
  findingsOf(text).some(({ rule, severity }) => severity === "error" || rule === "UD10");

interface Named {
  readonly name: string;
  readonly text: string;
}

/** The cloud-config in user data, alone or as part of a message. A template of jinja is none before it is filled in. */
const configsIn = (name: string, bytes: Uint8Array): readonly Named[] =>
  parseUserData(bytes)
    .parts.filter(({ type }) => type === "text/cloud-config")
    .map((part, at) => ({ name: `${name} ${at + 1}`, text: part.text }));

const ofFixtures = (): readonly Named[] =>
  globSync("*", { cwd: FIXTURES })
    .toSorted()
    .flatMap((name) => configsIn(name, readFileSync(join(FIXTURES, name))));

const ofExamples = (): readonly Named[] =>
  RULES.flatMap(({ id, examples: { pass } }) =>
    pass.flatMap((example, at) => {
      const content = typeof example === "string" ? example : example.text;
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      return bytes.length === 0 ? [] : configsIn(`${id} pass ${at + 1}`, bytes);
    }),
  );

const silent = { out: () => undefined, err: () => undefined };

/** What the starters are rendered to. None has a cloud-config of its own as yet; one that gets one is checked. */
const ofStarters = async (): Promise<readonly Named[]> => {
  const files = globSync("templates/hosts/*/host.yaml", { cwd: ROOT }).map((file) => join(ROOT, file));
  expect(files.length).toBeGreaterThanOrEqual(5);
  const found = files.map(async (file) => {
    const host = await loadHost(file, [], silent);
    return configsIn(relative(ROOT, file), renderUserData(host, await readSources(host, file)).bytes);
  });
  return (await Promise.all(found)).flat();
};

const config = (body: string): string => `#cloud-config\n${body}\n`;

/** Invalid, and both say so. */
const INVALID: readonly string[] = [
  config("packages: [nginx"),
  config("runcmd: ['echo]"),
  config("packages:\n\t- nginx"),
  config("packages:\n - a\n- b"),
  config("packages: [a]\nruncmd\nhostname: b"),
  config("runcmd:\n  - [[ -f /x ]] && true"),
  config("- packages"),
  config("nginx"),
  config("runcmd:\n  - echo a: b"),
  config("bootcmd:\n  - {echo: a}"),
  config("packages: [a]\n---\npackages: [b]"),
  "# cloud-config\npackages: [nginx]\n",
  config("packages: [nginx]\nruncmd:\n  - true"),
  config("runcmd: [12]"),
  config("runcmd: [*anchor]"),
  config("? [a]\n: b"),
  config("hostname: !x a"),
  config("packages: nginx"),
  config("packages:"),
  config("runcmd: echo"),
  config("write_files: {path: /x}"),
  config("mounts: [a]"),
  config("ntp: {servers: 1}"),
  config("hostname: 12"),
  config('package_update: "yes"'),
  // off is false in the YAML 1.1 of cloud-init.
  config("power_state: {mode: off}"),
  config("users: [{name: a, bogus: 1}]"),
];

/** Only we complain. */
const ONLY_WE: readonly (readonly [text: string, reason: string])[] = [
  [
    config("packages: [a]\npackages: [b]"),
    "PyYAML keeps the second one without a word, and the first is lost",
  ],
];

/** Neither complains, although our reader of other files refuses these. */
const ODD: readonly (readonly [text: string, reason: string])[] = [
  [config("runcmd: &a [b]\n<<: {hostname: c}"), "PyYAML knows merge keys"],
  [config("runcmd: [&a [b], *a]"), "an alias with its anchor"],
  [config("package_update: yes"), "yes is a boolean in the YAML 1.1 of cloud-init"],
];

/** Its parser takes the header in any case. Its schema command does so in later versions only. */
const ANY_CASE = "#Cloud-Config\n{}\n";

/** Before cloud-init 23 the schema took any key at the top. Probed rather than read from the version. */
const UNKNOWN_KEYS: readonly string[] = [
  config("package: [nginx]"),
  config("run_cmd: [reboot]"),
  readFileSync(join(FIXTURES, "misspelt-key.yaml"), "utf8"),
];

describe.skipIf(!toolAvailable("cloud-init", "cloud-init"))("cloud-config, and cloud-init schema", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "hostwright-schema-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  let files = 0;
  /** Undefined when it is content. */
  const complaint = async (text: string): Promise<string | undefined> => {
    files += 1;
    const path = join(folder, `${files}.yaml`);
    writeFileSync(path, text);
    return new Promise((resolve, reject) => {
      execFile("cloud-init", ["schema", "--config-file", path], (error, stdout, stderr) => {
        if (error === null) resolve(undefined);
        else if (error.code === 1) resolve(`${stdout}${stderr}`);
        else reject(error);
      });
    });
  };

  /** All complaints, in the order of the texts. */
  const complaints = async (texts: readonly string[]): Promise<readonly (string | undefined)[]> => {
    const found: (string | undefined)[] = [];
    for (let at = 0; at < texts.length; at += AT_ONCE)
      found.push(...(await Promise.all(texts.slice(at, at + AT_ONCE).map(complaint))));
    return found;
  };

  const refused = async (texts: readonly string[]): Promise<readonly string[]> => {
    const all = await complaints(texts);
    return texts.filter((_, at) => all[at] !== undefined);
  };

  it(
    "agree on what we find no error in",
    async () => {
      const all = [...ofFixtures(), ...ofExamples(), ...(await ofStarters())];
      const accepted = all.filter(({ text }) => text !== ANY_CASE && !refusedByUs(text));
      const texts = [...new Set(accepted.map(({ text }) => text))];
      expect(texts.length).toBeGreaterThanOrEqual(15);
      const said = await complaints(texts);
      const disagreed = texts.flatMap((text, at) =>
        said[at] === undefined ? [] : [[accepted.find((one) => one.text === text)?.name, said[at]]],
      );
      expect(disagreed).toEqual([]);
    },
    LONG,
  );

  it(
    "both find fault with what is invalid",
    async () => {
      expect(INVALID.filter(weComplain)).toEqual(INVALID);
      expect(await refused(INVALID)).toEqual(INVALID);
    },
    LONG,
  );

  it(
    "disagree where that is known, and nowhere else",
    async () => {
      const ours = ONLY_WE.map(([text]) => text);
      expect(ours.filter(weRefuse)).toEqual(ours);
      expect(await refused(ours)).toEqual([]);
    },
    LONG,
  );

  it(
    "both take what is odd",
    async () => {
      const odd = ODD.map(([text]) => text);
      expect([ANY_CASE, ...odd].filter(weComplain)).toEqual([]);
      expect(await refused(odd)).toEqual([]);
    },
    LONG,
  );

  it(
    "agree on unknown keys where cloud-init looks at them at all",
    async () => {
      expect(UNKNOWN_KEYS.filter(weRefuse)).toEqual(UNKNOWN_KEYS);
      const looks = (await complaint(config("no_such_key: 1"))) !== undefined;
      expect(await refused(UNKNOWN_KEYS)).toEqual(looks ? UNKNOWN_KEYS : []);
    },
    LONG,
  );
});
