/** What each command may do in an account, and nothing more. The one place for that: `provision iam-policy` prints it. */

export interface Permission {
  /** Such as `ec2:DescribeLaunchTemplates`. */
  readonly action: string;
  /** What it is limited to, as part of an ARN: `ec2 launch-template`; absent for actions that know no resource. */
  readonly on?: "launch-template" | "parameter" | "auto-scaling-group";
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

/** By command, as it is typed. */
export const PERMISSIONS: Readonly<Record<string, readonly Permission[]>> = {
  "user-data decode": [
    { action: "ec2:DescribeInstanceAttribute" },
    { action: "ec2:DescribeLaunchTemplateVersions" },
  ],
  "launch-template render": IMAGES,
  "launch-template plan": [...IMAGES, ...TEMPLATES],
  "launch-template apply": [
    ...TEMPLATES,
    ...onTemplate(
      "ec2:CreateLaunchTemplate",
      "ec2:CreateLaunchTemplateVersion",
      // What the service finds fault with is taken back.
      "ec2:DeleteLaunchTemplate",
      "ec2:DeleteLaunchTemplateVersions",
    ),
    ...PROMOTE,
  ],
  // Who replaces instances by those of a template must be allowed to start such: that depends on the template.
  "launch-template apply --refresh": [
    { action: "autoscaling:DescribeInstanceRefreshes" },
    { action: "autoscaling:StartInstanceRefresh", on: "auto-scaling-group" },
  ],
  "launch-template history": TEMPLATES,
  "launch-template show": TEMPLATES,
  "launch-template rollback": [...TEMPLATES, ...PROMOTE],
  "launch-template prune": [...TEMPLATES, ...USERS, ...onTemplate("ec2:DeleteLaunchTemplateVersions")],
  "launch-template drift": [...IMAGES, ...TEMPLATES, ...USERS],
};

const RESOURCES: Readonly<Record<NonNullable<Permission["on"]>, string>> = {
  "launch-template": "arn:*:ec2:*:*:launch-template/*",
  parameter: "arn:*:ssm:*:*:parameter/*",
  "auto-scaling-group": "arn:*:autoscaling:*:*:autoScalingGroup:*",
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
