import {
  anyMapping,
  byKind,
  date,
  distinct,
  either,
  flag,
  type Keys,
  keys,
  list,
  mapping,
  named,
  nothing,
  some,
  text,
  whole,
  word,
  written,
} from "./shape.ts";

/** Who can log in, and how. Source: https://docs.cloud-init.io/en/latest/reference/modules.html */

const account = mapping(
  {
    ...keys("name snapuser gecos homedir shell inactive primary_group selinux_user", text),
    ...keys("passwd hashed_passwd plain_text_passwd", text),
    ...keys("system no_create_home no_log_init no_user_group create_groups ssh_redirect_user", flag),
    // Until 22.2 it had a hyphen.
    ...keys("lock_passwd lock-passwd", flag),
    ...keys("ssh_authorized_keys ssh_import_id", some(text)),
    groups: either(text, some(text), named(nothing)),
    sudo: either(text, nothing, flag),
    uid: either(whole, text),
    expiredate: date,
  },
  { oneOf: ["name", "snapuser"] },
);

/** Members by the name of their group. */
const members = named(byKind(text, some(text)));

const KEY_TYPES = ["dsa", "ecdsa", "ed25519", "rsa"];
const HOST_KEYS = KEY_TYPES.flatMap((type) =>
  ["private", "public", "certificate"].map((half) => `${type}_${half}`),
);

const newPassword = either(
  mapping({ name: text, type: word("RANDOM") }, { required: ["name", "type"] }),
  mapping({ name: text, type: word("hash", "text"), password: text }, { required: ["name", "password"] }),
);

export const USERS: Keys = {
  users: byKind(text, anyMapping, some(either(text, list(text), account))),
  user: either(text, account),
  groups: byKind(text, members, some(byKind(text, members))),

  password: text,
  ssh_pwauth: either(flag, text),
  chpasswd: mapping({
    expire: flag,
    users: list(newPassword),
    list: either(text, some(written(/^.+:.+$/, "name with its password, such as app:secret"))),
  }),

  ssh_authorized_keys: some(text),
  ssh_import_id: list(text),
  ...keys("disable_root allow_public_ssh_keys", flag),
  disable_root_opts: text,

  ssh_keys: mapping(keys(HOST_KEYS.join(" "), text)),
  ssh_genkeytypes: some(word(...KEY_TYPES)),
  ...keys("ssh_deletekeys ssh_quiet_keygen", flag),
  ssh_publish_hostkeys: mapping({ enabled: flag, blacklist: list(text) }),

  ssh: mapping({ emit_keys_to_console: flag }, { required: ["emit_keys_to_console"] }),
  ...keys("ssh_key_console_blacklist ssh_fp_console_blacklist", distinct(text)),
  no_ssh_fingerprints: flag,
  authkey_hash: text,
};
