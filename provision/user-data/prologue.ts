import type { Params } from "../host/params.ts";
import type { Completion } from "../host/schema.ts";

/** A text as one word of any POSIX shell. It must not hold NUL, which no shell can. */
export const quoteForShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** One line for each parameter; the value is data, whatever is in it. */
export const paramLines = (params: Params): readonly string[] =>
  Object.entries(params).map(([name, value]) => `readonly ${name}=${quoteForShell(String(value))}`);

/** Written when a script fails; the later ones look for it. In memory, so that a restart forgets it. */
export const FAILED_MARK = "/run/hostwright-boot-failed";

/** Where install.sh puts it: PATH may be anything in user data. */
export const AGENT = "/usr/local/bin/host-agent";

/** The command that tells whoever waits; `status` is what a shell makes of it. */
export const signalLine = ({ lifecycle_hook: hook, stack }: Completion, status: string): string =>
  [
    `${AGENT} signal --exit-code ${status}`,
    ...(hook === undefined ? [] : [`--lifecycle-hook ${quoteForShell(hook)}`]),
    ...(stack === undefined
      ? []
      : [`--stack ${quoteForShell(stack.name)} --resource ${quoteForShell(stack.resource)}`]),
  ].join(" ");

/** Tells of a failure on the console, in the log of cloud-init, to the scripts behind this one, and to who waits. */
export const failureTrap = (script: string, completion?: Completion): string =>
  [
    "hostwright_report() {",
    "  hostwright_status=$?",
    '  [ "$hostwright_status" -eq 0 ] && return 0',
    `  echo ${quoteForShell(`boot: ${script} has failed with status`)} "$hostwright_status" | tee ${FAILED_MARK} >&2`,
    `  cat ${FAILED_MARK} 2>/dev/null >/dev/console || true`,
    ...(completion === undefined
      ? []
      : [`  [ ! -x ${AGENT} ] || ${signalLine(completion, '"$hostwright_status"')} >&2 || true`]),
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
  /** Whether it starts at once, or with the next boot: an image holds nothing of an agent that has run. */
  readonly start?: boolean;
}

/** Fetches the archive, compares its sum, and only then runs what is in it. */
export const agentInstall = ({ url, sha256, config, start = true }: AgentInstall): string => {
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
    `sh install.sh --from host-agent.tar.gz --config agent.yaml${start ? "" : " --no-start"}`,
    "",
  ].join("\n");
};

/** The last script of all: when it runs, all others have succeeded. */
export const completionScript = (completion: Completion): string =>
  ["#!/bin/sh", "set -eu", signalLine(completion, "0"), ""].join("\n");
