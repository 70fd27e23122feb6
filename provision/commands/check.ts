import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { VERSION } from "../../agent/base/version.ts";
import type { HostConfig } from "../host/schema.ts";
import { lintTemplate } from "../launch-template/rules.ts";
import { templateOf } from "../launch-template/template.ts";
import { type Finding, lintUserData } from "../lint/lint.ts";
import { report } from "../lint/report.ts";
import { renderUserData } from "../user-data/render.ts";
import { defineCommand } from "./command.ts";
import { loadHost, readSources } from "./load-host.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** An image that nobody has looked up: everything but its id is as usual. */
const UNKNOWN_IMAGE = {
  id: "ami-00000000000000000",
  root_device: "/dev/xvda",
  root_size_gib: 8,
  by: "not looked up",
};

/** What the rules say of the launch template. They know it and not the file, so all of them are told at its name. */
const launchFindings = (host: HostConfig, userData: Uint8Array, file: string): readonly Finding[] => {
  const { launch } = host;
  if (launch === undefined) return [];
  return lintTemplate(templateOf({ ...host, launch }, userData, UNKNOWN_IMAGE)).map(
    ({ rule, severity, field, message }) => ({
      rule,
      severity,
      file,
      line: 1,
      column: 1,
      message: `launch template: ${field} ${message}`,
      fixable: false,
    }),
  );
};

export const command = defineCommand<object>({
  operands: "[HOST.yaml]",
  options: (yargs) => yargs,
  run: async (_, [file = "host.yaml", ...more], terminal): Promise<ExitStatus> => {
    if (more.length > 0) throw new AppError("USAGE", "Name one file to check.");
    const host = await loadHost(file, terminal);
    const sources = await readSources(host, file);
    const { scripts, cloudConfig } = sources;
    const files = cloudConfig === undefined ? scripts : [...scripts, cloudConfig];
    const { bytes, compressed } = renderUserData(host, sources);
    const findings: readonly Finding[] = [
      ...files.flatMap(({ path, text }) => lintUserData(bytesOf(text), path).findings),
      ...launchFindings(host, bytes, file),
    ];
    terminal.out(report("text", findings, VERSION));
    terminal.err(`${file}: user data of ${bytes.length} bytes${compressed ? ", compressed" : ""}\n`);
    return findings.some(({ severity }) => severity !== "info") ? EXIT.findings : EXIT.done;
  },
});
