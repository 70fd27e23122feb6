import {
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
  pair,
  some,
  text,
  whole,
  word,
  written,
} from "./shape.ts";

/** Partitions, file systems, mounts and swap. Source: https://docs.cloud-init.io/en/latest/reference/modules.html */

/** Shares of the disk in percent, each alone or with the type of its partition. */
const partitions = list(either(whole, pair(whole)));

const commandLine = byKind(text, list(text));

const bytes = written(/^\d*\.?\d+[BKMGT]$/, "size such as 512M");

/** As many as a line of /etc/fstab has. */
const FIELDS = 6;

export const DISKS: Keys = {
  device_aliases: named(text),
  disk_setup: named(
    mapping({
      table_type: word("mbr", "gpt"),
      layout: either(word("remove"), flag, partitions),
      overwrite: flag,
    }),
  ),
  fs_setup: list(
    mapping({
      ...keys("device filesystem label replace_fs", text),
      // The schema of 22.4.2 forgot numbers, which its own examples have and which work at boot.
      partition: either(word("auto", "any", "none"), whole),
      overwrite: flag,
      ...keys("cmd extra_opts", commandLine),
    }),
  ),

  growpart: mapping({
    mode: exactly("auto", "growpart", "gpart", "off", false),
    devices: list(text),
    ignore_growroot_disabled: flag,
  }),
  resize_rootfs: exactly(true, false, "noblock"),

  mounts: some(list(text, { least: 1, most: FIELDS })),
  mount_default_fields: list(either(text, nothing), { least: FIELDS, most: FIELDS }),
  swap: mapping({
    filename: text,
    size: either(exactly("auto"), whole, bytes),
    maxsize: either(whole, bytes),
  }),

  grub_dpkg: mapping({
    enabled: flag,
    "grub-pc/install_devices": text,
    "grub-pc/install_devices_empty": either(flag, text),
  }),
  "grub-dpkg": anyMapping,
};
