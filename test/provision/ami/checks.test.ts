import { describe, expect, it } from "vitest";
import { findTool, toolAvailable } from "../../tools.ts";
import { rootsPermitted, runInPrivateRoot } from "./private-root.ts";
import { DIGEST, recipeFrom, runnerOf, told } from "./recipes.ts";

const permitted = rootsPermitted("checks of a recipe");

/** Runs one check on a new host, in a root of its own. */
const checking = (check: string, before = "") => {
  const recipe = recipeFrom(`test:\n  - ${check}\ncleanup: {profile: none}`);
  const ended = runInPrivateRoot(runnerOf(recipe, { phase: "test" }), { before });
  const { result, steps } = told(ended);
  return { result, ms: steps[0]?.ms ?? 0, log: ended.left("log") ?? "" };
};

const HOLDS = { ok: true, digest: DIGEST };
const FAILS = { ok: false, exit: 1 };

/** A server on loopback that begins to listen after a while; /page is there, and nothing else. */
const server = (seconds: number): string =>
  `mkdir /srv/www; echo "it's up" >/srv/www/page
   (sleep ${seconds}; cd /srv/www; exec /usr/bin/python3 -m http.server --bind 127.0.0.1 8080) >/dev/null 2>&1 &`;

const servers = permitted && toolAvailable("/usr/bin/python3", "python3");

describe.skipIf(!servers || !toolAvailable("curl", "curl")).each([
  ["curl", ""],
  ["bash alone", 'rm -f "$(command -v curl)"'],
])("http, by %s", { timeout: 60_000 }, (_, without) => {
  const get = (keys: string, seconds = 0) =>
    checking(`http: {url: "http://127.0.0.1:8080/${keys}}`, `${without}\n${server(seconds)}`);

  it("waits for a service that takes a second to start", () => {
    const { result, ms, log } = get('page"', 2);
    expect(result, log).toEqual(HOLDS);
    expect(ms).toBeGreaterThan(1_500);
    expect(ms).toBeLessThan(20_000);
  });

  it("compares the status", () => {
    expect(get('none", status: 404').result).toEqual(HOLDS);
    const { result, log } = get('none", timeout: 1s');
    expect(result).toMatchObject(FAILS);
    expect(log).toContain("http://127.0.0.1:8080/none does not answer with 200, for 1 seconds");
  });

  it("looks for a text in the answer", () => {
    expect(get('page", contains: "it\'s up"').result).toEqual(HOLDS);
    expect(get('page", contains: "it.s up", timeout: 1s').result).toMatchObject(FAILS);
  });

  it("fails when nobody answers", () => {
    const { result, ms } = checking('http: {url: "http://127.0.0.1:8081/", timeout: 2s}', without);
    expect(result).toMatchObject(FAILS);
    expect(ms).toBeGreaterThanOrEqual(1_000);
    expect(ms).toBeLessThan(20_000);
  });
});

describe.skipIf(!permitted)("http", { timeout: 60_000 }, () => {
  it("says that https needs curl, and does not try again", () => {
    const { log, ms } = checking("http: https://127.0.0.1/", 'rm -f "$(command -v curl)"');
    expect(log).toContain("https needs curl");
    expect(ms).toBeLessThan(5_000);
  });
});

describe.skipIf(!servers)("port", { timeout: 60_000 }, () => {
  it("waits until something listens", () => {
    const { result, ms, log } = checking("port: 8080", server(2));
    expect(result, log).toEqual(HOLDS);
    expect(ms).toBeGreaterThan(1_500);
    expect(ms).toBeLessThan(20_000);
  });

  it("is not taken in by another port, or by a connection", () => {
    // 8080 is 1F90, and the other end of this connection is not listening there.
    const connected = `${server(0)}\nsleep 1; exec 9<>/dev/tcp/127.0.0.1/8080`;
    expect(checking("port: {number: 8081, timeout: 1s}", connected).result).toMatchObject(FAILS);
    expect(checking("port: {number: 8080, timeout: 1s}", connected).result).toEqual(HOLDS);
  });
});

