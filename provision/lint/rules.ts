import { BOOT_RULES } from "./boot.ts";
import { CLOUD_CONFIG_RULES } from "./cloud-config.ts";
import { DOWNLOAD_RULES } from "./downloads.ts";
import { ENVELOPE_RULES } from "./envelope.ts";
import { HEADER_RULES } from "./headers.ts";
import { MULTIPART_RULES } from "./multipart.ts";
import { OUTSIDE_RULES } from "./outside.ts";
import { PACKAGE_RULES } from "./packages.ts";
import type { Rule } from "./rule.ts";
import { HABIT_RULES } from "./script-habits.ts";

/** Every rule on user data, by number. A new one goes into the file of its topic, and is here by that. */
export const RULES: readonly Rule[] = [
  ...HEADER_RULES,
  ...ENVELOPE_RULES,
  ...CLOUD_CONFIG_RULES,
  ...MULTIPART_RULES,
  ...BOOT_RULES,
  ...HABIT_RULES,
  ...PACKAGE_RULES,
  ...DOWNLOAD_RULES,
  ...OUTSIDE_RULES,
].toSorted((a, b) => a.id.localeCompare(b.id, "en"));
