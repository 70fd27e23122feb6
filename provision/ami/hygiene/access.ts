import type { HygieneItem } from "./item.ts";

const KEYS = "-type f \\( -name 'authorized_keys*' -o -name 'id_*' -o -name 'known_hosts*' \\)";
const PRIVATE_KEYS = "-type f -name 'id_*' ! -name '*.pub'";
const CREDENTIALS = ".aws .docker .git-credentials .netrc .npmrc .config/gh";

const inHomes = (...lines: readonly string[]): readonly string[] => [
  "homes | while read -r home; do",
  ...lines.map((line) => `  ${line}`),
  "done",
];

/** Who gets in, and with what. */
export const ACCESS: readonly HygieneItem[] = [
  {
    name: "host-keys",
    what: "The keys by which SSH knows the host",
    why: "All hosts of the image would have the same ones, and whoever has the image could be each of them. AWS makes public images with such keys private.",
    clean: ["find /etc/ssh -maxdepth 1 -type f -name 'ssh_host_*key*' -exec shred -u -- {} + 2>/dev/null"],
    assert: [
      "find /etc/ssh -maxdepth 1 -name 'ssh_host_*key*' 2>/dev/null",
      // Without new keys nobody would get in at all.
      "if has_sshd && [ ! -e /usr/lib/systemd/system/sshd-keygen@.service ]; then",
      "  command -v cloud-init >/dev/null || echo 'nothing makes new keys: cloud-init is not installed'",
      "  [ ! -e /etc/cloud/cloud-init.disabled ] || echo 'nothing makes new keys: cloud-init is disabled'",
      "fi",
    ],
    fresh: [
      "if has_sshd; then",
      "  [ -n \"$(find /etc/ssh -maxdepth 1 -name 'ssh_host_*_key')\" ] || echo 'there are no host keys'",
      "fi",
    ],
    identity: [
      "for file in /etc/ssh/ssh_host_*_key.pub; do",
      '  [ ! -f "$file" ] || cut -d\' \' -f1,2 <"$file"',
      "done",
    ],
    examples: {
      dirt: [
        "mkdir -p /etc/ssh",
        "for kind in rsa_key ed25519_key ed25519_key.pub; do echo x >/etc/ssh/ssh_host_$kind; done",
      ],
      stale: [
        "[ -x /usr/sbin/sshd ] || install -m 755 /bin/true /usr/sbin/sshd",
        "[ -f /etc/ssh/sshd_config ] || echo 'PasswordAuthentication no' >/etc/ssh/sshd_config",
        "rm -f /etc/ssh/ssh_host_*_key",
      ],
      identity: [
        "mkdir -p /etc/ssh",
        "printf 'ssh-ed25519 %s root@host\\n' \"$(cat /proc/sys/kernel/random/uuid)\" >/etc/ssh/ssh_host_ed25519_key.pub",
        "echo secret >/etc/ssh/ssh_host_ed25519_key",
      ],
    },
  },
  {
    name: "login-keys",
    what: "Keys of users, theirs and those that let them in",
    why: "The key that was used to make the image would open every host; the copy of root is often forgotten.",
    clean: inHomes(`[ ! -d "$home/.ssh" ] || find "$home/.ssh" -xdev ${KEYS} -delete`),
    assert: inHomes(`[ ! -d "$home/.ssh" ] || find "$home/.ssh" -xdev ${KEYS}`),
    // The key that a host was launched with is its own.
    fresh: inHomes(`[ ! -d "$home/.ssh" ] || find "$home/.ssh" -xdev ${PRIVATE_KEYS}`),
    examples: {
      dirt: [
        "mkdir -p /root/.ssh /home/someone/.ssh /srv/deploy/.ssh",
        "echo k >/root/.ssh/authorized_keys",
        "echo k >/home/someone/.ssh/id_ed25519",
        "echo 'deploy:x:4711:4711::/srv/deploy:/bin/sh' >>/etc/passwd",
        "echo k >/srv/deploy/.ssh/authorized_keys2",
      ],
      stale: ["mkdir -p /root/.ssh", "echo k >/root/.ssh/id_rsa"],
    },
  },
  {
    name: "credentials",
    what: "Credentials of cloud and package services in home directories",
    why: "Whoever can start the image could use them.",
    clean: inHomes(`for name in ${CREDENTIALS}; do rm -rf -- "\${home:?}/$name"; done`),
    assert: inHomes(
      `for name in ${CREDENTIALS}; do [ ! -e "$home/$name" ] || printf '%s\\n' "$home/$name"; done`,
    ),
    fresh: "same",
    examples: {
      dirt: [
        "mkdir -p /root/.aws /root/.config/gh /home/someone/.docker",
        "echo k >/root/.aws/credentials",
        "echo k >/root/.config/gh/hosts.yml",
        "echo k >/home/someone/.docker/config.json",
        "echo k >/root/.netrc",
      ],
    },
  },
  {
    name: "sudoers",
    what: "Rights that cloud-init has given to the users of the builder",
    why: "At the first boot cloud-init gives them again, to the users of that host.",
    clean: ["rm -f -- /etc/sudoers.d/90-cloud-init-users"],
    assert: ["[ ! -e /etc/sudoers.d/90-cloud-init-users ] || echo /etc/sudoers.d/90-cloud-init-users"],
    examples: { dirt: ["mkdir -p /etc/sudoers.d", "echo x >/etc/sudoers.d/90-cloud-init-users"] },
  },
  {
    name: "passwords",
    what: "Passwords of accounts, and accounts that need none",
    why: "All hosts would have the same ones, and their hashes can be read out of the image.",
    clean: [
      "while IFS=: read -r name hash _; do",
      "  case $hash in",
      "    '' | *[!!*]*) usermod --password '!*' -- \"$name\" ;;",
      "  esac",
      "done </etc/shadow",
      // What was there before the last change.
      "rm -f -- /etc/shadow- /etc/gshadow-",
    ],
    assert: [
      "while IFS=: read -r name hash _; do",
      "  case $hash in",
      "    '') echo \"$name needs no password\" ;;",
      '    *[!!*]*) echo "$name has a password" ;;',
      "  esac",
      "done </etc/shadow",
      "if grep -Eqv '^[^:]*:[!*]+(:|$)' /etc/shadow- 2>/dev/null; then echo '/etc/shadow- has a password'; fi",
    ],
    fresh: "same",
    examples: {
      dirt: [
        "echo 'open:x:4712:4712::/nonexistent:/bin/sh' >>/etc/passwd",
        "echo 'open::19000::::::' >>/etc/shadow",
        "sed -i 's|^root:[^:]*:|root:!$6$salt$hash:|' /etc/shadow",
        "cp -p /etc/shadow /etc/shadow-",
      ],
    },
  },
  {
    name: "ssh-passwords",
    what: "Logins with a password through SSH",
    why: "Passwords can be guessed. AWS asks public images to refuse them, and root as well.",
    clean: [
      "has_sshd || return 0",
      "mkdir -p /etc/ssh/sshd_config.d",
      "printf 'PasswordAuthentication no\\nPermitRootLogin prohibit-password\\n' >/etc/ssh/sshd_config.d/10-no-passwords.conf",
    ],
    assert: [
      "has_sshd || return 0",
      "[ \"$(sshd_setting PasswordAuthentication)\" = no ] || echo 'PasswordAuthentication is not no'",
      "[ \"$(sshd_setting PermitRootLogin)\" != yes ] || echo 'PermitRootLogin is yes'",
    ],
    fresh: "same",
    examples: {
      dirt: [
        "rm -rf /etc/ssh/sshd_config.d",
        "mkdir -p /etc/ssh",
        "[ -x /usr/sbin/sshd ] || install -m 755 /bin/true /usr/sbin/sshd",
        "printf 'Include /etc/ssh/sshd_config.d/*.conf\\nPermitRootLogin yes\\nPasswordAuthentication yes\\n' >/etc/ssh/sshd_config",
      ],
      // What cleaning has written counts before what comes behind it.
      stale: ["echo 'PermitRootLogin yes' >/etc/ssh/sshd_config.d/05-earlier.conf"],
    },
  },
];
