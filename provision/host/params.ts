import * as z from "zod/mini";
import type { Node } from "../../agent/config/document.ts";
import type { Finding } from "../../agent/config/fault.ts";

/** Values for scripts. */
export const paramsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export type Params = z.output<typeof paramsSchema>;

/** Names that a shell keeps for itself: making one read-only ends the script, or changes what it does. */
const SHELL_NAMES =
  /^(_|PATH|HOME|IFS|PWD|OLDPWD|PS[0-9]|UID|EUID|GID|GROUPS|PPID|ENV|OPTIND|OPTARG|OPTERR|RANDOM|SECONDS|LINENO|SHELL\w*|BASH\w*|DIRSTACK|FUNCNAME|PIPESTATUS|HOSTNAME|HOSTTYPE|MACHTYPE|OSTYPE|REPLY|TERM|LANG|LC_\w+|LD_\w+|HISTCMD|EPOCH\w*|SRANDOM|COMP_\w+|hostwright_\w*)$/;

const PARAM_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What keeps a name from being that of a parameter, or undefined. */
const nameFault = (name: string): string | undefined => {
  if (!PARAM_NAME.test(name))
    return "a parameter is named with letters, digits and _, and begins with no digit";
  return SHELL_NAMES.test(name) ? "the shell uses this name itself" : undefined;
};

/** Parameters that no shell could take, or that would arrive as something else. */
export const paramFindings = (params: Node | undefined): readonly Finding[] =>
  [...(params?.entries ?? [])].flatMap(([name, { offset, node }]): readonly Finding[] => {
    const error = (at: number, message: string, hint?: string): readonly Finding[] => [
      { severity: "error", offset: at, key: node.path, message, hint },
    ];
    const fault = nameFault(name);
    if (fault !== undefined) return error(offset, fault);
    if (typeof node.value === "number" && !Number.isFinite(node.value))
      return error(node.offset, "is no number that a script could use", "put it in quotes");
    // 0x10, 012 and 1e3 would arrive as 16, 12 and 1000.
    return typeof node.value === "number" && node.source !== undefined && node.source !== String(node.value)
      ? error(node.offset, `would arrive as ${node.value}`, `put it in quotes: "${node.source}"`)
      : [];
  });
