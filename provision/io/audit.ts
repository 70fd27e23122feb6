import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import { chmod, type FileHandle, mkdir, open, readFile } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { dirname } from "node:path";
import process from "node:process";
import { AppError } from "../../agent/base/errors.ts";
import { VERSION } from "../../agent/base/version.ts";
import type { Entry, Journal } from "../launch-template/ports.ts";

/** Where provision keeps what it did, when nobody says: beside the files that it did it with. */
export const STATE_DIRECTORY = ".provision";

/** How somebody is called who may have no entry in the user database, as in a container. */
const who = (): string => {
  const name = (): string => {
    try {
      return userInfo().username;
    } catch {
      return String(process.getuid?.() ?? "");
    }
  };
  return `${name()}@${hostname()}`;
};

/**
 * Adds a line to a file that only its owner may read; it is on disk when this resolves.
 *
 * @throws AppError STATE_UNUSABLE
 */
const appendLine = async (file: string, line: object): Promise<void> => {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(file, "a+", 0o600);
    try {
      await handle.appendFile(`${(await endsInLine(handle)) ? "\n" : ""}${JSON.stringify(line)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(file, 0o600);
  } catch (error) {
    throw new AppError("STATE_UNUSABLE", `Cannot write ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
};

/** A power cut may have left the last line without its end: what follows must not become a part of it. */
const endsInLine = async (handle: FileHandle): Promise<boolean> => {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
};

/** A journal as a file of JSON lines. Each is on disk before what it tells of is done. */
export const openJournal = (file: string): Journal => ({
  write: (entry) => appendLine(file, { at: new Date().toISOString(), who: who(), ...entry }),
  entries: () => readLines(file),
});

/** @throws AppError STATE_UNUSABLE */
const readLines = async (file: string): Promise<readonly Entry[]> => {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new AppError("STATE_UNUSABLE", `Cannot read ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return text.split("\n").flatMap((line) => {
    try {
      const entry: unknown = JSON.parse(line);
      return typeof entry === "object" && entry !== null ? [entry as Entry] : [];
    } catch {
      return [];
    }
  });
};

/** One call that changes something, and what came of it. */
export interface Call {
  readonly service: "ec2" | "autoscaling";
  readonly action: string;
  readonly region: string;
  readonly input: object;
  readonly requestId: string | undefined;
  readonly error?: { readonly code: string; readonly message: string };
}

/** As CloudTrail writes in the place of what nobody should read there. */
const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

/** User data may hold anything. */
const withoutSecrets = (input: object): object =>
  JSON.parse(JSON.stringify(input, (key, value) => (key === "UserData" ? HIDDEN : value)));

/**
 * Adds calls to a file of JSON lines in the record shape of CloudTrail, so that what reads the one reads the other:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export const openAudit =
  (file: string) =>
  ({ service, action, region, input, requestId, error }: Call): Promise<void> =>
    appendLine(file, {
      eventVersion: "1.11",
      userIdentity: { type: "Unknown", userName: who() },
      eventTime: new Date().toISOString(),
      eventSource: `${service}.amazonaws.com`,
      eventName: action,
      awsRegion: region,
      userAgent: `hostwright/${VERSION}`,
      requestParameters: withoutSecrets(input),
      requestID: requestId ?? null,
      eventID: randomUUID(),
      eventType: "AwsApiCall",
      readOnly: false,
      ...(error && { errorCode: error.code, errorMessage: error.message }),
    });
