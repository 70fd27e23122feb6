import * as z from "zod/mini";
import { key, matching } from "../host/key.ts";
import { imageSchema } from "../host/launch-schema.ts";
import type { Kind } from "./kind.ts";
import { CHECKS, STEPS } from "./kinds.ts";
import { PACKAGE } from "./values.ts";

const described = ({ summary, short, examples }: Kind): string =>
  [
    summary,
    ...(short === undefined ? [] : [`A value that is no mapping stands for \`${short}\`.`]),
    `For example \`- ${examples.pass[0]}\`.`,
  ].join(" ");

/** An entry of a list: a mapping whose one key says what it is. That there is just one is checked elsewhere. */
const entryOf = (kinds: readonly Kind[]) =>
  z.strictObject(
    Object.fromEntries(
      kinds.map((kind) => [
        kind.name,
        key(z.optional(kind.schema), { description: described(kind), default: "none" }),
      ]),
    ),
  );

/** One step. */
export const stepEntry = entryOf(STEPS);
/** One check. */
export const checkEntry = entryOf(CHECKS);

const list = (entry: typeof stepEntry) =>
  z._default(z.array(entry).check(z.minLength(1, { error: "is an empty list: leave it out" })), []);

const cleanup = z.strictObject({
  profile: key(z._default(z.enum(["strict", "none"]), "strict"), {
    description:
      "`strict` takes away what the image must not have of the machine that it was made on (keys, logs, seeds, names, leases, histories, caches), and asserts that it is gone. `none` leaves all of it there: such an image is for a look at it, and for nobody else.",
  }),
  machine_id: key(z._default(z.enum(["empty"]), "empty"), {
    description:
      "What the machine id is in the image. `empty`: each host gets one of its own at its first boot.",
  }),
  remove_packages: key(z._default(z.array(matching(PACKAGE, "must be the name of a package")), []), {
    description: "Packages that were needed to make the image, and are removed with their configuration.",
  }),
});

/** The section `image` of `host.yaml`. */
export const imageSection = z.strictObject({
  base: key(z.optional(imageSchema), {
    description: "The image that it is made of, as in `launch.image`.",
    default: "none",
  }),
  steps: key(list(stepEntry), {
    description:
      "What is done to it, in this order, as root, before any host starts from it. Each entry has one key, which says what it is. When one fails nothing is made.",
  }),
  validate: key(list(checkEntry), {
    description: "What must be so behind the last step, on the machine that the image is made on.",
  }),
  test: key(list(checkEntry), {
    description:
      "What must be so on a new host that was started from the image. The checks are those of `image.validate`.",
  }),
  cleanup: key(z.prefault(cleanup, {}), {
    description: "What is taken away at the end.",
    default: "every key below at its own default",
  }),
  output: key(z.optional(z.record(z.string(), z.unknown())), {
    description: "What becomes of the image. It is not read by this version.",
    default: "none",
  }),
});

export type ImageSection = z.output<typeof imageSection>;
