import { TRUST_STORES } from "./additions.ts";
import { APT_FILES_INSIDE, REPOSITORY } from "./packages/inside.ts";

/** Files that a boot has changed. */
export interface FileChange {
  readonly kind: "added" | "changed" | "deleted";
  readonly path: string;
}

/** What every boot writes, whatever is rehearsed: it tells nothing. The user of the image is made by cloud-init. */
const NOISE: readonly RegExp[] = [
  /^\/(?:run|dev|proc|sys|tmp|var\/(?:log|cache|tmp))(?:\/|$)/,
  /^\/var\/lib\/(?:cloud|systemd|dbus|apt|dhcp|dpkg|logrotate)(?:\/|$)/,
  /hostwright-rehearsal|^\/etc\/apt\/sources\.list$/,
  /^\/etc\/(?:rc\d|rcS)\.d\//,
  /^\/etc\/(?:machine-id|hostname|hosts|resolv\.conf|mtab|environment|\.pwd\.lock|default\/locale|locale\.(?:gen|conf))$/,
  /^\/etc\/(?:passwd|shadow|group|gshadow|subuid|subgid)-?$/,
  /^\/etc\/ssh\/ssh_host_|^\/etc\/sudoers\.d\/90-cloud-init-users$/,
  /^\/(?:root|home\/(?:debian|ubuntu|ec2-user))\/\.(?:ssh\/authorized_keys|bash_logout|bash_profile|bashrc|profile)$/,
];

/** What a rehearsal itself puts there. */
const isOurs = (path: string): boolean =>
  TRUST_STORES.includes(path) || Object.hasOwn(APT_FILES_INSIDE, path) || path.startsWith(`${REPOSITORY}/`);

/** Without what every boot changes, sorted by path. */
export const tellingChanges = (changes: readonly FileChange[]): readonly FileChange[] =>
  changes
    .filter(({ path }) => !isOurs(path) && !NOISE.some((noise) => noise.test(path)))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
