/**
 * `npm run bench -- choices [--only NAME,…] [--size MIB] [--repeat N] [--write]`: measures the alternatives that the
 * data path was chosen from. Nothing is judged; the figures and what we made of them are in docs/architecture.md.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { buildAll, bundlePath } from "../.ci/build.ts";
import { type Column, table } from "../agent/base/table.ts";
import type { Outcome, Task } from "./choice.ts";
import { type CorpusName, corpus, RECIPES } from "./corpus.ts";
import { bundled, CACHE, costOf, serve } from "./measure.ts";
import { asPipes, between, PAGE } from "./report.ts";
import { median } from "./statistics.ts";

const MIB = 1_048_576;
const GIB = 1_024 * MIB;

interface Settings {
  readonly bytes: number;
  readonly repeat: number;
}

interface Choice {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: (settings: Settings) => Promise<readonly (readonly string[])[]>;
}

interface Variant {
  readonly variant: string;
  readonly corpus?: CorpusName;
  /** Milliseconds until the other end answers. */
  readonly delay?: number;
}

const right = (...titles: string[]): Column[] => titles.map((title) => ({ title, align: "right" }));

const COSTS = right("CPU s/GiB", "MB/s", "peak RSS MiB");
const costCells = ({ bytes, cpu, seconds, rss }: Outcome): string[] => [
  ((cpu * GIB) / bytes).toFixed(2),
  (bytes / 1e6 / seconds).toFixed(0),
  rss.toFixed(0),
];

/** Runs every variant `repeat` times, in turns, and takes the medians. */
const outcomes = async (
  variants: readonly Variant[],
  { bytes, repeat }: Settings,
): Promise<readonly Outcome[]> => {
  const script = await bundled(join(import.meta.dirname, "choice.ts"));
  const runs: Outcome[][] = variants.map(() => []);
  for (let n = 0; n < repeat; n++)
    for (const [at, variant] of variants.entries()) runs[at]?.push(await outcome(script, variant, bytes));
  return runs.map(middle);
};

const middle = (runs: readonly Outcome[]): Outcome => {
  const of = (value: (run: Outcome) => number): number => median(runs.map(value));
  const bytes = runs[0]?.bytes ?? 0;
  const costs = {
    seconds: of(({ seconds }) => seconds),
    cpu: of(({ cpu }) => cpu),
    rss: of(({ rss }) => rss),
  };
  return { bytes, ...costs, ratio: of(({ ratio }) => ratio ?? Number.NaN) };
};

const outcome = async (script: string, variant: Variant, bytes: number): Promise<Outcome> => {
  const recipe = RECIPES.find(({ name }) => name === (variant.corpus ?? "a"));
  if (recipe === undefined) throw new Error("no such corpus");
  const files = corpus(recipe, CACHE, GIB);
  const sink = await serve(join(import.meta.dirname, "sink.ts"), String(variant.delay ?? 0));
  try {
    const task: Task = {
      variant: variant.variant,
      file: join(files.directory, "000.log"),
      lineBytes: files.bytes / files.lines,
      bytes,
      url: sink.url,
    };
    return JSON.parse((await costOf([process.execPath, script, JSON.stringify(task)])).stdout) as Outcome;
  } finally {
    await sink.stop();
  }
};

/** A choice whose rows are variants with their costs. */
const variants = (name: string, title: string, list: readonly Variant[]): Choice => ({
  name,
  columns: [{ title }, ...COSTS],
  rows: async (settings) => {
    const measured = await outcomes(list, settings);
    return list.map(({ variant, delay, corpus: name }, at) => {
      const detail = [
        ...(delay === undefined ? [] : [`answers after ${delay} ms`]),
        ...(name ? [`(${name})`] : []),
      ];
      return [[variant, ...detail].join(", "), ...costCells(measured[at] as Outcome)];
    });
  },
});

const COMPRESSIONS = [
  ...[1, 3, 6].map((level) => `gzip ${level} default 9`),
  "gzip 1 default 8",
  ...["filtered", "huffman", "rle"].map((strategy) => `gzip 1 ${strategy} 9`),
  "gzip 6 filtered 9",
];

const compression: Choice = {
  name: "gzip",
  columns: [
    { title: "level, strategy, memLevel" },
    ...right("(a) CPU s/GiB", "(a) smaller by", "(c) CPU s/GiB", "(c) smaller by"),
  ],
  rows: async (settings) => {
    const of = (corpus: CorpusName) =>
      outcomes(
        COMPRESSIONS.map((variant) => ({ variant, corpus })),
        settings,
      );
    const [a, c] = [await of("a"), await of("c")];
    const cells = ({ cpu, bytes, ratio }: Outcome) => [
      ((cpu * GIB) / bytes).toFixed(2),
      `${(ratio ?? Number.NaN).toFixed(1)} ×`,
    ];
    return COMPRESSIONS.map((variant, at) => [
      variant.replace("gzip ", "").replaceAll(" ", ", "),
      ...cells(a[at] as Outcome),
      ...cells(c[at] as Outcome),
    ]);
  },
};

