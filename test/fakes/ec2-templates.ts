/** Launch templates: what is stored, what Describe shows of it, and the actions that read and write it. */
import {
  CreateLaunchTemplate$,
  type CreateLaunchTemplateRequest,
  type CreateLaunchTemplateResult,
  CreateLaunchTemplateVersion$,
  type CreateLaunchTemplateVersionRequest,
  type CreateLaunchTemplateVersionResult,
  CreateTags$,
  type CreateTagsRequest,
  DeleteLaunchTemplate$,
  type DeleteLaunchTemplateRequest,
  type DeleteLaunchTemplateResult,
  DeleteLaunchTemplateVersions$,
  type DeleteLaunchTemplateVersionsRequest,
  type DeleteLaunchTemplateVersionsResult,
  DeleteTags$,
  type DeleteTagsRequest,
  DescribeLaunchTemplates$,
  type DescribeLaunchTemplatesRequest,
  type DescribeLaunchTemplatesResult,
  DescribeLaunchTemplateVersions$,
  type DescribeLaunchTemplateVersionsRequest,
  type DescribeLaunchTemplateVersionsResult,
  DescribeTags$,
  type DescribeTagsRequest,
  type DescribeTagsResult,
  type LaunchTemplate,
  type LaunchTemplateVersion,
  ModifyLaunchTemplate$,
  type ModifyLaunchTemplateRequest,
  type ModifyLaunchTemplateResult,
  type RequestLaunchTemplateData,
  type ResponseLaunchTemplateData,
  type Tag,
  type TagSpecification,
} from "@aws-sdk/client-ec2";
import type { StaticOperationSchema } from "@smithy/types";
import { checkData, checkDescription, checkName, checkTags, TAGS, VERSIONS_PER_CALL } from "./ec2-limits.ts";
import { filtered, pageOf, type Tags } from "./ec2-lists.ts";
import { Fault, invalid, missing } from "./ec2-query.ts";

export interface FakeVersion {
  readonly description: string | undefined;
  /** As it was sent. */
  readonly data: RequestLaunchTemplateData;
  readonly createdAt: Date;
}

/** A template is never changed but replaced, so that what Describe still shows stays as it was. */
export interface FakeTemplate {
  readonly id: string;
  readonly name: string;
  readonly defaultVersion: number;
  /** The highest number that is left. */
  readonly latestVersion: number;
  /** The highest number that was ever given: none is given twice. */
  readonly lastNumber: number;
  readonly tags: Tags;
  readonly versions: ReadonlyMap<number, FakeVersion>;
  readonly createdAt: Date;
}

export interface DataWarning {
  readonly code: string;
  readonly message: string;
}

