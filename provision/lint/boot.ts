import type { Part } from "../user-data/parse.ts";
import { INCLUDES } from "../user-data/sniff.ts";
import { eachCommand } from "./in-scripts.ts";
import { bash, cloudConfig, type Hit, mime, type Rule, SOURCE, type Subject } from "./rule.ts";
import type { Script } from "./subject.ts";

/** Rules on when things run: at which boot, in which stage, and what they wait for. */

const BOOTHOOK = "#cloud-boothook\n#!/bin/sh\n";
const PER_BOOT: ReadonlySet<string> = new Set(["text/cloud-boothook", "text/x-shellscript-per-boot"]);

/** What instance data surely has, under its short name. */
const ALIASES =
  /^(v1|ds|instance_id|local_hostname|region|availability_zone|cloud_name|cloud_id|platform|subplatform|distro|distro_version|distro_release|machine|kernel_release|public_ssh_keys|python_version|system_platform|variant|merged_cfg|merged_system_cfg|sensitive_keys|base64_encoded_keys|sys_info|userdata|vendordata|combined_cloud_config|features|_beta_keys|cloud_init)$/;

const TEMPLATE_USE = /\{\{-?\s*([A-Za-z_]\w*)/g;

/** Only what is surely meant for cloud-init: docker and Go use the same braces. */
const META_USE = /\{\{-?\s*(v1\.|ds\.|instance_id|local_hostname|availability_zone|cloud_name)\b/;

function* templates({ data }: Subject): Generator<Hit> {
  for (const part of data.parts) {
    const { text, type } = part;
    const header = text.search(/^## template:\s*jinja/im);
    if (type !== "text/jinja2") {
      if (header > 0)
        yield {
          at: { part, offset: header },
          message: "## template: jinja must be the first line; here it is a comment",
        };
      else if (META_USE.test(text))
        yield {
          at: { part, offset: text.search(META_USE) },
          message: "nothing fills this in: the first line must be ## template: jinja",
        };
      continue;
    }
    const own = new Set([...text.matchAll(/\{%-?\s*(?:set|for)\s+(\w+)/g)].map(([, name]) => name));
    for (const { 1: name = "", index } of text.matchAll(TEMPLATE_USE))
      if (!ALIASES.test(name) && !own.has(name))
        yield {
          at: { part, offset: index },
          message: `${name} is no name of the instance data: cloud-init warns, and leaves a placeholder`,
        };
  }
}

const includeUrls = (part: Part): readonly { readonly url: string; readonly offset: number }[] =>
  [...part.text.matchAll(/^(?:#include(?:-once)?[ \t]+)?(?!#)[ \t]*(\S+)/gim)].map(
    ({ 1: url = "", index }) => ({ url, offset: index }),
  );

const isReboot = (name: string, args: readonly string[]): boolean =>
  name === "reboot" ||
  (name === "shutdown" && args.includes("-r")) ||
  ((name === "init" || name === "telinit") && args[0] === "6") ||
  (name === "systemctl" && args.some((arg) => arg === "reboot"));

const everyBoot = ({ part, kind }: Script): boolean => PER_BOOT.has(part.type) || kind === "bootcmd";

export const BOOT_RULES: readonly Rule[] = [
  {
    id: "UD18",
    severity: "warning",
    title: "a boothook without a guard",
    why: "A boothook runs at every boot, and early, before there may be a network.",
    sources: [SOURCE.cloudInit],
    *check({ data }) {
      for (const part of data.parts)
        if (part.type === "text/cloud-boothook" && !/cloud-init-per\b/.test(part.text))
          yield {
            at: { part, offset: 0 },
            message: "runs at every boot; wrap what must run once in cloud-init-per",
          };
    },
    examples: {
      pass: [`${BOOTHOOK}cloud-init-per once x touch /opt/x\n`],
      fail: [`${BOOTHOOK}touch /opt/x\n`],
    },
  },
  {
    id: "UD19",
    severity: "warning",
    title: "a template that is not filled in",
    why: "The header must be the first line, and a name that does not exist is only a warning in the log.",
    sources: [SOURCE.cloudInit],
    check: templates,
    examples: {
      pass: [
        "## template: jinja\n#cloud-config\nhostname: {{ v1.local_hostname }}\n",
        "## template: jinja\n#!/bin/sh\n{% set x = 1 %}echo {{ x }} {{ region }}\n",
        bash("docker ps --format '{{.Names}}' --filter '{{ .ID }}'"),
      ],
      fail: [
        "#cloud-config\n## template: jinja\nhostname: x\n",
        cloudConfig("hostname: '{{ v1.local_hostname }}'"),
        "## template: jinja\n#!/bin/sh\necho {{ environment }}\n",
      ],
    },
  },
  {
    id: "UD20",
    severity: "warning",
    title: "#include without https",
    why: "What is included runs as root; a fetch that fails ends the processing of all user data.",
    sources: [SOURCE.cloudInit],
    *check({ data }) {
      for (const part of data.parts)
        if (INCLUDES.has(part.type))
          for (const { url, offset } of includeUrls(part))
            if (!/^https:\/\//i.test(url)) yield { at: { part, offset }, message: `${url} is not https` };
    },
    examples: {
      pass: ["#include\nhttps://example.com/x\n# a comment\n", "#include https://example.com/x\n"],
      fail: ["#include\nhttp://example.com/x\n", "#include-once http://example.com/x\n"],
    },
  },
  {
    id: "UD21",
    severity: "error",
    title: "an edit for an instance that is there",
    why: "Scripts run once per instance id: a restart does not run them again. The instance must be replaced.",
    sources: ["https://github.com/hashicorp/terraform-provider-aws/issues/23315"],
    *check({ data, context }) {
      if (context.use !== "modify-instance") return;
      const once = data.parts.find(({ type }) => !PER_BOOT.has(type));
      if (once !== undefined)
        yield {
          at: { part: once, offset: 0 },
          message: "will not run on this instance; replace the instance",
        };
    },
    examples: {
      pass: [bash("true"), { text: `${BOOTHOOK}true\n`, context: { use: "modify-instance" } }],
      fail: [{ text: bash("true"), context: { use: "modify-instance" } }],
    },
  },
  {
    id: "UD37",
    severity: "error",
    title: "a reboot in a script",
    why: "What follows may run or not, and at every boot it is a loop. power_state reboots when all is done.",
    sources: [SOURCE.cloudInit],
    check: eachCommand((command, script) => {
      if (!isReboot(command.name, command.args)) return undefined;
      if (everyBoot(script)) return "reboots at every boot: a loop";
      const rest = script.commands
        .slice(script.commands.indexOf(command) + 1)
        .some(({ name }) => name !== "");
      return rest
        ? "reboots while the script goes on; use power_state of cloud-config"
        : {
            severity: "warning",
            message: "reboots before cloud-init has finished; use power_state of cloud-config",
          };
    }),
    examples: {
      pass: [bash("echo reboot"), cloudConfig("power_state:\n  mode: reboot")],
      fail: [
        bash("reboot\ntouch /opt/x"),
        `${BOOTHOOK}reboot\n`,
        bash("shutdown -r now"),
        cloudConfig("bootcmd:\n  - reboot"),
      ],
    },
  },
  {
    id: "UD38",
    severity: "error",
    title: "waits for itself",
    why: "cloud-init status --wait waits for the stage that this script is part of: it never ends.",
    sources: [SOURCE.cloudInit],
    check: eachCommand(({ name, args }) =>
      name === "cloud-init" && args[0] === "status" && args.some((arg) => arg === "--wait" || arg === "-w")
        ? "waits for the end of cloud-init, which waits for this script"
        : undefined,
    ),
    examples: {
      pass: [bash("cloud-init status"), bash("systemd-run --no-block sh -c 'cloud-init status --wait; x'")],
      fail: [
        bash("cloud-init status --wait"),
        mime("Content-Type: text/x-shellscript\n\n#!/bin/sh\ncloud-init status -w"),
      ],
    },
  },
];
