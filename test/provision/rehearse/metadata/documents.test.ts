import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyEvent, type MetadataEvent } from "../../../../provision/rehearse/metadata/changes.ts";
import {
  type Instance,
  LIFECYCLE_STATES,
  MAINTENANCE_CODES,
  SPOT_ACTIONS,
} from "../../../../provision/rehearse/metadata/instance.ts";
import { VERSIONS } from "../../../../provision/rehearse/metadata/versions.ts";
import { anOpenInstance, LAUNCHED } from "./an-instance.ts";
import { replyTo, sourceOf, textAt } from "./asked.ts";

const KEY = { name: "my-key", openssh: "ssh-ed25519 AAAA my-key" };
const MINUTE = 60_000;

const FOUND = [
  "ami-id",
  "ami-launch-index",
  "ami-manifest-path",
  "block-device-mapping/ami",
  "block-device-mapping/root",
  "hostname",
  "instance-action",
  "instance-id",
  "instance-type",
  "local-hostname",
  "local-ipv4",
  "mac",
  "metrics/vhostmd",
  "MAC/device-number",
  "MAC/interface-id",
  "MAC/ipv4-associations/203.0.113.25",
  "MAC/local-hostname",
  "MAC/local-ipv4s",
  "MAC/mac",
  "MAC/owner-id",
  "MAC/public-hostname",
  "MAC/public-ipv4s",
  "MAC/security-group-ids",
  "MAC/security-groups",
  "MAC/subnet-id",
  "MAC/subnet-ipv4-cidr-block",
  "MAC/vpc-id",
  "MAC/vpc-ipv4-cidr-block",
  "MAC/vpc-ipv4-cidr-blocks",
  "placement/availability-zone",
  "profile",
  "public-hostname",
  "public-ipv4",
  "public-keys/0/openssh-key",
  "reservation-id",
  "security-groups",
  "services/domain",
  "services/partition",
];

/** Every document below a directory, found as a crawler finds it: by what listings say. */
const crawl = (instance: Instance, path: string): Readonly<Record<string, string>> => {
  const listing = textAt(instance, path);
  if (listing === undefined) throw new Error(`${path} is listed, and is not there`);
  return Object.fromEntries(
    listing.split("\n").flatMap((line) => {
      const [name] = line.split("=");
      const below = `${path}${name}`;
      if (line.includes("=")) return Object.entries(crawl(instance, `${below}/`));
      if (line.endsWith("/")) return Object.entries(crawl(instance, below));
      const text = textAt(instance, below);
      if (text === undefined) throw new Error(`${below} is listed, and is not there`);
      return [[below, text]];
    }),
  );
};

const full = anOpenInstance({
  tags: { Name: "web", "aws:autoscaling:groupName": "web-group" },
  key: KEY,
  profile: "web-role",
  publicAddress: "203.0.113.25",
  userData: Buffer.from("#!/bin/sh\n"),
  targetLifecycleState: "InService",
  options: { tags: true },
});