export interface TemplateOptions {
  /** What the service only warns of: the version exists nevertheless. */
  readonly warnOf?: (data: RequestLaunchTemplateData) => readonly DataWarning[];
  /** The parameters of SSM, by name. */
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface Action {
  readonly operation: StaticOperationSchema;
  readonly carryOut: (input: unknown) => object;
}

/** The input has the type that the model of the operation gives it. */
export const action = <Input, Output extends object>(
  operation: StaticOperationSchema,
  carryOut: (input: Input) => Output,
): Action => ({ operation, carryOut: (input) => carryOut(input as Input) });

export interface Templates {
  /** What is true, also where Describe does not show it yet. */
  readonly all: ReadonlyMap<string, FakeTemplate>;
  readonly actions: readonly Action[];
  /** What is written from now on is shown this many milliseconds later. */
  readonly lag: (ms: number) => void;
  readonly addVersion: (name: string, data: RequestLaunchTemplateData, description?: string) => number;
}

interface Reference {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
}

const CREATOR = "arn:aws:iam::123456789012:user/tester";
const TEMPLATE_ID = /^lt-[0-9a-f]{17}$/;

export const createTemplates = ({ warnOf = () => [], parameters = {} }: TemplateOptions): Templates => {
  const all = new Map<string, FakeTemplate>();
  const shown = new Map<string, FakeTemplate>();
  const unseen: {
    readonly at: number;
    readonly name: string;
    readonly template: FakeTemplate | undefined;
  }[] = [];
  let lagMs = 0;
  let templatesMade = 0;

  const put = (name: string, template: FakeTemplate | undefined): void => {
    set(all, name, template);
    unseen.push({ at: Date.now() + lagMs, name, template });
  };

  /** What Describe shows. A change that is shown brings those before it, so that time never runs backwards. */
  const seen = (): ReadonlyMap<string, FakeTemplate> => {
    const due = unseen.findLastIndex(({ at }) => at <= Date.now());
    for (const { name, template } of unseen.splice(0, due + 1)) set(shown, name, template);
    return shown;
  };

  /** The same token with the same request gives the first answer; each action has tokens of its own. */
  const answers = new Map<string, { readonly request: string; readonly answer: object }>();
  const once =
    <Input extends { readonly ClientToken?: string | undefined }, Output extends object>(
      operation: StaticOperationSchema,
      carryOut: (input: Input) => Output,
    ) =>
    (input: Input): Output => {
      const { ClientToken, ...rest } = input;
      if (ClientToken === undefined) return carryOut(input);
      const key = `${operation[2]} ${ClientToken}`;
      const request = JSON.stringify(rest);
      const before = answers.get(key);
      if (before !== undefined && before.request !== request)
        throw new Fault(
          "IdempotentParameterMismatch",
          "The client token has been used with different request parameters.",
        );
      const answer = (before?.answer as Output | undefined) ?? carryOut(input);
      answers.set(key, { request, answer });
      return answer;
    };

  const warning = (data: RequestLaunchTemplateData) => {
    const errors = warnOf(data).map(({ code, message }) => ({ Code: code, Message: message }));
    return errors.length === 0 ? {} : { Warning: { Errors: errors } };
  };

  const create = (input: CreateLaunchTemplateRequest): CreateLaunchTemplateResult => {
    const { LaunchTemplateName: name = "", LaunchTemplateData: data = {}, VersionDescription } = input;
    checkName(name);
    checkDescription(VersionDescription ?? "");
    checkData(data);
    const tags = tagsOf(input.TagSpecifications);
    if (all.has(name))
      throw new Fault(
        "InvalidLaunchTemplateName.AlreadyExistsException",
        "Launch template name already in use.",
      );
    const createdAt = new Date();
    const template: FakeTemplate = {
      id: `lt-${(++templatesMade).toString(16).padStart(17, "0")}`,
      name,
      defaultVersion: 1,
      latestVersion: 1,
      lastNumber: 1,
      tags,
      versions: new Map([[1, { description: VersionDescription, data, createdAt }]]),
      createdAt,
    };
    put(name, template);
    return { LaunchTemplate: described(template), ...warning(data) };
  };

  const addVersion = (name: string, data: RequestLaunchTemplateData, description?: string): number => {
    checkDescription(description ?? "");
    checkData(data);
    const template = found({ LaunchTemplateName: name }, all);
    const number = template.lastNumber + 1;
    const version = { description, data, createdAt: new Date() };
    put(name, {
      ...template,
      latestVersion: number,
      lastNumber: number,
      versions: new Map([...template.versions, [number, version]]),
    });
    return number;
  };

  const createVersion = (input: CreateLaunchTemplateVersionRequest): CreateLaunchTemplateVersionResult => {
    const template = found(input, all);
    const sent = input.LaunchTemplateData ?? {};
    checkData(sent);
    const data = inherited(template, input.SourceVersion, sent);
    const number = addVersion(template.name, data, input.VersionDescription);
    return {
      LaunchTemplateVersion: versionOf(found({ LaunchTemplateName: template.name }, all), number),
      ...warning(data),
    };
  };

  const modify = (input: ModifyLaunchTemplateRequest): ModifyLaunchTemplateResult => {
    const template = found(input, all);
    if (input.DefaultVersion === undefined) throw missing("SetDefaultVersion");
    const defaultVersion = numberOf(input.DefaultVersion, "SetDefaultVersion");
    if (!template.versions.has(defaultVersion)) throw noVersion(defaultVersion);
    const modified = { ...template, defaultVersion };
    put(template.name, modified);
    return { LaunchTemplate: described(modified) };
  };

  const remove = (input: DeleteLaunchTemplateRequest): DeleteLaunchTemplateResult => {
    const template = found(input, all);
    put(template.name, undefined);
    return { LaunchTemplate: described(template) };
  };

  const removeVersions = (input: DeleteLaunchTemplateVersionsRequest): DeleteLaunchTemplateVersionsResult => {
    const template = found(input, all);
    const named = (input.Versions ?? []).map((version) => numberOf(version, "LaunchTemplateVersion"));
    if (named.length > VERSIONS_PER_CALL)
      throw invalid("LaunchTemplateVersion", named.length, `At most ${VERSIONS_PER_CALL} versions at once.`);
    const versions = new Map(template.versions);
    const outcomes = named.map((number) => ({ number, error: keptBecause(template, number) }));
    const removed = outcomes.filter(({ number, error }) => error === undefined && versions.delete(number));
    if (removed.length > 0)
      put(template.name, { ...template, versions, latestVersion: Math.max(...versions.keys()) });
    const where = { LaunchTemplateId: template.id, LaunchTemplateName: template.name };
    return {
      SuccessfullyDeletedLaunchTemplateVersions: removed.map(({ number }) => ({
        ...where,
        VersionNumber: number,
      })),
      UnsuccessfullyDeletedLaunchTemplateVersions: outcomes.flatMap(({ number, error }) =>
        error === undefined ? [] : [{ ...where, VersionNumber: number, ResponseError: error }],
      ),
    };
  };

  const describe = (input: DescribeLaunchTemplatesRequest): DescribeLaunchTemplatesResult => {
    const templates = seen();
    const { LaunchTemplateIds = [], LaunchTemplateNames = [], Filters } = input;
    const named = [
      ...LaunchTemplateNames.map((LaunchTemplateName) => found({ LaunchTemplateName }, templates)),
      ...LaunchTemplateIds.map((LaunchTemplateId) => found({ LaunchTemplateId }, templates)),
    ];
    const anyNamed = LaunchTemplateIds.length + LaunchTemplateNames.length > 0;
    const matching = filtered(
      anyNamed ? [...new Set(named)] : [...templates.values()],
      Filters,
      { "launch-template-name": ({ name }) => [name] },
      ({ tags }) => tags,
    );
    const { items, NextToken } = pageOf(matching, input, {
      action: "DescribeLaunchTemplates",
      least: 1,
      most: VERSIONS_PER_CALL,
      rank: ({ id }) => Number.parseInt(id.slice("lt-".length), 16),
    });
    return { LaunchTemplates: items.map(described), NextToken };
  };

  const describeVersions = (
    input: DescribeLaunchTemplateVersionsRequest,
  ): DescribeLaunchTemplateVersionsResult => {
    const template = found(input, seen());
    const { Versions = [], MinVersion, MaxVersion } = input;
    const least = MinVersion === undefined ? 1 : numberOf(MinVersion, "MinVersion");
    const most = MaxVersion === undefined ? Number.POSITIVE_INFINITY : numberOf(MaxVersion, "MaxVersion");
    const numbers =
      Versions.length === 0
        ? [...template.versions.keys()]
        : [...new Set(Versions.map((version) => existing(template, version)))];
    const { items, NextToken } = pageOf(
      numbers.filter((number) => number >= least && number <= most),
      input,
      {
        action: "DescribeLaunchTemplateVersions",
        least: 1,
        most: VERSIONS_PER_CALL,
        // The newest version comes first.
        rank: (number) => -number,
      },
    );
    const versions = filtered(
      items.map((number) => versionOf(template, number)),
      input.Filters,
      {
        "image-id": ({ LaunchTemplateData }) => [LaunchTemplateData?.ImageId],
        "instance-type": ({ LaunchTemplateData }) => [LaunchTemplateData?.InstanceType],
        "is-default-version": ({ DefaultVersion }) => [String(DefaultVersion)],
      },
    );
    return {
      LaunchTemplateVersions: input.ResolveAlias ? versions.map(resolved) : [...versions],
      NextToken,
    };
  };

  const resolved = (version: LaunchTemplateVersion): LaunchTemplateVersion => {
    const [, parameter] = version.LaunchTemplateData?.ImageId?.match(/^resolve:ssm:(.+)$/) ?? [];
    if (parameter === undefined) return version;
    const ImageId = parameters[parameter];
    if (ImageId === undefined) throw invalid("ImageId", parameter, "The parameter does not exist.");
    return { ...version, LaunchTemplateData: { ...version.LaunchTemplateData, ImageId } };
  };

  const createTags = ({ Resources = [], Tags = [] }: CreateTagsRequest): object => {
    checkTags(Tags);
    const tagged = Resources.map(taggable).map((template) => ({
      ...template,
      tags: { ...template.tags, ...record(Tags) },
    }));
    if (tagged.some(({ tags }) => Object.keys(tags).length > TAGS.most))
      throw new Fault("TagLimitExceeded", "The maximum number of tags has been reached.");
    for (const template of tagged) put(template.name, template);
    return {};
  };

  /** Without tags all go; with a value, a tag goes only if it has this value. */
  const deleteTags = ({ Resources = [], Tags }: DeleteTagsRequest): object => {
    for (const template of Resources.map(taggable)) {
      const stay = Object.entries(template.tags).filter(
        ([key, value]) =>
          Tags !== undefined && !Tags.some((tag) => tag.Key === key && (tag.Value ?? value) === value),
      );
      put(template.name, { ...template, tags: Object.fromEntries(stay) });
    }
    return {};
  };

  const taggable = (id: string): FakeTemplate => {
    if (!id.startsWith("lt-")) throw new Fault("InvalidID", `The ID '${id}' is not valid`);
    return found({ LaunchTemplateId: id }, all);
  };

  const describeTags = (input: DescribeTagsRequest): DescribeTagsResult => {
    const tags = [...seen().values()].flatMap((template) =>
      Object.entries(template.tags).map(([Key, Value]) => ({
        Key,
        Value,
        ResourceId: template.id,
        ResourceType: "launch-template" as const,
      })),
    );
    const matching = filtered(tags, input.Filters, {
      key: ({ Key }) => [Key],
      value: ({ Value }) => [Value],
      "resource-id": ({ ResourceId }) => [ResourceId],
      "resource-type": ({ ResourceType }) => [ResourceType],
    });
    const rank = (_: unknown, index: number) => index;
    const page = pageOf(matching, input, { action: "DescribeTags", least: 5, most: 1_000, rank });
    return { Tags: [...page.items], NextToken: page.NextToken };
  };

  return {
    all,
    addVersion,
    lag: (ms) => {
      lagMs = ms;
    },
    actions: [
      action(CreateLaunchTemplate$, once(CreateLaunchTemplate$, create)),
      action(CreateLaunchTemplateVersion$, once(CreateLaunchTemplateVersion$, createVersion)),
      action(ModifyLaunchTemplate$, once(ModifyLaunchTemplate$, modify)),
      action(DeleteLaunchTemplate$, remove),
      action(DeleteLaunchTemplateVersions$, removeVersions),
      action(DescribeLaunchTemplates$, describe),
      action(DescribeLaunchTemplateVersions$, describeVersions),
      action(CreateTags$, createTags),
      action(DeleteTags$, deleteTags),
      action(DescribeTags$, describeTags),
    ],
  };
};

const set = <Value>(map: Map<string, Value>, key: string, value: Value | undefined): void => {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
};

const found = (where: Reference, templates: ReadonlyMap<string, FakeTemplate>): FakeTemplate => {
  const { LaunchTemplateId: id, LaunchTemplateName: name } = where;
  if (id !== undefined && name !== undefined)
    throw new Fault(
      "InvalidParameterCombination",
      "Either LaunchTemplateId or LaunchTemplateName may be specified, not both.",
    );
  if (name !== undefined) {
    const template = templates.get(name);
    if (template !== undefined) return template;
    throw new Fault("InvalidLaunchTemplateName.NotFoundException", NONE);
  }
  if (id === undefined) throw missing("LaunchTemplateId or LaunchTemplateName");
  if (!TEMPLATE_ID.test(id))
    throw new Fault("InvalidLaunchTemplateId.Malformed", `Invalid launch template ID: "${id}"`);
  const template = [...templates.values()].find((one) => one.id === id);
  if (template === undefined) throw new Fault("InvalidLaunchTemplateId.NotFound", NONE);
  return template;
};

const NONE = "At least one of the launch templates specified in the request does not exist.";

const noVersion = (number: number): Fault =>
  new Fault("InvalidLaunchTemplateId.VersionNotFound", `Could not find launch template version: ${number}`);

const numberOf = (text: string, parameter: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw invalid(parameter, text);
  return Number(text);
};

const existing = (template: FakeTemplate, version: string): number => {
  if (version === "$Default") return template.defaultVersion;
  if (version === "$Latest") return template.latestVersion;
  const number = numberOf(version, "LaunchTemplateVersion");
  if (!template.versions.has(number)) throw noVersion(number);
  return number;
};

/** The members of the source that the new version does not name; snapshots are not among what is inherited. */
const inherited = (
  template: FakeTemplate,
  source: string | undefined,
  sent: RequestLaunchTemplateData,
): RequestLaunchTemplateData => {
  if (source === undefined) return sent;
  const from = template.versions.get(existing(template, source))?.data ?? {};
  const volumes = from.BlockDeviceMappings?.map(({ Ebs, ...mapping }) => {
    const { SnapshotId: _, ...ebs } = Ebs ?? {};
    return Ebs === undefined ? mapping : { ...mapping, Ebs: ebs };
  });
  return { ...from, ...(volumes && { BlockDeviceMappings: volumes }), ...sent };
};

/** Why a version is not deleted, in the words of the answer's own list of codes. */
const keptBecause = (template: FakeTemplate, number: number) => {
  if (!template.versions.has(number))
    return {
      Code: "launchTemplateVersionDoesNotExist" as const,
      Message: `Launch template version ${number} does not exist.`,
    };
  if (number === template.defaultVersion)
    return {
      Code: "unexpectedError" as const,
      Message: `Launch template version ${number} is the default version and cannot be deleted.`,
    };
  return undefined;
};

const described = (template: FakeTemplate): LaunchTemplate => ({
  LaunchTemplateId: template.id,
  LaunchTemplateName: template.name,
  CreateTime: template.createdAt,
  CreatedBy: CREATOR,
  DefaultVersionNumber: template.defaultVersion,
  LatestVersionNumber: template.latestVersion,
  Tags: Object.entries(template.tags).map(([Key, Value]) => ({ Key, Value })),
});

const versionOf = (template: FakeTemplate, number: number): LaunchTemplateVersion => {
  const version = template.versions.get(number);
  if (version === undefined) throw noVersion(number);
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    VersionNumber: number,
    VersionDescription: version.description,
    CreateTime: version.createdAt,
    CreatedBy: CREATOR,
    DefaultVersion: number === template.defaultVersion,
    LaunchTemplateData: version.data as ResponseLaunchTemplateData,
  };
};

const tagsOf = (specifications: readonly TagSpecification[] = []): Tags => {
  for (const { ResourceType } of specifications)
    if (ResourceType !== "launch-template")
      throw new Fault(
        "InvalidParameterValue",
        `'${ResourceType}' is not a valid taggable resource type for this operation.`,
      );
  const tags = specifications.flatMap(({ Tags = [] }) => Tags);
  checkTags(tags);
  return record(tags);
};

const record = (tags: readonly Tag[]): Tags =>
  Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value]));
