import * as z from "zod/mini";
import { key, whole } from "../../host/key.ts";
import { quoteForShell } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { accountName, targetPath } from "../values.ts";

const WHY_NO_KEYS =
  "a key in the image would open every host made of it. Give launch.key_name, or let users in through EC2 Instance Connect or Session Manager";

const refused = () =>
  z.unknown().check((context) => {
    context.issues.push({ code: "custom", input: context.value, message: `is refused: ${WHY_NO_KEYS}` });
  });

export const user = defineKind({
  name: "user",
  summary:
    "Makes a user without a password, and a group of the same name. One that is there already stays, and joins the groups that are missing.",
  short: "name",
  timeout: "5m",
  waits: "never",
  shape: {
    name: key(accountName(), { description: "What the user is called." }),
    system: key(z._default(z.boolean(), true), {
      description:
        "`true`: for a service, with a low number and without a home. `false`: for a person, with a home.",
    }),
    uid: key(z.optional(whole(1, 60_000)), {
      description: "The number of the user; it stays the same in every image.",
      default: "the next free one",
    }),
    groups: key(z._default(z.array(accountName()), []), {
      description: "Further groups; those that are missing are made.",
    }),
    shell: key(z.optional(targetPath()), {
      description: "What runs at a login.",
      default: "`/usr/sbin/nologin` for a system user, otherwise `/bin/bash`",
    }),
    home: key(z.optional(targetPath()), {
      description: "The home. It is made for users that are no system users.",
      default: "that of the distribution",
    }),
    authorized_keys: key(z.optional(refused()), {
      description: `Is refused: ${WHY_NO_KEYS}.`,
      default: "none",
    }),
  },
  render: ({ name, system, uid, groups, shell, home }) => {
    const login = quoteForShell(shell ?? (system ? "/usr/sbin/nologin" : "/bin/bash"));
    const options = [
      ...(system ? ["--system", "--no-create-home"] : ["--create-home"]),
      ...(uid === undefined ? [] : [`--uid ${uid}`]),
      ...(home === undefined ? [] : [`--home-dir ${quoteForShell(home)}`]),
      `--shell ${login}`,
    ].join(" ");
    return [
      ...groups.map((group) => `getent group ${group} >/dev/null || groupadd --system ${group}`),
      `if ! getent passwd ${name} >/dev/null; then`,
      // A group that is there already, made by a package for example, is the user's own.
      `  if getent group ${name} >/dev/null; then set -- --gid ${name}; else set -- --user-group; fi`,
      `  useradd ${options} "$@" ${name}`,
      "fi",
      ...(uid === undefined
        ? []
        : [
            `[ "$(id -u ${name})" -eq ${uid} ] || { echo "${name} is there already, with the number $(id -u ${name})" >&2; exit 1; }`,
          ]),
      ...(groups.length === 0 ? [] : [`usermod --append --groups ${groups.join(",")} ${name}`]),
    ];
  },
  examples: {
    pass: [
      "user: app",
      "user: {name: deploy, system: false, uid: 1500, groups: [adm, docker], shell: /bin/sh, home: /srv/deploy}",
    ],
    fail: [
      "user: Max Power",
      "user: {}",
      "user: {name: app, uid: 0}",
      "user: {name: app, groups: adm}",
      "user: {name: app, authorized_keys: [ssh-ed25519 AAAA]}",
    ],
  },
});
