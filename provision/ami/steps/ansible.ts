import * as z from "zod/mini";
import { key } from "../../host/key.ts";
import { quoteForShell } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { pathInTree, recipePath } from "../values.ts";

export const ansible = defineKind({
  name: "ansible",
  summary:
    "Plays a playbook on the machine itself, which is `localhost`. Ansible must be there, so install it before; `cleanup.remove_packages` takes it away again.",
  paths: { from: "tree" },
  timeout: "30m",
  shape: {
    from: key(recipePath(), {
      description: "The directory with the playbook and its roles; an `ansible.cfg` there counts.",
      limits: "a path as seen from host.yaml; no links in it",
    }),
    playbook: key(pathInTree(), { description: "The playbook, as seen from there." }),
    variables: key(z._default(z.record(z.string(), z.unknown()), {}), {
      description: "Variables that go over all others.",
      default: "none",
      limits: "no secrets, since they are on the disk",
    }),
  },
  render: ({ from, playbook, variables }, { tree, text }) => [
    "command -v ansible-playbook >/dev/null || { echo 'ansible-playbook is not there: put packages: [ansible] before this step' >&2; exit 1; }",
    `cd ${tree(from)}`,
    // Otherwise it would leave them in the home of root.
    'ANSIBLE_HOME="$HOSTWRIGHT_DIR/ansible" ANSIBLE_LOCAL_TEMP="$HOSTWRIGHT_DIR/ansible/tmp" ANSIBLE_REMOTE_TEMP="$HOSTWRIGHT_DIR/ansible/tmp"',
    "export ANSIBLE_HOME ANSIBLE_LOCAL_TEMP ANSIBLE_REMOTE_TEMP ANSIBLE_NOCOLOR=1",
    // With its comma it is a list of hosts, and not the name of a file.
    `exec ansible-playbook --connection local --inventory localhost, --extra-vars @${text(JSON.stringify(variables))} -- ${quoteForShell(playbook)}`,
  ],
  examples: {
    pass: [
      "ansible: {from: ansible, playbook: site.yml}",
      "ansible: {from: ansible/, playbook: plays/web.yml, variables: {port: 80, names: [a, b]}, timeout: 1h}",
    ],
    fail: [
      "ansible: site.yml",
      "ansible: {playbook: site.yml}",
      "ansible: {from: ansible, playbook: ../site.yml}",
      "ansible: {from: ansible, playbook: /site.yml}",
      "ansible: {from: ansible, playbook: --help}",
    ],
  },
});
