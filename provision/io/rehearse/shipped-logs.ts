import { LOGS_PORT, SERVICES_ADDRESS } from "../../rehearse/network.ts";
import type { SeenStream } from "../../rehearse/ports.ts";

/** What was shipped to the endpoint for logs, asked from where it is reached. */

/** The endpoint wants to see that a request was signed, as the service does, and looks no further. */
const signed = (region: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKIAREHEARSAL/20260101/${region}/logs/aws4_request, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`;

/** A call to the endpoint for logs. */
const logs = async (region: string, action: string, input: object): Promise<Record<string, unknown>> => {
  const answer = await fetch(`http://${SERVICES_ADDRESS}:${LOGS_PORT}/`, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `Logs_20140328.${action}`,
      Authorization: signed(region),
      "X-Amz-Date": "20260101T000000Z",
    },
    body: JSON.stringify(input),
  });
  if (!answer.ok) throw new Error(`the endpoint for logs has answered ${action} with ${answer.status}`);
  return (await answer.json()) as Record<string, unknown>;
};

/** Of each stream so many of the newest events are shown. */
const SHOWN = 3;
const PAGE = 10_000;

const eventsIn = async (region: string, group: string, stream: string): Promise<readonly string[]> => {
  const found: string[] = [];
  for (let token: unknown; ; ) {
    const page = await logs(region, "GetLogEvents", {
      logGroupName: group,
      logStreamName: stream,
      startFromHead: true,
      limit: PAGE,
      ...(token === undefined ? {} : { nextToken: token }),
    });
    const events = (page.events ?? []) as readonly { readonly message: string }[];
    found.push(...events.map(({ message }) => message));
    if (events.length === 0 || page.nextForwardToken === token) return found;
    token = page.nextForwardToken;
  }
};

/** All that was shipped. */
export const streams = async (region: string): Promise<readonly SeenStream[]> => {
  const groups = ((await logs(region, "DescribeLogGroups", {})).logGroups ?? []) as readonly {
    logGroupName: string;
  }[];
  const found: SeenStream[] = [];
  for (const { logGroupName: group } of groups) {
    const { logStreams = [] } = await logs(region, "DescribeLogStreams", { logGroupName: group });
    for (const { logStreamName: stream } of logStreams as readonly { readonly logStreamName: string }[]) {
      const events = await eventsIn(region, group, stream);
      found.push({ group, stream, events: events.length, last: events.slice(-SHOWN) });
    }
  }
  return found;
};
