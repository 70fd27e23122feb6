import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CLOUD_CONFIG_KEYS } from "../../../provision/user-data/cloud-config-keys.ts";
import { toolAvailable } from "../../tools.ts";

const SCHEMA = "/usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json";

describe.skipIf(!toolAvailable("cloud-init", "cloud-init"))("the keys of cloud-config", () => {
  it("hold all that the schema of cloud-init has", () => {
    const { $defs } = JSON.parse(readFileSync(SCHEMA, "utf8")) as {
      readonly $defs: Readonly<Record<string, { readonly properties?: object }>>;
    };
    const known = Object.entries($defs)
      .filter(([name]) => name.startsWith("cc_"))
      .flatMap(([, { properties = {} }]) => Object.keys(properties));
    expect(known.length).toBeGreaterThan(60);
    expect(known.filter((key) => !CLOUD_CONFIG_KEYS.has(key))).toEqual([]);
  });
});
