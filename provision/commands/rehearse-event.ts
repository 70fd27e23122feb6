import { AppError, EXIT, type ExitStatus } from "../../agent/base/errors.ts";
import { readInput } from "../io/files.ts";
import { sendChange } from "../io/rehearse/control.ts";
import { listRuns } from "../io/rehearse/runs.ts";
import { CHANGE_NAMES, parseChange } from "../rehearse/metadata/change-words.ts";
import { defineCommand } from "./command.ts";
import { type StateArguments, withState } from "./rehearse-options.ts";

/** What they mean depends on the event; each is a text. */
const WORDS = {
  in: "When it is due, such as 2m",
  for: "How long it lasts",
  action: "spot: terminate, stop or hibernate",
  code: "maintenance: what will be done",
  state: "maintenance, target-lifecycle-state: its state",
  set: "tags: NAME=VALUE,…",
  remove: "tags: NAME,…",
  file: "user-data: a file with it",
  by: "slow: by how much",
  path: "Faults: only for what lies below this path",
  times: "Faults: for so many requests only",
} as const;

type Words = { readonly [name in keyof typeof WORDS]?: string | undefined };

interface Options extends StateArguments, Words {
  readonly id: string | undefined;
}

export const command = defineCommand<Options>({
  operands: `${CHANGE_NAMES.join(" | ")}`,
  options: (yargs) =>
    withState(yargs)
      .option("id", { type: "string", describe: "Which rehearsal, where several are under way" })
      .options(
        Object.fromEntries(
          Object.entries(WORDS).map(([name, describe]) => [name, { type: "string", describe } as const]),
        ) as Record<keyof typeof WORDS, { readonly type: "string"; readonly describe: string }>,
      ),
  run: async (options, [name, ...more], { out }): Promise<ExitStatus> => {
    if (name === undefined || more.length > 0)
      throw new AppError("USAGE", `Name one event: ${CHANGE_NAMES.join(", ")}.`);
    const { file } = options;
    const words = Object.fromEntries(Object.keys(WORDS).map((key) => [key, options[key as keyof Words]]));
    const data = file === undefined ? undefined : await readInput(file);
    const change = parseChange({ name, options: words, data });
    const running = listRuns(options["state-dir"]).filter(({ state }) => state === "running");
    const chosen = running.filter(({ id }) => options.id === undefined || id === options.id);
    const [run] = chosen;
    if (run === undefined)
      throw new AppError("USAGE", "No such rehearsal is under way: `provision rehearse ls` lists them.");
    if (chosen.length > 1)
      throw new AppError(
        "USAGE",
        `Several rehearsals are under way; say which with --id: ${chosen.map(({ id, subject }) => `${id} (${subject})`).join(", ")}.`,
      );
    await sendChange(run, change);
    out(`${name} told to ${run.id}\n`);
    return EXIT.done;
  },
});
