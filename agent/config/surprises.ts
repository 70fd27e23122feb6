import { posix } from "node:path";
import type { Node } from "./document.ts";
import { quoted } from "./explain.ts";
import type { Finding } from "./fault.ts";
import { isCompressed, isGlob, selector } from "./glob.ts";
import { fillPlaceholders, type HostFacts } from "./placeholders.ts";
import { groupOf, type Placed, placedEntries, streamOf } from "./settle.ts";

/** Where the system keeps the state when the configuration does not say. */
const USUAL_STATE_DIR = "/var/lib/host-agent";

/** Stands in for a host: two names that are equal for it are equal for every host. */
const SOME_HOST: HostFacts = {
  instance_id: "{instance_id}",
  hostname: "{hostname}",
  local_hostname: "{local_hostname}",
  ip_address: "{ip_address}",
  aws_region: "{aws_region}",
  account_id: "{account_id}",
};

const warning = ({ node }: Placed, message: string, hint?: string): Finding => {
  const path = node.entries?.get("file_path")?.node ?? node;
  return { severity: "warning", offset: path.offset, key: path.path, message, hint };
};

const selects = ({ file_path, exclude }: Placed["entry"]): ((path: string) => boolean) =>
  selector(file_path, exclude);

const packed = (placed: readonly Placed[]): Finding[] =>
  placed
    .filter(({ entry }) => isCompressed(entry.file_path) && !entry.file_path.endsWith(".gz"))
    .map((one) =>
      warning(
        one,
        "only .gz files are unpacked: these are shipped as they are",
        "name the files before they are packed",
      ),
    );

const leavesOutItself = (placed: readonly Placed[]): Finding[] =>
  placed
    .filter(({ entry }) => !isGlob(entry.file_path) && !selects(entry)(entry.file_path))
    .map((one) => warning(one, "its own exclude leaves this file out, so nothing is shipped"));

/** Where one file of an entry goes. */
const target = ({ entry }: Placed, path: string, stream: unknown): string =>
  JSON.stringify([
    fillPlaceholders(groupOf(entry), SOME_HOST, path, "group"),
    fillPlaceholders(streamOf(entry, stream), SOME_HOST, path, "stream"),
  ]);

/** A file that is named by one entry and matched by the glob of another. Two globs cannot be compared like that. */
const overlaps = (placed: readonly Placed[], stream: unknown): Finding[] => {
  const globs = placed
    .filter(({ entry }) => isGlob(entry.file_path))
    .map((glob) => ({ glob, takes: selects(glob.entry) }));
  return placed.flatMap((one): Finding[] => {
    const path = one.entry.file_path;
    if (isGlob(path)) return [];
    const wanted = target(one, path, stream);
    const other = globs.find(({ glob, takes }) => takes(path) && target(glob, path, stream) === wanted)?.glob;
    if (other === undefined) return [];
    const message = `${quoted(other.entry.file_path)} in ${other.node.path} matches this file too and ships it to the same stream: each line would be there twice`;
    return [warning(one, message, "list it under exclude there")];
  });
};

/** Each request writes to the state, which would then have to be shipped, and so on for ever. */
const ownState = (placed: readonly Placed[], root: Node): Finding[] => {
  const stated = root.entries?.get("state_dir")?.node.value;
  const directory = typeof stated === "string" ? stated : USUAL_STATE_DIR;
  return placed
    .filter(({ entry }) => selects(entry)(posix.join(directory, "checkpoints.db")))
    .map((one) =>
      warning(
        one,
        `this ships the agent's own state in ${quoted(directory)}, which changes with every request`,
      ),
    );
};

/** What every Linux has under /var/log and nobody can read: records of logins, and the systemd journal. */
const NO_TEXT = ["wtmp", "btmp", "lastlog", "faillog", "tallylog", "journal/id/system.journal"];

const noText = (placed: readonly Placed[]): Finding[] =>
  placed.flatMap((one): Finding[] => {
    const takes = selects(one.entry);
    const names = NO_TEXT.filter((name) => takes(`/var/log/${name}`)).map((name) => name.split("/")[0]);
    if (names.length === 0) return [];
    const message = `this ships files in /var/log that hold no text: ${names.join(", ")}`;
    return [warning(one, message, "list them under exclude")];
  });

/** What is no mistake in the file and yet would surprise whoever runs it. */
export const surprises = (root: Node): readonly Finding[] => {
  const { placed, stream } = placedEntries(root);
  return [
    ...packed(placed),
    ...leavesOutItself(placed),
    ...overlaps(placed, stream),
    ...ownState(placed, root),
    ...noText(placed),
  ];
};
