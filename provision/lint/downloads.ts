// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the examples are shell.
import { type Command, hasOption } from "./commands.ts";
import { eachCommand, pipedInto, said } from "./in-scripts.ts";
import { bash, cloudConfig, type Rule } from "./rule.ts";
import type { Script } from "./subject.ts";

/** Rules on what is fetched: whether it arrives, and whether it is what was meant. */

const FETCHERS: ReadonlySet<string> = new Set(["curl", "wget"]);
const INTERPRETERS = /^(ba|da|z|k)?sh$|^python[\d.]*$|^perl$|^ruby$|^node$/;
const IMDS = /169\.254\.169\.254|fd00:ec2::254/;
const NEAR = /^(https?:\/\/)?(localhost|127\.0\.0\.1|\[::1\])([:/]|$)/;

const imdsVariablesIn = ({ commands }: Script): readonly string[] =>
  commands.flatMap((command) => [
    ...[...command.assigned].filter(([, value]) => IMDS.test(value)).map(([name]) => name),
    ...command.args.flatMap((arg) => (IMDS.test(arg) ? (/^(\w+)=/.exec(arg)?.[1] ?? []) : [])),
  ]);

/** Every download in a script asks for them, and looking through all of it each time took half the time of a lint. */
const imdsVariablesOf = new WeakMap<Script, readonly string[]>();

/** Names of variables that hold an address of the instance metadata service. */
const imdsVariables = (script: Script): readonly string[] => {
  const names = imdsVariablesOf.get(script) ?? imdsVariablesIn(script);
  imdsVariablesOf.set(script, names);
  return names;
};

const usesVariable = (word: string, names: readonly string[]): boolean =>
  names.some((name) => word.includes(`\${${name}}`) || new RegExp(`\\$${name}\\b`).test(word));

/** What a fetcher asks of the metadata service, or undefined. */
const imdsTarget = (command: Command, script: Script): string | undefined => {
  if (!FETCHERS.has(command.name)) return undefined;
  const names = imdsVariables(script);
  return command.args.find((arg) => IMDS.test(arg) || usesVariable(arg, names));
};

const headers = ({ args }: Command): readonly string[] =>
  args.flatMap((arg, at) =>
    arg === "-H" || arg === "--header" ? [args[at + 1] ?? ""] : /^(-H.|--header=)/.test(arg) ? [arg] : [],
  );

