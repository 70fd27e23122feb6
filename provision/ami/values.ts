import * as z from "zod/mini";
import { filled, key, matching } from "../host/key.ts";

/** Where something is on the host: absolute, and the path itself, so that two of them can be compared. */
export const targetPath = () =>
  matching(
    /^(?!.*(?:\/\/|\/\.{1,2}(?:\/|$)))\/[^\0\n]*[^\0\n/]$/,
    "must be an absolute path, without . and .. and without a / at the end",
  );

/** A file of the recipe. */
export const recipePath = () => filled();

/** What is below a directory of the recipe. */
export const pathInTree = () =>
  matching(
    /^(?!-)(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^\0\n/][^\0\n]*$/,
    "must be a path below `from`, without . and ..",
  );

/** A text that is looked for in one line. */
export const oneLine = () => matching(/^[^\0\n]+$/, "must be a text of one line");

/** A user or a group, by name or by number. */
export const account = () =>
  matching(/^(?:[a-z_][a-z0-9_-]{0,31}|\d{1,9})$/, "must be the name or the number of an account");

/** A user or a group that is made, by name. */
export const accountName = () =>
  matching(/^[a-z_][a-z0-9_-]{0,31}$/, "must be a name of small letters, digits, _ and -");

const mode = () => matching(/^0?[0-7]{3,4}$/, 'must be an octal number in quotes, as "0644"');

/** Who may do what with a file or a directory. */
export const ownership = (usual: string) => ({
  mode: key(z._default(mode(), usual), { description: "Its permissions.", limits: "in quotes" }),
  owner: key(z._default(account(), "root"), { description: "The user that it belongs to." }),
  group: key(z._default(account(), "root"), { description: "The group that it belongs to." }),
});

/** A unit of systemd, with or without `.service`. */
export const unitName = () =>
  matching(
    /^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]{0,254}$/,
    "must be the name of a unit, as nginx or backup.timer",
  );

/** The name of a package; one that ends with - would be removed. */
export const PACKAGE = /^[A-Za-z0-9](?:[A-Za-z0-9+._:-]*[A-Za-z0-9+._])?$/;
