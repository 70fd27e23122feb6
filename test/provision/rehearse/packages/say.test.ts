import { describe, expect, it } from "vitest";
import type { Missing } from "../../../../provision/rehearse/packages/ports.ts";
import { type Known, sayShortfall, sayStale } from "../../../../provision/rehearse/packages/say.ts";
import { shortfallsIn } from "../../../../provision/rehearse/packages/shortfalls.ts";

const RELEASE = { origin: "Debian", codename: "bookworm", architecture: "amd64" };
const JQ = { file: "jq.deb", path: "/jq.deb", control: "Package: jq\nVersion: 1\n", bytes: 1, sha256: "" };

const sayOf = (line: string, known: Known): string | undefined => {
  const [shortfall] = shortfallsIn(line);
  return shortfall && sayShortfall(shortfall, known);
};

const say = (line: string, missing: readonly Missing[] = []): string | undefined =>
  sayOf(line, { files: [JQ], missing, release: RELEASE });

describe("what a verdict says", () => {
  it("of a package is why it was not fetched", () => {
    const missing: Missing = { spec: "nginxx=2", why: "unknown", said: "E: Unable to locate package nginxx" };
    expect(say("E: Unable to locate package nginxx", [missing])).toMatch(
      /^nginxx=2 is not in the local repository: the apt of this machine knows no such package either \(E: /,
    );
    expect(say("E: Unable to locate package curl")).toMatch(
      /^curl is not in .* nothing was seen to install it/,
    );
    expect(sayOf("No match for argument: curl", { files: [], missing: [] })).toMatch(
      /the base has no packages of dpkg/,
    );
  });

  it("of a package that was fetched is that nobody has updated before", () => {
    expect(say("E: Unable to locate package jq")).toMatch(/^jq is in the local repository.*apt-get update/);
  });

  it("of a host is that EC2 has a network", () => {
    expect(say("curl: (6) Could not resolve host: files.example")).toBe(
      "EC2 has a network here, a rehearsal has none: files.example cannot be reached",
    );
    expect(say("Network is unreachable")).toBe("EC2 has a network here, a rehearsal has none");
  });

  it("of versions, releases and old lists is what they are", () => {
    expect(say("E: Version '7' for 'jq' was not found")).toMatch(/another version of jq/);
    expect(say("E: The value 'x' is invalid for APT::Default-Release")).toMatch(/^x is no release/);
    expect(sayStale({ since: 0, said: "no route" })).toMatch(
      /\(no route\); what is known of it is of 1970-01-01T/,
    );
  });
});
