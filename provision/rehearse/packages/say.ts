import type { Fetched, Missing, Stale, Why } from "./ports.ts";
import { controlField } from "./repository.ts";
import type { Shortfall } from "./shortfalls.ts";

const REASONS: Readonly<Record<Why, string>> = {
  unknown: "the apt of this machine knows no such package either",
  unresolvable: "the apt of this machine cannot put it together with the base",
  unreachable: "it is not in the cache, and the mirror did not hand it out",
  "no apt": "this machine has no apt to fetch it with",
  "no dpkg": "the base has no packages of dpkg, and apt can fetch no others",
};

/** What is known of the packages of a rehearsal. */
export type Known = Pick<Fetched, "files" | "missing" | "release">;

const namesOf = ({ spec }: Missing): readonly string[] => [spec, spec.split(/[=/:]/, 1)[0] ?? spec];

/** Why something that was asked for is not in the repository of a rehearsal. */
export const sayMissing = (missing: Missing): string =>
  `${missing.spec} is not in the local repository: ${REASONS[missing.why]}${missing.said === "" ? "" : ` (${missing.said})`}`;

/** That what was fetched may be older than what an instance would get. */
export const sayStale = ({ since, said }: Stale): string =>
  `The mirror could not be reached (${said}); ${
    since === undefined ? "there is nothing" : `what is known of it is of ${new Date(since).toISOString()}`
  }.`;

const sayPackage = (name: string, { files, missing, release }: Known): string => {
  const known = missing.find((one) => namesOf(one).includes(name));
  if (known !== undefined) return sayMissing(known);
  if (release === undefined) return `${name} is not in a local repository: ${REASONS["no dpkg"]}`;
  if (files.some(({ control }) => controlField(control, "Package") === name))
    return `${name} is in the local repository, but apt had not read that then: apt-get update comes before, on EC2 too`;
  return `${name} is not in the local repository: nothing was seen to install it, so it was not fetched`;
};

/** What a verdict says of a shortfall: what would be the same on EC2, and what would not. */
export const sayShortfall = ({ kind, name = "" }: Shortfall, known: Known): string => {
  switch (kind) {
    case "package":
      return sayPackage(name, known);
    case "version":
      return `The local repository has another version of ${name}, or none`;
    case "release":
      return `${name} is no release of the local repository, which has but one`;
    case "host":
      return `EC2 has a network here, a rehearsal has none${name === "" ? "" : `: ${name} cannot be reached`}`;
  }
};
