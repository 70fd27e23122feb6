import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { findTool, toolAvailable } from "../../tools.ts";
import { rootsPermitted, runInPrivateRoot } from "./private-root.ts";
import { DIGEST, recipeFrom, runnerOf, told } from "./recipes.ts";

const permitted = rootsPermitted("steps of a recipe");

/** Runs steps, and nothing else, in a root of their own. */
const doing = (
  steps: string,
  { before = "", after = "", recipe: files = {} as Readonly<Record<string, string>> } = {},
) => {
  const recipe = recipeFrom(`steps:\n  - ${steps}\ncleanup: {profile: none}`, files);
  const ended = runInPrivateRoot(runnerOf(recipe), { before, after });
  return { ...ended, result: told(ended).result, log: ended.left("log") ?? "", calls: ended.left("calls") };
};

const DONE = { ok: true, digest: DIGEST };

/** A program that notes what it is called with, and then does something else. */
const fake = (name: string, body = ":"): string =>
  `rm -f "$(command -v ${name})" || true
cat >/usr/local/bin/${name} <<'END'
#!/bin/sh
printf '%s' "${name}" >>/mnt/calls; printf ' [%s]' "$@" >>/mnt/calls; echo >>/mnt/calls
${body}
END
chmod 755 /usr/local/bin/${name}`;

const APT =
  "apt-get [--yes] [--quiet] [-o] [DPkg::Lock::Timeout=300] [-o] [Acquire::Retries=3] [-o] [Dpkg::Use-Pty=0] [-o] [APT::Update::Error-Mode=any] [-o] [Dpkg::Options::=--force-confdef] [-o] [Dpkg::Options::=--force-confold]";

describe.skipIf(!permitted)("packages", { timeout: 60_000 }, () => {
  it("asks apt for them, without a question, and with services blocked meanwhile", () => {
    const { calls, result, out } = doing("packages: [nginx=1.2-3, g++]", {
      before: `rm -f /usr/sbin/policy-rc.d\n${fake("apt-get", 'echo "$DEBIAN_FRONTEND $(/usr/sbin/policy-rc.d; echo $?)" >>/mnt/calls')}`,
      after: "ls /usr/sbin/policy-rc.d 2>&1 || true",
    });
    expect(result).toEqual(DONE);
    expect(calls).toBe(
      `${APT} [update]\nnoninteractive 101\n${APT} [install] [--] [nginx=1.2-3] [g++]\nnoninteractive 101\n`,
    );
    expect(out).toContain("No such file");
  });

  it("leaves a policy alone that was there before, and takes its own away when apt fails", () => {
    const before = `rm -f /usr/sbin/policy-rc.d\n${fake("apt-get", "exit 100")}`;
    const failed = doing("packages: [nginx]", { before, after: "ls /usr/sbin/policy-rc.d 2>&1 || true" });
    expect(failed.result).toMatchObject({ ok: false, exit: 100 });
    expect(failed.out).toContain("No such file");
    const kept = doing("packages: [nginx]", {
      before: `${fake("apt-get")}\necho mine >/usr/sbin/policy-rc.d`,
      after: "cat /usr/sbin/policy-rc.d",
    });
    expect(kept.out).toBe("mine\n");
  });

  it("brings what is there up to date: all of it, or what comes from the security archive", () => {
    const simulation = `case $* in *--simulate*) cat <<'X'
Inst libc6 [2.36-9] (2.36-9+deb12u1 Debian-Security:12/stable-security [amd64])
Conf libc6 (2.36-9+deb12u1 Debian-Security:12/stable-security [amd64])
Inst openssl [1] (2 Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security [amd64]) []
Inst security-tools [1] (2 Debian:12.1/stable [all])
X
esac`;
    const before = fake("apt-get", simulation);
    expect(doing("packages: {update: security}", { before }).calls).toBe(
      `${APT} [update]\napt-get [--simulate] [--quiet] [upgrade]\n${APT} [install] [--only-upgrade] [--] [libc6] [openssl]\n`,
    );
    expect(doing("packages: {update: security}", { before: fake("apt-get") }).calls).not.toContain("install");
    expect(doing("packages: {update: all}", { before }).calls).toBe(
      `${APT} [update]\n${APT} [full-upgrade]\n`,
    );
  });

  it("asks dnf where there is no apt, and spells versions as dnf does", () => {
    const before = `rm -f "$(command -v apt-get)"\n${fake("dnf")}`;
    const dnf = "dnf [--assumeyes] [--setopt=retries=5]";
    const { calls, result } = doing(
      "packages: {install: [nginx=1.2-3, git], update: security, release: 2023.6.20241010}",
      { before },
    );
    expect(result).toEqual(DONE);
    expect(calls).toBe(
      `${dnf} [--releasever=2023.6.20241010] [upgrade] [--security]\n${dnf} [--releasever=2023.6.20241010] [install] [--] [nginx-1.2-3] [git]\n`,
    );
    expect(doing("packages: {update: all}", { before }).calls).toBe(`${dnf} [upgrade]\n`);
  });

  it("fails where there is neither", () => {
    const { result, log } = doing("packages: [nginx]", { before: 'rm -f "$(command -v apt-get)"' });
    expect(result).toMatchObject({ ok: false, exit: 1 });
    expect(log).toContain("neither apt-get nor dnf");
  });

  /** A package of one file in a repository of its own, and no other repository. */
  const repository = `
    mkdir -p /srv/repo/probe/DEBIAN /srv/repo/probe/usr/share/probe; cd /srv/repo
    echo hello >probe/usr/share/probe/file
    printf 'Package: hostwright-probe\\nVersion: 1.5-2\\nArchitecture: all\\nMaintainer: x <x@example.com>\\nDescription: x\\n' >probe/DEBIAN/control
    printf '#!/bin/sh\\ninvoke-rc.d probe start || test $? = 101\\n' >probe/DEBIAN/postinst; chmod 755 probe/DEBIAN/postinst
    dpkg-deb --build --root-owner-group probe probe.deb >/dev/null
    { cat probe/DEBIAN/control; echo "Filename: ./probe.deb"; echo "Size: $(stat -c %s probe.deb)"; echo "SHA256: $(sha256sum <probe.deb | cut -d' ' -f1)"; } >Packages
    rm -rf /etc/apt/sources.list.d/* /etc/apt/apt.conf.d/*; echo 'deb [trusted=yes] file:/srv/repo ./' >/etc/apt/sources.list; cd /`;

  it.skipIf(findTool("apt-get") === undefined)(
    "really installs one with apt, in the version that is asked for",
    () => {
      const after = "cat /usr/share/probe/file 2>&1 || true";
      const good = doing("packages: [hostwright-probe=1.5-2]", { before: repository, after });
      expect(good.result, good.log).toEqual(DONE);
      expect(good.out).toBe("hello\n");
      const other = doing("packages: [hostwright-probe=1.6-1]", { before: repository, after });
      expect(other.result).toMatchObject({ ok: false, exit: 100 });
      expect(other.out).toContain("No such file");
    },
  );
});

