import {
  address,
  anyMapping,
  byKind,
  either,
  flag,
  type Keys,
  keys,
  list,
  mapping,
  named,
  OPEN,
  orNothing,
  pair,
  some,
  text,
  whole,
  word,
} from "./shape.ts";

/** What is installed, and from where. Source: https://docs.cloud-init.io/en/latest/reference/modules.html */

const FILLED = { filled: true } as const;

/** An archive of packages, for some architectures. */
const mirror = mapping(
  {
    arches: some(text),
    uri: address,
    search: some(address),
    search_dns: flag,
    ...keys("keyid key keyserver", text),
  },
  { required: ["arches"] },
);

const aptSource = mapping({ ...keys("source keyid key keyserver filename", text), append: flag }, FILLED);

const apt = mapping(
  {
    ...keys("primary security", some(mirror)),
    sources: named(aptSource),
    ...keys("sources_list conf add_apt_repo_match", text),
    ...keys("proxy http_proxy https_proxy ftp_proxy", text),
    debconf_selections: named(text, FILLED),
    disable_suites: list(text, { least: 1, distinct: true }),
    ...keys("preserve_sources_list generate_mirrorlists", flag),
  },
  FILLED,
);

const alpineRepository = mapping(
  { ...keys("base_url version", text), ...keys("community_enabled testing_enabled", flag) },
  { required: ["version"] },
);

/** What else a section of a .repo file may say is handed on as it is. */
const yumRepository = mapping(
  { baseurl: address, name: text, enabled: flag },
  { required: ["baseurl"], others: either(whole, flag, text), names: /^\w+$/ },
);

const zypperRepository = mapping({ id: text, baseurl: address }, { required: ["id", "baseurl"], ...OPEN });

const command = either(text, list(text));

const PRO_PROXIES =
  "http_proxy https_proxy global_apt_http_proxy global_apt_https_proxy ua_apt_http_proxy ua_apt_https_proxy";

export const PACKAGES: Keys = {
  // A name, or a name with a version.
  packages: some(either(text, pair(text))),
  ...keys("package_update package_upgrade package_reboot_if_required", flag),
  // As they were called when only apt was known.
  ...keys("apt_update apt_upgrade apt_reboot_if_required", flag),

  apt,
  apt_pipelining: either(whole, flag, word("os", "none", "unchanged")),
  apk_repos: mapping(
    { alpine_repo: orNothing(alpineRepository), local_repo_base_url: text, preserve_repositories: flag },
    FILLED,
  ),
  yum_repo_dir: text,
  // Names from the blank to the underscore of ASCII, and small letters.
  yum_repos: named(yumRepository, { names: /^[ -_a-z]+$/, ...FILLED }),
  zypper: mapping({ repos: some(zypperRepository), config: anyMapping }, { ...FILLED, ...OPEN }),
  snap: mapping(
    {
      assertions: byKind(list(text, { least: 1, distinct: true }), mapping({}, { others: text, ...FILLED })),
      commands: byKind(some(command), mapping({}, { others: command, ...FILLED })),
    },
    FILLED,
  ),

  rh_subscription: mapping({
    ...keys("username password activation-key service-level rhsm-baseurl server-hostname", text),
    org: whole,
    "auto-attach": flag,
    ...keys("add-pool enable-repo disable-repo", list(text)),
  }),
  spacewalk: mapping(keys("server proxy activation_key", text)),
  ubuntu_advantage: mapping({
    token: text,
    ...keys("enable enable_beta", list(text)),
    features: mapping({ disable_auto_attach: flag }),
    config: mapping(keys(PRO_PROXIES, orNothing(address)), OPEN),
  }),
  drivers: mapping({
    nvidia: mapping({ "license-accepted": flag, version: text }, { required: ["license-accepted"] }),
  }),
};
