import { Buffer } from "node:buffer";
import { answerTo, type Source } from "../../../../provision/rehearse/metadata/answer.ts";
import type { MetadataRequest, Reply } from "../../../../provision/rehearse/metadata/exchange.ts";
import type { Instance } from "../../../../provision/rehearse/metadata/instance.ts";
import { LAUNCHED } from "./an-instance.ts";

export const sourceOf = (instance: Instance, more: Partial<Source> = {}): Source => ({
  instance,
  secret: Buffer.from("a secret"),
  mayReadTokenless: () => false,
  ...more,
});

/** What comes back for a request that gets an answer; throws for one that gets none. */
export const replyTo = (
  request: Partial<MetadataRequest>,
  source: Source,
  now = LAUNCHED,
): Reply & { readonly text: string } => {
  const answer = answerTo({ method: "GET", target: "/", headers: {}, ...request }, source, now);
  if (answer.kind !== "reply") throw new Error(`there is no reply: ${answer.kind}`);
  return { ...answer, text: Buffer.from(answer.body).toString() };
};

/** The text of a document; undefined where there is none. */
export const textAt = (instance: Instance, target: string, now = LAUNCHED): string | undefined => {
  const { status, text } = replyTo({ target }, sourceOf(instance), now);
  if (status !== 200 && status !== 404) throw new Error(`status ${status}`);
  return status === 200 ? text : undefined;
};
