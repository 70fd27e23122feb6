import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { command as apply } from "../../../provision/commands/launch-template-apply.ts";
import { command as drift } from "../../../provision/commands/launch-template-drift.ts";
import { command as plan } from "../../../provision/commands/launch-template-plan.ts";
import { command as render } from "../../../provision/commands/launch-template-render.ts";
import { fittingFindings } from "../../../provision/launch-template/fitting.ts";
import type { FakeInstanceType } from "../../fakes/ec2.ts";
import { type Account, openAccount } from "./rehearsed.ts";

const PREVIEW = "GetInstanceTypesFromInstanceRequirements";
const REQUIREMENTS = "instance_requirements: {vcpu: {min: 2, max: 4}, memory_mib: {min: 4096}}";

const types = (...names: readonly string[]): FakeInstanceType[] =>
  names.map((name) => ({ name, vcpus: 2, memoryMib: 8_192 }));

let account: Account;
afterEach(() => account.close());

const open = async (...instanceTypes: readonly FakeInstanceType[]): Promise<void> => {
  account = await openAccount({ instanceTypes });
};
const planned = (options: object = {}) =>
  account.run(plan, [account.host("", REQUIREMENTS)], { out: undefined, ...options });
const asked = () => account.ec2.calls.filter(({ action }) => action === PREVIEW);

describe("a plan for a host with instance_requirements", () => {
  it("names how many types fit, and the first of them", async () => {
    await open(
      ...types("r7i.large", "m7i.large", "c7i.large", "m6i.large", "m5.large", "r5.large", "t3.large"),
    );
    const { status, out, err } = await planned();
    expect(status).toBe(3);
    expect(out).toContain(
      "\n  6 instance types fit: c7i.large, m5.large, m6i.large, m7i.large, r5.large and 1 more\n",
    );
    expect(err).toBe("");
    expect(asked()).toMatchObject([
      {
        params: {
          ArchitectureTypes: ["x86_64"],
          VirtualizationTypes: ["hvm"],
          InstanceRequirements: {
            VCpuCount: { Min: 2, Max: 4 },
            MemoryMiB: { Min: 4_096 },
            BareMetal: "excluded",
            BurstablePerformance: "excluded",
          },
        },
      },
    ]);
  });

  it("carries all of them in its JSON and in its file, sorted, and apply reads it", async () => {
    await open(...types("m7i.large", "c7i.large", "m6i.large"));
    const file = account.path("plan.json");
    const { out } = await planned({ json: true, out: file });
    const fit = { types: ["c7i.large", "m6i.large", "m7i.large"], complete: true };
    expect(JSON.parse(out)).toMatchObject({ instance_types: fit });
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ instance_types: fit });
    expect(await account.run(apply, [file])).toMatchObject({ status: 0, code: undefined });
  });

  it("is one that apply reads also without them, as an older program has written it", async () => {
    await open(...types("m7i.large", "c7i.large", "m6i.large"));
    const file = account.path("plan.json");
    await planned({ out: file });
    const { instance_types: _, ...older } = JSON.parse(readFileSync(file, "utf8"));
    writeFileSync(file, JSON.stringify({ ...older, instance_types: "many" }));
    expect((await account.run(apply, [file])).message).toContain("is no plan of provision: instance_types");
    writeFileSync(file, JSON.stringify(older));
    expect(await account.run(apply, [file])).toMatchObject({ status: 0, code: undefined });
  });

  it("is refused when no type fits, and no file is written", async () => {
    await open(...types("t3.large"), {
      name: "m7g.large",
      vcpus: 2,
      memoryMib: 8_192,
      architecture: "arm64",
    });
    const file = account.path("plan.json");
    const { code, err, out } = await planned({ out: file });
    expect(code).toBe("INPUT_INVALID");
    expect(err).toMatch(
      /host\.yaml:4:\d+: error LT04: launch template: InstanceRequirements is met by no instance type for x86_64 in eu-central-1\./,
    );
    expect(out).toBe("");
    expect(() => readFileSync(file)).toThrow(/ENOENT/);
  });

  it.each([
    [["m7i.large"], "is met by m7i.large alone"],
    [["m7i.large", "c7i.large"], "is met by c7i.large and m7i.large alone"],
  ])("warns that capacity may run out with %j", async (names, said) => {
    await open(...types(...names));
    const { status, err } = await planned();
    expect(status).toBe(3);
    expect(err).toMatch(/host\.yaml:4:\d+: warning LT04: launch template: InstanceRequirements /);
    expect(err).toContain(said);
    expect(err).toContain("capacity may run out");
  });

  it("asks for one page, and says so when there are more", async () => {
    await open(...types(...Array.from({ length: 1_001 }, (_, n) => `m${String(n).padStart(4, "0")}.large`)));
    const { out } = await planned();
    expect(out).toContain("  at least 1000 instance types fit: m0000.large, ");
    expect(out).toContain(" and 995 more\n");
    expect(JSON.parse((await planned({ json: true })).out).instance_types.complete).toBe(false);
    expect(asked()).toHaveLength(2);
  });

  it("is made without them where the preview is not permitted, and says so", async () => {
    await open(...types("m7i.large"));
    account.ec2.deny(PREVIEW);
    const { status, code, err, out } = await planned({ json: true });
    expect({ status, code }).toEqual({ status: 3, code: undefined });
    expect(err).toBe(
      `Which instance types fit launch.instance_requirements is not known: ec2:${PREVIEW} is not permitted.\n`,
    );
    expect(JSON.parse(out)).not.toHaveProperty("instance_types");
  });

  it("is not made when the preview fails in another way", async () => {
    await open(...types("m7i.large"));
    account.ec2.fail(PREVIEW, { code: "InvalidParameterValue", message: "no such memory", times: 9 });
    const { code, message } = await planned();
    expect(code).toBe("AWS_FAILED");
    expect(message).toContain(`ec2:${PREVIEW} in eu-central-1: InvalidParameterValue: no such memory`);
  });
});

describe("the preview", () => {
  it("is of no other command, nor of a host with a type", async () => {
    await open(...types("m7i.large", "c7i.large", "m6i.large"));
    const file = account.path("plan.json");
    await account.run(plan, [account.host()], { out: file });
    expect(JSON.parse(readFileSync(file, "utf8"))).not.toHaveProperty("instance_types");
    await account.run(apply, [file]);
    const host = account.host("", REQUIREMENTS);
    await account.run(render, [host], { format: "json" });
    expect(await account.run(drift, [host])).toMatchObject({ status: 3, code: undefined });
    expect(asked()).toEqual([]);
  });

  it("finds no fault with a page that is not all there is", () => {
    const where = { architecture: "x86_64", region: "eu-central-1" } as const;
    for (const few of [[], ["m7i.large"]])
      expect(fittingFindings({ types: few, complete: false }, where)).toEqual([]);
  });
});
