import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { RUNNER_TRACES, removedPackages } from "../../../../provision/ami/hygiene/bake.ts";
import {
  assertScript,
  CHECKLIST,
  cleanScript,
  identityScript,
  itemsFor,
} from "../../../../provision/ami/hygiene/checklist.ts";
import type { Distribution, HygieneItem } from "../../../../provision/ami/hygiene/item.ts";
import { inPrivateRoot, rootsPermitted } from "../private-root.ts";
import { NONCE } from "../recipes.ts";

const ITEMS: readonly HygieneItem[] = [...CHECKLIST, RUNNER_TRACES];
const permitted = rootsPermitted("cleaning an image");

const on = (distribution: Distribution, items = ITEMS): readonly HygieneItem[] =>
  items.filter((item) => item.on?.includes(distribution) ?? true);

/** A root with all that the scripts themselves need; then what a test does there. */
const inRoot = (distribution: Distribution, script: string, files: Readonly<Record<string, string>>) => {
  const ended = inPrivateRoot(
    `rm -f /etc/os-release
     echo 'ID="${distribution}"' >/etc/os-release
     export HOSTWRIGHT_DIR=/run/provision-bake
     mkdir -p $HOSTWRIGHT_DIR
     echo ${NONCE} >$HOSTWRIGHT_DIR/nonce
     # The real one takes its time; it has its own test.
     install -m 755 /bin/true /usr/local/bin/cloud-init
     clean() { sh /mnt/$1 >>/mnt/log 2>&1; }
     # The names of what is broken, on one line.
     broken() { rm -f $HOSTWRIGHT_DIR/broken; sh /mnt/$1 >>/mnt/log 2>&1 && echo well || paste -sd' ' $HOSTWRIGHT_DIR/broken; }
     ${script}`,
    files,
  );
  expect({ status: ended.status, err: ended.err }, ended.left("log")).toEqual({ status: 0, err: "" });
  return ended;
};

const dirtOf = (items: readonly HygieneItem[]): string =>
  items.flatMap(({ examples }) => examples.dirt).join("\n");
const namesOf = (items: readonly HygieneItem[]): string => items.map(({ name }) => name).join(" ");

describe("the checklist", () => {
  it("says of each item what it is, and why", () => {
    for (const { what, why } of ITEMS) {
      expect(what).toMatch(/^\S.{3,90}[^.]$/);
      expect(why).toMatch(/^[A-Z].{10,260}[.]$/);
    }
    expect(new Set(ITEMS.map(({ name }) => name)).size).toBe(ITEMS.length);
  });

  it("is gone through for the profile strict, and for none only the runner leaves", () => {
    const cleanup = { machine_id: "empty" as const, remove_packages: [] };
    expect(
      itemsFor({ ...cleanup, profile: "strict", remove_packages: ["make"] }).map(({ name }) => name),
    ).toEqual(["removed-packages", ...ITEMS.map(({ name }) => name)]);
    expect(itemsFor({ ...cleanup, profile: "none" })).toEqual([RUNNER_TRACES]);
  });
});

describe.skipIf(!permitted).each(["debian", "ubuntu", "amzn"] as const)("on %s", (distribution) => {
  const items = on(distribution);

  // Where it is installed: only Debian's own can run here.
  const real = distribution === "debian" ? "rm -f /usr/local/bin/cloud-init" : "";

  it("every item is found on a dirty root, and none when all is cleaned", { timeout: 60_000 }, () => {
    const { out } = inRoot(
      distribution,
      `${real}\n${dirtOf(items)}\nbroken assert.sh\nclean clean.sh\nbroken assert.sh\nclean clean.sh\nbroken assert.sh`,
      { "clean.sh": cleanScript(ITEMS), "assert.sh": assertScript(ITEMS, "image") },
    );
    expect(out).toBe(`${namesOf(items)}\nwell\nwell\n`);
  });
});

