/** What shells and interpreters say about a line of a script. */

export interface SaidLine {
  readonly line: number;
  readonly message: string;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The same script under the name of its instance. */
const anyInstance = (path: string): string =>
  escaped(path).replace(/\/instance\//, "/(?:instance|instances/[^/]+)/");

/** Every line of the script that something was said about, in the order in which it was said. */
export const linesIn = (output: string, path: string): readonly SaidLine[] => {
  const name = anyInstance(path);
  // bash: `NAME: line 3: message`; dash: `NAME: 3: message`; Python: `File "NAME", line 3`; perl: `at NAME line 3.`
  const forms = new RegExp(
    `^${name}: (?:line )?(\\d+): (.*)$|^\\s*File "${name}", line (\\d+)|^(.*) at ${name} line (\\d+)[.,]`,
    "gm",
  );
  return [...output.matchAll(forms)].map(([, shell, message = "", python, perl = "", perlLine]) =>
    python === undefined
      ? { line: Number(shell ?? perlLine), message: message || perl }
      : { line: Number(python), message: lastError(output) },
  );
};

/** The last line of a Python traceback says what it was. */
const lastError = (output: string): string =>
  [...output.matchAll(/^((?:\w+\.)*\w+(?:Error|Exception|Interrupt|Exit)\b.*)$/gm)].at(-1)?.[1] ??
  "an exception";
