/** Cloud-config as people write it, right and wrong: documents of known keys, and what goes wrong with them. */
import { Buffer } from "node:buffer";
import fc from "fast-check";

/** A document before it is text, so that keys can be misspelt and given twice anywhere in it. */
type Tree =
  | { readonly kind: "scalar"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly Tree[] }
  | { readonly kind: "mapping"; readonly entries: readonly (readonly [key: string, value: Tree])[] };

type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

const treeOf = (value: Plain): Tree => {
  if (typeof value !== "object" || value === null) return { kind: "scalar", text: JSON.stringify(value) };
  if (Array.isArray(value)) return { kind: "list", items: value.map(treeOf) };
  return { kind: "mapping", entries: Object.entries(value).map(([key, one]) => [key, treeOf(one)]) };
};

/** What the documentation of cloud-init says of each key; edits make the wrong ones of them. */
const RIGHT: readonly { readonly [key: string]: Plain }[] = [
  { packages: ["nginx", ["git", "1:2.39"]] },
  { packages: ["curl"], package_update: true, package_upgrade: false, package_reboot_if_required: true },
  { runcmd: ["systemctl restart nginx", ["ls", "-l"], "echo 'a: b'"] },
  { bootcmd: ["echo a", ["mkdir", "/x"]] },
  {
    write_files: [
      { path: "/a", content: "x\ny\n", owner: "root:root", permissions: "0644", append: true },
      { path: "/b", content: "aGk=", encoding: "b64", defer: false },
    ],
  },
  { write_files: [{ path: "/c" }] },
  {
    users: [
      "default",
      {
        name: "app",
        gecos: "App",
        groups: ["docker", "adm"],
        shell: "/bin/bash",
        lock_passwd: true,
        sudo: "ALL=(ALL) NOPASSWD:ALL",
        ssh_authorized_keys: ["ssh-ed25519 AAAA x"],
        expiredate: "2030-01-31",
        uid: 1001,
      },
    ],
  },
  { users: [{ name: "b", groups: "docker, adm", system: true, no_create_home: true, sudo: null }] },
  { user: { name: "me", homedir: "/home/me", primary_group: "me" }, groups: ["docker", { adm: ["me"] }] },
  { groups: { cloud: ["a", "b"], other: "c" } },
  {
    apt: {
      preserve_sources_list: true,
      primary: [{ arches: ["default"], uri: "http://mirror.example.com/debian" }],
      sources: { docker: { source: "deb https://example.com stable main", keyid: "ABC" } },
      conf: "APT::x;",
      debconf_selections: { set1: "a b c" },
    },
  },
  { apt_pipelining: "os", apt_update: true },
  { ntp: { enabled: true, ntp_client: "chrony", servers: ["a.example.com"], pools: ["b.example.com"] } },
  { ntp: { config: { confpath: "/etc/x", packages: ["chrony"], service_name: "chronyd" } } },
  { power_state: { delay: 5, mode: "reboot", message: "bye", timeout: 30, condition: true } },
  { power_state: { delay: "now", mode: "poweroff", condition: ["test", "-f", "/x"] } },
  { mounts: [["xvdf", "/data", "auto", "defaults,nofail", "0", "2"]] },
  { mount_default_fields: [null, null, "auto", "defaults", "0", "2"] },
  { swap: { filename: "/swap", size: "2G", maxsize: 4294967296 } },
  { swap: { size: "auto" } },
  { hostname: "web", fqdn: "web.example.com", prefer_fqdn_over_hostname: true, preserve_hostname: false },
  { manage_etc_hosts: "localhost" },
  { timezone: "Europe/Berlin", locale: "de_DE.UTF-8" },
  { ssh_pwauth: false, disable_root: true, ssh_deletekeys: true, ssh_genkeytypes: ["ed25519"] },
  { ssh_authorized_keys: ["ssh-ed25519 AAAA y"], ssh_import_id: ["gh:someone"] },
  { ssh_keys: { rsa_private: "x", rsa_public: "y", ed25519_certificate: "z" } },
  { ssh_publish_hostkeys: { enabled: true, blacklist: ["rsa"] }, ssh: { emit_keys_to_console: false } },
  {
    chpasswd: {
      expire: false,
      users: [
        { name: "a", password: "x", type: "text" },
        { name: "b", type: "RANDOM" },
      ],
    },
  },
  { chpasswd: { list: ["a:b"] } },
  { disk_setup: { "/dev/xvdf": { table_type: "gpt", layout: [50, [50, 82]], overwrite: false } } },
  { disk_setup: { ephemeral0: { layout: true } }, device_aliases: { data: "/dev/xvdf" } },
  { fs_setup: [{ device: "/dev/xvdf", filesystem: "ext4", partition: "auto", overwrite: false }] },
  { growpart: { mode: "auto", devices: ["/"] }, resize_rootfs: "noblock" },
  { ca_certs: { trusted: ["-----BEGIN"], remove_defaults: false } },
  { yum_repos: { epel: { baseurl: "https://example.com/x", name: "EPEL", enabled: true, priority: 5 } } },
  { phone_home: { url: "http://example.com", post: ["instance_id"], tries: 3 } },
  { rsyslog: { remotes: { main: "10.0.0.1" }, configs: [{ content: "*.* @x", filename: "a.conf" }, "b"] } },
  { random_seed: { file: "/dev/urandom", data: "x", encoding: "raw", command: ["sh"] } },
  { snap: { commands: ["snap install x", ["snap", "install", "y"]] } },
  { keyboard: { layout: "de", model: "pc105" }, final_message: "done" },
  { resolv_conf: { nameservers: ["10.0.0.2"], domain: "x" }, manage_resolv_conf: true },
  { reporting: { log: { type: "log", level: "DEBUG" }, hook: { type: "webhook", endpoint: "http://x" } } },
  { merge_how: [{ name: "list", settings: ["append"] }], output: { all: "| tee -a /x" } },
];

