import { openSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { ReadStream, WriteStream } from "node:tty";
import { AppError } from "../../agent/base/errors.ts";

/**
 * Asks for the code of a device. On the terminal itself: standard input and output may be anything else.
 *
 * @param serial what a profile names as `mfa_serial`
 * @throws AppError AWS_CREDENTIALS where there is no terminal, or nobody answers
 */
export const askForCode = async (serial: string): Promise<string> => {
  const input = new ReadStream(openTerminal(serial));
  const output = new WriteStream(openTerminal(serial));
  const lines = createInterface({ input, output });
  // Who closes the terminal, or types Ctrl-D, answers nothing.
  const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
  try {
    const code = (await Promise.race([lines.question(`Code of ${serial}: `), ended])).trim();
    if (code === "") throw new AppError("AWS_CREDENTIALS", `Nobody gave the code of ${serial}.`);
    return code;
  } finally {
    lines.close();
    input.destroy();
    output.destroy();
  }
};

const openTerminal = (serial: string): number => {
  try {
    return openSync("/dev/tty", "r+");
  } catch (error) {
    throw new AppError(
      "AWS_CREDENTIALS",
      `The profile wants a code of ${serial}, and there is no terminal to ask for it. Get a session first, as with aws sts get-session-token, and give that in the environment.`,
      { cause: error },
    );
  }
};
