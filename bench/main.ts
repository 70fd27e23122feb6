/**
 * `npm run bench`: builds the programs, makes the corpora, measures, and says whether everything holds that must hold.
 * Exit status 3 when something does not.
 */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { buildAll, bundlePath, type Program } from "../.ci/build.ts";
import { EXIT, type ExitStatus } from "../agent/base/errors.ts";
import { CORPUS_NAMES, corpus, RECIPES } from "./corpus.ts";
import { growth, type IdleRow, idle, type Layout } from "./idle.ts";
import { lintMany } from "./lint-many.ts";
import { CACHE } from "./measure.ts";
import { rehearsals } from "./rehearsals.ts";
import { asText, machine, type Results, writeFigures } from "./report.ts";
import { agentStarts, provisionStarts, startUp } from "./start-up.ts";
import { type ThroughputRow, throughput } from "./throughput.ts";

const USAGE = `npm run bench -- [options]       measure what the programs must reach
npm run bench -- choices [...]   measure what the design was chosen by; see bench/choices.ts

  --only a,b,c,d,start,provision,rehearse
                         some of it: corpora, idle files, start-up; start-up and lint of provision; rehearsals
  --size MIB             size of a corpus (1024); for less, only counts are judged
  --repeat N             runs of each corpus, and of lint, of which the median counts (3)
  --seconds N            time that idle files are watched for (60)
  --json                 the results as one JSON object on standard output, the tables on standard error
  --output FILE          the JSON object into a file, too
  --write                the tables of what was measured into docs/architecture.md, some into README.md
`;

const MIB = 1_048_576;
const START_UP_RUNS = 25;
const PARTS = [...CORPUS_NAMES, "d", "start", "provision", "rehearse"];

const say = (text: string): void => void process.stderr.write(`${text}\n`);

interface Options {
  readonly only: readonly string[];
  readonly size: number;
  readonly repeat: number;
  readonly seconds: number;
}

interface Bundles {
  readonly agent: string;
  readonly provision: string;
}

/** Builds, and copies: who builds again meanwhile changes nothing here. */
const built = async (): Promise<Bundles> => {
  await buildAll();
  mkdirSync(CACHE, { recursive: true });
  const copy = (program: Program): string => {
    const path = join(CACHE, `${program}.cjs`);
    copyFileSync(bundlePath(program), path);
    return path;
  };
  return { agent: copy("host-agent"), provision: copy("provision") };
};

/** One line per measurement as it ends: all of it takes a quarter of an hour. */
const measure = async (bundles: Bundles, { only, size, repeat, seconds }: Options): Promise<Results> => {
  const { agent: bundle, provision } = bundles;
  const start_up = only.includes("start") ? startUp(agentStarts(bundle), START_UP_RUNS) : [];
  const provision_start_up = only.includes("provision")
    ? startUp(provisionStarts(provision), START_UP_RUNS)
    : [];
  if (only.includes("provision")) say("linting 1,000 files");
  const lint = only.includes("provision") ? [lintMany(provision, repeat)] : [];
  if (only.includes("rehearse")) say("rehearsing");
  const rehearsed = only.includes("rehearse") ? await rehearsals(bundles, repeat) : [];
  const shipped: ThroughputRow[] = [];
  for (const recipe of RECIPES.filter(({ name }) => only.includes(name))) {
    const files = corpus(recipe, CACHE, size * MIB);
    for (const compression of ["none", "gzip"] as const) {
      say(`shipping (${recipe.name}), ${recipe.description}, ${compression === "gzip" ? "gzip" : "plain"}`);
      shipped.push(await throughput(bundle, files, compression, repeat));
    }
  }
  const rows: IdleRow[] = [];
  const growths = [];
  for (const layout of only.includes("d") ? (["together", "spread"] satisfies Layout[]) : []) {
    say(`watching idle files, ${layout}`);
    const [few, many] = await idle(bundle, layout, seconds);
    rows.push(few, many);
    growths.push(...growth(few, many));
  }
  const limits = [...start_up, ...shipped, ...rows, ...provision_start_up, ...lint, ...rehearsed]
    .flatMap((row) => row.limits)
    .concat(growths);
  const ok = limits.every((limit) => limit.ok);
  const measured = { throughput: shipped, idle: rows, start_up, provision_start_up, lint, rehearsed };
  return { machine: machine(), ...measured, limits, ok };
};

const positive = (name: string, text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name} takes a whole number above 0`);
  return value;
};

const main = async (args: string[]): Promise<ExitStatus> => {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", default: PARTS.join(",") },
      size: { type: "string", default: "1024" },
      repeat: { type: "string", default: "3" },
      seconds: { type: "string", default: "60" },
      json: { type: "boolean", default: false },
      output: { type: "string" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return EXIT.done;
  }
  const only = values.only.split(",");
  const unknown = only.find((part) => !PARTS.includes(part));
  if (unknown !== undefined) throw new TypeError(`--only takes ${PARTS.join(", ")}, not "${unknown}"`);
  const options = {
    only,
    size: positive("size", values.size),
    repeat: positive("repeat", values.repeat),
    seconds: positive("seconds", values.seconds),
  };
  const results = await measure(await built(), options);
  const json = `${JSON.stringify(results, null, 2)}\n`;
  (values.json ? process.stderr : process.stdout).write(`\n${asText(results)}`);
  if (values.json) process.stdout.write(json);
  if (values.output !== undefined) writeFileSync(values.output, json);
  if (values.write) writeFigures(results);
  return results.ok ? EXIT.done : EXIT.findings;
};

const [first, ...rest] = process.argv.slice(2);
try {
  if (first === "choices") await (await import("./choices.ts")).choices(rest);
  else process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  say(`${error.message}\n\n${USAGE}`);
  process.exitCode = EXIT.usage;
}
