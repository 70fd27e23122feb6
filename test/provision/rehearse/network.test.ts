import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cable,
  INTERFACE,
  METADATA_ADDRESS,
  SERVICES_ADDRESS,
  servicesNetwork,
  setUp,
  subnetOf,
} from "../../../provision/rehearse/network.ts";

const octet = fc.nat(255);
const address = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join("."));

const numberOf = (text: string): number => text.split(".").reduce((sum, each) => sum * 256 + Number(each), 0);
const isInside = (text: string, subnet: string): boolean => {
  const [net = "", bits] = subnet.split("/");
  const size = 2 ** (32 - Number(bits));
  return Math.floor(numberOf(text) / size) === Math.floor(numberOf(net) / size);
};

const ADDRESS = /\b\d+\.\d+\.\d+\.\d+\b/g;

describe("the subnet of an address", () => {
  it("is a /20 that it is in, with the first host as gateway", () => {
    fc.assert(
      fc.property(address, (text) => {
        const { subnet, gateway } = subnetOf(text);
        expect(subnet).toMatch(/\/20$/);
        expect(isInside(text, subnet)).toBe(true);
        expect(numberOf(gateway)).toBe(numberOf(subnet.replace("/20", "")) + 1);
        expect(numberOf(gateway) % 4_096).toBe(1);
      }),
    );
    expect(subnetOf("172.31.47.9")).toEqual({ subnet: "172.31.32.0/20", gateway: "172.31.32.1" });
  });
});

describe("the network", () => {
  it("names nothing but itself: its own interfaces, its own addresses, and no way out", () => {
    fc.assert(
      fc.property(
        address,
        fc.integer({ min: 2, max: 4_000_000 }),
        fc.integer({ min: 1, max: 64 }),
        (own, leader, hopLimit) => {
          const { subnet } = subnetOf(own);
          const inside = cable({ leader, address: own, mac: "0a:00:00:00:00:01", hopLimit });
          for (const call of [...servicesNetwork("none"), ...inside]) {
            const text = call.join(" ");
            for (const [each] of text.matchAll(ADDRESS))
              expect(
                [METADATA_ADDRESS, SERVICES_ADDRESS, "255.255.255.255"].includes(each) ||
                  isInside(each, subnet),
                text,
              ).toBe(true);
            for (const [, device] of text.matchAll(/\b(?:dev|name|link set|link add) (\S+)/g))
              expect(["lo", "gateway", INTERFACE], text).toContain(device);
            // The one default route leads nowhere.
            if (text.includes("default")) expect(text).toBe("route add unreachable default");
            // Only the far end is given to another namespace.
            if (text.includes("netns")) expect(text).toContain(`peer name ${INTERFACE}`);
          }
        },
      ),
    );
  });

  it("has a cable with the address of hardware and the hops of the instance", () => {
    const calls = cable({ leader: 42, address: "172.31.20.7", mac: "0a:1b:2c:3d:4e:5f", hopLimit: 2 });
    expect(calls.map((call) => call.join(" "))).toEqual([
      "link add gateway type veth peer name ens5 address 0a:1b:2c:3d:4e:5f netns 42",
      "address add 172.31.16.1/20 dev gateway",
      "link set gateway up",
      "route add 255.255.255.255 dev gateway",
      "rule add from 169.254.169.254 lookup 169",
      "route add 172.31.16.0/20 dev gateway hoplimit 2 table 169",
    ]);
  });

  it("has the addresses that answer on its own loopback", () => {
    const calls = servicesNetwork("none").map((call) => call.join(" "));
    for (const each of [METADATA_ADDRESS, SERVICES_ADDRESS])
      expect(calls).toContain(`address add ${each}/32 dev lo`);
  });

  it("is set up inside by a script that a shell can read, over the one gateway", () => {
    fc.assert(
      fc.property(address, (own) => {
        const text = setUp(own);
        const { gateway, subnet } = subnetOf(own);
        expect(text).toContain(`ip address replace ${own}/20 dev ${INTERFACE}\n`);
        expect(text).toContain(`ip route replace default via ${gateway} dev ${INTERFACE}\n`);
        for (const [each] of text.matchAll(ADDRESS)) expect(isInside(each, subnet)).toBe(true);
      }),
    );
    expect(spawnSync("/bin/sh", ["-n"], { input: setUp("10.0.0.9") }).status).toBe(0);
  });
});
