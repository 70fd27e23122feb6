import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseHost } from "../../../provision/host/load.ts";
import { DEFAULT_BASE } from "../../../provision/rehearse/base.ts";
import {
  hostSubject,
  ignoredParts,
  isUserData,
  userDataSubject,
} from "../../../provision/rehearse/subject.ts";

const SCRIPT = "#!/bin/sh\ntrue\n";
const MESSAGE = `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="X"\n\n--X\nContent-Type: text/x-shellscript\n\n${SCRIPT}--X--\n`;

const host = (yaml: string) => {
  const { host, problems } = parseHost(`name: web\n${yaml}`, "host.yaml");
  if (host === undefined) throw new Error(JSON.stringify(problems));
  return host;
};

describe("user data itself", () => {
  it.each<[string, string | Uint8Array]>([
    ["a script", SCRIPT],
    ["a cloud-config", "#cloud-config\npackages: [jq]\n"],
    ["an include", "#include\nhttp://127.0.0.1/\n"],
    ["a message", MESSAGE],
    ["what is compressed", gzipSync(SCRIPT)],
    ["what is compressed, though nothing in it is known", gzipSync("hello\n")],
    ["what is encoded", Buffer.from(SCRIPT).toString("base64")],
    ["what is compressed and encoded", gzipSync(MESSAGE).toString("base64")],
  ])("is %s", (_, content) => {
    expect(isUserData(Buffer.from(content))).toBe(true);
  });

  it.each<[string, string]>([
    ["a host.yaml", "name: web\nboot:\n  scripts: [boot.sh]\n"],
    ["one with a comment first", "# hosts of the web\nname: web\n"],
    ["one with a document mark", "---\nname: web\n"],
    ["a script without a first line", "echo hello\n"],
    ["an empty file", ""],
  ])("is not %s", (_, text) => {
    expect(isUserData(Buffer.from(text))).toBe(false);
  });

  it("is told from any bytes without throwing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof isUserData(bytes) === "boolean"),
    );
  });
});

describe("what is rehearsed", () => {
  it("is user data as EC2 has it, without the encoding of the API", () => {
    const subject = userDataSubject("x.b64", Buffer.from(Buffer.from(SCRIPT).toString("base64")));
    expect(Buffer.from(subject.userData ?? "").toString()).toBe(SCRIPT);
    expect(subject).toMatchObject({ file: "x.b64", host: undefined, base: DEFAULT_BASE });
    expect(subject.scripts.map(({ name }) => name)).toEqual(["part-001"]);
  });

  it("is a host, with the scripts of its user data", () => {
    const subject = hostSubject("host.yaml", host("boot:\n  scripts: [./b.sh]\n"), {
      scripts: [{ path: "b.sh", text: SCRIPT }],
    });
    expect(subject.scripts.map(({ place }) => place().file)).toEqual(["b.sh"]);
    expect(subject.userData).toBeDefined();
  });

  it("is a host at whose boot nothing runs", () => {
    const subject = hostSubject("host.yaml", host(""), { scripts: [] });
    expect(subject).toMatchObject({ userData: undefined, scripts: [] });
    expect(ignoredParts(subject)).toEqual([]);
  });

  it("runs on the image that the host names, if it has a name", () => {
    const baseOf = (yaml: string): string => hostSubject("h", host(yaml), { scripts: [] }).base;
    expect(baseOf("image: {base: ubuntu-24.04}\n")).toBe("ubuntu-24.04");
    expect(baseOf("image: {base: {id: ami-0123456789abcdef0}}\n")).toBe(DEFAULT_BASE);
    expect(baseOf("")).toBe(DEFAULT_BASE);
  });
});

describe("parts that cloud-init passes over", () => {
  const ignored = (text: string) => ignoredParts(userDataSubject("x.txt", Buffer.from(text)));

  it("are errors, with their names", () => {
    expect(ignored(MESSAGE.replace("text/x-shellscript", "application/x-nothing"))).toEqual([
      {
        severity: "error",
        file: "x.txt",
        message: expect.stringMatching(/^part-001 is ignored .*\(its type is/),
      },
    ]);
    expect(ignored("echo hello\n")).toMatchObject([{ severity: "error", file: "x.txt" }]);
  });

  it("are none where all of it is read", () => {
    for (const text of [SCRIPT, MESSAGE, "#cloud-config\npackages: [jq]\n"])
      expect(ignored(text)).toEqual([]);
  });

  it("are all of it when a message cannot be read", () => {
    const subject = userDataSubject("x", Buffer.concat([Buffer.from(MESSAGE), Buffer.from([0xff])]));
    expect(ignoredParts(subject)).toMatchObject([
      { severity: "error", file: "x", message: expect.stringMatching(/^all of the user data is ignored: /) },
    ]);
  });
});
