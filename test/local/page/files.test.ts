import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PAGE_FILES } from "../../../agent/local/page/files.ts";

const ROOT = join(import.meta.dirname, "../../..");
const FOLDER = join(ROOT, "agent/local/page/browser");

describe("the files of the page", () => {
  it("are those that were written, as `npm run generate` left them", () => {
    const names = readdirSync(FOLDER).filter((name) => name !== "tsconfig.json");
    for (const name of names) {
      const served = PAGE_FILES.get(name === "page.html" ? "/" : `/page/${name}`);
      expect(served?.content, name).toBe(readFileSync(join(FOLDER, name), "utf8"));
      expect(served?.type, name).toMatch(/^(text\/(html|css|javascript); charset=utf-8|image\/svg\+xml)$/);
    }
    expect(PAGE_FILES.size).toBe(names.length);
  });

  it("refer to each other only, and to files that are there", () => {
    for (const [path, { content }] of PAGE_FILES) {
      const inHtml = [...content.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, target]) => target ?? "");
      const inScripts = [...content.matchAll(/(?:\bfrom |\bimport )"(\.[^"]+)"/g)].map(([, target]) =>
        (target ?? "").replace(/^\.\//, "/page/"),
      );
      for (const target of [...(path === "/" ? inHtml : []), ...inScripts])
        expect(PAGE_FILES.has(target), `${path} refers to ${target}`).toBe(true);
    }
  });

  it("hold no markup made of text, and nothing inline that the policy would refuse", () => {
    for (const [path, { content }] of PAGE_FILES) {
      expect(content, path).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/);
      if (path === "/") expect(content).not.toMatch(/<style|<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=/);
    }
  });

  it("pass the type checker", () => {
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    const { status, stdout } = spawnSync(tsc, ["-p", FOLDER], { encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });
});
