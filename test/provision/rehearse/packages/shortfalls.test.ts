import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Shortfall, shortfallsIn } from "../../../../provision/rehearse/packages/shortfalls.ts";

const told = (output: string): readonly string[] =>
  shortfallsIn(output).map(({ kind, name = "somewhere", line }) => `${line}: ${kind} ${name}`);

/** How programs say it, and what is to be read in that. */
const SAID: readonly (readonly [
  by: string,
  output: string,
  kind: Shortfall["kind"],
  name: string | undefined,
])[] = [
  ["apt", "E: Unable to locate package nginxx", "package", "nginxx"],
  ["apt", "E: Package 'awk' has no installation candidate", "package", "awk"],
  ["apt", "E: Couldn't find any package by glob 'php9*'", "package", "php9*"],
  ["apt", "E: Version '7' for 'jq' was not found", "version", "jq"],
  ["apt", "E: Release 'xyz' for 'nginx' was not found", "version", "nginx"],
  ["apt", " web : Depends: web-common (= 1.0) but it is not installable", "package", "web-common"],
  ["apt", "             PreDepends: init but it is not installable", "package", "init"],
  [
    "apt",
    "E: The value 'stable-backports' is invalid for APT::Default-Release as such a release is not available in the sources",
    "release",
    "stable-backports",
  ],
  ["apt", "  Temporary failure resolving 'mirror.example'", "host", "mirror.example"],
  [
    "apt",
    "  Cannot initiate the connection to 192.0.2.1:80 (192.0.2.1). - connect (101: Network is unreachable)",
    "host",
    "192.0.2.1",
  ],
  [
    "apt",
    "  Could not connect to mirror.example:80 (192.0.2.1), connection timed out",
    "host",
    "mirror.example",
  ],
  ["dnf", "No match for argument: nginxx", "package", "nginxx"],
  ["dnf", "Error: Unable to find a match: nginxx", "package", "nginxx"],
  [
    "dnf",
    "  - Curl error (6): Couldn't resolve host name for https://mirror.example/list [Could not resolve host: mirror.example]",
    "host",
    "mirror.example",
  ],
  ["yum", "No package nginxx available.", "package", "nginxx"],
  ["apk", "  nginxx (no such package):", "package", "nginxx"],
  ["curl", "curl: (6) Could not resolve host: files.example", "host", "files.example"],
  [
    "curl",
    "curl: (7) Failed to connect to 192.0.2.1 port 80 after 0 ms: Couldn't connect to server",
    "host",
    "192.0.2.1",
  ],
  [
    "wget",
    "Resolving files.example (files.example)... failed: Temporary failure in name resolution.",
    "host",
    "files.example",
  ],
  ["wget", "wget: unable to resolve host address ‘files.example’", "host", "files.example"],
  ["wget", "Connecting to 192.0.2.1:80... failed: Network is unreachable.", "host", "192.0.2.1"],
  ["wget of busybox", "wget: bad address 'files.example'", "host", "files.example"],
  [
    "git",
    "fatal: unable to access 'https://code.example/x/': Could not resolve host: code.example",
    "host",
    "code.example",
  ],
  [
    "ssh",
    "ssh: Could not resolve hostname code.example: Temporary failure in name resolution",
    "host",
    "code.example",
  ],
  ["ssh", "ssh: connect to host 192.0.2.1 port 22: Network is unreachable", "host", "192.0.2.1"],
  [
    "npm",
    "npm error request to https://registry.example/x failed, reason: getaddrinfo EAI_AGAIN registry.example",
    "host",
    "registry.example",
  ],
  ["node", "  [cause]: Error: connect ENETUNREACH 192.0.2.1:443 - Local (0.0.0.0:0)", "host", "192.0.2.1"],
  [
    "pip",
    "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError('<HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/x/",
    "host",
    undefined,
  ],
  [
    "pip",
    "ERROR: Could not find a version that satisfies the requirement x (from versions: none)",
    "host",
    undefined,
  ],
  [
    "requests",
    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='api.example', port=443): Max retries exceeded with url: / (Caused by NewConnectionError('x'))",
    "host",
    "api.example",
  ],
  [
    "Python",
    "urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
    "host",
    undefined,
  ],
  ["Go", "dial tcp: lookup code.example on 127.0.0.53:53: server misbehaving", "host", "code.example"],
  ["Go", "dial tcp 192.0.2.1:443: connect: network is unreachable", "host", "192.0.2.1"],
  ["the AWS CLI", 'Could not connect to the endpoint URL: "https://s3.example/"', "host", "s3.example"],
  ["ping", "ping: mirror.example: Temporary failure in name resolution", "host", "mirror.example"],
  [
    "gem",
    "ERROR:  SocketError: Failed to open TCP connection to gems.example:443 (getaddrinfo: Temporary failure in name resolution)",
    "host",
    "gems.example",
  ],
  ["snap", "error: unable to contact snap store", "host", undefined],
];

describe("what a rehearsal could not have", () => {
  it.each(SAID)("is what %s says by: %s", (_by, output, kind, name) => {
    const [found, ...more] = shortfallsIn(`before\n\u001b[31m${output}\u001b[0m\r\nafter`);
    expect({ kind: found?.kind, name: found?.name, line: found?.line, more }).toEqual({
      kind,
      name,
      line: 2,
      more: [],
    });
    expect(found?.text).toBe(output.trim());
  });

  it("is all that cloud-init names at once", () => {
    expect(
      told(
        "Failed to install the following packages: {'nginxx', 'jqq'}. See associated package manager logs for more details.",
      ),
    ).toEqual(["1: package nginxx", "1: package jqq"]);
  });

  it("is told once, at the first line that says it", () => {
    expect(
      told(
        [
          "E: Unable to locate package a*",
          "E: Couldn't find any package by glob 'a*'",
          "curl: (6) Could not resolve host: files.example",
          "wget: unable to resolve host address ‘files.example’",
          "E: Unable to locate package b",
        ].join("\n"),
      ),
    ).toEqual(["1: package a*", "3: host files.example", "5: package b"]);
  });

  it("is not what the container has, or has not on EC2 either", () => {
    expect(
      told(
        [
          "curl: (7) Failed to connect to localhost port 80 after 0 ms: Couldn't connect to server",
          "curl: (7) Failed to connect to 127.0.0.1 port 8080 after 0 ms: Connection refused",
          "curl: (7) Failed to connect to 169.254.169.254 port 80: Connection refused",
          "sudo: unable to resolve host ip-10-0-0-1: Temporary failure in name resolution",
          "Setting up nginx (1.22.1-9) ...",
          "The package nginx is available.",
          "web : Depends: db but it is not going to be installed",
        ].join("\n"),
      ),
    ).toEqual([]);
  });

  it("is found in time in any output", () => {
    const piece = fc.constantFrom(
      ...[
        "Could not resolve",
        "host:",
        "connect to ",
        "failed: ",
        "resolving ",
        "E: ",
        "lookup ",
        "(",
        "'",
        "x.y",
        " ",
      ],
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        for (const { line } of shortfallsIn(pieces.join(""))) expect(line).toBeGreaterThan(0);
      }),
    );
    const started = performance.now();
    for (const long of ["connecting to a.b ", "host='", "resolving a (", "Depends: a ("])
      shortfallsIn(long.repeat(200_000));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
