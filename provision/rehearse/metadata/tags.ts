import { AppError } from "../../../agent/base/errors.ts";

/**
 * What the key of a tag may be when the instance can read its tags; EC2 refuses to start one with others.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
 */
const KEY = /^(?!\.{1,2}$|_index$)[a-zA-Z0-9+\-=.,_:@]{1,128}$/;
const VALUE_CHARS = 256;

/** @throws AppError USAGE for tags that EC2 does not put into metadata */
export const demandTags = (tags: Readonly<Record<string, string>>): void => {
  for (const [key, value] of Object.entries(tags)) {
    if (!KEY.test(key))
      throw new AppError(
        "USAGE",
        `The tag ${JSON.stringify(key)} cannot be in the metadata: EC2 takes letters, digits and + - = . , _ : @ in keys there.`,
      );
    if (value.length > VALUE_CHARS)
      throw new AppError("USAGE", `The tag ${key} has a value of more than ${VALUE_CHARS} characters.`);
  }
};