/** Values as they are written, and what YAML 1.1 makes of them where that surprises. */
const ODD = [
  ..."yes no on off Off y true null ~ 0644 0o644 12 -1 1.5 1e3 1.0e+3 1:30 0x1f 1_000 .inf 2030-01-31".split(
    " ",
  ),
  ...[
    "",
    "word",
    "two words",
    '""',
    '"12"',
    "'yes'",
    "[]",
    "{}",
    "[a]",
    "[1]",
    "[yes, [a]]",
    "{a: b}",
    "{name: a}",
  ],
  ...[
    "!!str 12",
    "!!binary aGk=",
    "!!int '3'",
    "[null]",
    "auto",
    "gpt",
    "RANDOM",
    "2G",
    "a:b",
    "2001-02-03 04:05:06",
  ],
];

/** One thing that goes wrong, or only differs, somewhere in a document: `at` says where, of all places. */
interface Edit {
  readonly what: "replace" | "misspell" | "unknown" | "drop" | "twice" | "wrap" | "repeat";
  readonly at: number;
  readonly text: string;
}

const misspelt = (key: string, at: number): string => {
  const index = at % key.length;
  return at % 2 === 0
    ? key.slice(0, index) + key.slice(index + 1)
    : `${key.slice(0, index)}x${key.slice(index)}`;
};

type Place = (change: (tree: Tree) => Tree) => Tree;

/** Every value of a tree with what puts another one in its place. */
const places = (tree: Tree, put: Place = (change) => change(tree)): readonly (readonly [Tree, Place])[] => {
  const own = [[tree, put]] as const;
  if (tree.kind === "list")
    return [
      ...own,
      ...tree.items.flatMap((item, at) =>
        places(item, (change) => put(() => ({ kind: "list", items: tree.items.with(at, change(item)) }))),
      ),
    ];
  if (tree.kind === "scalar") return own;
  return [
    ...own,
    ...tree.entries.flatMap(([key, value], at) =>
      places(value, (change) =>
        put(() => ({ kind: "mapping", entries: tree.entries.with(at, [key, change(value)]) })),
      ),
    ),
  ];
};

