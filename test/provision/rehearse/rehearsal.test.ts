import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { PHASES, type PhaseName, phasesOf } from "../../../provision/rehearse/rehearsal.ts";
import { userDataSubject } from "../../../provision/rehearse/subject.ts";
import { recipeFrom } from "../ami/recipes.ts";

const RUNS = userDataSubject("boot.sh", Buffer.from("#!/bin/sh\ntrue\n"));
const NOTHING = { ...RUNS, userData: undefined };

const STEPS = recipeFrom("base: debian-12\nsteps:\n  - shell: 'true'\n");
const CHECKS = recipeFrom("base: debian-12\ntest:\n  - shell: 'true'\n");
const EMPTY = recipeFrom("base: debian-12\n");

type Case = Omit<Parameters<typeof phasesOf>[0], "phase">;

/** What runs, for each phase that can be asked for. */
const running = (given: Case): Readonly<Record<PhaseName, string>> =>
  Object.fromEntries(
    PHASES.map((phase) => {
      const wanted = phasesOf({ ...given, phase });
      return [phase, (["bake", "boot", "test"] as const).filter((name) => wanted[name]).join(" ")];
    }),
  ) as Record<PhaseName, string>;

describe("the phases of a rehearsal", () => {
  it("of user data are its boot", () => {
    expect(running({ subject: RUNS, recipe: undefined })).toEqual({
      bake: "",
      boot: "boot",
      test: "",
      all: "boot",
    });
  });

  it("of a host with a recipe are all, and a test needs an image", () => {
    expect(running({ subject: RUNS, recipe: STEPS })).toEqual({
      bake: "bake",
      boot: "boot",
      test: "bake test",
      all: "bake boot test",
    });
  });

  it("of a host that has checks only test what its boot has made", () => {
    expect(running({ subject: RUNS, recipe: CHECKS })).toEqual({
      bake: "",
      boot: "boot",
      test: "test",
      all: "boot test",
    });
  });

  it("of a host for which nothing is to be done are none", () => {
    const none = { bake: "", boot: "", test: "", all: "" };
    expect(running({ subject: NOTHING, recipe: undefined })).toEqual(none);
    expect(running({ subject: NOTHING, recipe: EMPTY })).toEqual(none);
  });
});
