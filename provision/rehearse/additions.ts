import { INTERFACE, type Network, OUTER_RESOLVER, setUp } from "./network.ts";

/** What is put into the root of a rehearsal before it boots: what makes a container look like an instance. */

/** A file as root of the container has it. */
export interface Addition {
  /** Absolute. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** 0644 unless said otherwise. */
  readonly mode?: number;
  /** Goes behind what the base has there, instead of in its place. */
  readonly appended?: boolean;
}

/** Where all that is ours lies, beside what systemd and cloud-init have to find. */
const OURS = "/usr/lib/hostwright-rehearsal";
const TRACE = `${OURS}/trace.bash`;
/** Of the scripts, one record for each command that has failed. In memory, so that no image holds it. */
export const FAILED_COMMANDS = "/run/hostwright-rehearsal-failed";

/** The cable comes a moment after systemd has begun. */
const GATE = `[Service]
ExecStartPre=/bin/sh -c 'until grep -q "^ *${INTERFACE}:" /proc/net/dev; do sleep 0.02; done'
`;

const NETWORK_SERVICE = "hostwright-rehearsal-network.service";
const NETWORK = `${OURS}/network`;
/** Between the two stages of cloud-init, as on an instance. */
const NETWORK_UNIT = `[Unit]
DefaultDependencies=no
After=cloud-init-local.service
Before=network-pre.target network.target network-online.target cloud-init.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${NETWORK}
`;

const CLOUD_CONFIG = `# What an image of EC2 says too, and what a container cannot do.
datasource_list: [Ec2]
datasource:
  Ec2:
    metadata_urls: ["http://169.254.169.254"]
    max_wait: 10
    timeout: 5
network: {config: disabled}
locale: C.UTF-8
`;

/** One record: by whom, its line, its status, the command, and how many subshells deep. */
const recordOf = (name: string, line: string, status: string, command: string): string =>
  `printf "%s\\0%s\\0%s\\0%s\\0%s\\0%.0s" "${name}" "${line}" "${status}" "${command}" "$BASH_SUBSHELL" "$_" >>${FAILED_COMMANDS}`;

/**
 * Lines of bash that only look: which command failed where, in the words of bash itself, written under a name. `exit` is
 * no command that fails, so it is looked at by itself; without a status it means another one in a trap than elsewhere. A
 * script that sets a trap for ERR itself has its own, which must not reach into functions because of ours: these lines
 * may be part of what is searched for it, hence the backslash. `$_` stays what it was, and `set -x` shows nothing of it.
 */
export const traceOf = (
  name: string,
): string => `[[ $(<"${name}") =~ [[:space:]][\\"\\']?ERR ]] 2>/dev/null || set -o errtrace
trap '{ ${recordOf(name, "$LINENO", "$?", "$BASH_COMMAND")}; } 2>/dev/null' \\ERR
exit() {
  {
    set -- "$?" "$@"
    [ "\${2-$1}" = 0 ] || ${recordOf(name, `\${BASH_LINENO[0]}`, `\${2-$1}`, `exit \${2-$1}`)}
    [ $# -gt 1 ] || (builtin exit "$1")
  } 2>/dev/null || builtin exit
  builtin exit "\${@:2}"
}`;

/** bash reads it before a script. What the script calls is left alone. */
const TRACE_BASH = `unset BASH_ENV
case $0 in
/var/lib/cloud/*)
${traceOf("$0")}
;;
esac
`;

const TRACED = `[Service]
Environment=BASH_ENV=${TRACE}
`;

/** Endpoints of services that answer inside. The SDKs and the CLI all know these variables. */
export interface Endpoints {
  readonly logs: string;
  /** For every other service. */
  readonly others: string;
  readonly region: string;
}

const environmentOf = ({ logs, others, region }: Endpoints): readonly (readonly [string, string])[] => [
  ["AWS_ENDPOINT_URL", others],
  ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", logs],
  ["AWS_REGION", region],
];

/** Names that answer inside, with the addresses that they have there. */
export type Hosts = ReadonlyMap<string, string>;

export interface Surroundings {
  readonly endpoints: Endpoints;
  /** Its private one. */
  readonly address: string;
  readonly hostname: string;
  readonly hosts: Hosts;
  readonly network: Network;
  /** A certificate that what is served over https is signed with, in PEM; undefined where nothing is. */
  readonly authority: string | undefined;
  /** More files, such as the sources of packages. */
  readonly more: readonly Addition[];
}

/** Where distributions keep the certificates that programs trust. */
export const TRUST_STORES: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
];

const unit = (name: string, dropIn: string, content: string): Addition => ({
  path: `/etc/systemd/system/${name}.d/hostwright-rehearsal-${dropIn}.conf`,
  content,
});

/** All files of {@link Surroundings}. Trust stores are only for bases that have them. */
export const additions = ({
  endpoints,
  address,
  hostname,
  hosts,
  network,
  authority,
  more,
}: Surroundings): readonly Addition[] => {
  const variables = environmentOf(endpoints);
  return [
    { path: TRACE, content: TRACE_BASH },
    { path: NETWORK, content: setUp(address), mode: 0o755 },
    { path: `/etc/systemd/system/${NETWORK_SERVICE}`, content: NETWORK_UNIT },
    unit("cloud-init.service", "network", `[Unit]\nWants=${NETWORK_SERVICE}\n`),
    unit("cloud-init-local.service", "gate", GATE),
    ...["cloud-init.service", "cloud-config.service", "cloud-final.service"].map((name) =>
      unit(name, "trace", TRACED),
    ),
    { path: "/etc/cloud/cloud.cfg.d/99-hostwright-rehearsal.cfg", content: CLOUD_CONFIG },
    {
      path: "/etc/systemd/system.conf.d/hostwright-rehearsal.conf",
      content: `[Manager]\nDefaultEnvironment=${variables.map(([name, value]) => `"${name}=${value}"`).join(" ")}\n`,
    },
    {
      path: "/etc/environment",
      content: variables.map(([name, value]) => `${name}=${value}\n`).join(""),
      appended: true,
    },
    {
      path: "/etc/hosts",
      content: [
        "127.0.0.1 localhost",
        "::1 localhost ip6-localhost ip6-loopback",
        ...[...hosts].map(([name, address]) => `${address} ${name}`),
        "",
      ].join("\n"),
    },
    { path: "/etc/hostname", content: `${hostname}\n` },
    // Where nobody answers names, what is not in /etc/hosts is unknown at once, instead of after a time-out.
    {
      path: "/etc/resolv.conf",
      content: network === "host" ? `nameserver ${OUTER_RESOLVER}\n` : "# A rehearsal has no network.\n",
    },
    ...(authority === undefined
      ? []
      : TRUST_STORES.map((path) => ({ path, content: authority, appended: true }))),
    ...more,
  ];
};
