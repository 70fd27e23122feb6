import { describe, expect, it } from "vitest";
import { imageQuery } from "../../../provision/launch-template/base-image.ts";
import { lintTemplate } from "../../../provision/launch-template/rules/rules.ts";
import { template } from "./host.ts";

describe("the launch template of a host", () => {
  it("is secure and costs nothing by surprise, where the file says nothing", () => {
    expect(template("", "#!/bin/sh\ntrue\n")).toEqual({
      name: "web",
      tags: { "hostwright:managed": "provision" },
      data: {
        ImageId: "ami-0123456789abcdef0",
        InstanceType: "t3.small",
        IamInstanceProfile: { Name: "web" },
        NetworkInterfaces: [
          {
            DeviceIndex: 0,
            AssociatePublicIpAddress: false,
            DeleteOnTermination: true,
            Groups: ["sg-0123456789abcdef0"],
          },
        ],
        BlockDeviceMappings: [
          {
            DeviceName: "/dev/xvda",
            Ebs: { VolumeType: "gp3", VolumeSize: 8, Encrypted: true, DeleteOnTermination: true },
          },
        ],
        MetadataOptions: {
          HttpEndpoint: "enabled",
          HttpProtocolIpv6: "disabled",
          HttpPutResponseHopLimit: 1,
          HttpTokens: "required",
          InstanceMetadataTags: "disabled",
        },
        Monitoring: { Enabled: false },
        CreditSpecification: { CpuCredits: "standard" },
        InstanceInitiatedShutdownBehavior: "stop",
        TagSpecifications: ["instance", "network-interface", "volume"].map((ResourceType) => ({
          ResourceType,
          Tags: [{ Key: "Name", Value: "web" }],
        })),
        UserData: Buffer.from("#!/bin/sh\ntrue\n").toString("base64"),
      },
    });
  });

  it("breaks no rule by its defaults", () => {
    expect(
      lintTemplate(template("", "#!/bin/sh\ntrue\n")).filter(({ severity }) => severity === "error"),
    ).toEqual([]);
  });

  it("says what the file says", () => {
    const { name, data } = template(
      [
        "  template_name: team/web",
        "  key_name: mine",
        "  public_ip: true",
        "  subnet_id: subnet-0123456789abcdef0",
        "  root_volume: {device: /dev/sda1, size_gib: 20, iops: 4000, throughput: 250, kms_key_id: alias/x}",
        "  volumes: [{device: /dev/sdf, snapshot_id: snap-0123456789abcdef0, delete_on_termination: false}]",
        "  metadata: {hop_limit: 2, tags: true}",
        "  detailed_monitoring: true",
        "  cpu_credits: unlimited",
        "  on_shutdown: terminate",
        "  spot: true",
        "  tags: {Name: front, team: web}",
        "",
      ].join("\n"),
    );
    expect(name).toBe("team/web");
    expect(data).toMatchObject({
      KeyName: "mine",
      NetworkInterfaces: [{ AssociatePublicIpAddress: true, SubnetId: "subnet-0123456789abcdef0" }],
      BlockDeviceMappings: [
        {
          DeviceName: "/dev/sda1",
          Ebs: { VolumeSize: 20, Iops: 4_000, Throughput: 250, KmsKeyId: "alias/x", Encrypted: true },
        },
        {
          DeviceName: "/dev/sdf",
          Ebs: { SnapshotId: "snap-0123456789abcdef0", DeleteOnTermination: false },
        },
      ],
      MetadataOptions: { HttpPutResponseHopLimit: 2, InstanceMetadataTags: "enabled" },
      Monitoring: { Enabled: true },
      CreditSpecification: { CpuCredits: "unlimited" },
      InstanceInitiatedShutdownBehavior: "terminate",
      InstanceMarketOptions: { MarketType: "spot" },
    });
    expect(data.TagSpecifications?.[0]?.Tags).toEqual([
      { Key: "Name", Value: "front" },
      { Key: "team", Value: "web" },
    ]);
    expect(data).not.toHaveProperty("UserData");
    // EC2 refuses the flag together with a snapshot.
    expect(data.BlockDeviceMappings?.[1]?.Ebs).not.toHaveProperty("Encrypted");
  });
});

describe("where an image is found", () => {
  it.each([
    ["al2023", "x86_64", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"],
    ["al2023", "arm64", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"],
    [
      "ubuntu-24.04",
      "arm64",
      "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id",
    ],
    ["debian-12", "x86_64", "/aws/service/debian/release/12/latest/amd64"],
  ] as const)("%s for %s", (choice, architecture, name) => {
    expect(imageQuery(choice, architecture)).toEqual({ kind: "parameter", name, by: choice });
  });

  it("elsewhere as the file says", () => {
    expect(imageQuery({ id: "ami-1" }, "x86_64")).toMatchObject({ kind: "id", id: "ami-1" });
    expect(imageQuery({ ssm: "/mine" }, "x86_64")).toMatchObject({ kind: "parameter", name: "/mine" });
    expect(imageQuery({ filter: { owner: "self", name: "web-*" } }, "arm64")).toMatchObject({
      kind: "newest",
      owner: "self",
      name: "web-*",
      architecture: "arm64",
    });
  });
});