describe.skipIf(!permitted || !toolAvailable("git", "git"))("git", { timeout: 60_000 }, () => {
  const repository = `
    git init --quiet -b main /srv/app.git; cd /srv/app.git
    git config user.email x@example.com; git config user.name x
    commit() { echo "$1" >file; git add file; GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' git commit --quiet --date='2026-01-01T00:00:00Z' -m "$1"; }
    commit first; commit second; commit third; cd /
    id=$(git -C /srv/app.git rev-parse "main~$BEHIND")
    find /mnt/runner/steps -type f -exec sed -i "s/${"f".repeat(40)}/$id/" {} +`;
  const step = (keys: string) =>
    `git: {repo: "file:///srv/app.git", commit: ${"f".repeat(40)}, to: /opt/deep/app${keys}}`;

  it.each([
    { behind: 0, content: "third" },
    { behind: 2, content: "first" },
  ])("checks out exactly the commit, $behind behind the last one", ({ behind, content }) => {
    const { result, out, log } = doing(step(", owner: games"), {
      before: `BEHIND=${behind}\n${repository}`,
      after: "cat /opt/deep/app/file; ls -A /opt/deep /opt/deep/app; stat -c %U /opt/deep/app/file",
    });
    expect(result, log).toEqual(DONE);
    expect(out).toBe(`${content}\n/opt/deep:\napp\n\n/opt/deep/app:\nfile\ngames\n`);
  });

  it("keeps the history when it is asked to", () => {
    const { out } = doing(step(", history: true"), {
      before: `BEHIND=1\n${repository}`,
      after: "git -C /opt/deep/app status --short --branch",
    });
    expect(out).toBe("## HEAD (no branch)\n");
  });

  it("leaves nothing when there is no such commit, and touches nothing that is there", () => {
    const missing = doing(step(""), {
      before: repository.split("\n").slice(0, 5).join("\n"),
      after: "ls -d /opt/deep/app 2>&1 || true",
    });
    expect(missing.result).toMatchObject({ ok: false });
    expect(missing.out).toContain("No such file");
    const there = doing(step(""), {
      before: `BEHIND=0\n${repository}\nmkdir -p /opt/deep/app; echo mine >/opt/deep/app/x`,
      after: "cat /opt/deep/app/x",
    });
    expect(there.result).toMatchObject({ ok: false });
    expect(there.out).toBe("mine\n");
  });

  it("says what is missing where git is not installed", () => {
    const { log } = doing(step(""), { before: 'rm -f "$(command -v git)"' });
    expect(log).toContain("put packages: [git] before this step");
  });
});

