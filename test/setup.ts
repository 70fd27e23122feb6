/**
 * Runs before every test file: no test talks to anything but this machine. Credentials, Region and endpoint are
 * dummies that child processes inherit, and a socket to any other address is refused before a packet leaves.
 */
import { Socket } from "node:net";
import process from "node:process";

/** The directory that no machine has: Debian gives it to those who must have no home. */
const NOWHERE = "/nonexistent";

Object.assign(process.env, {
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_ACCESS_KEY_ID: "AKIAEXAMPLEEXAMPLE00",
  AWS_SECRET_ACCESS_KEY: "not-a-secret",
  AWS_REGION: "us-east-1",
  // Port 9 refuses: a client that forgets its endpoint fails at once and on this machine.
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  AWS_CONFIG_FILE: `${NOWHERE}/config`,
  AWS_SHARED_CREDENTIALS_FILE: `${NOWHERE}/credentials`,
});
for (const name of [
  "AWS_PROFILE",
  "AWS_SESSION_TOKEN",
  "AWS_DEFAULT_REGION",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
])
  delete process.env[name];

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1|::ffff:127(\.\d+){3})$/;

/** Where a call of `Socket.connect` goes; undefined for a Unix socket. */
const hostOf = (args: readonly unknown[]): string | undefined => {
  const [first, second] = Array.isArray(args[0]) ? (args[0] as readonly unknown[]) : args;
  if (typeof first === "object" && first !== null) {
    // The HTTP agent passes `path: null` for a socket that is not a Unix one.
    const { host, path } = first as { readonly host?: string | null; readonly path?: string | null };
    return path ? undefined : (host ?? "localhost");
  }
  if (typeof first === "number" || /^\d+$/.test(String(first)))
    return typeof second === "string" ? second : "localhost";
  return undefined;
};

const connect = Socket.prototype.connect as (...args: unknown[]) => Socket;
Socket.prototype.connect = function guarded(this: Socket, ...args: unknown[]): Socket {
  const host = hostOf(args);
  if (host !== undefined && !LOOPBACK.test(host))
    throw new Error(`A test tried to reach ${host}. Tests talk to loopback only.`);
  return connect.apply(this, args);
} as typeof Socket.prototype.connect;
