import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dhcpAnswer } from "../../../provision/rehearse/dhcp.ts";
import { subnetOf } from "../../../provision/rehearse/network.ts";

const TYPES = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  acknowledge: 5,
  release: 7,
  inform: 8,
} as const;
const MAGIC = [0x63, 0x82, 0x53, 0x63];

interface Asked {
  readonly type: number;
  readonly transaction: number;
  readonly mac: readonly number[];
  readonly flags: number;
  readonly ciaddr: readonly number[];
  /** Before the type, and behind it. */
  readonly before: readonly number[];
  readonly behind: readonly number[];
}

/** A message as RFC 2131 has it. */
const messageOf = ({ type, transaction, mac, flags, ciaddr, before, behind }: Asked): Buffer => {
  const fixed = Buffer.alloc(236);
  fixed.set([1, 1, 6, 0]);
  fixed.writeUInt32BE(transaction, 4);
  fixed.writeUInt16BE(7, 8);
  fixed.writeUInt16BE(flags, 10);
  fixed.set(ciaddr, 12);
  fixed.set(mac, 28);
  return Buffer.concat([fixed, Buffer.from([...MAGIC, ...before, 53, 1, type, ...behind, 255])]);
};

const quad = (bytes: Uint8Array): string => [...bytes].join(".");

/** Reads it back as a client does. */
const read = (message: Uint8Array) => {
  const bytes = Buffer.from(message);
  const options = new Map<number, Uint8Array>();
  for (let at = 240; bytes[at] !== 255; ) {
    const [code = 0, length = 0] = bytes.subarray(at, at + 2);
    expect(at + 2 + length).toBeLessThan(bytes.length);
    expect(options.has(code)).toBe(false);
    options.set(code, bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  const option = (code: number): Uint8Array => options.get(code) ?? Buffer.alloc(0);
  return {
    kind: bytes[0],
    hardware: [bytes[1], bytes[2]],
    hops: bytes[3],
    transaction: bytes.readUInt32BE(4),
    flags: bytes.readUInt16BE(10),
    ciaddr: quad(bytes.subarray(12, 16)),
    yours: quad(bytes.subarray(16, 20)),
    mac: [...bytes.subarray(28, 34)],
    magic: [...bytes.subarray(236, 240)],
    type: option(53)[0],
    server: quad(option(54)),
    mask: quad(option(1)),
    router: quad(option(3)),
    lease: Buffer.from(option(51)).readUInt32BE(0),
  };
};

const octet = fc.nat(255);
const four = fc.tuple(octet, octet, octet, octet);

/** Options that a client may send as well: padding, and any with a value. */
const others = fc
  .array(
    fc.oneof(
      fc.constant([0]),
      fc
        .tuple(
          fc.integer({ min: 1, max: 254 }).filter((code) => code !== 53),
          fc.array(octet, { maxLength: 20 }),
        )
        .map(([code, value]) => [code, value.length, ...value]),
    ),
    { maxLength: 4 },
  )
  .map((options) => options.flat());

const asked: fc.Arbitrary<Asked> = fc.record({
  type: fc.constantFrom<number>(TYPES.discover, TYPES.request, TYPES.inform),
  transaction: fc.nat(0xff_ff_ff_ff),
  mac: fc.array(octet, { minLength: 6, maxLength: 6 }),
  flags: fc.constantFrom(0, 0x80_00),
  ciaddr: four,
  before: others,
  behind: others,
});

const lease = { address: "172.31.20.7", gateway: "172.31.16.1" };

describe("what DHCP answers", () => {
  it("is the one address, and how to use it, to whoever asked", () => {
    fc.assert(
      fc.property(asked, four, (question, octets) => {
        const address = octets.join(".");
        const { gateway } = subnetOf(address);
        const answer = dhcpAnswer(messageOf(question), { address, gateway });
        expect(read(answer ?? Buffer.alloc(0))).toEqual({
          kind: 2,
          hardware: [1, 6],
          hops: 0,
          transaction: question.transaction,
          flags: question.flags,
          ciaddr: question.ciaddr.join("."),
          yours: address,
          mac: question.mac,
          magic: MAGIC,
          type: question.type === TYPES.discover ? TYPES.offer : TYPES.acknowledge,
          server: gateway,
          mask: "255.255.240.0",
          router: gateway,
          lease: 3_600,
        });
      }),
    );
  });

  const plain: Asked = {
    type: TYPES.discover,
    transaction: 7,
    mac: [1, 2, 3, 4, 5, 6],
    flags: 0,
    ciaddr: [0, 0, 0, 0],
    before: [],
    behind: [],
  };

  it("is the same for a message that lies somewhere in a larger buffer", () => {
    const message = messageOf(plain);
    const large = Buffer.concat([Buffer.alloc(13, 9), message, Buffer.alloc(5, 9)]);
    const inside = new Uint8Array(large.buffer, large.byteOffset + 13, message.length);
    expect(dhcpAnswer(inside, lease)).toEqual(dhcpAnswer(message, lease));
  });

  it("is nothing to a client that gives its address back, and to other servers", () => {
    expect(dhcpAnswer(messageOf(plain), lease)).toBeDefined();
    for (const type of [TYPES.release, TYPES.decline, TYPES.offer, TYPES.acknowledge, 0, 99])
      expect(dhcpAnswer(messageOf({ ...plain, type }), lease)).toBeUndefined();
    const reply = messageOf(plain);
    reply[0] = 2;
    expect(dhcpAnswer(reply, lease)).toBeUndefined();
    const other = messageOf(plain);
    other[236] = 0;
    expect(dhcpAnswer(other, lease)).toBeUndefined();
  });

  it("is nothing to any other bytes, and never throws", () => {
    const cut = fc.tuple(asked, fc.nat(400)).map(([question, at]) => messageOf(question).subarray(0, at));
    const damaged = fc.tuple(asked, fc.nat(300), octet).map(([question, at, value]) => {
      const message = messageOf(question);
      if (at < message.length) message[at] = value;
      return message;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 600 }), cut, damaged), (bytes) => {
        const answer = dhcpAnswer(bytes, lease);
        expect(answer === undefined || read(answer).yours === lease.address).toBe(true);
        if (bytes.length <= 240) expect(answer).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });
});
