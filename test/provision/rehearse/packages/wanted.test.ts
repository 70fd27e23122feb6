import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aptRequests, type Install, wantedPackages } from "../../../../provision/rehearse/packages/wanted.ts";
import { parseUserData } from "../../../../provision/user-data/parse.ts";

const wanted = (text: string): readonly Install[] => wantedPackages(parseUserData(Buffer.from(text)));

const script = (...lines: readonly string[]): readonly Install[] =>
  wanted(["#!/bin/bash", ...lines, ""].join("\n"));

const cloudConfig = (...lines: readonly string[]): readonly Install[] =>
  wanted(["#cloud-config", ...lines, ""].join("\n"));

/** `manager: spec@line … ?unknown@line`, a line for each command. */
const told = (installs: readonly Install[]): readonly string[] =>
  installs.map(({ manager, packages, unknown }) =>
    [
      `${manager}:`,
      ...packages.map(({ spec, line }) => `${spec}@${line}`),
      ...unknown.map(({ text, line }) => `?${text}@${line}`),
    ].join(" "),
  );

describe("what a script installs", () => {
  it("is named behind the verb, wherever the options are", () => {
    expect(
      told(
        script(
          "apt-get install -y nginx",
          "apt-get -qy -o DPkg::Lock::Timeout=300 install jq -t stable-backports --no-install-recommends curl",
          "sudo -E DEBIAN_FRONTEND=noninteractive apt install --yes vim=2:9.0 tmux/stable libc6:arm64 g++",
          "timeout 300 /usr/bin/aptitude install -y htop",
        ),
      ),
    ).toEqual([
      "apt: nginx@2",
      "apt: jq@3 curl@3",
      "apt: vim=2:9.0@4 tmux/stable@4 libc6:arm64@4 g++@4",
      "apt: htop@5",
    ]);
  });

  it("has names and specs apart", () => {
    const [install] = script("apt-get install -y vim=2:9.0 tmux/stable");
    expect(install?.packages.map(({ name }) => name)).toEqual(["vim", "tmux"]);
  });

  it("is found on continued lines, in functions, branches, loops, and several times on a line", () => {
    expect(
      told(
        script(
          "apt-get update && apt-get install -y \\",
          "  nginx \\",
          "  jq; apt-get install -y curl",
          "setup() { apt-get install -y htop; }",
          "if command -v dnf; then dnf install -y httpd; else apt-get install -y apache2; fi",
          'case "$ID" in debian) apt-get install -y vim ;; *) yum -y install vim-enhanced ;; esac',
          "until apt-get install -y tmux; do sleep 1; done",
          "retry 5 apt-get install -y git",
        ),
      ),
    ).toEqual([
      "apt: nginx@3 jq@4",
      "apt: curl@4",
      "apt: htop@5",
      "dnf: httpd@6",
      "apt: apache2@6",
      "apt: vim@7",
      "yum: vim-enhanced@7",
      "apt: tmux@8",
      "apt: git@9",
    ]);
  });

  it("is not what is removed, printed, looked up, or only mentioned", () => {
    expect(
      told(
        script(
          "# apt-get install a",
          "echo apt-get install b",
          "apt-get remove -y c && apt-get purge d && apt-get update",
          "cat <<EOF > /root/README",
          "apt-get install e",
          "EOF",
          "apt-get install -y keep drop- # f",
          "command -v apt-get install >/dev/null || true",
        ),
      ),
    ).toEqual(["apt: keep@8"]);
  });

  it("is also what a script within the script installs", () => {
    expect(
      told(
        script(
          "sudo bash -c 'apt-get update",
          "apt-get install -y nginx'",
          'eval "apt-get install -y jq"',
          "su - root -c \"sh -c 'apt-get install -y curl'\"",
        ),
      ),
    ).toEqual(["apt: nginx@3", "apt: jq@4", "apt: curl@5"]);
  });

  it("is known when a variable has only values that the script says", () => {
    expect(
      told(
        script(
          "readonly VERSION='1.22.1-9'",
          'PACKAGES="jq curl"',
          'PACKAGES="$PACKAGES git"',
          "TOOLS=(htop # to look around",
          "  'tmux')",
          `apt-get install -y "nginx=$VERSION" $PACKAGES "\${TOOLS[@]}" \${EXTRA:-vim} php-{cli,fpm}`,
          "for name in one two; do apt-get install -y $APT_OPTS $name; done",
        ),
      ),
    ).toEqual([
      "apt: nginx=1.22.1-9@7 jq@7 curl@7 git@7 htop@7 tmux@7 vim@7 php-cli@7 php-fpm@7",
      "apt: one@8 two@8",
    ]);
  });

  it("is unknown when only the shell can know it, or when it is a file", () => {
    expect(
      told(
        script(
          "apt-get install -y $PACKAGES",
          'f() { apt-get install -y jq "$@"; }',
          "apt-get install -y $(cat /opt/list) ./agent.deb https://example.com/x.deb",
          "xargs -a /opt/list apt-get install -y git",
          `read -r NAME; NAME="\${NAME:-vim}"`,
          "dnf install -y $NAME",
        ),
      ),
    ).toEqual([
      "apt: ?$PACKAGES@2",
      "apt: jq@3 ?$@@3",
      "apt: ?$(cat /opt/list)@4 ?./agent.deb@4 ?https://example.com/x.deb@4",
      "apt: git@5 ?what xargs reads@5",
      "dnf: vim@7 ?$NAME@7",
    ]);
  });
});