describe.skipIf(!permitted).each(ITEMS.map((item) => [item.name, item] as const))("%s", (name, item) => {
  const distribution = item.on?.[0] ?? "debian";

  it("is what its own assertion finds when it alone is left out", { timeout: 60_000 }, () => {
    const { out } = inRoot(distribution, `${dirtOf(on(distribution))}\nclean clean.sh\nbroken assert.sh`, {
      "clean.sh": cleanScript(ITEMS.filter((one) => one !== item)),
      "assert.sh": assertScript(ITEMS, "image"),
    });
    expect(out).toBe(`${name}\n`);
  });
});

/** Lines that something else would do as well, or that nobody can see the effect of here. */
const WITHOUT_TRACE: readonly RegExp[] = [
  /journalctl --relinquish-var/, // no journal runs here
  /pro detach|dnf clean all|systemctl --quiet disable/, // what comes behind it removes the same
  /command -v cloud-init|cloud-init clean/, // the same
  /has_sshd \|\| return 0|\[ -f \/etc\/(fstab|hosts) \] \|\| return 0/, // there is one here
  /swapoff/, // a kernel of its own would be needed
];

const understood = (script: string): boolean =>
  spawnSync("sh", ["-n"], { input: script, encoding: "utf8" }).status === 0;

/** The item without one of its lines, as often as that is still a program. */
const mutants = (item: HygieneItem): readonly (readonly [string, string])[] =>
  item.clean.flatMap((line, at) => {
    const script = cleanScript([{ ...item, clean: item.clean.toSpliced(at, 1, ":") }]);
    return WITHOUT_TRACE.some((pattern) => pattern.test(line)) || !understood(script)
      ? []
      : [[line, script] as const];
  });

describe.skipIf(!permitted).each(ITEMS.map((item) => [item.name, item] as const))("%s", (name, item) => {
  it("needs each of its lines", { timeout: 60_000 }, () => {
    const all = mutants(item);
    const files = Object.fromEntries(all.map(([, script], at) => [`mutant-${at}.sh`, script]));
    const each = all
      .map((_, at) => `${dirtOf([item])}\nclean mutant-${at}.sh || true\nbroken assert.sh`)
      .join("\n");
    const { out } = inRoot(item.on?.[0] ?? "debian", each || "true", {
      ...files,
      "assert.sh": assertScript([item], "image"),
    });
    const unnoticed = out
      .trim()
      .split("\n")
      .flatMap((broken, at) => (broken === name ? [] : [all[at]?.[0]]));
    expect(all.length === 0 ? [] : unnoticed).toEqual([]);
  });
});

const FRESH = ITEMS.filter(({ fresh }) => fresh !== undefined);
const KNOWN = ITEMS.filter(({ identity }) => identity !== undefined);

/** What makes a new host of a cleaned root. */
const firstBoot = KNOWN.flatMap(({ examples }) => examples.identity ?? []).join("\n");
const NOBODY = "0".repeat(64);

describe.skipIf(!permitted)("on a new host", { timeout: 60_000 }, () => {
  const files = {
    "clean.sh": cleanScript(ITEMS),
    "identities.sh": identityScript(ITEMS),
    "host.sh": assertScript(
      ITEMS,
      "host",
      KNOWN.map(({ name }) => ({ name, hash: NOBODY })),
    ),
  };
  /** The builder's identities get into the assertions. */
  const remember = `sh /mnt/identities.sh >/run/identities
    while read -r name hash; do sed -i "s/'$name ${NOBODY}'/'$name $hash'/" /mnt/host.sh; done </run/identities`;

  it("what the builder was known by is told, all of it, and nobody can read it out of that", () => {
    const { out } = inRoot("debian", `${firstBoot}\nsh /mnt/identities.sh; cat /etc/machine-id`, files);
    const lines = out.trimEnd().split("\n");
    const id = lines.pop() ?? "";
    expect(lines.map((line) => line.split(" ")[0])).toEqual(KNOWN.map(({ name }) => name));
    for (const line of lines) expect(line).toMatch(/^[a-z-]+ [0-9a-f]{64}$/);
    expect(out.split(id)).toHaveLength(2);
  });

  it("all is well when it has identities of its own", () => {
    const { out } = inRoot(
      "debian",
      `${firstBoot}\n${remember}\nclean clean.sh\n${firstBoot}\nbroken host.sh`,
      files,
    );
    expect(out).toBe("well\n");
  });

  it.each(KNOWN.map(({ name, examples }) => [name, examples.identity ?? []] as const))(
    "it is found that %s is that of the builder",
    (name, lines) => {
      // The others are made anew; this one is kept over the cleanup.
      const others = KNOWN.filter((one) => one.name !== name).flatMap(
        ({ examples }) => examples.identity ?? [],
      );
      const files1 = { ...files, "clean.sh": cleanScript(ITEMS.filter((one) => one.name !== name)) };
      const { out, left } = inRoot(
        "debian",
        `${firstBoot}\n${lines.join("\n")}\n${remember}\nclean clean.sh\n${others.join("\n")}\nbroken host.sh`,
        files1,
      );
      expect(out).toBe("identity\n");
      expect(left("log")).toContain(`identity: ${name} is that of the builder`);
    },
  );

  it.each(FRESH.map((item) => [item.name, item] as const))("%s is asserted again", (name, item) => {
    const broken = item.examples.stale ?? item.examples.dirt;
    expect(broken).not.toEqual([]);
    const { out } = inRoot(
      "debian",
      `${dirtOf([item])}\nclean clean.sh\n${firstBoot}\nbroken host.sh\n${broken.join("\n")}\nbroken host.sh`,
      files,
    );
    expect(out).toBe(`well\n${name}\n`);
  });
});

