import { describe, expect, it } from "vitest";
import { explainUserData } from "../../../provision/user-data/explain.ts";
import { parseUserData } from "../../../provision/user-data/parse.ts";

const explain = (text: string) => explainUserData(parseUserData(new TextEncoder().encode(text)));

describe("the explanation", () => {
  it("of a script says when and from where it runs", () => {
    expect(explain("#!/bin/sh\ntrue\n").parts).toEqual([
      {
        name: "part-001",
        type: "text/x-shellscript",
        decided_by: "how it begins",
        bytes: 15,
        does: "is run as root",
        stage: "final",
        frequency: "once per instance",
        file: "/var/lib/cloud/instance/scripts/part-001",
      },
    ]);
  });

  it("says what is ignored, and what cannot be run", () => {
    expect(explain("hello\n").parts[0]?.does).toContain("is ignored");
    expect(explain("\n#!/bin/sh\n").parts[0]?.does).toContain("cannot be run");
  });

  it("says why a cloud-config is left out, or what is wrong in it", () => {
    expect(explain("#cloud-config\npackages: [a\n")).toMatchObject({
      parts: [{ does: expect.stringContaining("is ignored with a warning: ") }],
      order: [],
    });
    expect(explain("#cloud-config\n- a\n").parts[0]?.does).toContain("it is no mapping");
    expect(
      explain("#cloud-config\npackage: [a]\nusers:\n  - {name: a, shel: /bin/sh}\n").parts[0],
    ).toMatchObject({
      stage: "init, config and final",
      faults: [
        { key: "package", message: "is no key of cloud-config (did you mean packages?)" },
        { key: "users[0]", message: '"shel" is no key of this (did you mean shell?)' },
      ],
    });
    expect(explain("#cloud-config\npackages: [a]\n").parts[0]).not.toHaveProperty("faults");
  });

  it("has the order of a boot, not that of the file", () => {
    const part = (type: string, name: string, body: string) =>
      `--b\nContent-Type: ${type}\nContent-Disposition: attachment; filename="${name}"\n\n${body}\n`;
    const parts = [
      part("text/x-shellscript", "z.sh", "#!/bin/sh"),
      part("text/x-shellscript", "a.sh", "#!/bin/sh"),
      part("text/x-shellscript-per-boot", "m.sh", "#!/bin/sh"),
      part("text/cloud-config", "c.yaml", "#cloud-config\n{}"),
      part("text/cloud-boothook", "hook", "#cloud-boothook\n#!/bin/sh"),
    ];
    const message = `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n${parts.join("")}--b--\n`;
    expect(explain(message).order).toEqual(["hook", "cloud-config", "m.sh", "a.sh", "z.sh"]);
  });
});
