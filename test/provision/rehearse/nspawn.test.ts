import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bootArguments,
  FIRST_USER,
  hypervisorUuid,
  shiftArguments,
  USERS,
} from "../../../provision/rehearse/nspawn.ts";

const path = fc.string({ unit: fc.constantFrom("a", "/", "-", " "), minLength: 1 }).map((text) => `/${text}`);
const paths = fc.record({
  root: path,
  hypervisor: path,
  binds: fc.array(fc.record({ from: path, to: path }), { maxLength: 3 }),
});

/** What may never be given up, and what would do so. */
const expectPrivate = (args: readonly string[], root: string): void => {
  expect(args).toContain("--private-network");
  expect(args).toContain(`--private-users=${FIRST_USER}:${USERS}`);
  expect(args).toContain(`--directory=${root}`);
  expect(args).toContain("--register=no");
  for (const arg of args)
    expect(arg).not.toMatch(
      /^--(network|capability|bind=|overlay|port|private-users=(no|0|identity)|volatile|system-call-filter|property|as-pid2|ephemeral)/,
    );
};

describe("a container", () => {
  it("has users and a network of its own, whatever it is started with", () => {
    fc.assert(
      fc.property(paths, fc.stringMatching(/^hostwright-[0-9a-f]{8}$/), (where, name) => {
        const args = bootArguments(where, name);
        expectPrivate(args, where.root);
        expect(args).toContain("--boot");
        expect(args).toContain(`--machine=${name}`);
        expect(args).toContain("--resolv-conf=off");
      }),
    );
  });

  it("has them while its root is prepared, too, and nothing of it runs", () => {
    expectPrivate(shiftArguments("/x/root"), "/x/root");
    expect(shiftArguments("/x/root").at(-1)).toBe("/bin/true");
    expect(shiftArguments("/x/root")).not.toContain("--boot");
  });

  it("sees of this machine only what it is given, and can write to none of that", () => {
    fc.assert(
      fc.property(paths, (where) => {
        const binds = bootArguments(where, "x").filter((arg) => arg.startsWith("--bind"));
        expect(binds).toEqual([
          `--bind-ro=${where.hypervisor}:/sys/hypervisor/uuid`,
          ...where.binds.map(({ from, to }) => `--bind-ro=${from}:${to}`),
        ]);
      }),
    );
  });

  it("has users whom nobody else has: above those of people and services, and a whole range", () => {
    expect(USERS).toBe(65_536);
    expect(FIRST_USER % USERS).toBe(0);
    expect(FIRST_USER + USERS).toBeLessThan(2 ** 31);
  });
});

describe("the UUID of the hypervisor", () => {
  it("begins as on EC2, is a UUID, and is another one for another instance", () => {
    const id = fc.stringMatching(/^i-[0-9a-f]{17}$/);
    fc.assert(
      fc.property(id, id, (one, other) => {
        const uuid = hypervisorUuid(one);
        expect(uuid).toMatch(/^ec2[0-9a-f]{5}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}\n$/);
        expect(uuid === hypervisorUuid(other)).toBe(one === other);
      }),
    );
    expect(hypervisorUuid("i-12345678")).toMatch(/^ec2[0-9a-f]{5}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n$/);
  });
});
