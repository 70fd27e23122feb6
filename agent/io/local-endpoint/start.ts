import type { AddressInfo } from "node:net";
import { AppError } from "../../base/errors.ts";
import { createFaults, type FaultScript } from "../../local/faults.ts";
import type { Accepted } from "../../local/operation.ts";
import { createCounters, type EndpointStats } from "./counters.ts";
import { createFeed } from "./feed.ts";
import { openDatabase } from "./open-database.ts";
import { createBodyReader } from "./request-body.ts";
import { createHttpServer } from "./serve.ts";
import { createSqliteStore } from "./sqlite-store.ts";

export interface EndpointOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Where events survive a restart; without it they live in memory. */
  readonly dataDir?: string;
  readonly faults?: FaultScript;
  /** Milliseconds since 1970; default is the clock of the machine. */
  readonly now?: () => number;
  /** Sees every batch at the moment it is stored, whatever the client is told about it. */
  readonly onAccepted?: (accepted: Accepted) => void;
}

export interface Endpoint {
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Replaces the script; the new one starts from its beginning. */
  readonly setFaults: (script: FaultScript) => void;
  readonly stats: () => EndpointStats;
  /** Ends all connections and closes the database. May be called twice. */
  readonly close: () => Promise<void>;
}

/**
 * Starts the embedded CloudWatch Logs endpoint. Throws AppError ENDPOINT_BUSY when the address is taken,
 * STATE_UNUSABLE when the data directory cannot be used.
 */
export const startEndpoint = async (options: EndpointOptions = {}): Promise<Endpoint> => {
  const { host = "127.0.0.1", port = 0, dataDir, now = Date.now, onAccepted } = options;
  let faults = createFaults(options.faults ?? {});
  const closing = new AbortController();
  const counters = createCounters();
  const db = openDatabase(dataDir);
  const feed = createFeed(counters.stats);
  const server = createHttpServer({
    host,
    store: createSqliteStore(db),
    now,
    faults: () => faults,
    readBody: createBodyReader(),
    counters,
    accepted: (accepted) => {
      counters.accepted(accepted);
      feed.publish(accepted);
      onAccepted?.(accepted);
    },
    closing: closing.signal,
    feed,
  });
  const bound = await listen(server, host, port).catch((error) => {
    feed.close();
    db.close();
    throw error;
  });
  let closed: Promise<void> | undefined;
  const close = async () => {
    closing.abort();
    feed.close();
    const ended = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await ended;
    db.close();
  };
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    port: bound,
    setFaults: (script) => {
      faults = createFaults(script);
    },
    stats: counters.stats,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
};

const listen = (server: ReturnType<typeof createHttpServer>, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reasons: Readonly<Record<string, string>> = {
        EADDRINUSE: "something already listens there",
        EADDRNOTAVAIL: "this machine does not have that address",
        EACCES: "ports below 1024 need more rights",
        ENOTFOUND: "the name of the host is not known",
      };
      const reason = reasons[error.code ?? ""] ?? error.message;
      reject(new AppError("ENDPOINT_BUSY", `Cannot listen on ${host}:${port}: ${reason}.`, { cause: error }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
