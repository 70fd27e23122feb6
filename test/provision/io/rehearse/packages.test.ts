import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { packageStore } from "../../../../provision/io/rehearse/packages.ts";
import type { Fetched } from "../../../../provision/rehearse/packages/ports.ts";
import { controlField } from "../../../../provision/rehearse/packages/repository.ts";
import { toolAvailable } from "../../../tools.ts";
import {
  aptAvailable,
  type Deb,
  installed,
  makeArchive,
  makeRoot,
  openDirectory,
  writeTo,
} from "../../rehearse/packages/debs.ts";

const HOUR_MS = 3_600_000;

const DEBS: readonly Deb[] = [
  { name: "web", version: "1:2.0", fields: ["Depends: lib", "Recommends: extra"] },
  { name: "lib" },
  { name: "extra" },
  { name: "first", fields: ["Provides: door", "Conflicts: door"] },
  { name: "second", fields: ["Provides: door", "Conflicts: door"] },
  { name: "needs-door", fields: ["Depends: first | door"] },
  { name: "broken", fields: ["Depends: nowhere"] },
];

const namesOf = ({ files }: Fetched): readonly string[] =>
  files.map(({ control }) => controlField(control, "Package")).toSorted();

const missingOf = ({ missing }: Fetched): readonly string[] =>
  missing.map(({ spec, why }) => `${spec}: ${why}`);

const packages = aptAvailable();