/** Options in a variable may say anything. */
const hasHiddenOptions = ({ args }: Command): boolean =>
  args.some((arg) => /^\$\{?\w*(opt|arg|flag|header)/i.test(arg) || arg === "-K" || arg === "--config");

const missing = (command: Command): readonly string[] => {
  const { name } = command;
  const has = (...options: readonly string[]): boolean => hasOption(command, ...options);
  if (name === "wget")
    return has("-T", "--timeout", "--read-timeout", "--connect-timeout") ? [] : ["--timeout"];
  return [
    ...(has("-f", "--fail", "--fail-with-body", "--fail-early") ? [] : ["--fail"]),
    ...(has("--retry") ? [] : ["--retry"]),
    ...(has("-m", "--max-time", "--connect-timeout", "--speed-time", "-y") ? [] : ["--max-time"]),
  ];
};

/** The text of a script that a shell reads from the network: `sh -c "$(curl …)"`, `bash <(curl …)`. */
const runsFetched = ({ name, args, words }: Command): boolean =>
  (INTERPRETERS.test(name) || ["eval", "source", "."].includes(name)) &&
  [...args, ...words.map(({ value }) => value)].some((word) => /^(\$\(|`|<\()\s*(curl|wget)\b/.test(word));

export const DOWNLOAD_RULES: readonly Rule[] = [
  {
    id: "UD26",
    severity: "warning",
    title: "runs what it downloads, unseen",
    why: "Code that runs as root is neither pinned nor verified, and half of it runs when the connection breaks.",
    sources: [],
    check: eachCommand((command, script) => {
      const message = `${command.name} feeds a shell; save the file, compare its sha256, then run it`;
      if (runsFetched(command)) return message;
      if (!FETCHERS.has(command.name)) return undefined;
      // Through `tee` or `gunzip` it is the same.
      for (let next = pipedInto(script, command); next !== undefined; next = pipedInto(script, next))
        if (INTERPRETERS.test(next.name) && !next.args.some((arg) => /^-(c|m|e)$/.test(arg))) return message;
      return undefined;
    }),
    examples: {
      pass: [
        bash(
          'curl -fsSL -o /run/x.sh https://example.com/x.sh\necho "abc  /run/x.sh" | sha256sum -c\nbash /run/x.sh',
        ),
        bash("curl -fsSL https://example.com/key.asc | gpg --dearmor -o /etc/apt/keyrings/x.gpg"),
        bash("curl -fsSL https://example.com/x.json | python3 -c 'import json'"),
      ],
      fail: [
        bash("curl -fsSL https://example.com/x.sh | sudo -E bash -"),
        bash('sh -c "$(curl -fsSL https://example.com/x.sh)"'),
        bash("bash <(wget -qO- https://example.com/x.sh)"),
        cloudConfig("runcmd:\n  - curl -fsSL https://example.com/x.sh | sh"),
      ],
    },
  },
  {
    id: "UD27",
    severity: "warning",
    title: "a download that may hang or fail unseen",
    why: "An error page counts as success without --fail, and a slow server stalls the boot without a timeout.",
    sources: [],
    check: eachCommand((command, script) => {
      const { name, args } = command;
      if (!FETCHERS.has(name) || hasHiddenOptions(command) || imdsTarget(command, script) !== undefined)
        return undefined;
      const far = args.some((arg) => !arg.startsWith("-")) && !args.some((arg) => NEAR.test(arg));
      const options = far ? missing(command) : [];
      return options.length > 0 ? `${name} without ${options.join(", ")}` : undefined;
    }),
    examples: {
      pass: [
        bash("curl -fsSL --retry 5 --max-time 60 -o /opt/x https://example.com/x"),
        bash("curl -s http://localhost:8080/healthz"),
        bash("wget --timeout=30 -O /opt/x https://example.com/x"),
        bash('curl "${CURL_OPTS[@]}" https://example.com/x'),
      ],
      fail: [bash("curl -o /opt/x https://example.com/x"), bash("wget https://example.com/x")],
    },
  },
  {
    id: "UD32",
    severity: "error",
    title: "instance metadata without a token",
    why: "It answers 401 where HttpTokens is required, as it should be.",
    sources: ["https://github.com/terraform-aws-modules/terraform-aws-ec2-instance/issues/387"],
    check: eachCommand((command, script) => {
      const target = imdsTarget(command, script);
      if (target === undefined || /\/api\/token/.test(command.args.join(" "))) return undefined;
      const tokens = headers(command).some((header) => /x-aws-ec2-metadata-token:|\$/i.test(header));
      return tokens || hasHiddenOptions(command)
        ? undefined
        : "asks the instance metadata without a token; fetch one with PUT /latest/api/token and send it";
    }),
    examples: {
      pass: [
        bash(
          'T=$(curl -fsS -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)\ncurl -fsS -H "X-aws-ec2-metadata-token: $T" http://169.254.169.254/latest/meta-data/instance-id',
        ),
      ],
      fail: [
        bash("ID=$(curl -s http://169.254.169.254/latest/meta-data/instance-id)"),
        bash("MD=http://169.254.169.254/latest/meta-data\nwget -qO- $MD/instance-id"),
      ],
    },
  },
  {
    id: "UD46",
    severity: "warning",
    title: "a program for another processor",
    why: "What was built for x86_64 does not run on arm64, and the other way round.",
    sources: [],
    check: eachCommand((command, _, { context: { architecture } }) => {
      if (architecture === undefined) return undefined;
      const foreign =
        architecture === "arm64"
          ? /(?<![a-z\d])(amd64|x86_64|x64)(?![a-z\d])/i
          : /(?<![a-z\d])(arm64|aarch64)(?![a-z\d])/i;
      const word = said(command).find(
        (text) => /^https?:|\.(deb|rpm|zip|tar|tgz|tar\.\w+)$/.test(text) && foreign.test(text),
      );
      return word === undefined ? undefined : `"${word}" is not for ${architecture}`;
    }),
    examples: {
      pass: [
        bash("curl -fsSLO https://example.com/x-amd64.zip"),
        { text: bash("curl -fsSLO https://example.com/x-aarch64.zip"), context: { architecture: "arm64" } },
      ],
      fail: [
        { text: bash("curl -fsSLO https://example.com/x-amd64.zip"), context: { architecture: "arm64" } },
      ],
    },
  },
];
