/** What stands around launch templates: images, instances and their types, fleets and the parameters of SSM. */
import {
  DescribeFleets$,
  type DescribeFleetsRequest,
  type DescribeFleetsResult,
  DescribeImages$,
  type DescribeImagesRequest,
  type DescribeImagesResult,
  DescribeInstanceAttribute$,
  type DescribeInstanceAttributeRequest,
  DescribeInstances$,
  type DescribeInstancesRequest,
  type DescribeInstancesResult,
  type Image,
  type Instance,
  type InstanceAttribute,
} from "@aws-sdk/client-ec2";
import type { LaunchTemplateSpecification } from "./auto-scaling.ts";
import { type FakeInstanceType, instanceTypesAction } from "./ec2-instance-types.ts";
import { filtered, pageOf, type Tags } from "./ec2-lists.ts";
import { Fault } from "./ec2-query.ts";
import { type Action, action } from "./ec2-templates.ts";

export interface FakeImage {
  readonly id: string;
  readonly name: string;
  /** An account, or an alias such as `amazon`: compared as it is. */
  readonly owner: string;
  readonly architecture: "x86_64" | "arm64";
  readonly rootDeviceName: string;
  /** 8 if absent. */
  readonly rootSizeGib?: number;
  readonly creationDate: string;
  readonly state: "available" | "pending" | "failed" | "deregistered" | "disabled";
}

const STATES = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const;

export interface FakeInstance {
  readonly id: string;
  /** `running` if absent. */
  readonly state?: keyof typeof STATES;
  readonly imageId?: string;
  readonly instanceType?: string;
  /** In base64. */
  readonly userData?: string;
  /** Also those that the service writes, such as `aws:ec2launchtemplate:version`. */
  readonly tags: Tags;
}

export interface FakeFleet {
  readonly id: string;
  readonly state: "active" | "modifying" | "deleted" | "deleted_running" | "deleted_terminating";
  readonly specification: LaunchTemplateSpecification;
}

export interface Surroundings {
  readonly fleets?: readonly FakeFleet[];
  readonly images?: readonly FakeImage[];
  readonly instances?: readonly FakeInstance[];
  readonly instanceTypes?: readonly FakeInstanceType[];
  /** By name. */
  readonly parameters?: Readonly<Record<string, string>>;
}

export const ACCOUNT = "123456789012";

const byIndex = (_: unknown, index: number): number => index;

/** The lists are read at each call: a test may change them. */
export const surroundingActions = (world: Surroundings): readonly Action[] => [
  action(DescribeImages$, (input: DescribeImagesRequest): DescribeImagesResult => {
    const { images = [] } = world;
    const { ImageIds = [], Owners = [] } = input;
    for (const id of ImageIds) {
      if (!/^ami-[0-9a-f]{8,17}$/.test(id))
        throw new Fault("InvalidAMIID.Malformed", `Invalid id: "${id}" (expecting "ami-...")`);
      if (!images.some((image) => image.id === id))
        throw new Fault("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
    }
    const owners = Owners.map((owner) => (owner === "self" ? ACCOUNT : owner));
    const named = images
      .filter(({ id }) => ImageIds.length === 0 || ImageIds.includes(id))
      .filter(({ owner }) => owners.length === 0 || owners.includes(owner));
    const matching = filtered(named, input.Filters, {
      name: ({ name }) => [name],
      architecture: ({ architecture }) => [architecture],
      state: ({ state }) => [state],
      "image-id": ({ id }) => [id],
      "owner-id": ({ owner }) => [owner],
      "root-device-type": () => ["ebs"],
      "virtualization-type": () => ["hvm"],
    });
    const page = pageOf(matching, input, { action: "DescribeImages", least: 1, most: 1_000, rank: byIndex });
    return { Images: page.items.map(imageOf), NextToken: page.NextToken };
  }),

  action(DescribeFleets$, (input: DescribeFleetsRequest): DescribeFleetsResult => {
    const page = pageOf(world.fleets ?? [], input, {
      action: "DescribeFleets",
      least: 1,
      most: 1_000,
      rank: byIndex,
    });
    return {
      Fleets: page.items.map(({ id, state, specification }) => ({
        FleetId: id,
        FleetState: state,
        LaunchTemplateConfigs: [{ LaunchTemplateSpecification: specification }],
      })),
      NextToken: page.NextToken,
    };
  }),

  action(DescribeInstanceAttribute$, (input: DescribeInstanceAttributeRequest): InstanceAttribute => {
    const found = world.instances?.find(({ id }) => id === input.InstanceId);
    if (found === undefined)
      throw new Fault("InvalidInstanceID.NotFound", `The instance ID '${input.InstanceId}' does not exist`);
    if (input.Attribute !== "userData")
      throw new Fault("InvalidParameterValue", `The attribute ${input.Attribute} is not known here`);
    const { userData } = found;
    return { InstanceId: found.id, UserData: userData === undefined ? {} : { Value: userData } };
  }),

  action(DescribeInstances$, (input: DescribeInstancesRequest): DescribeInstancesResult => {
    const { instances = [] } = world;
    const { InstanceIds = [] } = input;
    for (const id of InstanceIds)
      if (!instances.some((instance) => instance.id === id))
        throw new Fault("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`);
    const matching = filtered(
      instances.filter(({ id }) => InstanceIds.length === 0 || InstanceIds.includes(id)),
      input.Filters,
      {
        "instance-id": ({ id }) => [id],
        "image-id": ({ imageId }) => [imageId],
        "instance-state-name": ({ state = "running" }) => [state],
      },
      ({ tags }) => tags,
    );
    const page = pageOf(matching, input, {
      action: "DescribeInstances",
      least: 5,
      most: 1_000,
      rank: byIndex,
    });
    return {
      Reservations: page.items.map((instance) => ({
        ReservationId: instance.id.replace(/^i-/, "r-"),
        OwnerId: ACCOUNT,
        Instances: [instanceOf(instance)],
      })),
      NextToken: page.NextToken,
    };
  }),

  instanceTypesAction(() => world.instanceTypes ?? []),
];

const imageOf = (image: FakeImage): Image => ({
  ImageId: image.id,
  Name: image.name,
  OwnerId: image.owner,
  Architecture: image.architecture,
  RootDeviceName: image.rootDeviceName,
  RootDeviceType: "ebs",
  BlockDeviceMappings: [
    { DeviceName: image.rootDeviceName, Ebs: { VolumeSize: image.rootSizeGib ?? 8, VolumeType: "gp3" } },
  ],
  VirtualizationType: "hvm",
  CreationDate: image.creationDate,
  State: image.state,
});

const instanceOf = ({ id, state = "running", imageId, instanceType, tags }: FakeInstance): Instance => ({
  InstanceId: id,
  ImageId: imageId,
  InstanceType: instanceType as Instance["InstanceType"],
  State: { Code: STATES[state], Name: state },
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
});

/** The answer of SSM to GetParameter. */
export const parameterOf = ({ parameters = {} }: Surroundings, name: string): object => {
  const value = parameters[name];
  if (value === undefined) throw new Fault("ParameterNotFound", `The parameter ${name} does not exist.`);
  return { Parameter: { Name: name, Type: "String", DataType: "text", Value: value, Version: 1 } };
};
