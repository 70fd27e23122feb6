import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Deployment, specificationOf } from "../../rehearse/codedeploy/deployment.ts";
import type { SignedDeployment } from "./messages.ts";
import { demand } from "./process.ts";

const WHAT = "The deployment could not be signed";
/** Longer than any rehearsal, in days. */
const DAYS = "2";

/** Signs the specification as CodeDeploy does: PKCS7 with the content in it, by a signer of that name. */
export const signDeployment = async (
  directory: string,
  deployment: Deployment,
  region: string,
): Promise<SignedDeployment> => {
  const [key, certificate, plain] = ["signer.key", "signer.crt", "specification.json"].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  const subject = `/CN=codedeploy-signer-${region}.amazonaws.com`;
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  try {
    await demand(WHAT, "openssl", [
      ...["req", "-x509", ...curve, "-nodes", "-days", DAYS, "-subj", subject],
      ...["-keyout", key, "-out", certificate],
    ]);
    writeFileSync(plain, specificationOf(deployment), { mode: 0o600 });
    const signed = await demand(WHAT, "openssl", [
      ...["smime", "-sign", "-nodetach", "-binary", "-outform", "PEM"],
      ...["-in", plain, "-signer", certificate, "-inkey", key],
    ]);
    return { deployment, envelope: signed.toString("utf8") };
  } finally {
    for (const path of [key, certificate, plain]) rmSync(path, { force: true });
  }
};
