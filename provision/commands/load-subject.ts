import { readInput } from "../io/files.ts";
import { hostSubject, isUserData, type Subject, userDataSubject } from "../rehearse/subject.ts";
import type { Terminal } from "./command.ts";
import { loadHost, readSources } from "./load-host.ts";
import { givenBy, type VariableArguments } from "./variable-options.ts";

/**
 * A host.yaml, or user data in any form that EC2 takes.
 *
 * @throws AppError INPUT_UNREADABLE, INPUT_INVALID, USER_DATA_TOO_LARGE
 */
export const loadSubject = async (
  file: string,
  options: VariableArguments,
  terminal: Terminal,
): Promise<Subject> => {
  const content = await readInput(file);
  if (!/\.ya?ml$/i.test(file) || isUserData(content)) return userDataSubject(file, content);
  const host = await loadHost(file, await givenBy(options), terminal);
  return hostSubject(file, host, await readSources(host, file));
};
