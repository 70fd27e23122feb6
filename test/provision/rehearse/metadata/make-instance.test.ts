import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeInstance } from "../../../../provision/rehearse/metadata/make-instance.ts";
import { zoneIdOf } from "../../../../provision/rehearse/metadata/place.ts";
import { anInstance, LAUNCHED } from "./an-instance.ts";

const ID = /^[a-z]+-0[0-9a-f]{16}$/;

describe("an instance that is made up", () => {
  it("follows from its seed alone", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const [a, again, b] = [one, one, other].map((seed) => makeInstance({ seed, launchedAt: LAUNCHED }));
        expect(a).toEqual(again);
        if (one !== other) expect(b?.id).not.toBe(a?.id);
      }),
      { numRuns: 50 },
    );
  });

  it("has ids and addresses as EC2 gives them, whatever the seed", () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const { id, imageId, reservation, network, profile } = makeInstance({
          seed,
          launchedAt: LAUNCHED,
          profile: "web",
        });
        const { mac, address, subnet, vpc, securityGroups } = network;
        for (const given of [id, imageId, reservation, network.id, subnet.id, vpc.id, securityGroups[0]?.id])
          expect(given).toMatch(ID);
        expect(profile?.id).toMatch(/^AIPA[A-Z2-7]{17}$/);
        expect(mac).toMatch(/^0[26ae](:[0-9a-f]{2}){5}$/);
        const [a, b, c, d] = address.split(".").map(Number);
        expect([a, b]).toEqual([172, 31]);
        expect(c).toBeLessThan(96);
        // AWS keeps the first four addresses of a subnet and the last one.
        expect(d).toBeGreaterThan(3);
        expect(d).toBeLessThan(255);
        const [, , first] = subnet.cidr.split(".").map(Number);
        expect(Math.floor((c ?? 0) / 16) * 16).toBe(first);
      }),
      { numRuns: 200 },
    );
  });

  it("takes over what is known", () => {
    const { network, hostname, zoneId, lifecycle } = anInstance({
      address: "10.0.19.7",
      mac: "02:AB:CD:EF:00:01",
      zone: "eu-central-1c",
      spot: true,
    });
    expect(network.mac).toBe("02:ab:cd:ef:00:01");
    expect(network.subnet.cidr).toBe("10.0.16.0/20");
    expect(network.vpc.cidr).toBe("10.0.0.0/16");
    expect(hostname).toBe("ip-10-0-19-7.eu-central-1.compute.internal");
    expect(zoneId).toBe("euc1-az3");
    expect(lifecycle).toBe("spot");
  });

  it("is called otherwise in the oldest Region", () => {
    expect(anInstance({ region: "us-east-1", address: "10.0.0.9" }).hostname).toBe(
      "ip-10-0-0-9.ec2.internal",
    );
  });

  it.each([
    ["us-east-1a", "use1-az1"],
    ["us-west-2b", "usw2-az2"],
    ["ap-southeast-2c", "apse2-az3"],
    ["ap-northeast-1d", "apne1-az4"],
    ["ca-central-1a", "cac1-az1"],
    ["us-gov-west-1a", "usgw1-az1"],
    ["cn-north-1b", "cnn1-az2"],
  ])("%s is %s", (zone, id) => {
    expect(zoneIdOf(zone)).toBe(id);
  });

  it.each([
    ["t3.micro", "x86_64"],
    ["t4g.small", "arm64"],
    ["a1.large", "arm64"],
    ["g4dn.xlarge", "x86_64"],
    ["g5g.xlarge", "arm64"],
    ["im4gn.large", "arm64"],
    ["m7i-flex.large", "x86_64"],
    ["c7gn.medium", "arm64"],
  ])("%s is of %s", (type, architecture) => {
    expect(anInstance({ type }).architecture).toBe(architecture);
  });

  it("requires tokens, goes one hop and keeps its tags to itself unless told otherwise", () => {
    expect(anInstance().options).toEqual({
      endpoint: "enabled",
      tokens: "required",
      hopLimit: 1,
      tags: false,
    });
    expect(anInstance({ options: { hopLimit: 2 } }).options).toMatchObject({
      tokens: "required",
      hopLimit: 2,
    });
  });

  it.each(["a b", "a/b", ".", "..", "_index", "ä", ""])(
    "refuses the tag %j in metadata, as EC2 does",
    (key) => {
      const tags = { [key]: "x" };
      expect(() => anInstance({ tags, options: { tags: true } })).toThrow(/cannot be in the metadata/);
      expect(anInstance({ tags }).tags).toEqual(tags);
    },
  );
});