describe.skipIf(!permitted)("what nothing else would notice", { timeout: 60_000 }, () => {
  const files = { "clean.sh": cleanScript(ITEMS), "assert.sh": assertScript(ITEMS, "image") };

  it.each([
    ["/etc/cloud/cloud-init.disabled", "mkdir -p /etc/cloud; : >/etc/cloud/cloud-init.disabled"],
    ["no cloud-init", "rm -f /usr/bin/cloud-init /usr/local/bin/cloud-init"],
  ])("an SSH server without anybody that makes keys: %s", (_, lines) => {
    const { out, left } = inRoot(
      "debian",
      `${dirtOf(ITEMS.filter(({ name }) => name === "ssh-passwords"))}\n${lines}\nclean clean.sh\nbroken assert.sh`,
      files,
    );
    expect(out).toBe("host-keys\n");
    expect(left("log")).toContain("nothing makes new keys");
  });

  it("a root that has next to nothing", () => {
    const { out } = inRoot(
      "debian",
      `rm -rf /etc/hosts /etc/fstab /etc/hostname /etc/machine-id /etc/ssh /etc/cloud /etc/netplan /etc/network /etc/sudoers.d /var/log/* /var/lib/dbus /var/lib/dhcp /var/lib/cloud /home /usr/sbin/sshd 2>/dev/null || true
       clean clean.sh; broken assert.sh`,
      files,
    );
    expect(out).toBe("well\n");
  });

  it("the secret of the run in a file that nobody thought of", () => {
    const { out, left } = inRoot(
      "debian",
      `clean clean.sh; mkdir -p /etc/app; echo "x=${NONCE}" >/etc/app/copied.conf; broken assert.sh`,
      files,
    );
    expect(out).toBe("runner\n");
    expect(left("log")).toContain("runner: /etc/app/copied.conf");
  });

  it("packages that the recipe wanted to be rid of", () => {
    const items = [removedPackages(["vanishing"])];
    const { out } = inRoot(
      "debian",
      // A database of packages with one in it, and an apt-get that removes it or does not.
      `printf 'Package: vanishing\\nStatus: install ok installed\\nMaintainer: x\\nArchitecture: all\\nVersion: 1\\nDescription: x\\n' >/run/status
       mkdir -p /run/dpkg/info /run/dpkg/updates; cp /run/status /run/dpkg/status; export DPKG_ADMINDIR=/run/dpkg
       printf '#!/bin/sh\\nfor last; do :; done\\n[ ! -e /run/works ] || dpkg --purge "$last"\\n' >/usr/local/bin/apt-get
       chmod 755 /usr/local/bin/apt-get
       clean clean.sh; broken assert.sh; : >/run/works; clean clean.sh; broken assert.sh`,
      { "clean.sh": cleanScript(items), "assert.sh": assertScript(items, "image") },
    );
    expect(out).toBe("removed-packages\nwell\n");
  });
});
