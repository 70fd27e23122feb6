import { quoteForShell } from "../user-data/prologue.ts";
import { IN_MEMORY, ON_DISK } from "./hygiene/bake.ts";
import { assertScript, cleanScript, type Identity, identityScript, itemsFor } from "./hygiene/checklist.ts";
import { PRELUDE } from "./kind.ts";
import type { LineRange } from "./line-map.ts";
import { placement, type RunnerFile, type ScriptPrologue } from "./placement.ts";
import type { Item, Recipe } from "./recipe.ts";
import { RUNNER_SHELL } from "./runner-shell.ts";

/** `bake`: steps, validate, cleanup and assertions. `test`: the checks of a new host, and its own assertions. */
export type Phase = "bake" | "test";

export interface RunnerInput {
  readonly recipe: Recipe;
  readonly phase: Phase;
  /** What markers bear: the id of the bake. */
  readonly id: string;
  /** What the last marker of a success bears. */
  readonly digest: string;
  /** A secret of this one run: only who knows it can write markers. */
  readonly nonce: string;
  /** Where markers go: `/dev/console`, or a file. */
  readonly sink: string;
  /** Where the output of steps goes. Not below /tmp or /var/log, which are emptied. */
  readonly log?: string;
  /** For a new host: what the builder was known by. */
  readonly builder?: readonly Identity[];
  /** What the runner does at its end. */
  readonly ending?: "stay" | "power-off";
  /** Lines that go in front of the body of each script of the user, as a trap that tells of the line. */
  readonly prologue?: ScriptPrologue;
}

export interface Runner {
  /** The directory that all of it must be in, with mode 0711. */
  readonly directory: string;
  /** The program, `run.sh` among the files. `sh` runs it, from outside of cloud-init; it ends with 0 or 1. */
  readonly script: string;
  readonly files: readonly RunnerFile[];
  /** Where the lines of all of these come from. */
  readonly lines: readonly LineRange[];
}

/** The log when nobody says where else. */
export const LOG = "/run/provision-bake.log";

const WORD = /^[A-Za-z0-9._:-]{1,128}$/;
const PLACE = /^\/[\w./-]+$/;
const NONCE = /^[A-Za-z0-9]{32,128}$/;

const demand = (name: string, value: string, pattern: RegExp): void => {
  if (!pattern.test(value)) throw new TypeError(`${name} must match ${pattern}`);
};

/** How long the whole cleanup may take, and the whole of the assertions, in seconds. */
const CLEANUP_SECONDS = 900;

interface Line {
  readonly text: string;
  readonly item?: Item;
}

/** The head of the program: its values, and what its lines call. */
const headOf = ({ id, digest, sink, log = LOG, ending = "stay" }: RunnerInput, persistent: boolean) => [
  "#!/bin/sh",
  "# Makes an image, or tests it, as the recipe in host.yaml says. Written by provision.",
  "# shellcheck disable=SC2317 # traps call what nothing else does",
  `id=${quoteForShell(id)} digest=${quoteForShell(digest)} sink=${quoteForShell(sink)} log=${quoteForShell(log)}`,
  `persistent=${persistent ? "yes" : "no"} ending=${ending}`,
  ...RUNNER_SHELL.split("\n"),
  "main() {",
  "  begin",
];

/**
 * The program that makes an image, or tests it, and all that it needs: pure, the same for the same input. It tells how
 * it goes by markers, which markers.ts reads.
 *
 * @throws AppError INPUT_INVALID for a script that no shell understands
 */
export const renderRunner = (input: RunnerInput): Runner => {
  const { recipe, phase } = input;
  for (const name of ["id", "digest"] as const) demand(name, input[name], WORD);
  for (const name of ["sink", "log"] as const) demand(name, input[name] ?? LOG, PLACE);
  demand("nonce", input.nonce, NONCE);

  const { files, ranges, put, surroundings, step } = placement(recipe, input.prologue ?? (() => []));
  const hygiene = itemsFor(recipe.cleanup);
  let number = 0;
  const ofItem = (item: Item): Line => {
    number += 1;
    if (item.kind.restarts) return { text: `restart ${number} ${quoteForShell(item.name)}`, item };
    const file = step(item, [...PRELUDE, ...item.kind.render(item.config, surroundings(item))]);
    const { seconds, attempts } = item.kind.limits(item.config);
    return { text: `step ${number} ${quoteForShell(item.name)} ${seconds} ${attempts} ${file}`, item };
  };
  const ofOurs = (name: string, file: string, content: string): Line => {
    number += 1;
    put(file, content);
    return { text: `step ${number} ${name} ${CLEANUP_SECONDS} 1 ${file}` };
  };
  const assertions = (where: "image" | "host"): Line =>
    ofOurs("hygiene", "hygiene/assert.sh", assertScript(hygiene, where, input.builder));

  const lines: readonly Line[] =
    phase === "bake"
      ? [
          ...recipe.steps.map(ofItem),
          ...recipe.validate.map(ofItem),
          { text: "into_memory" },
          { text: "tell_identities" },
          ofOurs("cleanup", "hygiene/clean.sh", cleanScript(hygiene)),
          assertions("image"),
        ]
      : [...recipe.test.map(ofItem), assertions("host")];
  if (phase === "bake") put("hygiene/identities.sh", identityScript(hygiene));
  put("nonce", `${input.nonce}\n`, 0o600);

  const persistent = phase === "bake" && recipe.steps.some(({ kind }) => kind.restarts);
  const head = headOf(input, persistent);
  const body = lines.map(({ text }) => `  ${text}`);
  const script = [...head, ...body, '  finish ok "$digest"', "}", "", 'main "$@"', ""].join("\n");
  put("run.sh", script, 0o700);
  for (const [at, { item }] of lines.entries())
    if (item !== undefined) {
      const line = head.length + 1 + at;
      ranges.push({ file: "run.sh", first: line, last: line, origin: { kind: "step", key: item.key } });
    }
  return { directory: persistent ? ON_DISK : IN_MEMORY, script, files, lines: ranges };
};