const edited = (tree: Tree, { what, at, text }: Edit): Tree => {
  const all = places(tree);
  const wanted = {
    drop: "mapping",
    misspell: "mapping",
    twice: "mapping",
    unknown: "mapping",
    repeat: "list",
  };
  const kind = (wanted as Readonly<Record<string, string>>)[what];
  const fitting = all.filter(([one], index) => (kind === undefined ? index > 0 : one.kind === kind));
  const [, put] = fitting[at % Math.max(1, fitting.length)] ?? [];
  const scalar = { kind: "scalar", text } as const;
  return (
    put?.((old) => {
      if (what === "replace") return scalar;
      if (what === "wrap") return { kind: "list", items: [old] };
      if (old.kind === "list") return { kind: "list", items: [...old.items, ...old.items.slice(0, 1)] };
      if (old.kind === "scalar" || old.entries.length === 0) return old;
      const { entries } = old;
      const index = at % entries.length;
      const [key, value] = entries[index] ?? ["", scalar];
      if (what === "drop") return { kind: "mapping", entries: entries.toSpliced(index, 1) };
      if (what === "misspell")
        return { kind: "mapping", entries: entries.with(index, [misspelt(key, at), value]) };
      return { kind: "mapping", entries: [...entries, [what === "twice" ? key : "no_such_key", scalar]] };
    }) ?? tree
  );
};

const flow = (tree: Tree): string => {
  if (tree.kind === "scalar") return tree.text === "" ? "null" : tree.text;
  if (tree.kind === "list") return `[${tree.items.map(flow).join(", ")}]`;
  return `{${tree.entries.map(([key, value]) => `${JSON.stringify(key)}: ${flow(value)}`).join(", ")}}`;
};

/** Lists and mappings in lines, down to a depth; below that in brackets. */
const block = (tree: Tree, depth: number, indent = ""): string => {
  if (tree.kind === "scalar") return ` ${tree.text}\n`;
  const lines =
    tree.kind === "list"
      ? tree.items.map((item) => [`${indent}-`, item] as const)
      : tree.entries.map(([key, value]) => [`${indent}${key}:`, value] as const);
  if (lines.length === 0 || depth === 0) return ` ${flow(tree)}\n`;
  return `\n${lines.map(([start, value]) => start + block(value, depth - 1, `${indent}  `)).join("")}`;
};

const edit: fc.Arbitrary<Edit> = fc.record({
  what: fc.constantFrom(
    "replace",
    "replace",
    "replace",
    "misspell",
    "unknown",
    "drop",
    "twice",
    "wrap",
    "repeat",
  ),
  at: fc.nat(9_999),
  text: fc.constantFrom(...ODD),
});

/** The document below its header. */
const body = fc
  .record({
    keys: fc.uniqueArray(fc.nat(RIGHT.length - 1), { minLength: 1, maxLength: 3 }),
    edits: fc.oneof(
      { weight: 1, arbitrary: fc.constant<Edit[]>([]) },
      { weight: 4, arbitrary: fc.array(edit, { minLength: 1, maxLength: 3 }) },
    ),
    depth: fc.constantFrom(1, 2, 3, 9),
  })
  .map(({ keys, edits, depth }) => {
    const whole = treeOf(Object.assign({}, ...keys.map((key) => RIGHT[key])));
    return block(edits.reduce(edited, whole), depth).slice(1);
  });

