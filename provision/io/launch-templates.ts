import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateTagsCommand,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  type LaunchTemplateVersion,
  ModifyLaunchTemplateCommand,
  paginateDescribeFleets,
  paginateDescribeInstances,
  type RequestLaunchTemplateData,
  type ValidationWarning,
} from "@aws-sdk/client-ec2";
import { awsCode } from "../../agent/base/aws-errors.ts";
import { callsTo } from "../../agent/base/aws-requests.ts";
import { type TemplateData, tagList } from "../launch-template/data.ts";
import type { Head, LaunchTemplates, Made, Reference, Version } from "../launch-template/ports.ts";
import { type AwsOptions, audited, clientConfig, regionOf } from "./aws.ts";

/** Most versions of one page, and of one request to delete: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplateVersions.html */
const PAGE = 200;

const NOT_FOUND = /^InvalidLaunchTemplate(Name|Id)\.(NotFound\w*|VersionNotFound\w*)$/;
const GONE_STATES = ["shutting-down", "terminated"];

/**
 * Launch templates through the SDK, which signs, finds credentials and repeats what was throttled.
 *
 * @throws AppError NO_REGION
 */
export const awsLaunchTemplates = (options: AwsOptions): LaunchTemplates => {
  const region = regionOf(options);
  const config = clientConfig(options);
  const ec2 = audited(new EC2Client(config), "ec2", options);

  const call = callsTo(region);

  const unlessMissing = <Answer>(
    action: string,
    request: () => Promise<Answer>,
  ): Promise<Answer | undefined> =>
    call(action, () =>
      request().catch((error: unknown) => {
        if (NOT_FOUND.test(awsCode(error))) return undefined;
        throw error;
      }),
    );

  /** The action when a dry run of it is denied, else nothing. */
  const denied = (action: string, send: () => Promise<unknown>): Promise<readonly string[]> =>
    call(action, async () => {
      try {
        await send();
        return [];
      } catch (error) {
        if (awsCode(error) === "DryRunOperation") return [];
        if (awsCode(error) === "UnauthorizedOperation") return [action];
        throw error;
      }
    });

  const mayPromote = async (id: string): Promise<readonly string[]> => {
    const answers = await Promise.all([
      denied("ec2:ModifyLaunchTemplate", () =>
        ec2.send(
          new ModifyLaunchTemplateCommand({ DryRun: true, LaunchTemplateId: id, DefaultVersion: "1" }),
        ),
      ),
      denied("ec2:CreateTags", () =>
        ec2.send(new CreateTagsCommand({ DryRun: true, Resources: [id], Tags: [{ Key: "x", Value: "x" }] })),
      ),
    ]);
    return answers.flat();
  };

  return {
    find: async (name) => {
      const answer = await unlessMissing("ec2:DescribeLaunchTemplates", () =>
        ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [name] })),
      );
      const [found] = answer?.LaunchTemplates ?? [];
      if (found?.LaunchTemplateId === undefined) return undefined;
      return {
        id: found.LaunchTemplateId,
        name: found.LaunchTemplateName ?? name,
        default_version: found.DefaultVersionNumber ?? 0,
        latest_version: found.LatestVersionNumber ?? 0,
        tags: Object.fromEntries((found.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
      } satisfies Head;
    },

    version: async (id, version) => {
      const answer = await unlessMissing("ec2:DescribeLaunchTemplateVersions", () =>
        ec2.send(
          new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: id, Versions: [String(version)] }),
        ),
      );
      const [found] = answer?.LaunchTemplateVersions ?? [];
      return found && versionOf(found);
    },

    versions: async (id) => {
      const all: Version[] = [];
      let token: string | undefined;
      do {
        const answer = await call("ec2:DescribeLaunchTemplateVersions", () =>
          ec2.send(
            new DescribeLaunchTemplateVersionsCommand({
              LaunchTemplateId: id,
              MaxResults: PAGE,
              ...(token !== undefined && { NextToken: token }),
            }),
          ),
        );
        all.push(...(answer.LaunchTemplateVersions ?? []).map(versionOf));
        token = answer.NextToken;
      } while (token !== undefined && token !== "");
      return all.toSorted((a, b) => b.number - a.number);
    },

    create: async ({ name, description, data, tags, token }) => {
      const answer = await call("ec2:CreateLaunchTemplate", () =>
        ec2.send(
          new CreateLaunchTemplateCommand({
            LaunchTemplateName: name,
            VersionDescription: description,
            LaunchTemplateData: requestData(data),
            ClientToken: token,
            TagSpecifications: [{ ResourceType: "launch-template", Tags: tagList(tags) }],
          }),
        ),
      );
      const { LaunchTemplateId = "", LatestVersionNumber = 1 } = answer.LaunchTemplate ?? {};
      return {
        id: LaunchTemplateId,
        number: LatestVersionNumber,
        warnings: warningsOf(answer.Warning),
      } satisfies Made;
    },

    createVersion: async ({ id, description, data, token }) => {
      const answer = await call("ec2:CreateLaunchTemplateVersion", () =>
        ec2.send(
          new CreateLaunchTemplateVersionCommand({
            LaunchTemplateId: id,
            VersionDescription: description,
            LaunchTemplateData: requestData(data),
            ClientToken: token,
          }),
        ),
      );
      const { VersionNumber = 0 } = answer.LaunchTemplateVersion ?? {};
      return { id, number: VersionNumber, warnings: warningsOf(answer.Warning) } satisfies Made;
    },

    setDefault: async (id, version) => {
      await call("ec2:ModifyLaunchTemplate", () =>
        ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId: id, DefaultVersion: String(version) })),
      );
    },

    tag: async (id, tags) => {
      await call("ec2:CreateTags", () =>
        ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tagList(tags) })),
      );
    },

    deleteVersions: async (id, versions) => {
      const kept: { version: number; reason: string }[] = [];
      for (let at = 0; at < versions.length; at += PAGE) {
        const answer = await call("ec2:DeleteLaunchTemplateVersions", () =>
          ec2.send(
            new DeleteLaunchTemplateVersionsCommand({
              LaunchTemplateId: id,
              Versions: versions.slice(at, at + PAGE).map(String),
            }),
          ),
        );
        for (const {
          VersionNumber = 0,
          ResponseError,
        } of answer.UnsuccessfullyDeletedLaunchTemplateVersions ?? [])
          kept.push({ version: VersionNumber, reason: ResponseError?.Message ?? ResponseError?.Code ?? "" });
      }
      return kept;
    },

    remove: async (id) => {
      await call("ec2:DeleteLaunchTemplate", () =>
        ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id })),
      );
    },

    mayChange: async ({ id, name, data }) => {
      const LaunchTemplateData = requestData(data);
      if (id === undefined)
        return denied("ec2:CreateLaunchTemplate", () =>
          ec2.send(
            new CreateLaunchTemplateCommand({ DryRun: true, LaunchTemplateName: name, LaunchTemplateData }),
          ),
        );
      const answers = await Promise.all([
        denied("ec2:CreateLaunchTemplateVersion", () =>
          ec2.send(
            new CreateLaunchTemplateVersionCommand({
              DryRun: true,
              LaunchTemplateId: id,
              LaunchTemplateData,
            }),
          ),
        ),
        mayPromote(id),
      ]);
      return answers.flat();
    },

    mayPromote,

    references: async ({ id, name }) => {
      const [instances, fleets, groups] = await Promise.all([
        call("ec2:DescribeInstances", () => instancesOf(ec2, id)),
        call("ec2:DescribeFleets", () => fleetsOf(ec2, id, name)),
        call("autoscaling:DescribeAutoScalingGroups", () =>
          groupsOf(new AutoScalingClient(config), id, name),
        ),
      ]);
      return [...groups, ...fleets, ...instances];
    },
  };
};

