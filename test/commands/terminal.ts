/** A command without a process: what it writes is kept, and signals come when a test sends them. */
import yargs from "yargs";
import type { ExitStatus } from "../../agent/base/errors.ts";
import type { Command, Terminal } from "../../agent/commands/command.ts";

export interface FakeTerminal extends Terminal {
  readonly written: () => { readonly out: string; readonly err: string };
  /** The first and the second signal. */
  readonly interrupt: () => void;
  readonly losePatience: () => void;
}

export const fakeTerminal = (more: Partial<Terminal> = {}): FakeTerminal => {
  const texts = { out: "", err: "" };
  const [stop, abandon] = [new AbortController(), new AbortController()];
  return {
    out: (text) => (texts.out += text),
    err: (text) => (texts.err += text),
    interactive: false,
    columns: 100,
    env: {},
    stop: stop.signal,
    abandon: abandon.signal,
    ...more,
    written: () => ({ ...texts }),
    interrupt: () => stop.abort("SIGTERM"),
    losePatience: () => abandon.abort("SIGTERM"),
  };
};

/** Runs a command with options as they stand on a command line. */
export const invoke = async <Options>(
  command: Command<Options>,
  argv: readonly string[],
  terminal: Terminal,
): Promise<ExitStatus> => {
  const parser = yargs([...argv])
    .strict()
    .exitProcess(false)
    // As in main.ts: the last one counts.
    .parserConfiguration({ "duplicate-arguments-array": false })
    .fail((message, error) => {
      throw error ?? new Error(message);
    });
  return command.run((await command.options(parser).parseAsync()) as Options, terminal);
};
