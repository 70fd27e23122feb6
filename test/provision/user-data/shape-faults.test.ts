import { describe, expect, it } from "vitest";
import { readCloudConfig } from "../../../provision/user-data/cloud-config.ts";

const refused = (body: string) =>
  readCloudConfig(`#cloud-config\n${body}\n`).refused.map(({ path, message }) => `${path}: ${message}`);

describe("what the schema of cloud-init refuses", () => {
  it("is told with what stands there, as YAML 1.1 reads it, and what belongs there", () => {
    expect(refused("hostname: 12")).toEqual([
      "hostname: 12 without quotes is a whole number; here belongs a text",
    ]);
    expect(refused("power_state: {mode: off}")[0]).toBe(
      "power_state.mode: off without quotes is the boolean false; here belongs a text",
    );
    expect(refused("packages: nginx")).toEqual(["packages: this is a text; here belongs a list"]);
    expect(refused("write_files: [{content: x}]")).toEqual(["write_files[0]: path is missing"]);
    expect(refused("write_files: [{path: /x, permissions: 0644}]")).toEqual([
      "write_files[0].permissions: 0644 without quotes is a whole number; here belongs a text",
    ]);
  });

  it("is told of the choice that was meant, where there are several", () => {
    expect(refused("users:\n  - name: a\n    shel: /bin/sh")).toEqual([
      'users[0]: "shel" is no key of this (did you mean shell?)',
    ]);
    expect(refused("runcmd: [[echo, 5]]")).toEqual([
      "runcmd[0]: 5 without quotes is a whole number; here belongs a text",
    ]);
    expect(refused("ssh_pwauth: 1")).toEqual([
      "ssh_pwauth: 1 without quotes is a whole number; here belongs true or false or a text",
    ]);
    expect(refused("users: [{gecos: x}]")).toEqual(["users[0]: name is missing"]);
  });

  it("stands at the key that is at fault, also where an alias or a merge brought it", () => {
    const text = "#cloud-config\nusers:\n  - {name: a, shel: x}\n";
    expect(readCloudConfig(text).refused).toMatchObject([{ offset: text.indexOf("shel") }]);
    const merged = "#cloud-config\nwrite_files:\n  - &f {path: /a}\n  - {<<: *f, pth: /b}\n";
    expect(readCloudConfig(merged).refused).toMatchObject([
      { path: "write_files[1]", offset: merged.indexOf("pth") },
    ]);
  });

  it("is nothing of what is only old", () => {
    expect(refused("apt_update: true\nca-certs: {trusted: [x]}\nssh_pwauth: 'yes'")).toEqual([]);
  });
});
