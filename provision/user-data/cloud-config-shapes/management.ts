import {
  anyMapping,
  anything,
  byKind,
  either,
  flag,
  type Keys,
  keys,
  list,
  mapping,
  named,
  numberFrom,
  OPEN,
  text,
  whole,
  wholeFrom,
  word,
  written,
} from "./shape.ts";

/**
 * What manages the host from then on, and what manages containers on it. Source:
 * https://docs.cloud-init.io/en/latest/reference/modules.html
 */

/** Options that ansible-playbook and ansible-pull have in common. */
const ANSIBLE_OPTIONS = {
  ...keys("playbook_name private_key connection module_name module_path", text),
  ...keys("vault_id vault_password_file scp_extra_args sftp_extra_args sleep tags skip_tags", text),
  diff: flag,
};

const playbook = mapping(
  {
    ...ANSIBLE_OPTIONS,
    ...keys("playbook_dir become_password_file connection_password_file inventory args extra_vars", text),
    ...keys("check list_hosts syntax_check", flag),
    ...keys("timeout background poll forks", numberFrom(0)),
  },
  OPEN,
);

const ansible = mapping({
  install_method: word("distro", "pip"),
  ...keys("package_name run_user ansible_config", text),
  pull: mapping(
    {
      ...ANSIBLE_OPTIONS,
      ...keys("url checkout ssh_common_args timeout", text),
      ...keys("accept_host_key clean full", flag),
    },
    { required: ["url", "playbook_name"] },
  ),
  galaxy: mapping({ actions: list(list(written(/^.*$/, "text of one line"))) }, { required: ["actions"] }),
  setup_controller: mapping({
    repositories: list(mapping(keys("path source", text), { required: ["path", "source"] })),
    run_ansible: list(byKind(playbook, anything)),
  }),
});

const chef = mapping(
  {
    ...keys("server_url node_name environment chef_license log_level log_location ssl_verify_mode", text),
    ...keys("client_key validation_cert validation_key validation_name encrypted_data_bag_secret", text),
    ...keys("firstboot_path file_backup_path file_cache_path json_attribs pid_file", text),
    ...keys("omnibus_url omnibus_version", text),
    omnibus_url_retries: whole,
    install_type: word("packages", "gems", "omnibus"),
    ...keys("exec force_install show_time", flag),
    directories: list(text, { least: 1, distinct: true }),
    run_list: list(text),
    initial_attributes: anyMapping,
  },
  { filled: true },
);

const puppet = mapping({
  install_type: word("packages", "aio"),
  ...keys("version collection package_name aio_install_url conf_file ssl_dir csr_attributes_path", text),
  ...keys("install cleanup exec start_service", flag),
  exec_args: list(text),
  conf: mapping({ ...keys("main server agent user", anyMapping), ca_cert: text }),
  csr_attributes: mapping(keys("custom_attributes extension_requests", anyMapping)),
});

const landscapeClient = mapping(
  {
    ...keys("account_name computer_title registration_key url ping_url data_path", text),
    ...keys("http_proxy https_proxy", text),
    log_level: word("debug", "info", "warning", "error", "critical"),
    tags: written(/^[\w-]+(?:,[\w-]+)*$/, "list of tags such as web,db"),
  },
  OPEN,
);

const lxd = mapping(
  {
    init: mapping({
      ...keys("network_address storage_create_device storage_pool trust_password", text),
      ...keys("network_port storage_create_loop", whole),
      storage_backend: word("zfs", "dir", "lvm", "btrfs"),
    }),
    bridge: mapping(
      {
        mode: word("none", "existing", "new"),
        ...keys("name domain ipv4_address ipv4_dhcp_first ipv4_dhcp_last ipv6_address", text),
        ...keys("ipv4_netmask ipv4_dhcp_leases ipv6_netmask", whole),
        ...keys("ipv4_nat ipv6_nat", flag),
        mtu: wholeFrom(-1),
      },
      { required: ["mode"] },
    ),
    preseed: text,
  },
  { filled: true },
);

export const MANAGEMENT: Keys = {
  ansible,
  chef,
  puppet,
  salt_minion: mapping({
    ...keys("pkg_name service_name config_dir pki_dir public_key private_key", text),
    ...keys("conf grains", anyMapping),
  }),
  mcollective: mapping({
    conf: named(either(flag, whole, text), {}, keys("public-cert private-cert", text)),
  }),
  landscape: mapping({ client: landscapeClient }, { required: ["client"] }),
  lxd,
};