/** Whole documents that no edit makes. */
const WHOLE = [
  "",
  "\n# nothing\n",
  "{}\n",
  "[]\n",
  "- packages\n- runcmd\n",
  "nginx\n",
  "12\n",
  "null\n",
  "---\npackages: [a]\n",
  "%YAML 1.1\n---\npackages: [a]\n",
  "packages: [a]\n---\nhostname: b\n",
  "packages: [a]\n...\n",
  "packages:\n\t- a\n",
  "packages: [a\n",
  "hostname: 'a\n",
  "hostname: @a\n",
  "hostname: `a`\n",
  "hostname: %a\n",
  "hostname: *a\n",
  "hostname: !x a\n",
  "hostname: a: b\n",
  "hostname: [a]: b\n",
  "ntp: {servers: []}:\n",
  "swap: {:}\n",
  "power_state: {mode: reboot, timeout: ! 5, delay: ! '5'}\n",
  "phone_home: {url: word}\n",
  "phone_home: {url: !!binary aGk=}\n",
  'apt_pipelining: "os"# a comment\n',
  "packages: [a]# a comment\n",
  "phone_home: {url: 'http://[::1]:80/%41?a=b#c'}\n",
  "phone_home: {url: 'http://[x'}\n",
  "? [a]\n: b\n",
  "? a\n: b\n",
  "yes: a\n",
  "12: a\n",
  "hostname: &h a\nfqdn: *h\n",
  "write_files:\n  - &f {path: /a, content: x}\n  - {<<: *f, path: /b}\n",
  "write_files:\n  - &f {pth: /a}\n  - {<<: *f, path: /b}\n",
  "users:\n  - &u {name: a}\n  - {<<: [*u, {shell: /bin/sh}]}\n",
  "<<: {hostname: 1}\n",
  "<<: [a]\n",
  "runcmd:\n  - echo a: b\n",
  "runcmd:\n  -\n  - # nothing\n",
  "bootcmd:\n  -\n",
  "runcmd:\n  - [echo, 5]\n  - yes\n",
  "runcmd: |\n  echo a\n",
  "fs_setup: [{partition: 1}]\n",
  "fs_setup: [{partition: other}]\n",
  "users: [{name: a, expiredate: 2030-01-31}]\n",
  "users: [{name: a, expiredate: '2030-13-31'}]\n",
  "hostname: 2030-13-31\n",
  "chpasswd: {list: |\n  a:b\n}\n",
] as const;

/** Most have the header that they need. */
const HEADERS = [
  ...Array<string>(16).fill("#cloud-config\n"),
  "#cloud-config\r\n",
  "#cloud-config # mine\n",
  "# cloud-config\n",
  "#cloud_config\n",
  "#Cloud-Config\n",
  "\n#cloud-config\n",
  "",
] as const;

/** A slip of the hand: what follows is cut off, or one more character gets into the text. */
const damaged = fc
  .tuple(body, fc.nat(9_999), fc.constantFrom(undefined, ..."abc:{}[]\"'#&*!|>%@-,? \n"))
  .map(([text, at, more]) => {
    const index = at % text.length;
    return more === undefined ? text.slice(0, index) : text.slice(0, index) + more + text.slice(index);
  });

/** Documents alone, each one file. */
export const documents = fc
  .record({
    header: fc.constantFrom(...HEADERS),
    body: fc.oneof(
      { weight: 8, arbitrary: body },
      { weight: 2, arbitrary: damaged },
      { weight: 1, arbitrary: fc.constantFrom(...WHOLE) },
    ),
  })
  .map(({ header, body: text }) => header + text);

const script = fc.constant("#!/bin/sh\ntrue\n");
const part = fc.oneof({ weight: 4, arbitrary: documents }, { weight: 1, arbitrary: script });

/** MIME messages, whose parts say what they are, or leave it to how they begin. */
const messages = fc
  .array(
    fc.tuple(part, fc.constantFrom("text/cloud-config", "text/plain", "text/x-shellscript"), fc.boolean()),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((parts) => {
    const written = parts.map(([text, type, encoded]) =>
      encoded
        ? `--==\nContent-Type: ${type}\nContent-Transfer-Encoding: base64\n\n${Buffer.from(text).toString("base64")}\n`
        : `--==\nContent-Type: ${type}\n\n${text}\n`,
    );
    return `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=="\n\n${written.join("")}--==--\n`;
  });

const archives = fc
  .array(fc.tuple(part, fc.boolean()), { minLength: 1, maxLength: 3 })
  .map(
    (parts) =>
      `#cloud-config-archive\n${parts
        .map(([text, typed]) =>
          typed
            ? `- {type: text/cloud-config, content: ${JSON.stringify(text)}}\n`
            : `- ${JSON.stringify(text)}\n`,
        )
        .join("")}`,
  );

/** User data that holds documents. */
export const containers = fc.oneof(messages, archives);

/** Every document of `WHOLE`, with the header. */
export const WHOLE_DOCUMENTS: readonly string[] = WHOLE.map((text) => `#cloud-config\n${text}`);
