import { anyList, either, flag, type Keys, keys, list, mapping, OPEN, whole, word } from "./shape.ts";

/**
 * What cloud-init itself does, and when. Source: https://docs.cloud-init.io/en/latest/reference/modules.html
 */

/** All modules, by what they are about. */
const MODULES = `
  set_hostname update_hostname update_etc_hosts resolv_conf ntp timezone locale keyboard
  users_groups set_passwords ssh ssh_import_id ssh_authkey_fingerprints keys_to_console
  disk_setup growpart resizefs mounts grub_dpkg
  package_update_upgrade_install apt_configure apt_pipelining apk_configure yum_add_repo zypper_add_repo snap
  rh_subscription spacewalk ubuntu_advantage ubuntu_autoinstall ubuntu_drivers
  write_files write_files_deferred ca_certs seed_random bootcmd runcmd
  scripts_vendor scripts_per_once scripts_per_boot scripts_per_instance scripts_user
  ansible chef puppet salt_minion mcollective landscape lxd byobu
  install_hotplug wireguard fan disable_ec2_metadata reset_rmc refresh_rmc_and_interface rightscale_userdata
  migrator rsyslog phone_home final_message power_state_change`
  .trim()
  .split(/\s+/);

/** Each has a second name, with hyphens. */
const SPELLINGS = [...new Set(MODULES.flatMap((name) => [name, name.replaceAll("_", "-")]))];

/** A module, or a list of it, how often it runs, and what it is told. */
const modules = list(either(word(...SPELLINGS), anyList));

export const CLOUD_INIT: Keys = {
  ...keys("cloud_init_modules cloud_config_modules cloud_final_modules", modules),
  migrate: flag,
  autoinstall: mapping({ version: whole }, { required: ["version"], ...OPEN }),
  byobu_by_default: word(
    ...["enable", "disable", "user", "system"],
    ...["enable-user", "enable-system", "disable-user", "disable-system"],
  ),
};
