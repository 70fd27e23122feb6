import type { Params } from "../host/schema.ts";

/** A text as one word of any POSIX shell. It must not hold NUL, which no shell can. */
export const quoteForShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** One line for each parameter; the value is data, whatever is in it. */
export const paramLines = (params: Params): readonly string[] =>
  Object.entries(params).map(([name, value]) => `readonly ${name}=${quoteForShell(String(value))}`);

/** Written when a script fails; the later ones look for it. In memory, so that a restart forgets it. */
export const FAILED_MARK = "/run/hostwright-boot-failed";

/** Tells of a failure on the console, in the log of cloud-init, and to the scripts behind this one. */
export const failureTrap = (script: string): string =>
  [
    "hostwright_report() {",
    "  hostwright_status=$?",
    '  [ "$hostwright_status" -eq 0 ] && return 0',
    `  echo ${quoteForShell(`boot: ${script} has failed with status`)} "$hostwright_status" | tee ${FAILED_MARK} >&2`,
    `  cat ${FAILED_MARK} 2>/dev/null >/dev/console || true`,
    '  return "$hostwright_status"',
    "}",
    "trap hostwright_report EXIT",
  ].join("\n");

export interface AgentInstall {
  readonly url: string;
  /** Of the archive, in hexadecimal. */
  readonly sha256: string;
  /** The agent's configuration, as a value. */
  readonly config: unknown;
}

/** Fetches the archive, compares its sum, and only then runs what is in it. */
export const agentInstall = ({ url, sha256, config }: AgentInstall): string => {
  const fetch = url.startsWith("s3://")
    ? `aws s3 cp --only-show-errors ${quoteForShell(url)} host-agent.tar.gz`
    : `curl -fsSL --retry 5 --max-time 300 -o host-agent.tar.gz ${quoteForShell(url)}`;
  return [
    "#!/bin/sh",
    "set -eu",
    'cd "$(mktemp -d)"',
    fetch,
    `echo ${quoteForShell(`${sha256}  host-agent.tar.gz`)} | sha256sum -c -`,
    "tar -xzf host-agent.tar.gz --strip-components=1 --wildcards '*/install.sh'",
    // JSON is YAML.
    `printf '%s\\n' ${quoteForShell(JSON.stringify(config))} >agent.yaml`,
    "sh install.sh --from host-agent.tar.gz --config agent.yaml",
    "",
  ].join("\n");
};