describe("the documents", () => {
  it("begin with the versions", () => {
    expect(textAt(full, "/")?.split("\n")).toEqual(VERSIONS);
    expect([...VERSIONS].sort()).toEqual(VERSIONS);
  });

  it("are listed without slashes at the top of a version, and without user data when there are none", () => {
    expect(textAt(full, "/latest")).toBe("dynamic\nmeta-data\nuser-data");
    expect(textAt(full, "/latest/")).toBe("dynamic\nmeta-data\nuser-data");
    expect(textAt(anOpenInstance(), "/latest/")).toBe("dynamic\nmeta-data");
    expect(textAt(anOpenInstance({ userData: Buffer.alloc(0) }), "/latest/user-data")).toBeUndefined();
  });

  it("of an instance that has nothing special are what EC2 has for such", () => {
    expect(textAt(anOpenInstance(), "/latest/meta-data/")).toBe(
      [
        "ami-id",
        "ami-launch-index",
        "ami-manifest-path",
        "block-device-mapping/",
        "events/",
        "hostname",
        "identity-credentials/",
        "instance-action",
        "instance-id",
        "instance-life-cycle",
        "instance-type",
        "local-hostname",
        "local-ipv4",
        "mac",
        "metrics/",
        "network/",
        "placement/",
        "profile",
        "reservation-id",
        "security-groups",
        "services/",
        "system",
      ].join("\n"),
    );
  });

  it("of an instance that has everything can all be reached by what listings say", () => {
    const found = crawl(full, "/latest/meta-data/");
    const more = ["autoscaling/", "iam/", "public-hostname", "public-ipv4", "public-keys/", "tags/"];
    const names = textAt(anOpenInstance(), "/latest/meta-data")?.split("\n") ?? [];
    expect(textAt(full, "/latest/meta-data")?.split("\n")).toEqual([...names, ...more].sort());
    const mac = `/latest/meta-data/network/interfaces/macs/${full.network.mac}`;
    expect(found).toMatchObject({
      "/latest/meta-data/ami-id": full.imageId,
      "/latest/meta-data/autoscaling/target-lifecycle-state": "InService",
      "/latest/meta-data/block-device-mapping/root": "/dev/xvda",
      "/latest/meta-data/events/maintenance/history": "[]",
      "/latest/meta-data/events/maintenance/scheduled": "[]",
      "/latest/meta-data/instance-action": "none",
      "/latest/meta-data/instance-life-cycle": "on-demand",
      "/latest/meta-data/placement/availability-zone": "eu-central-1a",
      "/latest/meta-data/placement/availability-zone-id": "euc1-az1",
      "/latest/meta-data/placement/region": "eu-central-1",
      "/latest/meta-data/public-hostname": "ec2-203-0-113-25.eu-central-1.compute.amazonaws.com",
      "/latest/meta-data/public-keys/0/openssh-key": `${KEY.openssh}\n`,
      "/latest/meta-data/services/domain": "amazonaws.com",
      "/latest/meta-data/services/partition": "aws",
      "/latest/meta-data/tags/instance/Name": "web",
      "/latest/meta-data/tags/instance/aws:autoscaling:groupName": "web-group",
      [`${mac}/device-number`]: "0",
      [`${mac}/ipv4-associations/203.0.113.25`]: full.network.address,
      [`${mac}/mac`]: full.network.mac,
      [`${mac}/subnet-ipv4-cidr-block`]: full.network.subnet.cidr,
      [`${mac}/vpc-ipv4-cidr-blocks`]: full.network.vpc.cidr,
    });
  });

  it("stand in the order of the alphabet, wherever they come from", () => {
    const announced = [
      { kind: "spot", action: "terminate", inMs: 0 },
      { kind: "rebalance" },
    ] as const satisfies MetadataEvent[];
    const instance = announced.reduce((now, event) => applyEvent(now, event, LAUNCHED), full);
    for (const path of ["/", "/events/", "/spot/", `/network/interfaces/macs/${full.network.mac}/`]) {
      const names = textAt(instance, `/latest/meta-data${path}`)?.split("\n") ?? [];
      expect(names.length).toBeGreaterThan(1);
      expect(names).toEqual([...names].sort());
    }
  });

  it("have the bytes of user data as they are, and only they are no text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (userData) => {
        const reply = replyTo({ target: "/latest/user-data" }, sourceOf(anOpenInstance({ userData })));
        expect(reply.body).toEqual(Buffer.from(userData));
        expect(reply.headers["Content-Type"]).toBe("application/octet-stream");
      }),
      { numRuns: 50 },
    );
    for (const target of ["/", "/latest/meta-data", "/latest/dynamic/instance-identity/document"])
      expect(replyTo({ target }, sourceOf(full)).headers["Content-Type"]).toBe("text/plain");
  });

  it("say the same of a directory with and without a slash behind it, and of a document too", () => {
    for (const path of ["/latest/meta-data", "/latest/meta-data/tags/instance", "/latest/meta-data/mac"]) {
      const text = textAt(full, path);
      expect(text).toBeDefined();
      expect(textAt(full, `${path}/`)).toBe(text);
    }
  });

  it.each([
    "/latest/nothing",
    "/latest/meta-data/nothing",
    "/latest/meta-data/mac/nothing",
    "/latest/meta-data/constructor",
    "/latest//meta-data",
    "/latest/api",
    "/2009-04-05/meta-data/",
    "/latest/meta-data/..",
  ])("are not at %s", (path) => {
    expect(textAt(full, path)).toBeUndefined();
  });
});

