import { key, matching } from "./key.ts";

/** Where the archive of host-agent is, and its sum. */
export const agentArchive = {
  url: key(matching(/^(https|s3):\/\/[^\s'"]+$/, "must be an https or s3 URL"), {
    description: "Where the instance gets the archive of `npm run package` from.",
    limits: "`https://…` or `s3://…`; for the latter the instance needs the AWS CLI and the right to read it",
  }),
  sha256: key(matching(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits in lower case"), {
    description: "The SHA-256 of the archive; nothing of it is run before it has been compared.",
  }),
} as const;
