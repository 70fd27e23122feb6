import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseHost } from "../../../provision/host/load.ts";
import { type RunScript, runScripts } from "../../../provision/rehearse/script-lines.ts";
import { parseUserData } from "../../../provision/user-data/parse.ts";
import { originsOf, renderUserData } from "../../../provision/user-data/render.ts";
import { toolAvailable } from "../../tools.ts";

const SCRIPTS = "/var/lib/cloud/instance/scripts";

const given = (text: string, file = "boot.sh"): readonly RunScript[] =>
  runScripts({ file, content: Buffer.from(text) });

const only = (scripts: readonly RunScript[]): RunScript => {
  const [script] = scripts;
  if (script === undefined || scripts.length > 1) throw new Error(`there are ${scripts.length} scripts`);
  return script;
};

/** The line of what runs that has this text. */
const lineWith = (script: RunScript, text: string): number => {
  for (let line = 1; line < 10_000; line += 1) if (script.source(line) === text) return line;
  throw new Error(`no line is ${text}`);
};

describe("a script that is the user data itself", () => {
  it("has the lines of its file", () => {
    const script = only(given("#!/bin/bash\n\n  false  \ntrue\n"));
    expect(script).toMatchObject({ name: "part-001", path: `${SCRIPTS}/part-001` });
    expect(script.place(3)).toEqual({ file: "boot.sh", line: 3 });
    expect(script.source(3)).toBe("false");
    expect(script.place()).toMatchObject({ file: "boot.sh" });
    expect(script.source(99)).toBeUndefined();
  });

  it("has them when it is compressed or encoded, too", () => {
    const text = "#!/bin/bash\ntrue\nfalse\n";
    for (const content of [gzipSync(text), Buffer.from(Buffer.from(text).toString("base64"))])
      expect(only(runScripts({ file: "x", content })).place(3)).toEqual({ file: "x", line: 3 });
  });

  it("is none where nothing runs", () => {
    for (const text of [
      "",
      "no header\n",
      "#cloud-config\npackages: [jq]\n",
      "#include\nhttp://127.0.0.1/\n",
    ])
      expect(given(text)).toEqual([]);
  });
});

const MESSAGE = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="XX"

--XX
Content-Type: text/x-shellscript
Content-Disposition: attachment; filename="first.sh"

#!/bin/bash
false
--XX
Content-Type: text/x-shellscript-per-boot
Content-Disposition: attachment; filename="always.sh"

#!/bin/sh
false
--XX
Content-Type: text/cloud-boothook

#cloud-boothook
#!/bin/sh
false
--XX
Content-Type: text/x-shellscript
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="coded.sh"

${Buffer.from("#!/bin/bash\ntrue\nfalse\n").toString("base64")}
--XX--
`;

describe("a script that is part of a message", () => {
  const scripts = given(MESSAGE, "user-data.txt");
  const named = (name: string): RunScript => only(scripts.filter((script) => script.name === name));

  it("has the path that cloud-init gives it", () => {
    expect(scripts.map(({ path }) => path)).toEqual([
      `${SCRIPTS}/first.sh`,
      "/var/lib/cloud/scripts/per-boot/always.sh",
      "/var/lib/cloud/instance/boothooks/part-003",
      `${SCRIPTS}/coded.sh`,
    ]);
  });

  it("has the lines of the message where its own lines stand there", () => {
    const lines = MESSAGE.split("\n");
    for (const [name, line] of [
      ["first.sh", 2],
      ["always.sh", 2],
    ] as const) {
      const place = named(name).place(line);
      expect(place).toEqual({ file: "user-data.txt", line: expect.any(Number) });
      expect(lines[(place.line ?? 0) - 1]).toBe("false");
    }
    expect(named("first.sh").place(2).line).toBe(lines.indexOf("false") + 1);
  });

  it("has its own lines where they are encoded, within the line at which it begins", () => {
    const place = named("coded.sh").place(3);
    expect(place).toMatchObject({ file: "user-data.txt", within: "line 3 of coded.sh" });
    expect(MESSAGE.split("\n")[(place.line ?? 0) - 1]).toMatch(/^IyEvYmlu/);
    expect(named("coded.sh").place().within).toBe("coded.sh");
    expect(named("coded.sh").source(3)).toBe("false");
  });

  it("is there once when another one has its name: cloud-init writes one file, and the last one stays", () => {
    const twice = MESSAGE.replace("always.sh", "first.sh")
      .replace("-per-boot", "")
      .replace("#!/bin/sh\nfalse", "#!/bin/sh\n: second");
    const script = only(given(twice).filter(({ path }) => path === `${SCRIPTS}/first.sh`));
    expect(script.source(2)).toBe(": second");
  });
});

/** A host with scripts, as it is rendered. */
const rendered = (boot: string, texts: readonly string[], cloudConfig?: string): readonly RunScript[] => {
  const { host, problems } = parseHost(`name: web\n${boot}`, "host.yaml");
  if (host === undefined) throw new Error(JSON.stringify(problems));
  const sources = {
    scripts: texts.map((text, nth) => ({ path: `scripts/s${nth}.sh`, text })),
    ...(cloudConfig === undefined ? {} : { cloudConfig: { path: "cc.yaml", text: cloudConfig } }),
  };
  const content = renderUserData(host, sources).bytes;
  return runScripts({ file: "host.yaml", content, origins: originsOf(host, sources) });
};

const PARAMS = `boot:\n  params: {env: "two\\nlines", port: 80}\n`;

describe("a script of a host", () => {
  it("has the lines of its own file, behind all that was put in front", () => {
    const script = only(rendered(PARAMS, ["#!/bin/bash\ntrue\nfalse\n"]));
    const at = lineWith(script, "false");
    expect(at).toBeGreaterThan(5);
    expect(script.place(at)).toEqual({ file: "scripts/s0.sh", line: 3 });
    expect(script.place(1)).toEqual({ file: "scripts/s0.sh", line: 1 });
    expect(script.place()).toEqual({ file: "scripts/s0.sh" });
  });

  it("has no line where the line is ours", () => {
    const script = only(rendered(PARAMS, ["#!/bin/bash\ntrue\n"]));
    for (let line = 2; line < lineWith(script, "true"); line += 1)
      expect(script.place(line), `${line}`).toEqual({ file: "scripts/s0.sh" });
  });

  it("has its own lines whatever the parameters and however many scripts there are", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom("a", "'", "\n", " ", "ä") }), { maxLength: 3 }),
        fc.array(fc.array(fc.constantFrom("true", "", "# no", "echo"), { maxLength: 4 }), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.boolean(),
        fc.constantFrom("never", "always"),
        (values, bodies, hasConfig, compression) => {
          const params = Object.fromEntries(values.map((value, nth) => [`p${nth}`, value]));
          const texts = bodies.map((lines) => ["#!/bin/bash", ...lines, ": the end", ""].join("\n"));
          const scripts = rendered(
            `boot: ${JSON.stringify({ params, compression })}\n`,
            texts,
            hasConfig ? "#cloud-config\npackages: [jq]\n" : undefined,
          );
          expect(scripts).toHaveLength(texts.length);
          for (const [nth, script] of scripts.entries())
            expect(script.place(lineWith(script, ": the end"))).toEqual({
              file: `scripts/s${nth}.sh`,
              line: (bodies[nth]?.length ?? 0) + 2,
            });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("that is all ours is told as a part of the host", () => {
    const scripts = rendered(
      `boot:\n  install_agent: {url: "s3://b/a.tar.gz", sha256: "${"0".repeat(64)}"}\nagent:\n  logs: {files: [{file_path: /var/log/x}]}\n`,
      ["#!/bin/sh\ntrue\n"],
    );
    expect(scripts.map(({ place }) => place(3))).toEqual([
      { file: "host.yaml", within: "01-install-agent.sh" },
      expect.objectContaining({ file: "scripts/s0.sh" }),
    ]);
  });
});

const RUNCMD = `#cloud-config
runcmd:
  - echo one
  - [echo, "it's", 2]
  - |
    echo three
    false
  - "echo four"
  - echo five
