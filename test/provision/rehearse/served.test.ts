import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { servedFiles, standIns } from "../../../provision/rehearse/served.ts";

const there =
  (...files: readonly string[]) =>
  (path: string): boolean =>
    files.includes(path);

describe("--serve", () => {
  it.each<[string, string, string]>([
    ["https://files.example/app.tar.gz=app.tar.gz", "https://files.example/app.tar.gz", "app.tar.gz"],
    ["http://files.example/=index", "http://files.example/", "index"],
    ["s3://bucket/a/b.zip=./b.zip", "s3://bucket/a/b.zip", "./b.zip"],
    ["https://x.example/v=2/a=a.txt", "https://x.example/v=2/a", "a.txt"],
    ["https://x.example/v=2/a=dir/b=c.txt", "https://x.example/v=2/a", "dir/b=c.txt"],
  ])("%s", (word, url, file) => {
    expect(servedFiles([word], there(file))).toEqual([{ url, file }]);
  });

  it("finds the file behind whatever address", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "=", "/", "&") }),
        fc.string({ unit: fc.constantFrom("b", "=", "/", "."), minLength: 1 }).map((text) => `./${text}b`),
        (query, file) => {
          const url = `https://x.example/${query}`;
          expect(servedFiles([`${url}=${file}`], there(file))).toEqual([{ url, file }]);
        },
      ),
    );
  });

  it.each([
    ["https://x.example/a", /takes URL=FILE/],
    ["ftp://x.example/a=a", /takes URL=FILE/],
    ["https://x.example=a", /takes URL=FILE/],
    ["https://x.example/a?v=1=a", /takes URL=FILE/],
    ["https:///a=a", /takes URL=FILE/],
    ["https://x.example:8443/a=a", /takes URL=FILE/],
    ["https://me@x.example/a=a", /takes URL=FILE/],
    ["https://x.example/a b=a", /takes URL=FILE/],
    ["=a", /takes URL=FILE/],
    ["https://x.example/a=no", /^--serve https:\/\/x\.example\/a: there is no file no\.$/],
    ["https://x.example/a=", /there is no file \.$/],
  ])("refuses %s", (word, message) => {
    expect(() => servedFiles([word], there("a"))).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringMatching(message) }),
    );
  });
});

describe("--stand-in", () => {
  it("is a whole path and a file, which may have any name", () => {
    const words = ["/usr/bin/docker=./docker.sh", "/opt/a@1+b/x-y_z.so=a=b"];
    expect(standIns(words, there("./docker.sh", "a=b"))).toEqual([
      { path: "/usr/bin/docker", file: "./docker.sh" },
      { path: "/opt/a@1+b/x-y_z.so", file: "a=b" },
    ]);
  });

  it.each([
    ["usr/bin/docker=a", /whole path/],
    ["/usr/../etc/shadow=a", /whole path/],
    ["/=a", /whole path/],
    ["/usr/bin/=a", /whole path/],
    ["/usr/bin/do cker=a", /whole path/],
    ["/usr/bin/docker", /whole path/],
    ["/usr/bin/docker=no", /^--stand-in \/usr\/bin\/docker: there is no file no\.$/],
  ])("refuses %s", (word, message) => {
    expect(() => standIns([word], there("a"))).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringMatching(message) }),
    );
  });
});
