import { isIP } from "node:net";

/**
 * Who may talk to the endpoint from inside a browser. A page of another site can reach loopback, and a name that
 * is rebound to loopback makes it look like our own page: so only names that cannot be rebound are trusted.
 */
const trusted = (hostname: string, boundHost: string): boolean => {
  const name = hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  return (
    isIP(name) !== 0 ||
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === boundHost.toLowerCase()
  );
};

const hostnameOf = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).hostname : undefined;

/** Whether the page and its feed may be given to a request with this Host header. */
export const hostAllowed = (host: string | undefined, boundHost: string): boolean => {
  const hostname = host === undefined ? undefined : hostnameOf(`http://${host}`);
  return hostname !== undefined && trusted(hostname, boundHost);
};

/** Whether a call may be performed: other programs send no Origin, browsers must be on our own page. */
export const originAllowed = (
  origin: string | undefined,
  host: string | undefined,
  boundHost: string,
): boolean => {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host && hostAllowed(host, boundHost);
};
