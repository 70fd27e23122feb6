import type { BlockDevice, TemplateData } from "../data.ts";
import { SOURCE, type TemplateHit, type TemplateRule, template, withVolume } from "./shape.ts";

/** Rules on volumes. A device without `Ebs` is none: an instance store, or one that is taken away. */

type Ebs = NonNullable<BlockDevice["Ebs"]>;

interface Volume {
  readonly ebs: Ebs;
  readonly at: string;
  readonly isRoot: boolean;
}

/** Amazon Linux and Debian use the first, Ubuntu the second. */
const ROOT_NAMES: readonly string[] = ["/dev/xvda", "/dev/sda1"];

/** Of gp3. */
const IOPS = { least: 3_000, most: 80_000 } as const;
/** Of gp3, in MiB per second. */
const THROUGHPUT = { least: 125, most: 2_000 } as const;

const WITH_IOPS: readonly string[] = ["gp3", "io1", "io2"];

const NEED_IOPS: readonly string[] = ["io1", "io2"];

const volumesOf = ({ BlockDeviceMappings = [] }: TemplateData): readonly Volume[] => {
  const root = BlockDeviceMappings.find(({ DeviceName = "" }) => ROOT_NAMES.includes(DeviceName));
  return BlockDeviceMappings.flatMap((device, index) =>
    device.Ebs === undefined
      ? []
      : [{ ebs: device.Ebs, at: `BlockDeviceMappings[${index}].Ebs`, isRoot: device === root }],
  );
};

/** A rule that looks at one volume at a time. */
const each =
  (check: (volume: Volume) => Iterable<TemplateHit>): TemplateRule["check"] =>
  ({ data }) =>
    volumesOf(data).flatMap((volume) => [...check(volume)]);

const GP3 = { VolumeType: "gp3", VolumeSize: 16, Encrypted: true, DeleteOnTermination: true } as const;

const { Encrypted: _, ...NO_FLAG } = GP3;
const FROM_SNAPSHOT = { ...NO_FLAG, SnapshotId: "snap-0123456789abcdef0" } as const;

const isWithin = (value: number, { least, most }: typeof IOPS | typeof THROUGHPUT): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

