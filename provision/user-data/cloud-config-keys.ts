/**
 * The keys that a cloud-config may have at its top: those of the modules of cloud-init, those of the program itself,
 * and those that say how parts are merged. A test compares them with the schema of the cloud-init that is installed.
 */
export const CLOUD_CONFIG_KEYS: ReadonlySet<string> = new Set(
  `allow_public_ssh_keys ansible apk_repos apt apt_pipelining apt_reboot_if_required apt_update apt_upgrade authkey_hash
  autoinstall bootcmd byobu_by_default ca-certs ca_certs chef chpasswd device_aliases disable_ec2_metadata disable_root
  disable_root_opts disk_setup drivers fan final_message fqdn fs_setup groups growpart grub-dpkg grub_dpkg hostname
  keyboard landscape locale locale_configfile lxd manage_etc_hosts manage_resolv_conf mcollective migrate
  mount_default_fields mounts no_ssh_fingerprints ntp package_reboot_if_required package_update package_upgrade packages
  password phone_home power_state prefer_fqdn_over_hostname preserve_hostname create_hostname_file puppet random_seed
  resize_rootfs resolv_conf rh_subscription rpi rsyslog runcmd salt_minion snap spacewalk ssh ssh_authorized_keys
  ssh_deletekeys ssh_fp_console_blacklist ssh_genkeytypes ssh_import_id ssh_key_console_blacklist ssh_keys
  ssh_publish_hostkeys ssh_pwauth ssh_quiet_keygen swap timezone ubuntu_advantage ubuntu_pro updates user users vendor_data
  vendor_data2 wireguard write_files yum_repo_dir yum_repos zypper
  allow_userdata cloud_config_modules cloud_final_modules cloud_init_modules datasource datasource_list debug
  def_log_file disable_network_activation launch-index log_cfgs manual_cache_clean merge_how merge_type network output
  reporting runcmd_verbose syslog_fix_perms system_info warnings`.split(/\s+/),
);
