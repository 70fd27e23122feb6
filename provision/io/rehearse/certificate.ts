import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Certificate } from "./messages.ts";
import { demand } from "./process.ts";

/** Longer than any rehearsal, in days. */
const DAYS = 2;

/** A certificate for names of the web that are served inside, and nowhere else: its key is gone with the rehearsal. */
export const makeCertificate = async (
  directory: string,
  hosts: readonly string[],
): Promise<Certificate | undefined> => {
  if (hosts.length === 0) return undefined;
  const [keyPath, path] = [join(directory, "served.key"), join(directory, "served.crt")];
  await demand("The certificate for what is served could not be made", "openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-days", String(DAYS), "-subj", "/CN=hostwright rehearsal"],
    ...["-addext", `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(",")}`],
    ...["-keyout", keyPath, "-out", path],
  ]);
  try {
    return { key: readFileSync(keyPath, "utf8"), certificate: readFileSync(path, "utf8") };
  } finally {
    for (const each of [keyPath, path]) rmSync(each, { force: true });
  }
};
