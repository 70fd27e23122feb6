import * as z from "zod/mini";
import { key } from "../../host/key.ts";
import { quoteForShell } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { pathInTree, recipePath } from "../values.ts";

export const puppet = defineKind({
  name: "puppet",
  summary:
    "Applies a manifest without a server. Puppet must be there, so install it before; `cleanup.remove_packages` takes it away again.",
  paths: { from: "tree" },
  timeout: "30m",
  shape: {
    from: key(recipePath(), {
      description: "The directory with the manifest and its modules.",
      limits: "a path as seen from host.yaml; no links in it",
    }),
    manifest: key(pathInTree(), { description: "The manifest, as seen from there." }),
    modules: key(z._default(pathInTree(), "modules"), { description: "The directory of its modules." }),
    hiera: key(z.optional(pathInTree()), { description: "A `hiera.yaml` for its data.", default: "none" }),
  },
  render: ({ from, manifest, modules, hiera }, { tree }) => {
    const root = tree(from);
    const options = [
      `--modulepath ${root}/${quoteForShell(modules)}`,
      ...(hiera === undefined ? [] : [`--hiera_config ${root}/${quoteForShell(hiera)}`]),
      // Otherwise its state and its keys would be those of every host.
      '--vardir "$HOSTWRIGHT_DIR/puppet" --ssldir "$HOSTWRIGHT_DIR/puppet/ssl"',
    ].join(" ");
    return [
      // Where Puppet's own packages have it.
      'PATH="$PATH:/opt/puppetlabs/bin"',
      "command -v puppet >/dev/null || { echo 'puppet is not there: put packages: [puppet] before this step' >&2; exit 1; }",
      // Without the option it ends with 0 also when a resource has failed; 2 says that it has changed something.
      `status=0; puppet apply --detailed-exitcodes ${options} ${root}/${quoteForShell(manifest)} || status=$?`,
      '[ "$status" -ne 2 ] || status=0',
      'exit "$status"',
    ];
  },
  examples: {
    pass: [
      "puppet: {from: puppet, manifest: site.pp}",
      "puppet: {from: puppet, manifest: manifests/web.pp, modules: site-modules, hiera: hiera.yaml}",
    ],
    fail: [
      "puppet: site.pp",
      "puppet: {from: puppet}",
      "puppet: {from: puppet, manifest: ./../site.pp}",
      "puppet: {from: puppet, manifest: site.pp, modules: /etc/puppet}",
    ],
  },
});
