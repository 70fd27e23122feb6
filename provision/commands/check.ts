import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { VERSION } from "../../agent/base/version.ts";
import { type Finding, lintUserData } from "../lint/lint.ts";
import { report } from "../lint/report.ts";
import { renderUserData } from "../user-data/render.ts";
import { defineCommand } from "./command.ts";
import { loadHost, readSources } from "./load-host.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export const command = defineCommand<object>({
  operands: "[HOST.yaml]",
  options: (yargs) => yargs,
  run: async (_, [file = "host.yaml", ...more], terminal): Promise<ExitStatus> => {
    if (more.length > 0) throw new AppError("USAGE", "Name one file to check.");
    const host = await loadHost(file, terminal);
    const sources = await readSources(host, file);
    const { scripts, cloudConfig } = sources;
    const files = cloudConfig === undefined ? scripts : [...scripts, cloudConfig];
    const findings: readonly Finding[] = files.flatMap(
      ({ path, text }) => lintUserData(bytesOf(text), path).findings,
    );
    terminal.out(report("text", findings, VERSION));
    const { bytes, compressed } = renderUserData(host, sources);
    terminal.err(`${file}: user data of ${bytes.length} bytes${compressed ? ", compressed" : ""}\n`);
    return findings.some(({ severity }) => severity !== "info") ? EXIT.findings : EXIT.done;
  },
});
