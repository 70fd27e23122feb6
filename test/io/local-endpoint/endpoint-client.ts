import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { onTestFinished } from "vitest";
import {
  type Endpoint,
  type EndpointOptions,
  startEndpoint,
} from "../../../agent/io/local-endpoint/start.ts";

export const GROUP = "/app/web";
export const STREAM = "i-0abc";

/** An Authorization header of the right form, for requests that are made by hand. */
export const SIGNED = {
  "Content-Type": "application/x-amz-json-1.1",
  "X-Amz-Date": "20261123T000000Z",
  Authorization: `AWS4-HMAC-SHA256 Credential=local/20261123/us-east-1/logs/aws4_request, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
};

export const clientOf = (endpoint: Pick<Endpoint, "url">): CloudWatchLogsClient => {
  const client = new CloudWatchLogsClient({
    endpoint: endpoint.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
};

/** An endpoint that lives as long as the test, and a client of it. */
export const withEndpoint = async (options: EndpointOptions = {}) => {
  const endpoint = await startEndpoint(options);
  onTestFinished(() => endpoint.close());
  return { endpoint, client: clientOf(endpoint) };
};

/** The same, with a group and a stream in it. */
export const withStream = async (options: EndpointOptions = {}) => {
  const { endpoint, client } = await withEndpoint(options);
  await client.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
  await client.send(new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName: STREAM }));
  const put = (logEvents: { timestamp: number; message: string }[], logStreamName = STREAM) =>
    client.send(new PutLogEventsCommand({ logGroupName: GROUP, logStreamName, logEvents }));
  return { endpoint, client, put };
};

/** Sends one request by hand and gives the answer as it came. */
export const post = async (
  endpoint: Endpoint,
  operation: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
) => {
  const response = await fetch(endpoint.url, {
    method: "POST",
    headers: { ...SIGNED, "X-Amz-Target": `Logs_20140328.${operation}`, ...headers },
    body,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
};
