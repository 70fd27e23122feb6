import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { parseHost } from "../../../provision/host/load.ts";
import { makeInstance } from "../../../provision/rehearse/metadata/make-instance.ts";
import { instanceInputs } from "../../../provision/rehearse/settings.ts";
import { hostSubject, userDataSubject } from "../../../provision/rehearse/subject.ts";

const AT = { region: "eu-west-1", launchedAt: Date.UTC(2026, 2, 1) };

const ofHost = (launch: string) => {
  const { host, problems } = parseHost(`name: web\n${launch}`, "host.yaml");
  if (host === undefined) throw new Error(JSON.stringify(problems));
  return instanceInputs(hostSubject("host.yaml", host, { scripts: [] }), AT);
};

describe("the instance that a host would be", () => {
  it("has what the launch template says", () => {
    const inputs = ofHost(
      "launch:\n  image: al2023\n  security_group_ids: [sg-0123456789abcdef0]\n  instance_type: m7g.large\n  instance_profile: web-profile\n  tags: {env: prod}\n  metadata: {hop_limit: 2, tags: true}\n",
    );
    expect(inputs).toMatchObject({
      ...AT,
      seed: "web",
      type: "m7g.large",
      profile: "web-profile",
      tags: { Name: "web", env: "prod" },
      options: { hopLimit: 2, tags: true },
    });
    expect(makeInstance(inputs)).toMatchObject({ type: "m7g.large", region: "eu-west-1" });
  });

  it("has what EC2 would give where nothing is said, and a name that the tags may change", () => {
    expect(ofHost("")).toMatchObject({
      profile: "rehearsal",
      tags: { Name: "web" },
      options: { hopLimit: 1, tags: false },
    });
    expect(
      ofHost(
        "launch:\n  image: al2023\n  security_group_ids: [sg-0123456789abcdef0]\n  instance_type: t3.small\n  tags: {Name: other}\n",
      ).tags,
    ).toEqual({ Name: "other" });
  });

  it("is the same each time for a file, and has its user data", () => {
    const subject = userDataSubject("boot.sh", Buffer.from("#!/bin/sh\ntrue\n"));
    const inputs = instanceInputs(subject, AT);
    expect(inputs).toMatchObject({
      seed: "boot.sh",
      userData: subject.userData,
      tags: { Name: "rehearsal" },
    });
    expect(makeInstance(inputs).id).toBe(makeInstance(instanceInputs(subject, AT)).id);
    expect(makeInstance(inputs).id).not.toBe(makeInstance({ ...inputs, seed: "other.sh" }).id);
  });
});