describe("what a cloud-config installs", () => {
  it("is in packages, in all the forms that cloud-init takes", () => {
    expect(
      told(
        cloudConfig(
          "packages:",
          "  - nginx",
          "  - [jq, 1.6-2.1]",
          "  - apt:",
          "      - curl",
          "      - [vim, '2:9.0']",
          "    snap: [hello]",
          "  - '{{ name }}'",
          "  -",
        ),
      ),
    ).toEqual(["base: nginx@3 jq=1.6-2.1@4 ?{{ name }}@9", "apt: curl@6 vim=2:9.0@7", "snap: hello@8"]);
    expect(told(cloudConfig("packages: nginx"))).toEqual(["base: nginx@2"]);
  });

  it("is in commands, of which those of one list share their variables", () => {
    expect(
      told(
        cloudConfig(
          "bootcmd:",
          "  - [apt-get, install, -y, early]",
          "runcmd:",
          "  - NAME=jq",
          "  - apt-get install -y $NAME",
          "  - |",
          "    set -e",
          "    apt-get install -y \\",
          "      git",
          "    apt-get install -y curl",
        ),
      ),
    ).toEqual(["apt: early@3", "apt: jq@6", "apt: git@10", "apt: curl@11"]);
  });

  it("is in scripts that it writes, and in templates", () => {
    expect(
      told(
        wanted(
          [
            "## template: jinja",
            "#cloud-config",
            "packages: [nginx]",
            "write_files:",
            "  - path: /opt/setup",
            "    content: |",
            "      #!/bin/sh",
            "      apt-get install -y jq",
            "  - {path: /opt/notes, content: apt-get install -y none}",
            "",
          ].join("\n"),
        ),
      ),
    ).toEqual(["base: nginx@3", "apt: jq@8"]);
  });

  it("is told part by part", () => {
    const installs = wanted(
      [
        'Content-Type: multipart/mixed; boundary="=="',
        "MIME-Version: 1.0",
        "",
        "--==",
        "Content-Type: text/cloud-config",
        "",
        "packages: [nginx]",
        "--==",
        'Content-Type: text/x-shellscript; name="boot.sh"',
        "Content-Transfer-Encoding: base64",
        "",
        Buffer.from("#!/bin/sh\napt-get install -y jq\n").toString("base64"),
        "--==--",
        "",
      ].join("\n"),
    );
    expect(installs.map(({ part, line }) => `${part}:${line}`)).toEqual(["part-001:1", "boot.sh:2"]);
  });
});

describe("any user data", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9]{1,5}([.+-][a-z0-9]{1,3})?$/);
  const option = fc.constantFrom(
    "-y",
    "-qq",
    "-o Dpkg::Use-Pty=0",
    "--no-install-recommends",
    "-t stable",
    "-oA=b",
  );
  const before = fc.constantFrom("", "sudo ", "DEBIAN_FRONTEND=noninteractive ", "! ", "nice -n 5 ", "if ");
  const end = fc.constantFrom(
    "\n",
    " && true\n",
    "; true\n",
    " >/dev/null 2>&1\n",
    " || exit 1\n",
    " # done\n",
  );
  const between = fc.constantFrom(" ", " \\\n  ", "  ");

  it("names each package that it was made to install, in order and at its line", () => {
    const command = fc.record({
      before,
      tool: fc.constantFrom("apt-get", "apt", "/usr/bin/apt-get"),
      options: fc.array(option, { maxLength: 3 }),
      words: fc.array(fc.oneof({ weight: 3, arbitrary: name }, option), { minLength: 1, maxLength: 8 }),
      between,
      end,
    });
    fc.assert(
      fc.property(fc.array(command, { minLength: 1, maxLength: 5 }), (commands) => {
        let text = "#!/bin/sh\n";
        const expected: string[] = [];
        for (const made of commands) {
          text += `${made.before}${[made.tool, ...made.options, "install"].join(" ")}`;
          for (const word of made.words) {
            text += made.between;
            if (!word.startsWith("-")) expected.push(`${word}@${text.split("\n").length}`);
            text += word;
          }
          text += `${made.end}${made.before === "if " ? "then :; fi\n" : ""}`;
        }
        const found = wanted(text).flatMap(({ packages }) =>
          packages.map(({ spec, line }) => `${spec}@${line}`),
        );
        expect(found).toEqual(expected);
        expect(aptRequests(wanted(text)).flat()).toEqual(
          expect.arrayContaining(expected.map((one) => one.split("@")[0])),
        );
      }),
    );
  });

  it("never throws, and what it gives to apt is no option, no file and no text for a shell", () => {
    const pieces = [
      ...[
        "apt-get install",
        "-y",
        ";",
        "\n",
        "\\\n",
        "'",
        '"',
        "$(",
        ")",
        "`",
        `\${A:-`,
        "}",
        "{a,b}",
        "$A",
        "A=",
        "=(",
      ],
      ...["for A in ", "bash -c '", 'eval "', "<<E\n", "./x", "-- ", "../", "|", "name"],
    ];
    const piece = fc.constantFrom(...pieces);
    const text = fc.array(piece, { maxLength: 40 }).map((some) => some.join(" "));
    fc.assert(
      fc.property(text, fc.constantFrom("#!/bin/bash\n", "#cloud-config\nruncmd:\n - "), (body, head) => {
        for (const spec of aptRequests(wanted(head + body)).flat())
          expect(spec).toMatch(/^[A-Za-z0-9][^\s$`'";|&<>(){}\\]*$/);
      }),
      { numRuns: 500 },
    );
    for (const deep of ["A=$A$B B=$A$A ", "bash -c 'apt-get install ", 'eval "', "{a,b}", `\${A:-`])
      wanted(`#!/bin/bash\napt-get install -y ${deep.repeat(2_000)}`);
  });
});
