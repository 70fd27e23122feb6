import { AppError } from "../../../agent/base/errors.ts";

/** A deployment of CodeDeploy to one instance, in place and without a load balancer. */
export interface Deployment {
  readonly id: string;
  readonly application: string;
  readonly group: string;
  readonly revision: Revision;
}

/** A bundle in S3. */
export interface Revision {
  readonly bucket: string;
  readonly key: string;
  readonly type: BundleType;
}

export type BundleType = "zip" | "tar" | "tgz";

/** The commands that the host gets, one after the other. */
export const COMMANDS = [
  "ApplicationStop",
  "DownloadBundle",
  "BeforeInstall",
  "Install",
  "AfterInstall",
  "ApplicationStart",
  "ValidateService",
] as const;
export type CommandName = (typeof COMMANDS)[number];

/** Where the bundle of a rehearsal is in S3. */
export const BUCKET = "rehearsal-revisions";

const TYPES: readonly (readonly [RegExp, BundleType])[] = [
  [/\.zip$/i, "zip"],
  [/\.tar$/i, "tar"],
  [/\.(?:tgz|tar\.gz)$/i, "tgz"],
];

/**
 * The deployment of a bundle, known by how its file is called.
 *
 * @param digits 9 of them, capital letters too, that make its id
 * @throws AppError USAGE for a file that is no bundle
 */
export const deploymentOf = (file: string, digits: string): Deployment => {
  const type = TYPES.find(([pattern]) => pattern.test(file))?.[1];
  if (type === undefined)
    throw new AppError("USAGE", `--deploy takes a bundle: .zip, .tar, .tgz or .tar.gz, not "${file}".`);
  const key = file.slice(file.lastIndexOf("/") + 1);
  return {
    id: `d-${digits}`,
    application: "rehearsal",
    group: "rehearsal",
    revision: { bucket: BUCKET, key, type },
  };
};

/** The specification as the service signs it. */
export const specificationOf = ({ id, application, group, revision }: Deployment): string =>
  JSON.stringify({
    DeploymentId: id,
    DeploymentGroupId: "00000000-0000-4000-8000-000000000000",
    DeploymentGroupName: group,
    ApplicationName: application,
    DeploymentCreator: "user",
    DeploymentType: "IN_PLACE",
    AppSpecFilename: "appspec.yml",
    AgentActionOverrides: { AgentOverrides: { FileExistsBehavior: "DISALLOW" } },
    Revision: {
      RevisionType: "S3",
      S3Revision: { Bucket: revision.bucket, Key: revision.key, BundleType: revision.type },
    },
  });
