import * as z from "zod/mini";
import { atLeastOne, key, matching } from "../../host/key.ts";
import { quoteForShell } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { recipePath } from "../values.ts";

const RUN_LIST = /^(?:(?:recipe|role)\[[\w:@.-]+\]|[\w:@.-]+)$/;

export const chef = defineKind({
  name: "chef",
  summary:
    "Runs recipes of Chef in its local mode, with cinc-client or else with chef-client. One of them must be there, so install it before.",
  paths: { from: "tree" },
  timeout: "30m",
  shape: {
    from: key(recipePath(), {
      description: "The directory that has `cookbooks` in it.",
      limits: "a path as seen from host.yaml; no links in it",
    }),
    run_list: key(
      atLeastOne(matching(RUN_LIST, "must be recipe[NAME], role[NAME] or the name of a recipe")),
      {
        description: "What is run, in this order.",
      },
    ),
    attributes: key(z._default(z.record(z.string(), z.unknown()), {}), {
      description: "Attributes of the node.",
      default: "none",
      limits: "no secrets, since they are on the disk",
    }),
    accept_license: key(z._default(z.boolean(), false), {
      description:
        "Whether you accept the licence of Chef; chef-client asks for that, and cinc-client does not.",
    }),
  },
  render: ({ from, run_list, attributes, accept_license }, { tree, text }) => [
    "client=$(command -v cinc-client || command -v chef-client) || { echo 'neither cinc-client nor chef-client is there: install one before this step' >&2; exit 1; }",
    // It looks for cookbooks where it stands, and writes what it knows of the node there, too.
    `cd ${tree(from)}`,
    ...(accept_license ? ["export CHEF_LICENSE=accept-silent"] : []),
    `exec "$client" --local-mode --no-color --json-attributes ${text(JSON.stringify(attributes))} --override-runlist ${quoteForShell(run_list.join(","))}`,
  ],
  examples: {
    pass: [
      'chef: {from: chef, run_list: ["recipe[web]"]}',
      'chef: {from: chef, run_list: ["role[base]", web::tls], attributes: {web: {port: 80}}, accept_license: true}',
    ],
    fail: [
      "chef: web",
      "chef: {from: chef}",
      "chef: {from: chef, run_list: []}",
      'chef: {from: chef, run_list: ["recipe[a b]"]}',
    ],
  },
});
