// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the examples are shell.
import { eachCommand, said } from "./in-scripts.ts";
import { bash, cloudConfig, type Hit, type Rule, SOURCE, type Subject } from "./rule.ts";

/** Rules on what others see of user data: secrets in it, signals that are waited for, templates around it. */

const SIGNALS =
  /cfn-signal|host-agent signal|signal-resource|SignalResource|complete-lifecycle-action|CompleteLifecycleAction|set-instance-health/;

/** What looks like a secret by its own form. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, "an AWS access key"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/g, "a private key"],
  [/\bgh[pousr]_[A-Za-z0-9]{36}/g, "a GitHub token"],
  [/\bxox[abpr]-[A-Za-z0-9-]{10,}/g, "a Slack token"],
];

/** A name that promises a secret, and a value that is none of the ways to fetch one. */
const NAMED =
  /(?<![\w-])([\w-]*(?:password|passwd|secret|secret_?access_?key|secret_?key|api_?key|auth_?token|access_?token))["']?(?:=|:[ \t]+|[ \t]*=[ \t]*)["']?([^\s"'`$<{(&;,|\\]{6,})/gi;

/** Names of places and switches, and stand-ins. */
const NO_SECRET =
  /^(arn:|\/|file:|ssm:|https?:|required|optional|disabled|enabled|prompt|x{3,}|\*+|[\w.-]+(\/[\w.-]+)+$)/i;

function* secrets({ data }: Subject): Generator<Hit> {
  for (const part of data.parts) {
    for (const [form, what] of FORMS)
      for (const { index } of part.text.matchAll(form))
        yield {
          at: { part, offset: index },
          message: `holds ${what}: everyone who may describe the instance can read it`,
        };
    for (const { index, 1: name = "", 2: value = "" } of part.text.matchAll(NAMED))
      if (!NO_SECRET.test(value))
        yield {
          at: { part, offset: index },
          message: `${name} is written here: fetch it at boot from Secrets Manager or Parameter Store`,
        };
  }
}

/** What CloudFormation takes inside of `${…}`: names of parameters, resources, their attributes. */
const SUBSTITUTABLE = /^(!.*|AWS::\w+|[A-Za-z0-9]+(\.[A-Za-z0-9.]+)?)$/;

function* substitutions({ data, context, scripts }: Subject): Generator<Hit> {
  if (context.use !== "cloudformation") return;
  const own = new Set(
    scripts.flatMap(({ commands }) => commands.flatMap(({ assigned }) => [...assigned.keys()])),
  );
  for (const part of data.parts)
    for (const { index, 1: inside = "" } of part.text.matchAll(/\$\{([^}]*)\}/g))
      if (!SUBSTITUTABLE.test(inside) || own.has(inside))
        yield {
          at: { part, offset: index },
          message: `CloudFormation reads \${${inside}} as its own; write \${!${inside}}`,
          fix: { offset: index + 2, remove: 0, insert: "!" },
        };
}

export const OUTSIDE_RULES: readonly Rule[] = [
  {
    id: "UD34",
    severity: "error",
    title: "a secret in user data",
    why: "It can be read through the API, in every version of the launch template, from the metadata and on disk.",
    sources: [
      "https://aquasecurity.github.io/tfsec/latest/checks/aws/ec2/no-secrets-in-launch-template-user-data",
    ],
    check: secrets,
    examples: {
      pass: [
        bash(
          "DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db --query SecretString --output text)",
        ),
        bash("export SECRET_ARN=arn:aws:secretsmanager:x\nPASSWORD_FILE=/run/x"),
        cloudConfig("users:\n  - name: app\n    lock_passwd: true"),
        bash('curl -H "X-Token: $TOKEN" x\nSECRET=prod/db/main'),
      ],
      fail: [
        bash("export AWS_ACCESS_KEY_ID=AKIAEXAMPLEEXAMPLE00"),
        bash("DB_PASSWORD=hunter2hunter2"),
        bash("cat > /etc/x <<EOF\npassword: correcthorse\nEOF"),
        bash("cat > /x <<EOF\n-----BEGIN RSA PRIVATE KEY-----\nEOF"),
      ],
    },
  },
  {
    id: "UD42",
    severity: "error",
    title: "nobody hears of a failure",
    why: "Without a signal a broken host goes into service, and a stack counts as created.",
    sources: [
      "https://github.com/TeliaSoneraNorge/divx-terraform-modules/issues/82",
      "https://github.com/elastic/cloudbeat/issues/1105",
    ],
    *check({ data, context: { use } }) {
      const waited = use === "asg" || use === "cloudformation";
      if (waited && data.parts.length > 0 && !data.parts.some(({ text }) => SIGNALS.test(text)))
        yield {
          at: { offset: 0 },
          message: `sends no signal; call ${use === "asg" ? "complete-lifecycle-action" : "cfn-signal or signal-resource"} at the end, and in a trap`,
        };
    },
    examples: {
      pass: [
        bash("true"),
        { text: bash("aws autoscaling complete-lifecycle-action --x"), context: { use: "asg" } },
        {
          text: bash("host-agent signal --exit-code $? --lifecycle-hook up"),
          context: { use: "asg" },
        },
      ],
      fail: [
        { text: bash("true"), context: { use: "asg" } },
        { text: bash("true"), context: { use: "cloudformation" } },
      ],
    },
  },
  {
    id: "UD43",
    severity: "warning",
    title: "assumes cfn-signal",
    why: "/opt/aws/bin/cfn-signal is reported missing on images of AL2023, and is on no image of other distributions.",
    sources: ["https://github.com/amazonlinux/amazon-linux-2023/issues/768"],
    check: eachCommand((command, { part }) =>
      command.words[0]?.value === "/opt/aws/bin/cfn-signal" &&
      !/aws-cfn-bootstrap|-x\s+\/opt\/aws\/bin\/cfn-signal/.test(part.text)
        ? "may not be there; install aws-cfn-bootstrap first, or use aws cloudformation signal-resource"
        : undefined,
    ),
    examples: {
      pass: [
        bash("dnf install -y aws-cfn-bootstrap\n/opt/aws/bin/cfn-signal -e 0"),
        bash("if [ -x /opt/aws/bin/cfn-signal ]; then /opt/aws/bin/cfn-signal; fi"),
      ],
      fail: [bash("/opt/aws/bin/cfn-signal -e $? --stack x")],
    },
  },
  {
    id: "UD44",
    severity: "error",
    title: "${…} inside of Fn::Sub",
    why: "CloudFormation takes it for a parameter of its own, and says so only when a change set is created.",
    sources: ["https://github.com/kirodotdev/KiroCrew/issues/2596"],
    check: substitutions,
    examples: {
      pass: [
        bash('echo "${x:-y}"'),
        { text: bash("x=1\necho ${!x} ${AWS::Region} ${Name}"), context: { use: "cloudformation" } },
      ],
      fail: [
        { text: bash('echo "${x:-y}"'), context: { use: "cloudformation" } },
        { text: bash('x=1\necho "${x}"'), context: { use: "cloudformation" } },
      ],
    },
  },
  {
    id: "UD45",
    severity: "error",
    title: "a bake that leaves its traces",
    why: "Scripts, logs, seeds and the machine id of the builder would go into the image.",
    sources: [SOURCE.aws],
    *check({ data, context, scripts }) {
      if (context.use !== "bake" || data.parts.length === 0) return;
      const words = scripts
        .flatMap(({ commands }) => commands.filter(({ name }) => name === "cloud-init"))
        .flatMap(({ args }) => args);
      const id =
        words.includes("--machine-id") ||
        scripts.some(({ commands }) =>
          commands.some((command) => said(command).some((word) => word === "/etc/machine-id")),
        );
      const missing = ["clean", "--logs", "--seed"].filter(
        (word) =>
          !words.includes(word) &&
          !(word === "--logs" && words.includes("-l")) &&
          !(word === "--seed" && words.includes("-s")),
      );
      if (missing.length > 0 || !id)
        yield {
          at: { offset: 0 },
          message: "must end with cloud-init clean --logs --seed and with an empty /etc/machine-id",
        };
    },
    examples: {
      pass: [
        bash("true"),
        {
          text: bash("cloud-init clean --logs --seed\ntruncate -s 0 /etc/machine-id"),
          context: { use: "bake" },
        },
        { text: bash("cloud-init clean --logs --machine-id --seed"), context: { use: "bake" } },
      ],
      fail: [
        { text: bash("true"), context: { use: "bake" } },
        { text: bash("cloud-init clean --logs"), context: { use: "bake" } },
      ],
    },
  },
];