/** The built program on corpus (b), with all its engine settings, without any, and without each one. */
const engine: Choice = {
  name: "engine",
  columns: [{ title: "settings of the engine" }, ...COSTS],
  rows: async ({ repeat }) => {
    await buildAll();
    mkdirSync(CACHE, { recursive: true });
    const bundle = join(CACHE, "host-agent-choices.cjs");
    copyFileSync(bundlePath("host-agent"), bundle);
    const flags = await flagsOf(bundle);
    const without = [[], flags, ...(flags.length > 1 ? flags.map((flag) => [flag]) : [])];
    const runs: Outcome[][] = without.map(() => []);
    for (let n = 0; n < repeat; n++)
      for (const [at, left] of without.entries())
        runs[at]?.push(await shipped(bundle, { ENGINE_WITHOUT: JSON.stringify(left) }));
    const nameOf = (left: readonly string[]): string => {
      if (left.length === 0) return "as built";
      return left.length === flags.length ? "none" : `without \`${left[0]}\``;
    };
    return without.map((left, at) => [nameOf(left), ...costCells(middle(runs[at] ?? []))]);
  },
};

const flagsOf = async (bundle: string): Promise<readonly string[]> => {
  const scratch = mkdtempSync(join(tmpdir(), "host-agent-bench-"));
  const noted = join(scratch, "flags");
  try {
    await shipped(bundle, { ENGINE_NOTED: noted });
    return [...new Set(readFileSync(noted, "utf8").trim().split("\n"))];
  } finally {
    rmSync(scratch, { recursive: true });
  }
};

const shipped = async (bundle: string, env: NodeJS.ProcessEnv): Promise<Outcome> => {
  const recipe = RECIPES.find(({ name }) => name === "b");
  if (recipe === undefined) throw new Error("no such corpus");
  const { directory, bytes } = corpus(recipe, CACHE, GIB);
  const sink = await serve(join(import.meta.dirname, "sink.ts"));
  const scratch = mkdtempSync(join(tmpdir(), "host-agent-bench-"));
  const config = join(scratch, "agent.yaml");
  const entry = { file_path: `${directory}/*.log`, log_group_name: "/bench", log_stream_name: "{file_name}" };
  writeFileSync(config, JSON.stringify({ logs: { compression: "none", files: [entry] } }));
  try {
    const options = ["--config", config, "--state-dir", join(scratch, "state"), "--endpoint-url", sink.url];
    const preload = join(import.meta.dirname, "engine-flags.cjs");
    const command = [process.execPath, "--require", preload, bundle, "run", "--once", "--deadline", "600s"];
    const { cpu, seconds, rss } = await costOf([...command, ...options], env);
    return { bytes, cpu, seconds, rss };
  } finally {
    await sink.stop();
    rmSync(scratch, { recursive: true });
  }
};

const CHOICES: readonly Choice[] = [
  variants("bodies", "requests of 1 MiB", [{ variant: "objects" }, { variant: "hand-built" }]),
  variants(
    "depth",
    "requests of one stream at once",
    [0, 25].flatMap((delay) => [1, 2, 4].map((depth) => ({ variant: `in flight ${depth}`, delay }))),
  ),
  variants(
    "reads",
    "read and encode",
    ["16 KiB", "64 KiB", "256 KiB", "1 MiB"].map((size) => ({ variant: `read ${size}` })),
  ),
  variants(
    "encoder",
    "frame and encode",
    (["a", "c"] as const).flatMap((corpus) =>
      ["WebAssembly", "JavaScript, runs of bytes", "JavaScript, byte by byte", "JavaScript, strings"].map(
        (variant) => ({ variant, corpus }),
      ),
    ),
  ),
  compression,
  variants(
    "worker",
    "where",
    ["encode, main thread", "encode, worker"]
      .concat(["main thread", "thread pool", "worker"].map((where) => `encode + gzip, ${where}`))
      .map((variant) => ({ variant })),
  ),
  engine,
];

export const choices = async (args: string[]): Promise<void> => {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", default: CHOICES.map(({ name }) => name).join(",") },
      size: { type: "string", default: "512" },
      repeat: { type: "string", default: "3" },
      write: { type: "boolean", default: false },
    },
  });
  const settings = { bytes: Number(values.size) * MIB, repeat: Number(values.repeat) };
  for (const { name, columns, rows } of CHOICES.filter((choice) =>
    values.only.split(",").includes(choice.name),
  )) {
    const measured = await rows(settings);
    process.stdout.write(`${table(columns, measured, 200).join("\n")}\n\n`);
    if (values.write)
      writeFileSync(PAGE, between(readFileSync(PAGE, "utf8"), `choice ${name}`, asPipes(columns, measured)));
  }
};
