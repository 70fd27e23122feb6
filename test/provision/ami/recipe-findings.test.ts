import { describe, expect, it } from "vitest";
import { formatProblem } from "../../../agent/config/load.ts";
import { parseHost } from "../../../provision/host/load.ts";

/** What is said of the lines of a section `image`, the first of which is line 3. */
const said = (...lines: readonly string[]): readonly string[] =>
  parseHost(`name: web\nimage:\n${lines.map((line) => `  ${line}\n`).join("")}`, "host.yaml").problems.map(
    formatProblem,
  );

const SHA = "ab".repeat(20);

describe("a recipe", () => {
  it("may hold every kind of step and of check, in their short forms", () => {
    expect(
      said(
        "steps:",
        "  - packages: nginx",
        "  - packages: [nginx, git]",
        "  - directory: /srv/app",
        "  - user: app",
        `  - git: {repo: "https://example.com/app", commit: ${SHA}, to: /opt/app}`,
        "  - service: [nginx, app]",
        "  - shell: nginx -t",
        "  - reboot",
        "  - reboot:",
        "validate: [{shell: nginx -t}, {file: /etc/motd}, {package: nginx}]",
        "test: [{http: http://localhost/}, {port: 80}, {service: nginx}]",
      ),
    ).toEqual([]);
  });

  it("means the same in its short forms as in its long ones", () => {
    const image = (steps: string) =>
      parseHost(`name: web\nimage: {steps: [${steps}]}\n`, "host.yaml").host?.image?.steps;
    expect(image("{packages: nginx}, {user: app}, {service: [a, b]}, {shell: make}, reboot")).toEqual(
      image(
        "{packages: {install: [nginx]}}, {user: {name: app}}, {service: {enable: [a, b]}}, {shell: {script: make}}, {reboot: {}}",
      ),
    );
  });

  it.each([
    [
      ["steps:", "  - pakages: [nginx]"],
      "4:7: error: image.steps[0].pakages: unknown key (did you mean packages?)",
    ],
    [["test:", "  - htp: x"], "4:7: error: image.test[0].htp: unknown key (did you mean http?)"],
    [
      ["steps:", "  - packages: [nginx]", "    file: {content: a, to: /b}"],
      '5:7: error: image.steps[0].file: stands in one entry with packages (begin it with "- ")',
    ],
    [
      ["steps:", "  - shell: make", "    timeout: 5m"],
      "5:7: error: image.steps[0].timeout: belongs inside of shell (shell: {script: …, timeout: …})",
    ],
    [["steps:", "  - {}"], "4:7: error: image.steps[0]: says nothing to do (known here: packages, file,"],
    [["steps: []"], "3:10: error: image.steps: is an empty list: leave it out"],
    [
      ["steps:", "  - rebot"],
      "4:7: error: image.steps[0]: must be a mapping with one key (did you mean reboot?)",
    ],
    [
      ["steps:", "  - packages"],
      "4:7: error: image.steps[0]: must be a mapping with one key (did you mean {packages: …}?)",
    ],
    [
      ["steps:", '  - git: {repo: "https://example.com/x", to: /x, commit: main}'],
      "4:60: error: image.steps[0].git.commit: must be the 40 hexadecimal digits of a commit",
    ],
    [
      ["steps:", "  - user: app", "  - user: {name: app}"],
      "5:20: error: image.steps[1].user.name: name app is that of image.steps[0].user as well",
    ],
    [
      ["steps:", "  - user: {name: a, uid: 900}", "  - user: {name: b, uid: 900}"],
      "5:28: error: image.steps[1].user.uid: uid 900 is that of image.steps[0].user as well",
    ],
    [
      ["steps:", "  - user: {name: a, authorized_keys: [x]}"],
      "4:40: error: image.steps[0].user.authorized_keys: is refused: a key in the image would open every host",
    ],
    [
      ["steps:", "  - shell: {run: a.sh, params: {port: 0x10}}"],
      '4:41: error: image.steps[0].shell.params.port: would arrive as 16 (put it in quotes: "0x10")',
    ],
    [
      ["steps:", `  - host_agent: {url: "s3://b/x", sha256: ${"ab".repeat(32)}}`],
      "4:7: error: image.steps[0].host_agent: there is no configuration for the agent (add a section agent)",
    ],
    [
      ["validate:", "  - service: nginx"],
      "4:7: warning: image.validate[0].service: asks for a service that runs, and none is started",
    ],
    [
      ["cleanup: {profile: lax}"],
      '3:22: error: image.cleanup.profile: must be strict or none, not the text "lax"',
    ],
    [["cleanup: {machine_id: keep}"], "3:25: error: image.cleanup.machine_id: must be empty"],
    [["output: {keep: 5}"], "3:3: warning: image.output: is not read by this version"],
    [["outputs: {keep: 5}"], "3:3: error: image.outputs: unknown key (did you mean output?)"],
  ])("with %j is told where it is wrong", (lines, expected) => {
    const found = said(...lines);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`host.yaml:${expected}`);
  });

  it("asks in validate for what is enabled, without a warning", () => {
    expect(said("validate: [{service: {name: nginx, is: [enabled]}}]")).toEqual([]);
    expect(said("test: [{service: nginx}]")).toEqual([]);
  });

  it("may use variables, and waits for them", () => {
    const text = (value: string) =>
      `name: web\nvariables: {version: ${value}}\nimage:\n  steps:\n    - packages: ["nginx=\${var.version}"]\n`;
    expect(parseHost(text('{default: "1.2"}'), "host.yaml").host?.image?.steps[0]).toMatchObject({
      packages: { install: ["nginx=1.2"] },
    });
    expect(parseHost(text("{}"), "host.yaml").problems.map(({ message }) => message)).toEqual([
      "has no value",
    ]);
  });

  it("of a file that is extended has its paths as seen from there", () => {
    const shared = `name: base
image:
  steps:
    - file: {from: nginx.conf, to: /etc/nginx/nginx.conf}
    - service: {unit: units/app.service}
  validate:
    - shell: {run: /opt/absolute.sh}
`;
    const { host } = parseHost("extends: ../shared/base.yaml\nname: web\n", "hosts/host.yaml", [
      { file: "shared/base.yaml", content: shared },
    ]);
    expect(host?.image).toMatchObject({
      steps: [
        { file: { from: "../shared/nginx.conf" } },
        { service: { unit: "../shared/units/app.service" } },
      ],
      validate: [{ shell: { run: "/opt/absolute.sh" } }],
    });
  });
});