describe.skipIf(!permitted)("user", { timeout: 60_000 }, () => {
  it("is refused another number than it has, and stays what it is otherwise", () => {
    const before = "useradd --system --uid 801 app";
    expect(doing("user: {name: app, uid: 802}", { before }).log).toContain(
      "app is there already, with the number 801",
    );
    const again = doing("user: {name: app, uid: 801, groups: [games]}", { before, after: "id -nG app" });
    expect(again.result).toEqual(DONE);
    expect(again.out.trim().split(" ")).toContain("games");
  });

  it("gets the group that is there already under its name", () => {
    const { result, out } = doing("user: app", { before: "groupadd --system app", after: "id -gn app" });
    expect(result).toEqual(DONE);
    expect(out).toBe("app\n");
  });
});

describe.skipIf(!permitted)("file", { timeout: 60_000 }, () => {
  it("takes any name and any content as they are", () => {
    const names = [
      "it's",
      "a b",
      "$HOME",
      "`id`",
      "$(id)",
      "*",
      "-n",
      "é😀",
      "a\\\\b",
      '"',
      ";id",
      "#x",
      "~",
      "%s",
      "!x",
      "{a,b}",
    ];
    const each = names.map(
      (name) => `file: ${JSON.stringify({ to: `/srv/names/${name}`, content: `${name}\n` })}`,
    );
    const { result, out, log } = doing(each.join("\n  - "), {
      after:
        'cd /srv/names; ls -A | wc -l; for one in * ; do printf \'%s\\n\' "$one" | cmp - "./$one" || exit 9; done',
    });
    expect(result, log).toEqual(DONE);
    expect(out).toBe(`${names.length}\n`);
  });

  it("replaces a file and follows no link, and refuses a directory in its place", () => {
    const step = "file: {content: new, to: /etc/there}";
    const replaced = doing(step, {
      before: "echo precious >/etc/precious; ln -s precious /etc/there",
      after: "cat /etc/precious /etc/there",
    });
    expect(replaced.out).toBe("precious\nnew");
    const refused = doing(step, { before: "mkdir /etc/there", after: "ls /etc/there" });
    expect(refused.result).toMatchObject({ ok: false });
    expect(refused.log).toContain("/etc/there is a directory");
  });
});

describe.skipIf(!permitted)("directory", { timeout: 60_000 }, () => {
  it("is filled with the files of another one, and keeps what is in it", () => {
    const { result, out, log } = doing(
      'directory: {path: /srv/www, from: public, owner: games, mode: "0750"}',
      {
        recipe: { "public/index.html": "new", "public/it's a/b.sh": "#!/bin/sh\n", "other/x": "x" },
        before: "mkdir -p /srv/www; echo old >/srv/www/index.html; echo mine >/srv/www/mine",
        after:
          "cd /srv/www; find . | sort; stat -c '%a %U' . index.html mine \"it's a\" \"it's a/b.sh\"; cat index.html mine",
      },
    );
    expect(result, log).toEqual(DONE);
    expect(out.split("\n")).toEqual([
      ...[".", "./index.html", "./it's a", "./it's a/b.sh", "./mine"],
      ...["750 games", "644 games", "644 root", "755 games", "755 games", "newmine", ""],
    ]);
  });
});

