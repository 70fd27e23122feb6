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
  return [...output.matchAll(forms)].flatMap(
    ({ 0: whole, 1: shell, 2: message = "", 3: python, 4: perl = "", 5: perlLine, index }) => {
      if (python !== undefined)
        return [{ line: Number(python), message: errorBehind(output.slice(index + whole.length)) }];
      // What is wrong with it bash has said in the line before.
      if (/^`.*'$/.test(message)) return [];
      return [{ line: Number(shell ?? perlLine), message: message || perl }];
    },
  );
};

/** In a Python traceback all is indented but its last line, which says what it was. */
const errorBehind = (output: string): string => /\n(\S.*)/.exec(output)?.[1] ?? "an exception";
