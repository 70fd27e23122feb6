import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { AppError } from "../../agent/base/errors.ts";
import type { Completion, HostConfig } from "../host/schema.ts";
import { agentInstall, completionScript, FAILED_MARK, failureTrap, paramLines } from "./prologue.ts";
import { completed, type Source } from "./shell-script.ts";
import { LIMIT_BYTES } from "./size.ts";

export interface Sources {
  readonly scripts: readonly Source[];
  readonly cloudConfig?: Source;
}

interface Part {
  readonly name: string;
  readonly type: "text/x-shellscript" | "text/cloud-config";
  readonly text: string;
  /** The file of the host that it is made of, and lines of ours behind its first one; undefined for what is all ours. */
  readonly origin?: { readonly path: string; readonly added: number };
}

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1).replace(/[^\w.-]/g, "_");

/** Later ones do not run when an earlier one has failed: cloud-init itself would run them. */
const STOP = `[ ! -e ${FAILED_MARK} ] || exit 1`;

const partsOf = ({ boot, agent }: HostConfig, { scripts, cloudConfig }: Sources): readonly Part[] => {
  const install = boot.install_agent;
  const first: Source[] =
    install === undefined
      ? []
      : [{ path: "install-agent.sh", text: agentInstall({ ...install, config: agent }) }];
  const all = [...first, ...scripts];
  return [
    ...(cloudConfig === undefined
      ? []
      : [
          {
            name: "cloud-config.yaml",
            type: "text/cloud-config" as const,
            text: cloudConfig.text,
            origin: { path: cloudConfig.path, added: 0 },
          },
        ]),
    ...all.map((source, at): Part => {
      // Numbers, since cloud-init runs them sorted by name.
      const name = `${String(at + 1).padStart(2, "0")}-${baseName(source.path)}`;
      const before = [...(at > 0 ? [STOP] : []), ...(first.includes(source) ? [] : paramLines(boot.params))];
      const { text, added } = completed(source, [...before, failureTrap(name, boot.completion)]);
      const origin = first.includes(source) ? {} : { origin: { path: source.path, added } };
      return { name, type: "text/x-shellscript", text, ...origin };
    }),
    ...(boot.completion === undefined ? [] : [lastOf(boot.completion)]),
  ];
};

/** cloud-init runs scripts sorted by name, and calls what runcmd makes `runcmd`: this one comes behind that, too. */
const lastOf = (completion: Completion): Part => {
  const name = "zz-boot-completed";
  const source = { path: name, text: completionScript(completion) };
  // One that cannot tell of its success has failed, and nobody is told twice.
  return { name, type: "text/x-shellscript", text: completed(source, [STOP, failureTrap(name)]).text };
};

const BOUNDARY = "==hostwright==";
const BASE64_COLUMNS = /.{1,76}/g;

/** Always base64: whatever is in a part arrives as it was. */
const asMime = (parts: readonly Part[]): string =>
  [
    "MIME-Version: 1.0",
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
    "",
    ...parts.flatMap(({ name, type, text }) => [
      `--${BOUNDARY}`,
      `Content-Type: ${type}; charset="utf-8"`,
      "Content-Transfer-Encoding: base64",
      `Content-Disposition: attachment; filename="${name}"`,
      "",
      ...(Buffer.from(text).toString("base64").match(BASE64_COLUMNS) ?? []),
    ]),
    `--${BOUNDARY}--`,
    "",
  ].join("\n");

/** What a part of rendered user data was made of. */
export interface Origin {
  /** Of the part, as cloud-init calls it. */
  readonly name: string;
  /** The path of the file; undefined for a part that is all ours. */
  readonly path: string | undefined;
  /** Lines of ours between the first line of the file and the second one. */
  readonly added: number;
}

/** Where the parts of {@link renderUserData} come from, in their order. */
export const originsOf = (host: HostConfig, sources: Sources): readonly Origin[] => {
  const parts = partsOf(host, sources);
  return parts.map(({ name, origin }) => ({
    name: parts.length === 1 ? "part-001" : name,
    path: origin?.path,
    added: origin?.added ?? 0,
  }));
};

/** Whether anything runs at boot at all. */
export const hasUserData = ({ boot }: HostConfig): boolean =>
  boot.scripts.length > 0 || boot.cloud_config !== undefined || boot.install_agent !== undefined;

export interface Rendered {
  /** What EC2 gets, before the one base64 that its API wants. */
  readonly bytes: Uint8Array;
  readonly compressed: boolean;
}

const number = (value: number): string => value.toLocaleString("en-US");

const tooLarge = (bytes: number, parts: readonly Part[], compression: string): AppError => {
  const largest = parts
    .map(({ name, text }) => ({ name, size: Buffer.byteLength(text) }))
    .toSorted((a, b) => b.size - a.size)
    .slice(0, 3)
    .map(({ name, size }) => `${name} (${number(size)})`);
  const gzip = compression === "never" ? "allow compression, or " : "";
  return new AppError(
    "USER_DATA_TOO_LARGE",
    `The user data has ${number(bytes)} bytes, ${number(bytes - LIMIT_BYTES)} more than EC2 takes. The largest: ${largest.join(", ")}. To make it fit, ${gzip}fetch the larger scripts at boot from S3 or from a release, by their sha256.`,
  );
};

/**
 * The user data of a host: its one file as it is, or a MIME message. The same input gives the same bytes.
 *
 * @throws AppError INPUT_INVALID for a file that cannot be part of it, USER_DATA_TOO_LARGE
 */
export const renderUserData = (host: HostConfig, sources: Sources): Rendered => {
  const parts = partsOf(host, sources);
  const [only] = parts;
  if (only === undefined)
    throw new AppError(
      "INPUT_INVALID",
      `${host.name} has nothing to run at boot: no script, no cloud_config, no agent.`,
    );
  if (sources.cloudConfig !== undefined && !/^#cloud-config\s*\n/.test(sources.cloudConfig.text))
    throw new AppError(
      "INPUT_INVALID",
      `${sources.cloudConfig.path}:1:1: does not begin with #cloud-config.`,
    );
  const plain = Buffer.from(parts.length === 1 ? only.text : asMime(parts));
  const { compression } = host.boot;
  const compressed = compression === "always" || (compression === "auto" && plain.length > LIMIT_BYTES);
  const bytes = compressed ? gzipSync(plain, { level: 9 }) : plain;
  if (bytes.length > LIMIT_BYTES) throw tooLarge(bytes.length, parts, compression);
  return { bytes, compressed };
};