describe.skipIf(!permitted)("tools that describe a host", { timeout: 60_000 }, () => {
  const inTree =
    'pwd >>/mnt/calls; for last; do :; done; cat "$last" >>/mnt/calls 2>/dev/null; case $* in *--extra-vars*) cat "$(echo "$6" | cut -c 2-)" >>/mnt/calls ;; *--json*) cat "$4" >>/mnt/calls ;; esac';

  it("ansible plays on the machine itself, where its roles are", () => {
    const step = "ansible: {from: deploy/ansible, playbook: plays/site.yml, variables: {port: 80}}";
    const recipe = { "deploy/ansible/plays/site.yml": "- hosts: all\n", "deploy/ansible/roles/x": "" };
    const { result, calls, log } = doing(step, { recipe, before: fake("ansible-playbook", inTree) });
    expect(result, log).toEqual(DONE);
    expect(calls).toMatch(
      /^ansible-playbook \[--connection\] \[local\] \[--inventory\] \[localhost,\] \[--extra-vars\] \[@.*\] \[--\] \[plays\/site.yml\]\n\/run\/provision-bake\/trees\/\d+-ansible\n- hosts: all\n\{"port":80\}$/,
    );
    expect(doing(step, { recipe }).log).toContain("put packages: [ansible] before this step");
  });

  it.each([
    [0, DONE],
    [2, DONE],
    [4, { ok: false, step: "steps[0].puppet", exit: 4 }],
    [6, { ok: false, step: "steps[0].puppet", exit: 6 }],
  ])("puppet that ends with %i has done it, or has not", (exit, verdict) => {
    const { result, calls } = doing("puppet: {from: pp, manifest: site.pp, hiera: h.yaml}", {
      recipe: { "pp/site.pp": "include x", "pp/h.yaml": "" },
      before: fake("puppet", `${inTree}; exit ${exit}`),
    });
    expect(result).toEqual(verdict);
    expect(calls).toMatch(
      /\[apply\] \[--detailed-exitcodes\] \[--modulepath\] \[.*-pp\/modules\] .*include x$/s,
    );
  });

  it("chef runs in its local mode, and accepts no licence by itself", () => {
    const step = (more: string) =>
      `chef: {from: chef, run_list: ["recipe[web]", base], attributes: {a: 1}${more}}`;
    const recipe = { "chef/cookbooks/web/recipes/default.rb": "" };
    const licence = `${inTree}; echo " \${CHEF_LICENSE-none}" >>/mnt/calls`;
    const plain = doing(step(""), { recipe, before: fake("chef-client", licence) });
    expect(plain.result, plain.log).toEqual(DONE);
    expect(plain.calls).toMatch(/\[--override-runlist\] \[recipe\[web\],base\]\n.*-chef\n\{"a":1\} none\n$/s);
    const both = `${fake("chef-client")}\n${fake("cinc-client", licence)}`;
    const accepted = doing(step(", accept_license: true"), { recipe, before: both });
    expect(accepted.calls).toMatch(/^cinc-client .* accept-silent\n$/s);
    expect(doing(step(""), { recipe }).log).toContain("neither cinc-client nor chef-client is there");
  });
});

describe.skipIf(!permitted)("host_agent", { timeout: 60_000 }, () => {
  const archive = (sum: string) =>
    `host_agent: {url: "s3://bucket/it's.tar.gz", sha256: ${sum}}`.replace("it's", "hostwright");
  /** A bucket with an archive whose install.sh notes what it is asked for. */
  const bucket = `mkdir -p /srv/hostwright-1/; printf 'echo "$@" >>/mnt/calls; cat agent.yaml >>/mnt/calls\\n' >/srv/hostwright-1/install.sh
    tar -C /srv --sort=name --mtime=@0 --owner=0 --group=0 --format=ustar -cf - hostwright-1 | gzip -n >/srv/archive.tar.gz
    ${fake("aws", "cp /srv/archive.tar.gz host-agent.tar.gz")}
    sum=$(sha256sum </srv/archive.tar.gz); find /mnt/runner/texts -type f -exec sed -i "s/${"0".repeat(63)}a/\${sum%% *}/" {} +`;

  it("installs it from its archive, with the section agent, and starts nothing", () => {
    const { result, calls, log } = doing(archive(`${"0".repeat(63)}a`), { before: bucket });
    expect(result, log).toEqual(DONE);
    const [fetched, installed, config] = (calls ?? "").split("\n");
    expect(fetched).toBe(
      "aws [s3] [cp] [--only-show-errors] [s3://bucket/hostwright.tar.gz] [host-agent.tar.gz]",
    );
    expect(installed).toBe("--from host-agent.tar.gz --config agent.yaml --no-start");
    expect(JSON.parse(config ?? "")).toMatchObject({ logs: { files: [{ file_path: "/var/log/x" }] } });
  });

  it("runs nothing of an archive with another sum", () => {
    const other = createHash("sha256").update("another").digest("hex");
    const { result, calls } = doing(archive(other), { before: bucket });
    expect(result).toMatchObject({ ok: false });
    expect(calls?.split("\n")).toHaveLength(2);
  });
});