`;

describe("runcmd", () => {
  const script = only(given(RUNCMD, "cc.yaml"));
  const lineOf = (text: string): number | undefined => script.place(lineWith(script, text)).line;

  it("is one script, and each of its lines is one of the file", () => {
    expect(script).toMatchObject({ name: "runcmd", path: `${SCRIPTS}/runcmd` });
    expect(lineOf("echo one")).toBe(3);
    expect(lineOf("'echo' 'it'\\''s' '2'")).toBe(4);
    expect(lineOf("echo three")).toBe(6);
    expect(lineOf("false")).toBe(7);
    expect(lineOf("echo four")).toBe(8);
    expect(lineOf("echo five")).toBe(9);
    expect(script.place(99)).toMatchObject({ file: "cc.yaml" });
  });

  it("of a host has the lines of its cloud-config", () => {
    const [runcmd] = rendered("", ["#!/bin/sh\ntrue\n"], RUNCMD).filter(({ name }) => name === "runcmd");
    expect(runcmd?.place(lineWith(runcmd, "false"))).toEqual({ file: "cc.yaml", line: 7 });
  });

  it("of two cloud-configs is that of the later one, which takes its place", () => {
    const part = (text: string): string => `--XX\nContent-Type: text/cloud-config\n\n${text}`;
    const text = `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="XX"\n\n${part("#cloud-config\nruncmd:\n  - echo a\n  - echo b\n")}${part("#cloud-config\nruncmd:\n  - echo c\n")}--XX--\n`;
    const runcmd = only(given(text));
    const both = only(given(text.replace("runcmd:", "merge_how: 'list(append)'\nruncmd:")));
    expect([2, 3, 4].map(both.source)).toEqual(["echo a", "echo b", "echo c"]);
    expect(runcmd.source(2)).toBe("echo c");
    expect(text.split("\n")[(runcmd.place(2).line ?? 0) - 1]).toBe("  - echo c");
  });

  it.skipIf(!toolAvailable("cloud-init", "cloud-init"))(
    "is line by line what the cloud-init here makes of it",
    () => {
      const program =
        "import sys, yaml; from cloudinit import util; print(util.shellify(yaml.safe_load(sys.stdin)['runcmd']), end='')";
      const { stdout, stderr } = spawnSync("/usr/bin/python3", ["-c", program], {
        input: RUNCMD,
        encoding: "utf8",
      });
      expect(stderr).toBe("");
      const lines = stdout.trimEnd().split("\n");
      expect(lines.length).toBeGreaterThan(6);
      for (const [nth, line] of lines.entries())
        if (nth > 0) expect(script.source(nth + 1)).toBe(line.trim());
    },
  );
});

describe("any user data", () => {
  it("leads to scripts whose lines all have a place in it", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `#!/bin/sh\n${text}`),
          fc.string().map((text) => `#cloud-config\nruncmd: [${JSON.stringify(text)}]\n`),
        ),
        fc.nat(20),
        (text, line) => {
          const lines = parseUserData(Buffer.from(text)).text.split("\n").length;
          for (const script of given(text)) {
            expect(script.place(line).file).toBe("boot.sh");
            if (script.source(line) !== undefined && line > 0)
              expect(script.place(line).line).toBeLessThanOrEqual(lines);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
