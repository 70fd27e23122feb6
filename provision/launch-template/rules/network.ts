import type { NetworkInterface, TemplateData } from "../data.ts";
import { SOURCE, type TemplateHit, type TemplateRule, template, withInterface } from "./shape.ts";

/** Rules on how the instance is reached. */

const GROUP = "sg-0123456789abcdef0";

/** An interface that exists already brings its groups and its subnet along. */
const isNew = ({ NetworkInterfaceId }: NetworkInterface): boolean => NetworkInterfaceId === undefined;

function* namesIn(groups: readonly string[], path: string): Generator<TemplateHit> {
  for (const [at, group] of groups.entries())
    if (!group.startsWith("sg-"))
      yield {
        field: `${path}[${at}]`,
        message: `is "${group}", which is no id. Write an id such as ${GROUP}.`,
      };
}

function* misplacedGroups({ SecurityGroupIds, SecurityGroups }: TemplateData): Generator<TemplateHit> {
  const message = "cannot be set beside NetworkInterfaces. Move the ids to Groups of an interface.";
  if (SecurityGroupIds !== undefined) yield { field: "SecurityGroupIds", message };
  if (SecurityGroups !== undefined) yield { field: "SecurityGroups", message };
}

function* groupsOfInterfaces(interfaces: readonly NetworkInterface[]): Generator<TemplateHit> {
  for (const [at, one] of interfaces.entries()) {
    const field = `NetworkInterfaces[${at}].Groups`;
    if (isNew(one) && (one.Groups ?? []).length === 0)
      yield {
        field,
        severity: "warning",
        message: "is empty, which means the default group. Name one by its id.",
      };
    yield* namesIn(one.Groups ?? [], field);
  }
}

export const NETWORK_RULES: readonly TemplateRule[] = [
  {
    id: "LT17",
    severity: "error",
    title: "security groups in two places, or by name",
    why: "EC2 refuses groups beside interfaces, and takes names only in the default network.",
    sources: [SOURCE.data, SOURCE.networkInterface],
    *check({ data }) {
      const { NetworkInterfaces = [], SecurityGroupIds = [], SecurityGroups = [] } = data;
      yield* namesIn(SecurityGroupIds, "SecurityGroupIds");
      if (NetworkInterfaces.length > 0) {
        yield* misplacedGroups(data);
        yield* groupsOfInterfaces(NetworkInterfaces);
      } else if (SecurityGroups.length > 0)
        yield { field: "SecurityGroups", message: "holds names. Write the ids in SecurityGroupIds instead." };
      else if (SecurityGroupIds.length === 0) {
        const message = "is empty, which means the default group. Name one by its id.";
        yield { field: "SecurityGroupIds", severity: "warning", message };
      }
    },
    examples: {
      pass: [
        template(),
        withInterface({}),
        withInterface({ NetworkInterfaceId: "eni-1", Groups: undefined }),
      ],
      fail: [
        template({ SecurityGroupIds: ["web"] }),
        template({ SecurityGroupIds: undefined, SecurityGroups: ["web"] }),
        template({ SecurityGroupIds: undefined }),
        template({ NetworkInterfaces: [{ DeviceIndex: 0, Groups: [GROUP] }] }),
        withInterface({ Groups: ["web"] }),
        withInterface({ Groups: [] }),
      ],
    },
  },
  {
    id: "LT18",
    severity: "warning",
    title: "network interface that ties the instance down",
    why: "A public address opens the host to the world, and a subnet fixes it to one Availability Zone.",
    sources: [SOURCE.networkInterface, SOURCE.restrictions],
    *check({ data: { NetworkInterfaces = [] } }) {
      if (NetworkInterfaces.length > 0 && !NetworkInterfaces.some(({ DeviceIndex }) => DeviceIndex === 0))
        yield {
          field: "NetworkInterfaces[0].DeviceIndex",
          message: "is 0 for no interface, though an instance needs a first one. Set one to 0.",
        };
      for (const [at, one] of NetworkInterfaces.entries()) {
        const path = `NetworkInterfaces[${at}]`;
        const field = `${path}.AssociatePublicIpAddress`;
        if (one.AssociatePublicIpAddress === true)
          yield {
            field,
            message: "is true. Set it to false, and let a load balancer or SSM reach the host.",
          };
        else if (one.AssociatePublicIpAddress === undefined && one.DeviceIndex === 0 && isNew(one))
          yield { field, severity: "info", message: "is not set, so the subnet decides. Set it to false." };
        // Right for a single instance, and a template alone does not tell what it is for.
        if (one.SubnetId !== undefined)
          yield {
            field: `${path}.SubnetId`,
            severity: "info",
            message: "fixes the Availability Zone. Remove it if an Auto Scaling group uses the template.",
          };
      }
    },
    examples: {
      pass: [template(), withInterface({}), withInterface({ NetworkInterfaceId: "eni-1" })],
      fail: [
        withInterface({ DeviceIndex: 1 }),
        withInterface({ DeviceIndex: undefined }),
        withInterface({ AssociatePublicIpAddress: true }),
        withInterface({ AssociatePublicIpAddress: undefined }),
        withInterface({ SubnetId: "subnet-0123456789abcdef0" }),
      ],
    },
  },
];
