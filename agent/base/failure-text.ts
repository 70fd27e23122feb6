import { AppError, ERRORS, type ExitStatus } from "./errors.ts";

export interface FailureText {
  readonly text: string;
  readonly exit: ExitStatus;
}

/** What a program prints when it ends with an error: what happened, what to do next, and the code. */
export const failureText = (program: string, error: unknown): FailureText => {
  if (error instanceof AppError)
    return { text: `${program}: ${error.message}\n  ${error.next} (${error.code})\n`, exit: error.exit };
  const { what, next, exit } = ERRORS.INTERNAL;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: `${program}: ${what} ${next} (INTERNAL)\n${stack}\n`, exit };
};
