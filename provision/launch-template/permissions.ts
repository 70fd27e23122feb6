/** What each command may do in an account, and nothing more. The one place for that: `provision iam-policy` prints it. */

/** What an action may be limited to. */
const RESOURCES = {
  "launch-template": "arn:*:ec2:*:*:launch-template/*",
  parameter: "arn:*:ssm:*:*:parameter/*",
  role: "arn:*:iam::*:role/*",
  instance: "arn:*:ec2:*:*:instance/*",
  "network-interface": "arn:*:ec2:*:*:network-interface/*",
  volume: "arn:*:ec2:*:*:volume/*",
  "auto-scaling-group": "arn:*:autoscaling:*:*:autoScalingGroup:*",
} as const satisfies Readonly<Record<string, string>>;

export interface Permission {
  /** Such as `ec2:DescribeLaunchTemplates`. */
  readonly action: string;
  /** What it is limited to; absent for actions that know no resource, or many kinds of them. */
  readonly on?: keyof typeof RESOURCES;
}

const read = (...actions: readonly string[]): readonly Permission[] => actions.map((action) => ({ action }));

const TEMPLATES = read("ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions");

const IMAGES: readonly Permission[] = [
  { action: "ec2:DescribeImages" },
  { action: "ssm:GetParameter", on: "parameter" },
];

const USERS = read("ec2:DescribeInstances", "ec2:DescribeFleets", "autoscaling:DescribeAutoScalingGroups");

const onTemplate = (...actions: readonly string[]): readonly Permission[] =>
  actions.map((action) => ({ action, on: "launch-template" }));

const PROMOTE = onTemplate("ec2:ModifyLaunchTemplate", "ec2:CreateTags");

const APPLY: readonly Permission[] = [
  ...TEMPLATES,
  ...onTemplate(
    "ec2:CreateLaunchTemplate",
    "ec2:CreateLaunchTemplateVersion",
    // What the service finds fault with is taken back.
    "ec2:DeleteLaunchTemplate",
    "ec2:DeleteLaunchTemplateVersions",
  ),
  ...PROMOTE,
];

/** By command, as it is typed. */
export const PERMISSIONS: Readonly<Record<string, readonly Permission[]>> = {
  "user-data decode": [
    { action: "ec2:DescribeInstanceAttribute" },
    { action: "ec2:DescribeLaunchTemplateVersions" },
  ],
  "launch-template render": IMAGES,
  // The last one for a host with instance_requirements; a plan is made without it, too.
  "launch-template plan": [...IMAGES, ...TEMPLATES, ...read("ec2:GetInstanceTypesFromInstanceRequirements")],
  "launch-template apply": APPLY,
  "launch-template apply --refresh": [
    ...APPLY,
    ...read("autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeInstanceRefreshes"),
    { action: "autoscaling:StartInstanceRefresh", on: "auto-scaling-group" },
    // Who lets a group start instances from a template must be allowed to start, tag and equip such:
    // https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html
    { action: "ec2:RunInstances" },
    { action: "ec2:CreateTags", on: "instance" },
    { action: "ec2:CreateTags", on: "volume" },
    { action: "ec2:CreateTags", on: "network-interface" },
    { action: "iam:PassRole", on: "role" },
  ],
  "launch-template history": TEMPLATES,
  "launch-template show": TEMPLATES,
  "launch-template rollback": [...TEMPLATES, ...PROMOTE],
  "launch-template prune": [...TEMPLATES, ...USERS, ...onTemplate("ec2:DeleteLaunchTemplateVersions")],
  "launch-template drift": [...IMAGES, ...TEMPLATES, ...USERS],
};

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** The policy of IAM for some commands: a statement for each kind of resource. Pure. */
export const policyOf = (commands: readonly string[]): object => {
  const permissions = commands.flatMap((command) => PERMISSIONS[command] ?? []);
  const resources = [...new Set(permissions.map(({ on }) => (on === undefined ? "*" : RESOURCES[on])))];
  return {
    Version: "2012-10-17",
    Statement: resources.toSorted(order).map((Resource) => ({
      Effect: "Allow",
      Action: [
        ...new Set(
          permissions
            .filter(({ on }) => (on === undefined ? "*" : RESOURCES[on]) === Resource)
            .map(({ action }) => action),
        ),
      ].toSorted(order),
      Resource,
    })),
  };
};
