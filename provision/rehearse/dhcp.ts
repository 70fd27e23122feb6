import { Buffer } from "node:buffer";

/** DHCP (RFC 2131) as far as an instance needs it: one client, one address, which it has whatever it asks for. */

const MAGIC = 0x63_82_53_63;
/** Of the fixed part of a message, in bytes. */
const FIXED = 236;
const OPTIONS = FIXED + 4;
const END = 255;

const REQUEST = 1;
const REPLY = 2;
const TYPES = { discover: 1, offer: 2, request: 3, acknowledge: 5, inform: 8 } as const;
const OPTION = { mask: 1, router: 3, lease: 51, type: 53, server: 54 } as const;
/** As EC2 leases it, in seconds. */
const LEASE_SECONDS = 3_600;
/** That of a default VPC's subnets. */
const MASK = "255.255.240.0";

const bytesOf = (address: string): Buffer => Buffer.from(address.split(".").map(Number));

/** The type of a message; undefined for what is no request of a client. */
const typeOf = (message: Uint8Array): number | undefined => {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  if (bytes.length <= OPTIONS || bytes[0] !== REQUEST || bytes.readUInt32BE(FIXED) !== MAGIC)
    return undefined;
  for (let at = OPTIONS; at + 1 < bytes.length && bytes[at] !== END; ) {
    const code = bytes[at] ?? 0;
    if (code === 0) {
      at += 1;
      continue;
    }
    if (code === OPTION.type) return bytes[at + 2];
    at += 2 + (bytes[at + 1] ?? 0);
  }
  return undefined;
};

const ANSWERS: Readonly<Record<number, number>> = {
  [TYPES.discover]: TYPES.offer,
  [TYPES.request]: TYPES.acknowledge,
  [TYPES.inform]: TYPES.acknowledge,
};

const option = (code: number, value: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([code, value.length]), value]);

/** The answer to a message; undefined for one that gets none. */
export const dhcpAnswer = (
  message: Uint8Array,
  { address, gateway }: { readonly address: string; readonly gateway: string },
): Uint8Array | undefined => {
  const asked = typeOf(message);
  const type = asked === undefined ? undefined : ANSWERS[asked];
  if (type === undefined) return undefined;
  const fixed = Buffer.alloc(FIXED);
  // Kinds of address, the transaction, the flags, and the client's own address stay as they came.
  fixed.set(message.subarray(0, 44));
  fixed[0] = REPLY;
  fixed[3] = 0;
  bytesOf(address).copy(fixed, 16);
  bytesOf(gateway).copy(fixed, 20);
  const magic = Buffer.alloc(4);
  magic.writeUInt32BE(MAGIC);
  const lease = Buffer.alloc(4);
  lease.writeUInt32BE(LEASE_SECONDS);
  return Buffer.concat([
    fixed,
    magic,
    option(OPTION.type, Buffer.from([type])),
    option(OPTION.server, bytesOf(gateway)),
    option(OPTION.lease, lease),
    option(OPTION.mask, bytesOf(MASK)),
    option(OPTION.router, bytesOf(gateway)),
    Buffer.from([END]),
  ]);
};
