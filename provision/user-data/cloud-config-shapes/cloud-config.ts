import { CLOUD_INIT } from "./cloud-init.ts";
import { DISKS } from "./disks.ts";
import { FILES_AND_COMMANDS } from "./files-and-commands.ts";
import { MANAGEMENT } from "./management.ts";
import { NAMES_AND_NETWORK } from "./names-and-network.ts";
import { PACKAGES } from "./packages.ts";
import { mapping, OPEN, type Shape } from "./shape.ts";
import { USERS } from "./users.ts";

/**
 * A cloud-config as cloud-init 22.4 takes it, which Debian 12 has. It says nothing of keys that it does not know; we do,
 * by CLOUD_CONFIG_KEYS.
 */
export const CLOUD_CONFIG: Shape = mapping(
  {
    ...USERS,
    ...PACKAGES,
    ...FILES_AND_COMMANDS,
    ...DISKS,
    ...NAMES_AND_NETWORK,
    ...MANAGEMENT,
    ...CLOUD_INIT,
  },
  OPEN,
);
