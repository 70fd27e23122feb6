import type { HostConfig } from "../host/schema.ts";
import { explainUserData } from "../user-data/explain.ts";
import { NOT_MULTIPART, parseUserData } from "../user-data/parse.ts";
import { hasUserData, originsOf, renderUserData, type Sources } from "../user-data/render.ts";
import { DEFAULT_BASE } from "./base.ts";
import { type ConfigPart, configParts, type Given, type RunScript, runScripts } from "./script-lines.ts";
import type { Problem } from "./verdict.ts";

/** What is rehearsed: a host, or user data as it is. */
export interface Subject {
  readonly file: string;
  /** Undefined for a host at whose boot nothing runs. */
  readonly userData: Uint8Array | undefined;
  readonly scripts: readonly RunScript[];
  readonly configs: readonly ConfigPart[];
  /** Undefined for user data that was given as it is. */
  readonly host: HostConfig | undefined;
  /** What it runs on where `--base` says nothing. */
  readonly base: string;
}

/** Whether a file is user data itself, and no host.yaml: cloud-init would know what to do with it. */
export const isUserData = (content: Uint8Array): boolean => {
  const { layers, message, parts } = parseUserData(content);
  return layers.length > 0 || message !== undefined || parts.some(({ type }) => type !== NOT_MULTIPART);
};

const subject = (given: Given, host: HostConfig | undefined): Subject => ({
  file: given.file,
  userData: given.content,
  scripts: runScripts(given),
  configs: configParts(given),
  host,
  base: baseOf(host),
});

/** The image of the host where it has the name of one. */
const baseOf = (host: HostConfig | undefined): string => {
  const image = host?.launch?.image ?? host?.image?.base;
  return typeof image === "string" ? image : DEFAULT_BASE;
};

/** @throws AppError INPUT_INVALID, USER_DATA_TOO_LARGE */
export const hostSubject = (file: string, host: HostConfig, sources: Sources): Subject =>
  hasUserData(host)
    ? subject({ file, content: renderUserData(host, sources).bytes, origins: originsOf(host, sources) }, host)
    : { file, userData: undefined, scripts: [], configs: [], host, base: baseOf(host) };

export const userDataSubject = (file: string, content: Uint8Array): Subject =>
  subject({ file, content: parseUserData(content).raw }, undefined);

/** Parts that cloud-init passes over, in the words of `user-data explain`: nothing of them runs. */
export const ignoredParts = ({ userData, scripts, file }: Subject): readonly Problem[] => {
  if (userData === undefined) return [];
  const { parts, fatal } = explainUserData(parseUserData(userData));
  const whole: readonly string[] = fatal === undefined ? [] : [`all of the user data is ignored: ${fatal}`];
  const some = parts.flatMap(({ name, does, decided_by }) =>
    /ignored/.test(does) ? [`${name} ${does} (its type is decided by ${decided_by})`] : [],
  );
  const place = scripts[0]?.place() ?? { file };
  return [...whole, ...some].map((message) => ({ severity: "error", file: place.file, message }));
};
