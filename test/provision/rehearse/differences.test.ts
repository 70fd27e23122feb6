import { describe, expect, it } from "vitest";
import { differencesOf } from "../../../provision/rehearse/differences.ts";
import type { Fetched } from "../../../provision/rehearse/packages/ports.ts";
import type { Call } from "../../../provision/rehearse/report.ts";

const call = (service: string, taken: boolean): Call => ({ service, action: "x", parameters: {}, taken });

const ALWAYS = differencesOf([], "none", "", undefined);

describe("what is not as on EC2", () => {
  it("is not the network where there is one, nor a package that a mirror has", () => {
    const text = differencesOf([], "host", "E: Unable to locate package nginxx\n", undefined).join();
    expect(text).not.toMatch(/Internet|nginxx/);
  });

  it("is always the same few things", () => {
    expect(ALWAYS.length).toBeGreaterThan(0);
    expect(ALWAYS.join()).toMatch(/Internet.*kernel.*disks/);
  });

  it("is each service that was asked for and is not there, once", () => {
    const calls = [call("ssm", false), call("autoscaling", true), call("ssm", false), call("ec2", false)];
    expect(differencesOf(calls, "none", "", undefined)).toEqual([
      "there is no ssm",
      "there is no ec2",
      ...ALWAYS,
    ]);
  });

  it("is what was printed of it, once and first", () => {
    const line = "curl: (6) Could not resolve host: files.example\n";
    expect(differencesOf([call("ssm", false)], "none", line + line, undefined)).toEqual([
      expect.stringContaining("files.example"),
      "there is no ssm",
      ...ALWAYS,
    ]);
  });

  it("is a package that was not to be had, even if nobody has asked for it yet", () => {
    const fetched: Fetched = {
      files: [],
      missing: [{ spec: "nginxx", why: "unknown", said: "E: Unable to locate package nginxx" }],
      release: { origin: "Debian", codename: "bookworm", architecture: "amd64" },
      stale: { since: undefined, said: "no route" },
    };
    const told = differencesOf([], "none", "E: Unable to locate package nginxx\n", fetched);
    expect(told.filter((each) => each.includes("nginxx is not in"))).toHaveLength(1);
    expect(told.filter((each) => each.includes("no route"))).toHaveLength(1);
    expect(differencesOf([], "none", "", fetched).slice(0, 2)).toEqual(told.slice(0, 2));
  });
});
