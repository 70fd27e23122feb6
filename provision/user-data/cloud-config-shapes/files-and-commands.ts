import {
  address,
  anyList,
  anyMapping,
  byKind,
  either,
  exactly,
  flag,
  type Keys,
  keys,
  list,
  mapping,
  named,
  nothing,
  numberFrom,
  some,
  text,
  whole,
  wholeFrom,
  word,
  written,
} from "./shape.ts";

/**
 * What is written and run, and who is told of it. Source: https://docs.cloud-init.io/en/latest/reference/modules.html
 */

const GZIP = ["gz", "gzip"];
const BASE64 = ["b64", "base64"];

const file = mapping(
  {
    ...keys("path content owner permissions", text),
    encoding: word(
      "text/plain",
      ...GZIP,
      ...BASE64,
      ...GZIP.flatMap((outer) => BASE64.map((inner) => `${outer}+${inner}`)),
    ),
    ...keys("append defer", flag),
  },
  { required: ["path"] },
);

const certificates = mapping(
  { trusted: some(text), ...keys("remove_defaults remove-defaults", flag) },
  { filled: true },
);

const REPORTED = ["instance_id", "hostname", "fqdn"];
const REPORTED_KEYS = ["dsa", "rsa", "ecdsa", "ed25519"].map((type) => `pub_key_${type}`);

/** Where the stages of cloud-init tell that they begin and end; its type says what else it takes. */
const reporter = either(
  mapping(
    { type: word("log"), level: word("DEBUG", "INFO", "WARN", "ERROR", "FATAL") },
    { required: ["type"] },
  ),
  mapping({ type: word("print") }, { required: ["type"] }),
  mapping(
    {
      type: word("webhook"),
      endpoint: address,
      ...keys("consumer_key consumer_secret token_key token_secret", text),
      timeout: numberFrom(0),
      retries: wholeFrom(0),
    },
    { required: ["type", "endpoint"] },
  ),
  mapping({ type: word("hyperv"), kvp_file_path: text, event_types: list(text) }, { required: ["type"] }),
);

export const FILES_AND_COMMANDS: Keys = {
  write_files: some(file),
  ...keys("ca_certs ca-certs", certificates),
  random_seed: mapping({
    ...keys("file data", text),
    encoding: word("raw", ...BASE64, ...GZIP),
    command: list(text),
    command_required: flag,
  }),

  bootcmd: some(either(text, list(text))),
  // An item that a comment leaves behind is passed over.
  runcmd: some(either(text, list(text), nothing)),
  vendor_data: mapping({
    enabled: either(flag, text),
    prefix: byKind(text, list(byKind(text, whole))),
  }),
  power_state: mapping(
    {
      mode: word("poweroff", "reboot", "halt"),
      // In minutes.
      delay: either(wholeFrom(0), written(/^\+?\d+$/, "number of minutes such as +5"), exactly("now")),
      timeout: whole,
      message: text,
      condition: either(text, flag, anyList),
    },
    { required: ["mode"] },
  ),

  final_message: text,
  phone_home: mapping(
    {
      url: address,
      post: either(exactly("all"), list(word(...REPORTED, ...REPORTED_KEYS))),
      tries: whole,
    },
    { required: ["url"] },
  ),
  reporting: named(reporter),
  rsyslog: mapping({
    ...keys("config_dir config_filename", text),
    configs: list(either(text, mapping(keys("filename content", text), { required: ["content"] }))),
    remotes: anyMapping,
    service_reload_command: either(exactly("auto"), list(text)),
  }),
};
