import { Buffer } from "node:buffer";
import type { RuleText, Severity } from "../../lint/rule.ts";
import type { Template, TemplateData } from "../data.ts";

/** One field where a rule is broken. */
export interface TemplateHit {
  /** A path such as `BlockDeviceMappings[0].Ebs.Iops`; `name` is that of the template itself. */
  readonly field: string;
  /** Goes on after the field: what is wrong with it, then what to do. */
  readonly message: string;
  /** Where it differs from that of the rule. */
  readonly severity?: Severity;
}

export interface TemplateRule extends RuleText {
  readonly id: `LT${number}`;
  /** Pure. */
  readonly check: (template: Template) => Iterable<TemplateHit>;
  /** Templates that the rule passes, and that it finds fault with. The tests run all of them. */
  readonly examples: { readonly pass: readonly Template[]; readonly fail: readonly Template[] };
}

const API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference";
const GUIDE = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide";

export const SOURCE = {
  data: `${API}/API_RequestLaunchTemplateData.html`,
  ebs: `${API}/API_LaunchTemplateEbsBlockDeviceRequest.html`,
  networkInterface: `${API}/API_LaunchTemplateInstanceNetworkInterfaceSpecificationRequest.html`,
  metadata: `${API}/API_LaunchTemplateInstanceMetadataOptionsRequest.html`,
  spot: `${API}/API_LaunchTemplateSpotMarketOptionsRequest.html`,
  requirements: `${API}/API_InstanceRequirementsRequest.html`,
  restrictions: `${GUIDE}/launch-template-restrictions.html`,
  userData: `${GUIDE}/user-data.html`,
  imds: `${GUIDE}/configuring-instance-metadata-service.html`,
  volumes: "https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html",
  credits: `${GUIDE}/burstable-performance-instances-unlimited-mode-concepts.html`,
  refresh: "https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html",
} as const;

export const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** What an example starts from: nothing to find fault with. */
const SOUND: TemplateData = {
  ImageId: "ami-0123456789abcdef0",
  InstanceType: "m7g.large",
  IamInstanceProfile: { Name: "web" },
  SecurityGroupIds: ["sg-0123456789abcdef0"],
  BlockDeviceMappings: [
    {
      DeviceName: "/dev/xvda",
      Ebs: { VolumeType: "gp3", VolumeSize: 16, Encrypted: true, DeleteOnTermination: true },
    },
  ],
  MetadataOptions: {
    HttpTokens: "required",
    HttpPutResponseHopLimit: 1,
    HttpEndpoint: "enabled",
    HttpProtocolIpv6: "disabled",
    InstanceMetadataTags: "disabled",
  },
  Monitoring: { Enabled: true },
  InstanceInitiatedShutdownBehavior: "stop",
  TagSpecifications: ["instance", "volume", "network-interface"].map((ResourceType) => ({
    ResourceType,
    Tags: [{ Key: "Name", Value: "web" }],
  })),
  UserData: base64("#!/bin/bash\ntrue\n"),
};

/** A template of an example: sound, but for these fields. One that is undefined is left out. */
export const template = (fields: Readonly<Record<string, unknown>> = {}, name = "web"): Template => ({
  name,
  tags: {},
  data: Object.fromEntries(
    Object.entries({ ...SOUND, ...fields }).filter(([, value]) => value !== undefined),
  ),
});

/** The same with one volume of these fields. */
export const withVolume = (ebs: Readonly<Record<string, unknown>>, name = "/dev/xvda"): Template =>
  template({ BlockDeviceMappings: [{ DeviceName: name, Ebs: ebs }] });

/** The same with one network interface, which then has the security groups. */
export const withInterface = (fields: Readonly<Record<string, unknown>>): Template =>
  template({
    SecurityGroupIds: undefined,
    NetworkInterfaces: [
      { DeviceIndex: 0, AssociatePublicIpAddress: false, Groups: ["sg-0123456789abcdef0"], ...fields },
    ],
  });