export const VOLUME_RULES: readonly TemplateRule[] = [
  {
    id: "LT09",
    severity: "warning",
    title: "volume that is not gp3",
    why: "gp3 costs less than gp2 for the same size, and its speed does not depend on the size.",
    sources: [SOURCE.volumes],
    check: each(function* ({ ebs: { VolumeType }, at }) {
      if (VolumeType === "gp3") return;
      const is = VolumeType === undefined ? "is not set" : `is ${VolumeType}`;
      yield { field: `${at}.VolumeType`, message: `${is}. Set it to gp3.` };
    }),
    examples: {
      pass: [template(), template({ BlockDeviceMappings: [{ DeviceName: "/dev/sdb", NoDevice: "" }] })],
      fail: [withVolume({ ...GP3, VolumeType: "gp2" }), withVolume({ VolumeSize: 16 })],
    },
  },
  {
    id: "LT10",
    severity: "error",
    title: "speed that the volume cannot have",
    why: "EC2 finds out at launch, when the template has long been stored.",
    sources: [SOURCE.ebs, SOURCE.volumes],
    check: each(function* ({ ebs: { VolumeType, Iops, Throughput }, at }) {
      if (VolumeType === undefined) return;
      const isGp3 = VolumeType === "gp3";
      if (Iops === undefined && NEED_IOPS.includes(VolumeType))
        yield { field: `${at}.Iops`, message: `is not set, and ${VolumeType} needs it. Set it, or use gp3.` };
      if (Iops !== undefined && !WITH_IOPS.includes(VolumeType))
        yield { field: `${at}.Iops`, message: `cannot be set for ${VolumeType}. Remove it, or use gp3.` };
      else if (Iops !== undefined && isGp3 && !isWithin(Iops, IOPS))
        yield {
          field: `${at}.Iops`,
          message: `is ${Iops}. Set it to a whole number from 3,000 to 80,000 for gp3.`,
        };
      if (Throughput !== undefined && !isGp3)
        yield {
          field: `${at}.Throughput`,
          message: `cannot be set for ${VolumeType}. Remove it, or use gp3.`,
        };
      else if (Throughput !== undefined && !isWithin(Throughput, THROUGHPUT))
        yield {
          field: `${at}.Throughput`,
          message: `is ${Throughput}. Set it to a whole number from 125 to 2,000 MiB per second for gp3.`,
        };
    }),
    examples: {
      pass: [
        withVolume({ ...GP3, Iops: 3_000, Throughput: 125 }),
        withVolume({ ...GP3, Iops: 80_000, Throughput: 2_000 }),
        withVolume({ ...GP3, VolumeType: "io2", Iops: 100_000 }),
      ],
      fail: [
        withVolume({ ...GP3, Iops: 2_999 }),
        withVolume({ ...GP3, Iops: 80_001 }),
        withVolume({ ...GP3, Throughput: 124 }),
        withVolume({ ...GP3, Throughput: 2_001 }),
        withVolume({ ...GP3, VolumeType: "gp2", Iops: 3_000 }),
        withVolume({ ...GP3, VolumeType: "io2", Iops: 3_000, Throughput: 500 }),
        withVolume({ ...GP3, VolumeType: "io1" }),
      ],
    },
  },
  {
    id: "LT11",
    severity: "error",
    title: "volume that is not encrypted",
    why: "Only an explicit flag holds in every account. A volume of a snapshot follows the snapshot instead.",
    sources: [SOURCE.ebs],
    check: each(function* ({ ebs: { Encrypted, SnapshotId }, at }) {
      const field = `${at}.Encrypted`;
      if (SnapshotId !== undefined) {
        if (Encrypted !== undefined)
          yield {
            field,
            message: "cannot be set together with SnapshotId. Remove it, and encrypt the snapshot.",
          };
      } else if (Encrypted !== true)
        yield { field, message: `is ${Encrypted === undefined ? "not set" : Encrypted}. Set it to true.` };
    }),
    examples: {
      pass: [template(), withVolume(FROM_SNAPSHOT)],
      fail: [
        withVolume({ ...GP3, Encrypted: false }),
        withVolume(NO_FLAG),
        withVolume({ ...FROM_SNAPSHOT, Encrypted: true }),
      ],
    },
  },
  {
    id: "LT12",
    severity: "error",
    title: "key without encryption",
    why: "A key is of use only to an encrypted volume, and EC2 refuses it for any other.",
    sources: [SOURCE.ebs],
    check: each(function* ({ ebs: { Encrypted, KmsKeyId }, at }) {
      if (KmsKeyId !== undefined && Encrypted !== true)
        yield {
          field: `${at}.KmsKeyId`,
          message: "needs Encrypted. Set Encrypted to true, or remove the key.",
        };
    }),
    examples: {
      pass: [template(), withVolume({ ...GP3, KmsKeyId: "alias/data" })],
      fail: [
        withVolume({ ...NO_FLAG, KmsKeyId: "alias/data" }),
        withVolume({ ...GP3, Encrypted: false, KmsKeyId: "alias/data" }),
      ],
    },
  },
  {
    id: "LT13",
    severity: "warning",
    title: "volume whose end is not said",
    why: "A root volume that stays costs money for ever, and a data volume that goes takes its data along.",
    sources: [SOURCE.ebs],
    check: each(function* ({ ebs: { DeleteOnTermination }, at, isRoot }) {
      const field = `${at}.DeleteOnTermination`;
      if (isRoot && DeleteOnTermination !== true)
        yield { field, message: "is not true for the root volume. Set it to true." };
      else if (DeleteOnTermination === undefined)
        yield { field, message: "is not set. Set it to false to keep the data, else to true." };
    }),
    examples: {
      pass: [template(), withVolume({ ...GP3, DeleteOnTermination: false }, "/dev/sdf")],
      fail: [
        withVolume({ ...GP3, DeleteOnTermination: false }),
        withVolume({ ...GP3, DeleteOnTermination: undefined }, "/dev/sda1"),
        withVolume({ ...GP3, DeleteOnTermination: undefined }, "/dev/sdf"),
      ],
    },
  },
  {
    id: "LT14",
    severity: "error",
    title: "volume without a size, or without a device of its own",
    why: "EC2 makes a volume of a snapshot or of a size, and can attach one to each device.",
    sources: [SOURCE.ebs],
    *check({ data }) {
      for (const { ebs, at } of volumesOf(data))
        if (ebs.VolumeSize === undefined && ebs.SnapshotId === undefined)
          yield { field: `${at}.VolumeSize`, message: "is not set. Set it, or give a SnapshotId." };
      const names = (data.BlockDeviceMappings ?? []).map(({ DeviceName }) => DeviceName);
      for (const [at, name] of names.entries())
        if (name !== undefined && names.indexOf(name) < at)
          yield {
            field: `BlockDeviceMappings[${at}].DeviceName`,
            message: `is ${name} again. Give each volume a device of its own.`,
          };
    },
    examples: {
      pass: [template(), withVolume({ SnapshotId: "snap-0123456789abcdef0" })],
      fail: [
        withVolume({ VolumeType: "gp3" }),
        template({
          BlockDeviceMappings: ["/dev/sdf", "/dev/sdf"].map((DeviceName) => ({ DeviceName, Ebs: GP3 })),
        }),
      ],
    },
  },
];
