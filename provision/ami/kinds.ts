import { fileState } from "./checks/file.ts";
import { http } from "./checks/http.ts";
import { packageState } from "./checks/package.ts";
import { port } from "./checks/port.ts";
import { serviceState } from "./checks/service.ts";
import type { Kind } from "./kind.ts";
import { ansible } from "./steps/ansible.ts";
import { chef } from "./steps/chef.ts";
import { directory } from "./steps/directory.ts";
import { file } from "./steps/file.ts";
import { git } from "./steps/git.ts";
import { hostAgent } from "./steps/host-agent.ts";
import { packages } from "./steps/packages.ts";
import { puppet } from "./steps/puppet.ts";
import { reboot } from "./steps/reboot.ts";
import { service } from "./steps/service.ts";
import { shell } from "./steps/shell.ts";
import { user } from "./steps/user.ts";

/** Every kind of step. A new one has a file of its own, and a line here. */
export const STEPS: readonly Kind[] = [
  packages,
  file,
  directory,
  user,
  git,
  service,
  shell,
  hostAgent,
  ansible,
  puppet,
  chef,
  reboot,
];

/** Every kind of check. */
export const CHECKS: readonly Kind[] = [shell, http, port, serviceState, fileState, packageState];

/** The lists of a recipe, and what may stand in each. */
export const LISTS = { steps: STEPS, validate: CHECKS, test: CHECKS } as const;
export type ListName = keyof typeof LISTS;
