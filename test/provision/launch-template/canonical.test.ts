import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalData, fingerprint } from "../../../provision/launch-template/canonical.ts";
import type { TemplateData } from "../../../provision/launch-template/data.ts";
import { diffTemplates } from "../../../provision/launch-template/difference.ts";
import { template } from "./host.ts";

const { data } = template("", "#!/bin/sh\necho one\n");
const userData = (bytes: Uint8Array | string): TemplateData => ({
  UserData: Buffer.from(bytes as string).toString("base64"),
});

/** The same object with the keys of each level in another order. */
const shuffled = (value: unknown, random: () => number): unknown => {
  if (Array.isArray(value)) return value.map((entry) => shuffled(entry, random));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, shuffled(inner, random)] as const);
  return Object.fromEntries(entries.toSorted(() => random() - 0.5));
};

describe("the fingerprint of a version", () => {
  it("does not depend on order, on what is empty, or on what only answers have", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        let state = seed;
        const random = (): number => {
          state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
          return state / 0x7fffffff;
        };
        const other = shuffled(data, random) as Record<string, unknown>;
        const answered: TemplateData = {
          ...other,
          RamDiskId: undefined,
          SecurityGroupIds: [],
          TagSpecifications: (data.TagSpecifications ?? []).toReversed(),
          MetadataOptions: { ...data.MetadataOptions, ...{ State: "applied" } },
        };
        expect(fingerprint(answered)).toBe(fingerprint(data));
        expect(diffTemplates(data, answered)).toEqual({ fields: [], user_data: [] });
      }),
    );
  });

  it("is another one exactly when there is a difference to show", () => {
    const text = fc.string({ maxLength: 8 });
    const some = fc.record(
      {
        ImageId: text,
        SecurityGroupIds: fc.array(text, { maxLength: 2 }),
        MetadataOptions: fc.record({ HttpTokens: text, HttpPutResponseHopLimit: fc.nat(3) }),
        BlockDeviceMappings: fc.uniqueArray(
          fc.record({ DeviceName: fc.constantFrom("/dev/a", "/dev/b"), Ebs: fc.record({ Iops: fc.nat(3) }) }),
          { selector: ({ DeviceName }) => DeviceName, maxLength: 2 },
        ),
        UserData: fc
          .constantFrom("#!/bin/sh\na\n", "#!/bin/sh\nb\n", "#cloud-config\na: 1\n")
          .map((plain) => Buffer.from(plain).toString("base64")),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(some, some, (one, other) => {
        const { fields, user_data } = diffTemplates(one, other);
        expect(fields.length + user_data.length > 0).toBe(fingerprint(one) !== fingerprint(other));
      }),
    );
  });

  it("takes user data for what they unpack to, and those that are encoded twice for others", () => {
    const plain = "#!/bin/sh\necho hello\n";
    const twice = Buffer.from(plain).toString("base64");
    expect(fingerprint(userData(gzipSync(plain)))).toBe(fingerprint(userData(plain)));
    expect(fingerprint(userData(twice))).not.toBe(fingerprint(userData(plain)));
    expect(diffTemplates(userData(plain), userData(twice)).fields).toEqual([
      {
        field: "UserData",
        before: "21 bytes",
        after: "21 bytes inside of base64",
      },
    ]);
  });
});

describe("the difference of two versions", () => {
  it("names each field by what it belongs to", () => {
    const other = template(
      "  root_volume: {size_gib: 20}\n  tags: {team: web}\n",
      "#!/bin/sh\necho two\n",
    ).data;
    const { KeyName: _, ...old } = { ...data, KeyName: "mine" };
    expect(diffTemplates({ ...old, KeyName: "mine" }, other)).toEqual({
      fields: [
        { field: "BlockDeviceMappings[/dev/xvda].Ebs.VolumeSize", before: "8", after: "20" },
        { field: "KeyName", before: "mine" },
        { field: "TagSpecifications[instance].Tags[team]", after: "web" },
        { field: "TagSpecifications[network-interface].Tags[team]", after: "web" },
        { field: "TagSpecifications[volume].Tags[team]", after: "web" },
      ],
      user_data: [
        {
          part: "part-001",
          lines: [
            { sign: " ", text: "(text/x-shellscript)" },
            { sign: " ", text: "#!/bin/sh" },
            { sign: "-", text: "echo one" },
            { sign: "+", text: "echo two" },
          ],
        },
      ],
    });
  });

  it("keeps what somebody else has made: fields that provision never writes are told too", () => {
    expect(diffTemplates({ DisableApiTermination: true }, {}).fields).toEqual([
      { field: "DisableApiTermination", before: "true" },
    ]);
    expect(canonicalData({ DisableApiTermination: false })).toEqual({ DisableApiTermination: false });
  });
});
