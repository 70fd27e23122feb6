import {
  anyList,
  anyMapping,
  distinct,
  exactly,
  flag,
  type Keys,
  keys,
  list,
  mapping,
  orNothing,
  some,
  text,
  word,
} from "./shape.ts";

/**
 * The name of the host, where it is, its time, and the network. Source:
 * https://docs.cloud-init.io/en/latest/reference/modules.html
 */

/** At its names the cloud-init of a host does not look, unless more of Python is installed there. */
const hosts = distinct(text);

const ntp = mapping({
  enabled: flag,
  ntp_client: text,
  ...keys("servers pools", hosts),
  config: mapping(
    { ...keys("confpath check_exe service_name template", text), packages: distinct(text) },
    { filled: true },
  ),
});

const wireguard = mapping(
  {
    interfaces: some(mapping(keys("name config_path content", text))),
    readinessprobe: distinct(text),
  },
  { required: ["interfaces"] },
);

export const NAMES_AND_NETWORK: Keys = {
  ...keys("hostname fqdn", text),
  ...keys("preserve_hostname prefer_fqdn_over_hostname", flag),
  manage_etc_hosts: exactly(true, false, "localhost", "template"),

  ...keys("locale locale_configfile timezone", text),
  keyboard: mapping(keys("layout model variant options", text), { required: ["layout"] }),
  ntp: orNothing(ntp),

  manage_resolv_conf: flag,
  resolv_conf: mapping({
    domain: text,
    ...keys("nameservers searchdomains sortlist", anyList),
    options: anyMapping,
  }),
  wireguard: orNothing(wireguard),
  fan: mapping(keys("config config_path", text), { required: ["config"] }),
  disable_ec2_metadata: flag,
  // When the network is set up again.
  updates: mapping({
    network: mapping(
      { when: list(word("boot", "boot-new-instance", "boot-legacy", "hotplug")) },
      { required: ["when"] },
    ),
  }),
};
