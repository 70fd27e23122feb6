import { describe, expect, it } from "vitest";
import {
  foreignPins,
  keyringsIn,
  listsIn,
  withKeyrings,
} from "../../../../provision/rehearse/packages/sources.ts";

const SOURCES = `# Signed-By: /in/a/comment
deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg,/etc/b.asc trusted=no] http://mirror.example/debian bookworm main
deb [signed-by=/usr/share/keyrings/c.gpg] http://mirror.example/other x main
deb http://mirror.example/plain x main

Types: deb
URIs: http://mirror.example/debian
Suites: bookworm
Signed-By: /usr/share/keyrings/d.gpg /usr/share/keyrings/a.gpg
Components: main

Types: deb
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 /not/a/path
`;

const ALL = [
  "/usr/share/keyrings/a.gpg",
  "/etc/b.asc",
  "/usr/share/keyrings/c.gpg",
  "/usr/share/keyrings/d.gpg",
];

describe("keyrings of sources", () => {
  it("are found in both ways to write them, each once", () => {
    expect(keyringsIn(SOURCES)).toEqual(ALL);
  });

  it("are moved, and nothing else is", () => {
    const moved = withKeyrings(SOURCES, (path) => `/moved${path}`);
    expect(keyringsIn(moved)).toEqual(ALL.map((path) => `/moved${path}`));
    expect(moved.replaceAll("/moved/", "/")).toBe(SOURCES);
  });
});

describe("pins against what the base has not", () => {
  const debian = { id: "debian", codename: "bookworm" };

  it("shut out other origins and other releases, and keep the suites of the release", () => {
    const lists = listsIn(
      [
        "Debian|bookworm",
        "Debian|bookworm-security",
        "Debian Backports|bookworm-backports",
        "Debian|trixie",
        "Acme, Inc.|bookworm",
        "Acme, Inc.|bookworm",
        "$(ORIGIN)|nodistro",
        "Nobody|$(CODENAME)",
        "|",
        "",
      ].join("\n"),
    );
    expect(foreignPins(lists, debian).match(/^Pin: .*/gm)).toEqual([
      "Pin: release o=Debian,n=trixie",
      "Pin: release o=Acme? Inc.,n=bookworm",
      "Pin: release n=nodistro",
      "Pin: release o=Nobody",
    ]);
  });

  it("are none where all is of the base", () => {
    expect(foreignPins(listsIn("Debian|bookworm\nDebian|bookworm-updates\n"), debian)).toBe("");
  });
});
