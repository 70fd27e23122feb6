/** What cloud-init says about a boot: its log, its results, and what its scripts have printed. */

/** One run of a script. */
export interface ScriptRun {
  readonly path: string;
  /** `running`: until the log ends. `not started`: the kernel could not. */
  readonly status: number | "running" | "not started";
  /** Why it was not started. */
  readonly reason?: string;
  /** Milliseconds; to the next line of the log, since cloud-init does not say when a script has ended. */
  readonly ms: number | undefined;
}

const LINE = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) - ([^[]*)\[([A-Z]+)\]: (.*)$/;

interface Entry {
  readonly at: number;
  readonly level: string;
  readonly text: string;
}

const entriesOf = (log: string): readonly Entry[] =>
  log.split("\n").flatMap((line): Entry[] => {
    const [, second, ms, , level = "", text = ""] = LINE.exec(line) ?? [];
    if (second === undefined) return [];
    return [{ at: Date.parse(`${second.replace(" ", "T")}.${ms}Z`), level, text }];
  });

const RUNNING = /^Running command \['(\/var\/lib\/cloud\/[^']+)'\]/;
/** What follows an entry about a command that has failed, without a time of its own. */
const FAILED = /^Command: \['(\/var\/lib\/cloud\/[^']+)'\]\nExit code: (\S+)\nReason: (.*)$/gm;

/** Every script that cloud-init has run, in that order. Times are those of the log. */
export const scriptRuns = (log: string): readonly ScriptRun[] => {
  const entries = entriesOf(log);
  const failures = new Map(
    [...log.matchAll(FAILED)].map(([, path, status, reason]) => [path, { status, reason }]),
  );
  return entries.flatMap(({ at, text }, nth): ScriptRun[] => {
    const [, path] = RUNNING.exec(text) ?? [];
    if (path === undefined) return [];
    const next = entries[nth + 1];
    if (next === undefined) return [{ path, status: "running", ms: undefined }];
    const { status, reason = "" } = failures.get(path) ?? { status: "0" };
    const ms = next.at - at;
    if (status === undefined || !/^-?\d+$/.test(status)) return [{ path, status: "not started", reason, ms }];
    // Python counts signals downwards from 0, shells upwards from 128.
    const code = Number(status);
    return [{ path, status: code < 0 ? 128 - code : code, ms }];
  });
};

/** Warnings and errors of cloud-init itself, each once. */
export const warningsIn = (log: string): readonly string[] => [
  ...new Set(
    entriesOf(log)
      .filter(({ level }) => level === "WARNING" || level === "ERROR" || level === "CRITICAL")
      .map(({ text }) => text),
  ),
];

/** `/run/cloud-init/result.json`. */
export interface CloudInitResult {
  /** As cloud-init names it, such as `DataSourceEc2`. */
  readonly datasource: string;
  readonly errors: readonly string[];
}

/** Undefined for what is none. */
export const cloudInitResult = (text: string | undefined): CloudInitResult | undefined => {
  if (text === undefined) return undefined;
  try {
    const { v1 } = JSON.parse(text) as {
      readonly v1?: { readonly datasource?: unknown; readonly errors?: unknown };
    };
    const errors = Array.isArray(v1?.errors) ? v1.errors.map(String) : [];
    return { datasource: typeof v1?.datasource === "string" ? v1.datasource : "", errors };
  } catch {
    return undefined;
  }
};

const STAGES = ["init-local", "init", "modules-config", "modules-final"] as const;

/** The stage that `/run/cloud-init/status.json` says is under way; undefined when none is. */
export const stageIn = (text: string | undefined): string | undefined => {
  try {
    const { v1 } = JSON.parse(text ?? "") as { readonly v1?: { readonly stage?: unknown } };
    return STAGES.find((stage) => stage === v1?.stage);
  } catch {
    return undefined;
  }
};

/** A command that a script ran and that failed. */
export interface FailedCommand {
  /** As the script was called. */
  readonly path: string;
  readonly line: number;
  readonly status: number;
  /** As it stands in the script, with nothing put in. */
  readonly command: string;
}

/** A subshell or a substitution: it fails with what fails in it. */
const COMPOUND = /^\(|\$\(|`|[<>]\(/;
const FIELDS = 5;

/**
 * The records that the trap of bash writes: five fields each, with NUL behind each. What has failed in a subshell is
 * told once, where it stands.
 */
export const failedCommands = (records: string | undefined): readonly FailedCommand[] => {
  const fields = (records ?? "").split("\0");
  const all = Array.from({ length: Math.floor(fields.length / FIELDS) }, (_, nth) => {
    const [path = "", line = "", status = "", command = "", depth = ""] = fields.slice(
      nth * FIELDS,
      (nth + 1) * FIELDS,
    );
    return { path, line: Number(line), status: Number(status), command, depth: Number(depth) };
  });
  return all
    .filter(({ path, status, command, depth }, nth) => {
      const before = all[nth - 1];
      const isOuter = before !== undefined && before.depth > depth && COMPOUND.test(command);
      return !(isOuter && before.path === path && before.status === status);
    })
    .map(({ depth: _, ...failed }) => failed);
};