describe.skipIf(!packages)("packages for a base", () => {
  let original = "";
  let directory = "";
  let time = 0;
  const at = (...names: readonly string[]): string => join(directory, ...names);
  const mirror = (): string => at("mirror");
  const store = (cache = "cache") => packageStore({ cache: at(cache), host: at("host"), now: () => time });
  const fetch = (...requests: readonly string[]): Promise<Fetched> =>
    store().fetch(
      at("base"),
      requests.map((request) => request.split(" ")),
    );
  const trusted = (...suites: readonly string[]): string =>
    suites.map((suite) => `deb [trusted=yes] file:${mirror()} ${suite} main\n`).join("");

  beforeAll(() => {
    original = makeArchive(openDirectory(), { debs: DEBS });
  });
  afterAll(() => rmSync(original, { recursive: true, force: true }));

  beforeEach(() => {
    directory = openDirectory();
    time = Date.now();
    cpSync(original, mirror(), { recursive: true });
    makeRoot(at("host"), { sources: trusted("testing-one") });
    makeRoot(at("base"), {});
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("are what was asked for, with all that it needs, each with its control file and its bytes", async () => {
    const fetched = await fetch("web");
    expect(namesOf(fetched)).toEqual(["extra", "lib", "web"]);
    expect(fetched.release).toEqual({ origin: "Debian", codename: "testing-one", architecture: "amd64" });
    const web = fetched.files.find(({ file }) => file === "web_2.0_all.deb");
    expect(web?.control).toContain("\nDepends: lib\nRecommends: extra\n");
    const original = readFileSync(at("mirror/pool/web_1%3a2.0_all.deb"));
    expect(readFileSync(web?.path ?? "").equals(original)).toBe(true);
  });

  it("are only what the base has not, and what it wants", async () => {
    makeRoot(at("base"), { packages: [installed("lib")] });
    writeTo(at("base/etc/apt/apt.conf.d/10few"), 'APT::Install-Recommends "no";\n');
    expect(namesOf(await fetch("web"))).toEqual(["web"]);
    expect(await fetch("lib")).toMatchObject({ files: [], missing: [] });
  });

  it("do not wait for what apt does not know: that is told in its own words", async () => {
    const fetched = await fetch("web typo lib=9", "other*");
    expect(namesOf(fetched)).toEqual(["extra", "lib", "web"]);
    expect(fetched.missing).toEqual([
      { spec: "typo", why: "unknown", said: "E: Unable to locate package typo" },
      { spec: "lib=9", why: "unknown", said: "E: Version '9' for 'lib' was not found" },
      { spec: "other*", why: "unknown", said: "E: Unable to locate package other*" },
    ]);
  });

  it("are those of every branch, even where two exclude each other", async () => {
    expect(namesOf(await fetch("first second"))).toEqual(["first", "second"]);
    expect(namesOf(await fetch("needs-door", "second"))).toEqual(["first", "needs-door", "second"]);
  });

  it("tell of what cannot be had together with the base", async () => {
    const fetched = await fetch("broken lib");
    expect(missingOf(fetched)).toEqual(["broken: unresolvable"]);
    expect(fetched.missing[0]?.said).toBe("broken : Depends: nowhere but it is not installable");
    expect(namesOf(fetched)).toEqual(["lib"]);
  });

  it("are there a second time without a mirror, at once", async () => {
    const first = await fetch("web typo");
    renameSync(mirror(), at("gone"));
    const started = performance.now();
    expect(await fetch("web typo")).toEqual(first);
    expect(performance.now() - started).toBeLessThan(300);
  });

  it("are asked for anew when the base has other packages, or when a file has gone from the cache", async () => {
    const first = await fetch("web");
    makeRoot(at("base"), { packages: [installed("lib")] });
    expect(namesOf(await fetch("web"))).toEqual(["extra", "web"]);
    makeRoot(at("base"), {});
    for (const { path } of first.files) rmSync(path);
    expect(await fetch("web")).toEqual(first);
    expect(first.files.every(({ path }) => existsSync(path))).toBe(true);
  });

  it("come from new lists for a name that the old ones have not, but not for each slip of a pen", async () => {
    await fetch("web");
    makeArchive(mirror(), { debs: [...DEBS, { name: "fresh" }] });
    expect(missingOf(await fetch("fresh"))).toEqual(["fresh: unknown"]);
    time += HOUR_MS;
    expect(namesOf(await fetch("fresh lib"))).toEqual(["fresh", "lib"]);
  });

  it("come from new lists after a day", async () => {
    await fetch("lib");
    makeArchive(mirror(), { debs: [{ name: "lib", version: "2.0" }] });
    time += 23 * HOUR_MS;
    expect((await fetch("lib")).files[0]?.file).toBe("lib_1.0_all.deb");
    time += 2 * HOUR_MS;
    expect((await fetch("lib")).files[0]?.file).toBe("lib_2.0_all.deb");
  });

  it("come from the cache when the mirror is out of reach, and say how old that is", async () => {
    const before = time;
    await fetch("web");
    renameSync(mirror(), at("gone"));
    time += 25 * HOUR_MS;
    const late = await fetch("web");
    expect(namesOf(late)).toEqual(["extra", "lib", "web"]);
    expect(late.stale?.said).toMatch(/^E: /);
    expect(Math.abs((late.stale?.since ?? 0) - before)).toBeLessThan(2_000);
    const other = await fetch("first");
    expect(missingOf(other)).toEqual(["first: unreachable"]);
  });

  it("are out of reach, and not unknown, when there never were lists", async () => {
    renameSync(mirror(), at("gone"));
    const fetched = await fetch("web");
    expect(missingOf(fetched)).toEqual(["web: unreachable"]);
    expect(fetched.stale).toMatchObject({ since: undefined });
    renameSync(at("gone"), mirror());
    time += HOUR_MS;
    expect(namesOf(await fetch("web"))).toEqual(["extra", "lib", "web"]);
  });

  it("are none of another origin or release, which this machine has and the base has not", async () => {
    makeArchive(mirror(), { codename: "acme-one", origin: "Acme", debs: [{ name: "acme" }] });
    makeArchive(mirror(), { codename: "testing-two", debs: [{ name: "web", version: "3:0" }] });
    writeTo(at("host/etc/apt/sources.list.d/more.list"), trusted("acme-one", "testing-two"));
    const fetched = await fetch("web acme");
    expect(missingOf(fetched)).toEqual(["acme: unknown"]);
    expect(fetched.files.map(({ file }) => file)).toContain("web_2.0_all.deb");
  });

  it("come from the base's own sources when this machine is of another release", async () => {
    makeArchive(mirror(), { codename: "testing-two", debs: [{ name: "web", version: "3:0" }] });
    makeRoot(at("base"), { codename: "testing-two", sources: trusted("testing-two") });
    const { files, release } = await fetch("web");
    expect(files.map(({ file }) => file)).toEqual(["web_0_all.deb"]);
    expect(release?.codename).toBe("testing-two");
  });

  it("are none that has other bytes than the lists say", async () => {
    appendFileSync(at("mirror/pool/lib_1.0_all.deb"), "x");
    const fetched = await fetch("web");
    expect(namesOf(fetched)).toEqual(["extra", "web"]);
    expect(missingOf(fetched)).toEqual(["web: unreachable"]);
  });

  it("are the same for two who ask at once", async () => {
    const [one, two] = await Promise.all([fetch("web"), fetch("web")]);
    expect(one).toEqual(two);
    expect(namesOf(one)).toEqual(["extra", "lib", "web"]);
  });

  it("leave the base as it is", async () => {
    const listing = (): string =>
      execFileSync("find", [at("base"), "-printf", "%p %m %T@\n"], { encoding: "utf8" });
    const before = listing();
    await fetch("web");
    expect(listing()).toBe(before);
  });

  it("are found without a look at anything outside of the base", async () => {
    writeTo(at("secret"), 'APT::Install-Recommends "no"; // marked\n');
    mkdirSync(at("base/etc/apt/apt.conf.d"));
    mkdirSync(at("base/etc/apt/sources.list.d"));
    symlinkSync(at("secret"), at("base/etc/apt/apt.conf.d/10link"));
    symlinkSync("../../../secret", at("base/etc/apt/preferences"));
    writeTo(at("base/etc/apt/sources.list.d/x.list"), "deb [signed-by=/../secret] file:/nowhere x main\n");
    writeTo(at("host/usr/lib/os-release"), "ID=debian\nVERSION_CODENAME=another\n");
    writeTo(at("base/etc/apt/sources.list"), trusted("testing-one"));
    expect(namesOf(await fetch("web"))).toEqual(["extra", "lib", "web"]);
    expect(spawnSync("grep", ["-rl", "marked", at("cache")], { encoding: "utf8" }).stdout).toBe("");
  });

  it("are nothing for a base without dpkg, and for nobody who asks for nothing", async () => {
    expect(await fetch()).toMatchObject({ files: [], missing: [], release: { codename: "testing-one" } });
    rmSync(at("base/var"), { recursive: true });
    const fetched = await fetch("web");
    expect(missingOf(fetched)).toEqual(["web: no dpkg"]);
    expect(fetched.release).toBeUndefined();
    expect(existsSync(at("cache"))).toBe(false);
  });

  it("stop when they are told to", async () => {
    const fetched = store().fetch(at("base"), [["web"]], AbortSignal.abort(new Error("enough")));
    await expect(fetched).rejects.toThrow("enough");
  });

  it("stop even while they wait for another one who fetches", async () => {
    await fetch("lib");
    const other = spawn("flock", [at("cache/lock"), "sleep", "60"], { stdio: "ignore", detached: true });
    try {
      const stop = new AbortController();
      const fetched = store().fetch(at("base"), [["web"]], stop.signal);
      setTimeout(() => stop.abort(new Error("enough")), 500);
      await expect(fetched).rejects.toThrow("enough");
      const waiting = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
      expect(
        waiting.split("\n").filter((line) => line.includes(directory) && line.includes("apt-get")),
      ).toEqual([]);
    } finally {
      process.kill(-(other.pid ?? 0));
    }
  });

  it("become a repository that everybody may read, and that has what it says", async () => {
    const { files, release } = await fetch("web");
    const repository = at("repository");
    mkdirSync(repository, { mode: 0o700 });
    if (release !== undefined) await store().lay(files, release, repository);
    const names = readdirSync(repository).toSorted();
    expect(names).toEqual(["Packages", "Release", "extra_1.0_all.deb", "lib_1.0_all.deb", "web_2.0_all.deb"]);
    for (const name of names) expect(statSync(join(repository, name)).mode & 0o777, name).toBe(0o644);
    expect(statSync(repository).mode & 0o777).toBe(0o755);
    const [file] = files;
    expect(statSync(join(repository, file?.file ?? "")).ino).toBe(statSync(file?.path ?? "").ino);
  });
});

describe.skipIf(!packages || !toolAvailable("gpg", "gpg"))("signatures of a mirror", () => {
  let directory = "";
  const gpg = (home: string, ...args: readonly string[]): Buffer =>
    execFileSync("gpg", ["--homedir", join(directory, home), "--batch", "--quiet", ...args], {
      stdio: "pipe",
    });

  /** A key of somebody, and its public part where sources can name it. */
  const makeKey = (name: string): void => {
    mkdirSync(join(directory, name), { mode: 0o700 });
    gpg(name, "--passphrase", "", "--quick-generate-key", `${name}@example.com`, "ed25519", "sign", "never");
    const keys = join(directory, "base/usr/share/keyrings");
    mkdirSync(keys, { recursive: true });
    gpg(name, "--output", join(keys, `${name}.gpg`), "--export");
    execFileSync("gpgconf", ["--homedir", join(directory, name), "--kill", "all"]);
  };

  const fetchedWith = async (signedBy: string): Promise<Fetched> => {
    const release = join(directory, "mirror/dists/testing-one");
    rmSync(join(release, "InRelease"), { force: true });
    gpg("mirror-key", "--output", join(release, "InRelease"), "--clearsign", join(release, "Release"));
    execFileSync("gpgconf", ["--homedir", join(directory, "mirror-key"), "--kill", "all"]);
    makeRoot(join(directory, "base"), {
      sources: `deb [${signedBy}] file:${join(directory, "mirror")} testing-one main\n`,
    });
    makeRoot(join(directory, "host"), { codename: "another" });
    const store = packageStore({ cache: join(directory, "cache"), host: join(directory, "host") });
    return store.fetch(join(directory, "base"), [["lib"]]);
  };

  beforeEach(() => {
    directory = openDirectory();
    makeArchive(join(directory, "mirror"), { debs: [{ name: "lib" }] });
    for (const name of ["mirror-key", "other-key"]) makeKey(name);
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("count when they are of a keyring in the base", async () => {
    expect(namesOf(await fetchedWith("signed-by=/usr/share/keyrings/mirror-key.gpg"))).toEqual(["lib"]);
  });

  it("are needed, and by the right key", async () => {
    const fetched = await fetchedWith("signed-by=/usr/share/keyrings/other-key.gpg");
    expect(fetched.files).toEqual([]);
    expect(missingOf(fetched)).toEqual(["lib: unreachable"]);
    expect(fetched.missing[0]?.said).toMatch(/signatures couldn't be verified|is not signed/);
    expect((await fetchedWith("arch=amd64")).files).toEqual([]);
  });
});
