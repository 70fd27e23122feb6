import type { HygieneItem } from "./item.ts";

const OLD_LOGS = "-type f \\( -name '*.[0-9]*' -o -name '*.gz' -o -name '*.old' -o -name '*.xz' \\)";

/** What was left behind while the image was made. */
export const TRACES: readonly HygieneItem[] = [
  {
    name: "logs",
    what: "Logs, and the journal",
    why: "They name the builder, its addresses and users, and whatever a step has said.",
    clean: [
      // The journal goes on in memory; otherwise it would go on in a file that is deleted.
      "journalctl --relinquish-var",
      "rm -rf -- /var/log/journal/* /var/log/amazon/ssm",
      `find /var/log -xdev ${OLD_LOGS} -delete`,
      "find /var/log -xdev -type f -size +0 -exec truncate -s 0 -- {} +",
    ],
    assert: [
      `{ find /var/log -xdev -type f \\( -size +0 -o -path '/var/log/journal/*' \\); find /var/log -xdev ${OLD_LOGS}; } | sort -u | head -n 20`,
    ],
    examples: {
      dirt: [
        "mkdir -p /var/log/journal/0123456789abcdef /var/log/amazon/ssm /var/log/deep/er",
        'for path in journal/0123456789abcdef/system.journal amazon/ssm/errors.log deep/er/app.log.1 deep/er/app.log auth.log; do echo secret >"/var/log/$path"; done',
      ],
    },
  },
  {
    name: "history",
    what: "What was typed into shells and other programs",
    why: "Commands have secrets in them.",
    clean: [
      "homes | while read -r home; do find \"$home/\" -xdev -maxdepth 2 -type f -name '.*_history' -delete; done",
    ],
    assert: [
      "homes | while read -r home; do find \"$home/\" -xdev -maxdepth 2 -type f -name '.*_history'; done | sort -u",
    ],
    examples: {
      dirt: [
        "mkdir -p /home/someone",
        "echo secret >/root/.bash_history",
        "echo secret >/home/someone/.mysql_history",
      ],
    },
  },
  {
    name: "temporary-files",
    what: "/tmp and /var/tmp",
    why: "Nobody knows what steps have left there.",
    clean: ["find /tmp /var/tmp -xdev -mindepth 1 -delete"],
    assert: ["find /tmp /var/tmp -xdev -type f | head -n 20"],
    examples: { dirt: ["mkdir -p /tmp/a/b", "echo x >/tmp/a/b/c", "echo x >/var/tmp/d"] },
  },
  {
    name: "apt-caches",
    what: "Packages and lists that apt has fetched",
    why: "They make the image larger, and are old by tomorrow.",
    on: ["debian", "ubuntu"],
    clean: ["apt-get clean", "find /var/lib/apt/lists -xdev -mindepth 1 -delete"],
    assert: [
      "find /var/lib/apt/lists -xdev -type f | head -n 5",
      "find /var/cache/apt/archives -xdev -type f -name '*.deb' | head -n 5",
    ],
    examples: {
      dirt: [
        "mkdir -p /var/lib/apt/lists/partial /var/cache/apt/archives",
        "echo x >/var/lib/apt/lists/mirror_Packages",
        "echo x >/var/cache/apt/archives/x_1_amd64.deb",
      ],
    },
  },
  {
    name: "dnf-caches",
    what: "Packages and lists that dnf has fetched, and what it was told to do",
    why: "They make the image larger, and are old by tomorrow.",
    on: ["amzn"],
    clean: ["dnf clean all", "rm -rf -- /var/cache/dnf /var/lib/dnf/history*"],
    assert: [
      "[ ! -d /var/cache/dnf ] || find /var/cache/dnf -xdev -type f | head -n 5",
      'for path in /var/lib/dnf/history*; do [ ! -e "$path" ] || printf \'%s\\n\' "$path"; done',
    ],
    examples: {
      dirt: [
        "mkdir -p /var/cache/dnf/x /var/lib/dnf",
        "echo x >/var/cache/dnf/x/repomd.xml",
        "echo x >/var/lib/dnf/history.sqlite",
      ],
    },
  },
  {
    name: "blocked-services",
    what: "The file by which Debian keeps packages from starting services",
    why: "With it, what is installed on a host later would never start.",
    on: ["debian", "ubuntu"],
    clean: ["rm -f -- /usr/sbin/policy-rc.d"],
    assert: ["[ ! -e /usr/sbin/policy-rc.d ] || echo /usr/sbin/policy-rc.d"],
    fresh: "same",
    examples: { dirt: ["printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d"] },
  },
  {
    name: "swap-files",
    what: "Swap files",
    why: "What was in the memory of the builder is in there.",
    clean: [
      "swap_files | while read -r path; do",
      '  swapoff -- "$path" 2>/dev/null',
      '  rm -f -- "$path"',
      "done",
      "[ -f /etc/fstab ] || return 0",
      'rewrite /etc/fstab "$(while IFS= read -r line; do is_swap_file_line "$line" || printf \'%s\\n\' "$line"; done </etc/fstab)"',
    ],
    assert: [
      "swap_files",
      "[ -f /etc/fstab ] || return 0",
      'while IFS= read -r line; do if is_swap_file_line "$line"; then echo "/etc/fstab: $line"; fi; done </etc/fstab',
    ],
    examples: {
      dirt: [
        "echo x >/extra.swap",
        "echo x >/swapfile",
        "printf '/extra.swap none swap sw 0 0\\n  /gone.swap\\tnone swap sw 0 0\\n' >>/etc/fstab",
      ],
    },
  },
];