describe("a version with a date", () => {
  it("has what there was then, and nothing later", () => {
    expect(textAt(full, "/1.0/")).toBe("meta-data\nuser-data");
    expect(textAt(full, "/2009-04-04/meta-data/")?.split("\n")).not.toContain("mac");
    expect(textAt(full, "/2009-04-04/meta-data/mac")).toBeUndefined();
    expect(textAt(full, "/2016-09-02/meta-data/mac")).toBe(full.network.mac);
    expect(textAt(full, "/2018-09-24/meta-data/tags/instance/Name")).toBeUndefined();
    expect(textAt(full, "/2021-03-23/meta-data/tags/instance/Name")).toBe("web");
    expect(textAt(full, "/2021-03-23/meta-data/autoscaling/target-lifecycle-state")).toBeUndefined();
    expect(textAt(full, "/2021-07-15/meta-data/autoscaling/target-lifecycle-state")).toBe("InService");
  });

  it("has exactly what the authors of cloud-init found on real instances", () => {
    // Their unit tests keep what 2016-09-02 and 2018-09-24 gave them; IPv6 is left out, and so are credentials.
    const instance = anOpenInstance({ region: "us-east-2", publicAddress: "203.0.113.25", key: KEY });
    const names = (version: string) => {
      const found = Object.keys(crawl(instance, `/${version}/meta-data/`)).map((path) =>
        path.replace(`/${version}/meta-data/`, "").replace(/^.*\/macs\/[^/]*/, "MAC"),
      );
      return found.filter((name) => !name.includes("security-credentials")).sort();
    };
    expect(names("2016-09-02")).toEqual([...FOUND].sort());
    const since = [
      "events/maintenance/history",
      "events/maintenance/scheduled",
      "identity-credentials/ec2/info",
    ];
    expect(names("2018-09-24")).toEqual([...FOUND, ...since].sort());
  });

  it("never loses what an earlier one had", () => {
    let before: readonly string[] = [];
    for (const version of VERSIONS) {
      const names = Object.keys(crawl(full, `/${version}/meta-data/`)).map((path) =>
        path.split("/").slice(2).join("/"),
      );
      expect(names).toEqual(expect.arrayContaining([...before]));
      before = names;
    }
  });
});

