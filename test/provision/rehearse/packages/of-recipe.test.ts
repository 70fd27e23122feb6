import { describe, expect, it } from "vitest";
import { recipeRequests } from "../../../../provision/rehearse/packages/of-recipe.ts";
import { recipeFrom } from "../../ami/recipes.ts";

describe("what a recipe is going to install", () => {
  it("is what its steps for packages name, each step by itself", () => {
    const recipe = recipeFrom(
      "base: debian-12\nsteps:\n  - packages: [nginx, jq]\n  - packages: {install: [curl], update: all}\n",
    );
    expect(recipeRequests(recipe)).toEqual([["nginx", "jq"], ["curl"]]);
  });

  it("is what its scripts install: in the recipe, in its checks, and in its files", () => {
    const recipe = recipeFrom(
      "base: debian-12\nsteps:\n  - shell: apt-get install -y tree\n  - shell: {script: ./setup.sh}\nvalidate:\n  - shell: apt-get install -y shellcheck\ntest:\n  - shell: apt install -y wrk\n",
      { "setup.sh": "#!/bin/sh\napt-get install -y git make\n" },
    );
    expect(recipeRequests(recipe).toSorted()).toEqual([["git", "make"], ["shellcheck"], ["tree"], ["wrk"]]);
  });

  it("is nothing of what is no script, and nothing where nothing is installed", () => {
    const recipe = recipeFrom(
      "base: debian-12\nsteps:\n  - file: {from: notes.txt, to: /srv/notes}\n  - packages: {update: all}\n  - shell: echo apt-get install tree\n",
      { "notes.txt": "apt-get install -y tree\n" },
    );
    expect(recipeRequests(recipe)).toEqual([]);
  });
});
