import * as z from "zod/mini";
import { key, matching } from "../../host/key.ts";
import { quoteForShell } from "../../user-data/prologue.ts";
import { defineKind } from "../kind.ts";
import { account, targetPath } from "../values.ts";

export const git = defineKind({
  name: "git",
  summary:
    "Checks out one commit of a repository, into a directory that is not there yet or is empty. Submodules are left alone; git itself must be there, so install it before.",
  timeout: "10m",
  shape: {
    repo: key(
      matching(
        /^(?:https|file):\/\/(?![^/]*@)[^\s'"\\]+$/,
        "must be an https or file URL, without a user or a password in it",
      ),
      {
        description:
          "Where the repository is. What needs a password would leave it in the image: fetch such things as a file of the recipe.",
      },
    ),
    commit: key(matching(/^[0-9a-f]{40}$/, "must be the 40 hexadecimal digits of a commit"), {
      description: "The commit. A branch or a tag would be another one tomorrow.",
    }),
    to: key(targetPath(), { description: "Where it goes." }),
    owner: key(z._default(account(), "root"), { description: "The user that all of it belongs to." }),
    history: key(z._default(z.boolean(), false), {
      description: "Whether `.git` stays, with this one commit in it.",
    }),
  },
  render: ({ repo, commit, to, owner, history }) => [
    `to=${quoteForShell(to)} repo=${quoteForShell(repo)} commit=${commit}`,
    "command -v git >/dev/null || { echo 'git is not installed: put packages: [git] before this step' >&2; exit 1; }",
    '[ ! -e "$to" ] || rmdir -- "$to"',
    // Beside its place, so that what is there is whole, also after a second attempt.
    "draft=$to.provision-new",
    'rm -rf -- "$draft"',
    'mkdir -p -- "$draft"',
    "export GIT_TERMINAL_PROMPT=0 GIT_CONFIG_NOSYSTEM=1",
    'git -C "$draft" init --quiet',
    // Most servers give out a commit by its number; the others give out everything.
    'git -C "$draft" fetch --quiet --depth 1 -- "$repo" "$commit" || git -C "$draft" fetch --quiet -- "$repo" "+refs/*:refs/fetched/*"',
    'git -C "$draft" -c advice.detachedHead=false checkout --quiet --detach "$commit"',
    ...(history ? [] : ['rm -rf -- "$draft/.git"']),
    `chown -R -- ${owner} "$draft"`,
    'mv -T -- "$draft" "$to"',
  ],
  examples: {
    pass: [
      `git: {repo: "https://example.com/app.git", commit: ${"0a1b2c3d4e".repeat(4)}, to: /opt/app}`,
      `git: {repo: "https://example.com/app.git", commit: ${"ab".repeat(20)}, to: /opt/app, owner: app, history: true}`,
    ],
    fail: [
      'git: {repo: "https://example.com/app.git", commit: main, to: /opt/app}',
      'git: {repo: "https://example.com/app.git", commit: v1.0.0, to: /opt/app}',
      `git: {repo: "https://me:word@example.com/app.git", commit: ${"ab".repeat(20)}, to: /opt/app}`,
      `git: {repo: "git@example.com:app.git", commit: ${"ab".repeat(20)}, to: /opt/app}`,
      `git: {repo: "https://example.com/app.git", commit: ${"ab".repeat(20)}}`,
    ],
  },
});