/** Our type is the narrower one, but for what may be written to. */
const requestData = (data: TemplateData): RequestLaunchTemplateData =>
  data as unknown as RequestLaunchTemplateData;

const warningsOf = (warning: ValidationWarning | undefined): readonly string[] =>
  (warning?.Errors ?? []).map(({ Code = "", Message = "" }) => `${Code}: ${Message}`);

const versionOf = ({
  VersionNumber = 0,
  VersionDescription = "",
  CreateTime,
  CreatedBy = "",
  LaunchTemplateData = {},
}: LaunchTemplateVersion): Version => ({
  number: VersionNumber,
  description: VersionDescription,
  created_at: CreateTime?.toISOString() ?? "",
  created_by: CreatedBy,
  data: LaunchTemplateData as unknown as TemplateData,
});

/** Instances bear the version that they were started with as a tag, whoever has started them. */
const instancesOf = async (client: EC2Client, id: string): Promise<readonly Reference[]> => {
  const found: Reference[] = [];
  const filter = { Filters: [{ Name: "tag:aws:ec2launchtemplate:id", Values: [id] }] };
  for await (const { Reservations = [] } of paginateDescribeInstances({ client }, filter))
    for (const { InstanceId = "", Tags = [], State } of Reservations.flatMap(
      ({ Instances = [] }) => Instances,
    )) {
      const version = Tags.find(({ Key }) => Key === "aws:ec2launchtemplate:version")?.Value;
      if (version !== undefined && !GONE_STATES.includes(State?.Name ?? ""))
        found.push({ kind: "instance", name: InstanceId, version });
    }
  return found;
};

interface Specification {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
  readonly Version?: string | undefined;
}

/** A group that names no version means the default one. */
const versionsIn = (
  specifications: readonly (Specification | undefined)[],
  id: string,
  name: string,
): readonly string[] =>
  specifications.flatMap((one) =>
    one !== undefined && (one.LaunchTemplateId === id || one.LaunchTemplateName === name)
      ? [one.Version ?? "$Default"]
      : [],
  );

const fleetsOf = async (client: EC2Client, id: string, name: string): Promise<readonly Reference[]> => {
  const found: Reference[] = [];
  for await (const { Fleets = [] } of paginateDescribeFleets({ client }, {}))
    for (const { FleetId = "", FleetState = "", LaunchTemplateConfigs = [] } of Fleets) {
      if (FleetState.startsWith("deleted")) continue;
      const specifications = LaunchTemplateConfigs.map(
        ({ LaunchTemplateSpecification }) => LaunchTemplateSpecification,
      );
      for (const version of versionsIn(specifications, id, name))
        found.push({ kind: "fleet", name: FleetId, version });
    }
  return found;
};

const groupsOf = async (
  client: AutoScalingClient,
  id: string,
  name: string,
): Promise<readonly Reference[]> => {
  const found: Reference[] = [];
  let token: string | undefined;
  do {
    const answer = await client.send(
      new DescribeAutoScalingGroupsCommand(token === undefined ? {} : { NextToken: token }),
    );
    for (const group of answer.AutoScalingGroups ?? []) {
      const mixed = group.MixedInstancesPolicy?.LaunchTemplate;
      const specifications = [
        group.LaunchTemplate,
        mixed?.LaunchTemplateSpecification,
        ...(mixed?.Overrides ?? []).map(({ LaunchTemplateSpecification }) => LaunchTemplateSpecification),
      ];
      for (const version of versionsIn(specifications, id, name))
        found.push({ kind: "auto scaling group", name: group.AutoScalingGroupName ?? "", version });
    }
    token = answer.NextToken;
  } while (token !== undefined && token !== "");
  return found;
};
