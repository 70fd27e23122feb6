// Calls the CloudWatch Logs API of the endpoint that served this page.

/**
 * @typedef {{ readonly logStreamName: string, readonly timestamp: number, readonly message: string,
 *   readonly ingestionTime: number, readonly eventId?: string }} LogEvent
 * @typedef {{ readonly logGroupName: string, readonly creationTime: number, readonly storedBytes: number,
 *   readonly retentionInDays?: number, readonly logGroupClass: string, readonly logGroupArn: string }} LogGroup
 * @typedef {{ readonly logStreamName: string, readonly creationTime: number, readonly arn: string,
 *   readonly firstEventTimestamp?: number, readonly lastEventTimestamp?: number,
 *   readonly lastIngestionTime?: number }} LogStream
 * @typedef {{
 *   DescribeLogGroups: { logGroups: LogGroup[], nextToken?: string },
 *   DescribeLogStreams: { logStreams: LogStream[], nextToken?: string },
 *   FilterLogEvents: { events: LogEvent[], nextToken?: string },
 * }} Answers
 * @typedef {<Name extends keyof Answers>(name: Name, members: object, signal?: AbortSignal) => Promise<Answers[Name]>} Call
 */

const TIMEOUT_MS = 30_000;

/** An answer that is no success. `kind` is the name of the exception, or "Unreachable" when nothing answered. */
export class CallError extends Error {
  /** @param {string} kind @param {string} message */
  constructor(kind, message) {
    super(message);
    this.name = "CallError";
    this.kind = kind;
  }
}

/** @type {Call} */
export const call = async (name, members, signal) => {
  const limits = [AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])];
  let response;
  let text;
  try {
    response = await fetch("/", {
      method: "POST",
      headers: { ...signature(), "X-Amz-Target": `Logs_20140328.${name}` },
      body: JSON.stringify(members),
      signal: AbortSignal.any(limits),
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    const late = error instanceof DOMException && error.name === "TimeoutError";
    throw new CallError(
      "Unreachable",
      late ? `No answer within ${TIMEOUT_MS / 1000} seconds.` : "The endpoint does not answer.",
    );
  }
  const answer = parse(text);
  if (response.ok && answer !== undefined) return answer;
  throw new CallError(
    String(answer?.__type ?? `HTTP ${response.status}`),
    String(answer?.message ?? `What came back is not JSON: ${text.slice(0, 80)}`),
  );
};

/** @param {string} text */
const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Signed in form only: the endpoint checks that a request is signed, not by whom. */
const signature = () => {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `page/${date.slice(0, 8)}/us-east-1/logs/aws4_request`;
  return {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Date": date,
    Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
  };
};

/** Whether an error only says that nobody waits for the answer any more. @param {unknown} error */
export const isAbort = (error) => error instanceof DOMException && error.name === "AbortError";