describe("what is there only sometimes", () => {
  const meta = (instance: Instance, path: string) => textAt(instance, `/latest/meta-data/${path}`);

  it("is a profile with its credentials, which are renewed before they expire", () => {
    expect(meta(anOpenInstance(), "iam/security-credentials/")).toBeUndefined();
    expect(meta(full, "iam/security-credentials/")).toBe("web-role");
    const at = (now: number) =>
      JSON.parse(textAt(full, "/latest/meta-data/iam/security-credentials/web-role", now) ?? "");
    const first = at(LAUNCHED);
    expect(first).toMatchObject({
      Code: "Success",
      Type: "AWS-HMAC",
      LastUpdated: "2026-11-28T15:30:00Z",
      Expiration: "2026-11-28T21:30:00Z",
    });
    expect(first.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(first.SecretAccessKey).toHaveLength(40);
    expect(at(LAUNCHED + 59 * MINUTE)).toEqual(first);
    const next = at(LAUNCHED + 60 * MINUTE);
    expect(next.AccessKeyId).not.toBe(first.AccessKeyId);
    expect(next.LastUpdated).toBe("2026-11-28T16:30:00Z");
  });

  it("is what the service says of a profile, to the byte of a real one", () => {
    const info = meta(anOpenInstance({ profile: "S3AdminAccess" }), "iam/info") ?? "";
    expect(info).toMatch(/^\{\n {2}"Code" : "Success",\n/);
    // An answer of EC2 for a profile of this name has 200.
    expect(info).toHaveLength(200);
  });

  it("is the announcement of an interruption, with the old form only for the end of the instance", () => {
    expect(meta(full, "spot/")).toBeUndefined();
    const interrupted = (action: (typeof SPOT_ACTIONS)[number]) =>
      applyEvent(full, { kind: "spot", action, inMs: 2 * MINUTE }, LAUNCHED);
    expect(meta(interrupted("terminate"), "spot")).toBe("instance-action\ntermination-time");
    expect(meta(interrupted("terminate"), "spot/instance-action")).toBe(
      '{"action": "terminate", "time": "2026-11-28T15:32:00Z"}',
    );
    expect(meta(interrupted("terminate"), "spot/termination-time")).toBe("2026-11-28T15:32:00Z");
    expect(meta(interrupted("stop"), "spot/instance-action")).toBe(
      '{"action": "stop", "time": "2026-11-28T15:32:00Z"}',
    );
    expect(meta(interrupted("stop"), "spot/termination-time")).toBeUndefined();
    expect(meta(interrupted("stop"), "instance-life-cycle")).toBe("spot");
  });

  it("is the recommendation to rebalance", () => {
    expect(meta(full, "events/")).toBe("maintenance/");
    expect(meta(full, "events/recommendations/rebalance")).toBeUndefined();
    const after = applyEvent(full, { kind: "rebalance" }, LAUNCHED);
    expect(meta(after, "events")).toBe("maintenance/\nrecommendations/");
    expect(meta(after, "events/recommendations/rebalance")).toBe('{"noticeTime": "2026-11-28T15:30:00Z"}');
  });

  it("is a scheduled event, with times as AWS writes them there", () => {
    const event = {
      kind: "maintenance",
      code: "system-reboot",
      state: "active",
      inMs: 3 * 24 * 60 * MINUTE,
      forMs: 17 * MINUTE,
    } as const satisfies MetadataEvent;
    const planned = applyEvent(full, event, LAUNCHED);
    expect(JSON.parse(meta(planned, "events/maintenance/scheduled") ?? "")).toEqual([
      {
        NotBefore: "1 Dec 2026 15:30:00 GMT",
        Code: "system-reboot",
        Description: "scheduled reboot",
        EventId: expect.stringMatching(/^instance-event-0[0-9a-f]{16}$/),
        NotAfter: "1 Dec 2026 15:47:00 GMT",
        State: "active",
      },
    ]);
    const over = applyEvent(planned, { ...event, state: "completed" }, LAUNCHED + MINUTE);
    expect(meta(over, "events/maintenance/scheduled")).toBe("[]");
    expect(JSON.parse(meta(over, "events/maintenance/history") ?? "")).toMatchObject([
      {
        Description: "[Completed] scheduled reboot",
        NotBefore: "1 Dec 2026 15:30:00 GMT",
        State: "completed",
      },
    ]);
  });

  it("are the tags, when the instance may read them and has any", () => {
    const tags = { Name: "web" };
    expect(meta(anOpenInstance({ tags }), "tags/instance/Name")).toBeUndefined();
    expect(meta(anOpenInstance({ options: { tags: true } }), "tags/instance")).toBeUndefined();
    expect(meta(anOpenInstance({ tags, options: { tags: true } }), "tags/instance")).toBe("Name");
  });
});

describe("the identity document", () => {
  it("says what the instance is, in the order and with the blanks of EC2", () => {
    const text = textAt(full, "/latest/dynamic/instance-identity/document") ?? "";
    expect(text).toMatch(/^\{\n {2}"accountId" : "123456789012",\n {2}"architecture" : "x86_64",\n/);
    expect(JSON.parse(text)).toEqual({
      accountId: "123456789012",
      architecture: "x86_64",
      availabilityZone: "eu-central-1a",
      billingProducts: null,
      devpayProductCodes: null,
      marketplaceProductCodes: null,
      imageId: full.imageId,
      instanceId: full.id,
      instanceType: "t3.micro",
      kernelId: null,
      pendingTime: "2026-11-28T15:30:00Z",
      privateIp: full.network.address,
      ramdiskId: null,
      region: "eu-central-1",
      version: "2017-09-30",
    });
  });

  it.each(["pkcs7", "rsa2048", "signature"])("has a %s that says that it is none", (name) => {
    const text = textAt(full, `/latest/dynamic/instance-identity/${name}`) ?? "";
    expect(Buffer.from(text, "base64").toString()).toMatch(/^No signature of AWS/);
  });
});

describe("an instance in the middle of a life", () => {
  const duration = fc.nat(3_600_000);
  const event: fc.Arbitrary<MetadataEvent> = fc.oneof(
    fc.record({
      kind: fc.constant("spot" as const),
      action: fc.constantFrom(...SPOT_ACTIONS),
      inMs: duration,
    }),
    fc.constant({ kind: "rebalance" as const }),
    fc.record({
      kind: fc.constant("maintenance" as const),
      code: fc.constantFrom(...MAINTENANCE_CODES),
      state: fc.constantFrom("active" as const, "completed" as const, "canceled" as const),
      inMs: duration,
      forMs: duration,
    }),
    fc.record({
      kind: fc.constant("target-lifecycle-state" as const),
      state: fc.constantFrom(...LIFECYCLE_STATES),
    }),
    fc.constant({ kind: "clear" as const }),
    fc.record({ kind: fc.constant("user-data" as const), data: fc.uint8Array({ maxLength: 8 }) }),
  );

  it("has no listing that leads nowhere, and no JSON that cannot be read", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), (happened) => {
        const instance = happened.reduce((now, next) => applyEvent(now, next, LAUNCHED), full);
        const found = crawl(instance, "/latest/meta-data/");
        expect(Object.keys(found).length).toBeGreaterThan(40);
        for (const text of Object.values(found))
          if (/^[[{]/.test(text)) expect(() => JSON.parse(text)).not.toThrow();
      }),
      { numRuns: 30 },
    );
  });
});
