import { describe, expect, it } from "vitest";
import { downloadsIn, tellingLine, unknownIn } from "../../../../provision/rehearse/packages/apt-answers.ts";

describe("what apt-get answers", () => {
  it("is where to fetch what, under which name and with which hash", () => {
    const hash = "5e".repeat(32);
    expect(
      downloadsIn(
        [
          "Reading package lists...",
          `'http://mirror.example/pool/g%2b%2b_12.2_amd64.deb' g++_4%3a12.2_amd64.deb 1356 SHA256:${hash}`,
          "'file:/srv/pool/x_1_all.deb' x_1_all.deb 10 ",
          "",
        ].join("\n"),
      ),
    ).toEqual([
      {
        uri: "http://mirror.example/pool/g%2b%2b_12.2_amd64.deb",
        archive: "g++_4%3a12.2_amd64.deb",
        bytes: 1356,
        sha256: hash,
      },
      { uri: "file:/srv/pool/x_1_all.deb", archive: "x_1_all.deb", bytes: 10, sha256: "" },
    ]);
  });

  it("is what it does not know, told by what was asked for", () => {
    const said = [
      "E: Unable to locate package libc6:arm64",
      "E: Unable to locate package php9*",
      "E: Couldn't find any package by glob 'php9*'",
      "E: Version '7' for 'jq' was not found",
      "E: Release 'backports' for 'nginx' was not found",
      "E: Package 'awk' has no installation candidate",
    ].join("\n");
    const specs = ["jq:amd64=7", "nginx/backports", "awk", "php9*", "libc6:arm64", "curl"];
    expect(unknownIn(said, specs).map(({ spec, said: line }) => `${spec} ${line.slice(0, 13)}`)).toEqual([
      "jq:amd64=7 E: Version '7",
      "nginx/backports E: Release 'b",
      "awk E: Package 'a",
      "php9* E: Unable to ",
      "libc6:arm64 E: Unable to ",
    ]);
  });

  it("is many lines, of which one tells most", () => {
    const depends = " web : Depends: lib but it is not installable";
    const key = "W: GPG error: http://mirror.example x InRelease: NO_PUBKEY 00";
    const error = "E: Unable to correct problems, you have held broken packages.";
    expect(tellingLine(`Reading\nW: other\n${error}\n${key}\n${depends}\n`)).toBe(depends.trim());
    expect(tellingLine(`Reading\n${error}\n${key}\n`)).toBe(key);
    expect(tellingLine(`Reading\nW: other\n${error}\n`)).toBe(error);
    expect(tellingLine("\nReading\n")).toBe("Reading");
    expect(tellingLine("")).toBe("");
  });
});
