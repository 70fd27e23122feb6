import type { HygieneItem } from "./item.ts";

const CLOUD_CONFIG = [
  "/etc/netplan/50-cloud-init.yaml",
  "/etc/ssh/sshd_config.d/50-cloud-init.conf",
  "/etc/network/interfaces.d/50-cloud-init*",
  "/etc/systemd/network/10-cloud-init-*.network",
].join(" ");

const LEASES = "/var/lib/dhclient /var/lib/dhcp /var/lib/dhcpcd /var/lib/systemd/network";

const AGENTS = [
  "/var/lib/amazon/ssm",
  "/var/lib/ecs/data",
  "/opt/aws/amazon-cloudwatch-agent/logs",
  "/var/snap/amazon-ssm-agent",
  "/var/lib/host-agent",
].join(" ");

/** Prints the files that patterns find. */
const present = (patterns: string): readonly string[] => [
  `for path in ${patterns}; do [ ! -e "$path" ] || printf '%s\\n' "$path"; done`,
];

const UUID = '"$(cat /proc/sys/kernel/random/uuid)"';

/** What tells one host from another. */
export const IDENTITY: readonly HygieneItem[] = [
  {
    name: "cloud-init-state",
    what: "What cloud-init remembers of the builder",
    why: "The user data of the builder is in there, with all that it holds.",
    clean: [
      "if command -v cloud-init >/dev/null; then",
      // Before 24.1 it knows no --configs.
      "  cloud-init clean --logs --seed --configs ssh_config network || cloud-init clean --logs --seed",
      "fi",
      "rm -rf -- /var/lib/cloud/*",
    ],
    assert: ["find /var/lib/cloud ! -type d 2>/dev/null | head -n 20"],
    identity: ["if [ -f /var/lib/cloud/data/instance-id ]; then cat /var/lib/cloud/data/instance-id; fi"],
    examples: {
      dirt: [
        "mkdir -p /var/lib/cloud/instances/i-1 /var/lib/cloud/seed/nocloud",
        "echo secret >/var/lib/cloud/instances/i-1/user-data.txt",
        "echo x >/var/lib/cloud/seed/nocloud/user-data",
        "ln -sfn instances/i-1 /var/lib/cloud/instance",
      ],
      identity: ["mkdir -p /var/lib/cloud/data", `echo ${UUID} >/var/lib/cloud/data/instance-id`],
    },
  },
  {
    name: "cloud-init-config",
    what: "Configuration that cloud-init has written for the builder",
    why: "It names the network card of the builder by its address.",
    clean: [`rm -f -- ${CLOUD_CONFIG}`],
    assert: present(CLOUD_CONFIG),
    examples: {
      dirt: [
        "mkdir -p /etc/netplan /etc/ssh/sshd_config.d /etc/network/interfaces.d /etc/systemd/network",
        'for path in /etc/netplan/50-cloud-init.yaml /etc/ssh/sshd_config.d/50-cloud-init.conf /etc/network/interfaces.d/50-cloud-init /etc/systemd/network/10-cloud-init-ens5.network; do echo >"$path"; done',
      ],
    },
  },
  {
    name: "machine-id",
    what: "The machine id",
    why: "Two hosts with one id get one address, and their logs cannot be told apart. An empty file makes systemd write another one; an absent one, or the word uninitialized, would count as a first boot.",
    clean: [
      ": >/etc/machine-id",
      "if [ -e /var/lib/dbus/machine-id ] || [ -L /var/lib/dbus/machine-id ]; then",
      "  ln -sf /etc/machine-id /var/lib/dbus/machine-id",
      "fi",
    ],
    assert: [
      "[ -f /etc/machine-id ] || echo '/etc/machine-id is not there'",
      "[ ! -s /etc/machine-id ] || echo '/etc/machine-id is not empty'",
      "[ -L /var/lib/dbus/machine-id ] || [ ! -e /var/lib/dbus/machine-id ] || echo '/var/lib/dbus/machine-id is another copy'",
    ],
    fresh: ["grep -Eqx '[0-9a-f]{32}' /etc/machine-id || echo 'the host has no machine id'"],
    identity: ["[ ! -s /etc/machine-id ] || cat /etc/machine-id"],
    examples: {
      dirt: [
        "mkdir -p /var/lib/dbus",
        "rm -f /var/lib/dbus/machine-id",
        "echo 0123456789abcdef0123456789abcdef | tee /etc/machine-id >/var/lib/dbus/machine-id",
      ],
      stale: [": >/etc/machine-id"],
      identity: [`printf '%s\\n' ${UUID} | tr -d - >/etc/machine-id`],
    },
  },
  {
    name: "random-seed",
    what: "The seed of the random numbers, and the secret for credentials of services",
    why: "Hosts that begin with one seed can come to the same keys.",
    clean: ["rm -f -- /var/lib/systemd/random-seed /var/lib/systemd/credential.secret"],
    assert: present("/var/lib/systemd/random-seed /var/lib/systemd/credential.secret"),
    identity: [
      "for path in /var/lib/systemd/random-seed /var/lib/systemd/credential.secret; do",
      '  [ ! -s "$path" ] || sha256sum <"$path"',
      "done",
    ],
    examples: {
      dirt: [
        "mkdir -p /var/lib/systemd",
        "echo x >/var/lib/systemd/random-seed",
        "echo x >/var/lib/systemd/credential.secret",
      ],
      identity: ["mkdir -p /var/lib/systemd", `echo ${UUID} >/var/lib/systemd/random-seed`],
    },
  },
  {
    name: "hostname",
    what: "The name of the builder",
    why: "Hosts would bear it until something gives them another one, and some keep it.",
    clean: [
      ": >/etc/hostname",
      "[ -f /etc/hosts ] || return 0",
      "name=$(uname -n)",
      'if [ "$name" != localhost ]; then',
      '  rewrite /etc/hosts "$(while IFS= read -r line; do hosts_line_of "$name" "$line" || printf \'%s\\n\' "$line"; done </etc/hosts)"',
      "fi",
    ],
    assert: [
      "[ ! -s /etc/hostname ] || echo '/etc/hostname is not empty'",
      "[ -f /etc/hosts ] || return 0",
      "name=$(uname -n)",
      '[ "$name" != localhost ] || return 0',
      'while IFS= read -r line; do if hosts_line_of "$name" "$line"; then echo "/etc/hosts: $line"; fi; done </etc/hosts',
    ],
    examples: {
      dirt: ["uname -n >/etc/hostname", 'echo "127.0.1.1 $(uname -n).internal $(uname -n)" >>/etc/hosts'],
    },
  },
  {
    name: "leases",
    what: "Addresses that the builder was given",
    why: "A new host would ask for them again.",
    clean: [
      `for path in ${LEASES}; do [ ! -d "$path" ] || find "$path" -xdev -mindepth 1 -delete; done`,
      "rm -f -- /var/lib/NetworkManager/*lease*",
    ],
    assert: [
      `for path in ${LEASES}; do [ ! -d "$path" ] || find "$path" -xdev -type f; done`,
      ...present("/var/lib/NetworkManager/*lease*"),
    ],
    examples: {
      dirt: [
        `mkdir -p ${LEASES} /var/lib/NetworkManager`,
        `for path in ${LEASES}; do echo lease >"$path/eth0.leases"; done`,
        "echo lease >/var/lib/NetworkManager/internal-1-eth0.lease",
      ],
    },
  },
  {
    name: "agents",
    what: "State of agents: Systems Manager, ECS, CloudWatch, host-agent",
    why: "Each registers under the identity that it finds there, which is that of the builder.",
    clean: [
      `for path in ${AGENTS}; do [ ! -d "$path" ] || find "$path" -xdev -mindepth 1 ! -type d -delete; done`,
    ],
    assert: [`for path in ${AGENTS}; do [ ! -d "$path" ] || find "$path" -xdev ! -type d | head -n 5; done`],
    examples: {
      dirt: [
        `mkdir -p ${AGENTS} /var/lib/amazon/ssm/Vault/Store`,
        `for path in ${AGENTS}; do echo id >"$path/state"; done`,
        "echo key >/var/lib/amazon/ssm/Vault/Store/RegistrationKey",
      ],
    },
  },
  {
    name: "ubuntu-pro",
    what: "The subscription that the builder is attached to",
    why: "Each host would count as the same machine of the contract.",
    on: ["ubuntu"],
    clean: [
      "if command -v pro >/dev/null; then pro detach --assume-yes; fi",
      "rm -rf -- /var/lib/ubuntu-advantage/private",
    ],
    assert: ["find /var/lib/ubuntu-advantage/private -type f 2>/dev/null"],
    examples: {
      dirt: [
        "mkdir -p /var/lib/ubuntu-advantage/private",
        "echo token >/var/lib/ubuntu-advantage/private/machine-token.json",
      ],
    },
  },
];