describe.skipIf(!permitted)("service", { timeout: 60_000 }, () => {
  /** Says that a unit is as the file says, each line for one question. */
  const systemctl = (answers: readonly string[]) =>
    `printf '%s\\n' ${answers.join(" ")} >/run/answers
cat >/usr/local/bin/systemctl <<'END'
#!/bin/sh
[ "$1 $3 $4" = "--quiet -- app" ] || exit 9
answer=$(head -n 1 /run/answers); sed -i 1d /run/answers
[ "$2 yes" = "$answer yes" ]
END
chmod 755 /usr/local/bin/systemctl`;

  it("waits until it is active and enabled", () => {
    expect(
      checking("service: app", systemctl(["no", "is-active", "no", "is-active", "is-enabled"])).result,
    ).toEqual(HOLDS);
    expect(checking("service: {name: app, is: [enabled]}", systemctl(["is-enabled"])).result).toEqual(HOLDS);
  });

  it("says what it is not", () => {
    const { result, log } = checking("service: {name: app, timeout: 1s}", systemctl(["no"]));
    expect(result).toMatchObject(FAILS);
    expect(log).toContain("app is not active and enabled, for 1 seconds");
  });
});

describe.skipIf(!permitted)("file", { timeout: 60_000 }, () => {
  const before = `printf "it's\\nhere\\n" >/etc/probe; chmod 640 /etc/probe; chown root:games /etc/probe; ln -s /nowhere /etc/dangling`;

  it.each([
    "file: /etc/probe",
    'file: {path: /etc/probe, mode: "0640", owner: root, group: games, contains: "it\'s"}',
    'file: {path: /etc/probe, mode: "640", owner: "0", group: "60"}',
    "file: {path: /etc/other, exists: false}",
    "file: /etc",
  ])("holds: %s", (check) => {
    const { result, log } = checking(check, before);
    expect(result, log).toEqual(HOLDS);
  });

  it.each([
    ["file: /etc/other", "is not there"],
    ["file: /etc/dangling", "is not there"],
    ["file: {path: /etc/probe, exists: false}", "is there"],
    ["file: {path: /etc/dangling, exists: false}", "is there"],
    ['file: {path: /etc/probe, mode: "0644"}', "has not the permissions 0644"],
    ["file: {path: /etc/probe, owner: games}", "does not belong to games"],
    ["file: {path: /etc/probe, group: root}", "does not belong to the group root"],
    ["file: {path: /etc/probe, contains: it.s}", "does not contain that text"],
  ])("fails: %s", (check, says) => {
    const { result, log } = checking(check, before);
    expect(result).toMatchObject(FAILS);
    expect(log).toContain(says);
  });
});

describe.skipIf(!permitted || findTool("dpkg-query") === undefined)("package", { timeout: 60_000 }, () => {
  const database = `mkdir -p /run/dpkg; cat >/run/dpkg/status <<'END'
Package: there
Status: install ok installed
Architecture: all
Version: 1:2.0-1

Package: removed
Status: deinstall ok config-files
Architecture: all
Version: 1.0
END
export DPKG_ADMINDIR=/run/dpkg`;

  it("is installed, in the version that is asked for", () => {
    expect(checking("package: there", database).result).toEqual(HOLDS);
    expect(checking('package: {name: there, version: "1:2.0-1"}', database).result).toEqual(HOLDS);
    const other = checking('package: {name: there, version: "2.0-1"}', database);
    expect(other.result).toMatchObject(FAILS);
    expect(other.log).toContain("the version is 1:2.0-1");
  });

  it.each(["missing", "removed"])("is not installed when it is %s", (name) => {
    const { result, log } = checking(`package: ${name}`, database);
    expect(result).toMatchObject(FAILS);
    expect(log).toContain(`${name} is not installed`);
  });

  it("asks rpm where there is no dpkg", () => {
    const rpm = `rm -f "$(command -v dpkg-query)"
printf '#!/bin/sh\\n[ "$5" = there ] && echo 2.0-1.amzn2023\\n' >/usr/local/bin/rpm; chmod 755 /usr/local/bin/rpm`;
    expect(checking("package: {name: there, version: 2.0-1.amzn2023}", rpm).result).toEqual(HOLDS);
    expect(checking("package: missing", rpm).result).toMatchObject(FAILS);
  });
});
