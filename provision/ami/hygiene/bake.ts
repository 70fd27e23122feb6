import type { HygieneItem } from "./item.ts";

/** Where the runner of a recipe with a reboot is meanwhile. */
export const ON_DISK = "/var/lib/provision-bake";
/** Where it is otherwise, and at the end. */
export const IN_MEMORY = "/run/provision-bake";
/** What goes on behind a reboot. */
export const UNIT = "provision-bake.service";

/** The runner itself. It goes first, whatever the profile says. */
export const RUNNER_TRACES: HygieneItem = {
  name: "runner",
  what: "The runner of the recipe, and its secret",
  why: "It would go on with the bake on each new host.",
  clean: [
    `systemctl --quiet disable ${UNIT} 2>/dev/null`,
    `rm -rf -- /etc/systemd/system/${UNIT} ${ON_DISK}`,
  ],
  assert: [
    "find /etc/systemd /usr/lib/systemd -name 'provision-bake*'",
    `[ ! -e ${ON_DISK} ] || echo ${ON_DISK}`,
    // By a file of patterns, so that the secret is in no list of processes.
    'find /etc /var /home /root -xdev -type f -exec grep -lF -f "$HOSTWRIGHT_DIR/nonce" -- {} + 2>/dev/null',
  ],
  examples: {
    dirt: [
      `mkdir -p ${ON_DISK} /etc/systemd/system/multi-user.target.wants`,
      `echo x >/etc/systemd/system/${UNIT}`,
      `ln -sf /etc/systemd/system/${UNIT} /etc/systemd/system/multi-user.target.wants/${UNIT}`,
      `cp -- "$HOSTWRIGHT_DIR/nonce" ${ON_DISK}/`,
    ],
  },
};

/** Packages that only the recipe needed. */
export const removedPackages = (names: readonly string[]): HygieneItem => {
  // Their form is checked: none needs quotes.
  const words = names.join(" ");
  return {
    name: "removed-packages",
    what: "Packages of `cleanup.remove_packages`",
    why: "The recipe says so.",
    clean: [
      "if command -v apt-get >/dev/null; then",
      `  DEBIAN_FRONTEND=noninteractive apt-get --yes --quiet -o DPkg::Lock::Timeout=300 purge --auto-remove -- ${words}`,
      "else",
      `  dnf --assumeyes remove -- ${words}`,
      "fi",
    ],
    assert: names.map((name) => `if is_installed ${name}; then echo ${name}; fi`),
    examples: { dirt: [] },
  };
};
