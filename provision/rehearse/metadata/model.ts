import { answerTo, namesIn, type Source, tokenShown } from "./answer.ts";
import { applyEvent, applyFault, type Change } from "./changes.ts";
import type { Answer, MetadataRequest } from "./exchange.ts";
import { type Fault, type Trouble, troubleFor } from "./faults.ts";
import type { Instance } from "./instance.ts";
import { refusal } from "./replies.ts";
import { type RequestLog, requestLog } from "./request-log.ts";

export interface ModelOptions {
  readonly instance: Instance;
  readonly secret: Uint8Array;
  /** Who may read without a token although tokens are required; nobody when it is absent. */
  readonly mayReadTokenless?: ((userAgent: string) => boolean) | undefined;
}

/** The service without a network: it knows its instance, its faults and what it was asked. */
export interface MetadataModel {
  /** An answer, and how long it takes. */
  readonly answer: (
    request: MetadataRequest,
    now: number,
  ) => { readonly answer: Answer; readonly delayMs: number };
  readonly change: (change: Change, now: number) => void;
  readonly instance: () => Instance;
  readonly log: Pick<RequestLog, "entries" | "forgotten">;
}

/** Programs by the beginning of the name that they give themselves, such as `Cloud-Init`. */
export const agentsNamed =
  (names: readonly string[]): ((userAgent: string) => boolean) =>
  (userAgent) =>
    names.some((name) => userAgent.toLowerCase().startsWith(name.toLowerCase()));

/**
 * The names under which cloud-init 22.4 reads when it does not know that the cloud is AWS. The second one is that of a
 * library that other programs use as well.
 */
export const CLOUD_INIT_AGENTS = ["Cloud-Init", "python-requests"] as const;

export const metadataModel = ({ instance, secret, mayReadTokenless }: ModelOptions): MetadataModel => {
  let source: Source = { instance, secret, mayReadTokenless: mayReadTokenless ?? (() => false) };
  let faults: readonly Fault[] = [];
  const log = requestLog();
  return {
    answer: (request, now) => {
      const trouble = troubleFor(faults, namesIn(request.target) ?? [], now);
      faults = trouble.faults;
      const answer = insteadOfAnswer(trouble) ?? answerTo(request, source, now);
      const { method, target, headers } = request;
      log.add({
        at: now,
        method,
        target,
        status: answer.kind === "reply" ? answer.status : answer.kind,
        userAgent: headers["user-agent"] ?? "",
        token: tokenShown(request, source, now),
      });
      return { answer, delayMs: trouble.delayMs };
    },
    change: (change, now) => {
      if (change.kind === "fault" || change.kind === "heal") faults = applyFault(faults, change, now);
      else source = { ...source, instance: applyEvent(source.instance, change, now) };
    },
    instance: () => source.instance,
    log,
  };
};

const insteadOfAnswer = ({ instead }: Trouble): Answer | undefined => {
  switch (instead) {
    case undefined:
      return undefined;
    case "absent":
      return { kind: "hang-up" };
    case "unauthorized":
      return refusal(401);
    case "unavailable":
      return refusal(503);
  }
};
