import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");

/** The rooms of each program. `main → commands → domain → base`; `io` implements what the domain declares. */
const ROOMS = ["base", "boot", "config", "logs", "metrics", "deploy", "drain", "local"] as const;
const PROVISION_ROOMS = ["base", "host", "lint", "user-data", "launch-template", "ami", "rehearse"] as const;

/** Only these may touch the world. */
const WORLD =
  /^(node:(fs|fs\/promises|net|http|https|http2|dgram|child_process|process|sqlite|os|worker_threads|timers|timers\/promises|readline|tty)|@aws-sdk\/.*|@smithy\/.*|chokidar|systeminformation|pino|yargs(\/.*)?)$/;

/** Pure functions that happen to live in such a module. */
const PURE: readonly string[] = ["agent/local/origin.ts imports node:net"]; // isIP

/** What one program may use of the other: the provisioner renders what the agent reads. */
const SHARED_WITH_PROVISION = ["agent/base/", "agent/config/", "agent/deploy/appspec"];

interface Import {
  readonly file: string;
  /** A path below the root, or the name of a package. */
  readonly target: string;
}

const sources = globSync(["agent/**/*.ts", "provision/**/*.ts"], { cwd: ROOT }).filter(
  (file) => !file.endsWith(".d.ts") && !file.includes("/wasm/"),
);

const imports: readonly Import[] = sources.flatMap((file) => {
  const text = readFileSync(join(ROOT, file), "utf8");
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name ?? "");
  return specifiers.map((name) => ({
    file,
    target: name.startsWith(".") ? relative(ROOT, join(ROOT, dirname(file), name)) : name,
  }));
});

const roomOf = (path: string): string => path.split("/")[1] ?? "";
const programOf = (path: string): string => path.split("/")[0] ?? "";
const isDomain = (path: string): boolean =>
  ([...ROOMS, ...PROVISION_ROOMS] as readonly string[]).includes(roomOf(path));
const isMain = (path: string): boolean => /^(agent|provision)\/main\.ts$/.test(path);

const broken = (rule: (from: Import) => boolean): readonly string[] =>
  imports.filter(rule).map(({ file, target }) => `${file} imports ${target}`);

describe("who may import whom", () => {
  it("finds the sources", () => {
    expect(sources.length).toBeGreaterThan(80);
    expect(imports.length).toBeGreaterThan(200);
  });

  it("only io/ and main.ts touch the world", () => {
    expect(
      broken(
        ({ file, target }) =>
          WORLD.test(target) &&
          !PURE.includes(`${file} imports ${target}`) &&
          !(isMain(file) || roomOf(file) === "io" || (roomOf(file) === "commands" && target === "yargs")),
      ),
    ).toEqual([]);
  });

  it("only io/ and main.ts read the clock or chance", () => {
    const readers = sources
      .filter((file) => !isMain(file) && roomOf(file) !== "io")
      .filter((file) => /\bDate\.now\b|\bMath\.random\b|\bsetTimeout\(/.test(code(file)));
    expect(readers).toEqual([]);
  });

  it("the domain imports neither io/ nor commands/ nor main.ts", () => {
    expect(
      broken(
        ({ file, target }) =>
          isDomain(file) && (["io", "commands"].includes(roomOf(target)) || isMain(target)) && isOurs(target),
      ),
    ).toEqual([]);
  });

  it("base/ imports nothing but base/", () => {
    expect(
      broken(
        ({ file, target }) =>
          roomOf(file) === "base" && isOurs(target) && roomOf(target) !== "base" && target !== "package.json",
      ),
    ).toEqual([]);
  });

  it("nothing imports main.ts, and commands do not import each other's programs", () => {
    expect(broken(({ target }) => isMain(target))).toEqual([]);
  });

  it("the agent never imports the provisioner", () => {
    expect(
      broken(({ file, target }) => programOf(file) === "agent" && programOf(target) === "provision"),
    ).toEqual([]);
  });

  it("the provisioner imports of the agent only what both read", () => {
    expect(
      broken(
        ({ file, target }) =>
          programOf(file) === "provision" &&
          programOf(target) === "agent" &&
          !SHARED_WITH_PROVISION.some((path) => target.startsWith(path)),
      ),
    ).toEqual([]);
  });

  it("io/ never imports commands/", () => {
    expect(broken(({ file, target }) => roomOf(file) === "io" && roomOf(target) === "commands")).toEqual([]);
  });
});

/** What stands at the top, besides what begins with a dot and what git ignores. */
const TOP =
  /^(agent|provision|templates|test|bench|docs|install\.sh|(package|package-lock|tsconfig|biome)\.json|vitest\.config\.ts|(README|CHANGELOG|CONTRIBUTING)\.md|LICENSE|node_modules|dist|coverage|.*\.tgz)$/;

describe("the shape of the tree", () => {
  it("has nothing at the top but what belongs there: profiles and dumps are not left behind", () => {
    expect(readdirSync(ROOT).filter((name) => !name.startsWith(".") && !TOP.test(name))).toEqual([]);
  });

  it("has no bins", () => {
    expect(sources.filter((file) => /(util|helper|manager|misc|common)s?(\.ts|\/)/i.test(file))).toEqual([]);
  });

  it("every test stands where its source stands", () => {
    const tests = globSync("test/**/*.test.ts", { cwd: ROOT });
    const free = /^test\/(e2e|chaos|contracts|fakes|golden|package)\/|^test\/[^/]+\.test\.ts$/;
    const orphans = tests.filter(
      (test) => !free.test(test) && !stemsOf(test).some((stem) => existsSync(join(ROOT, stem))),
    );
    expect(orphans).toEqual([]);
  });
});

/** `test/logs/lane.test.ts` speaks of agent/logs/lane.ts, or of a folder agent/logs/lane, or of the folder it is in. */
const stemsOf = (test: string): readonly string[] => {
  const path = test.replace(/^test\//, "").replace(/\.test\.ts$/, "");
  const inAgent = path.replace(/^provision\//, "");
  const program = path.startsWith("provision/") ? "provision" : "agent";
  return [`${program}/${inAgent}.ts`, `${program}/${inAgent}`, `${program}/${dirname(inAgent)}`];
};

const isOurs = (target: string): boolean => /^(agent|provision)\//.test(target);

/** The source without comments, so that prose may speak of the clock. */
const code = (file: string): string =>
  readFileSync(join(ROOT, file), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\/\/.*$/gm, "");
