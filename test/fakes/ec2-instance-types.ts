/** Which instance types have what is asked for: GetInstanceTypesFromInstanceRequirements. */
import {
  ArchitectureType,
  BareMetal,
  BurstablePerformance,
  GetInstanceTypesFromInstanceRequirements$,
  type GetInstanceTypesFromInstanceRequirementsRequest,
  type GetInstanceTypesFromInstanceRequirementsResult,
  type InstanceRequirementsRequest,
  VirtualizationType,
} from "@aws-sdk/client-ec2";
import { holding, type Rule } from "./ec2-limits.ts";
import { pageOf } from "./ec2-lists.ts";
import { Fault } from "./ec2-query.ts";
import { type Action, action } from "./ec2-templates.ts";

/** One that EC2 has. What runs on credits, and what has no hypervisor, its name says. */
export interface FakeInstanceType {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryMib: number;
  /** `x86_64` if absent. */
  readonly architecture?: "x86_64" | "arm64";
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetInstanceTypesFromInstanceRequirements.html */
export const TYPES_PER_PAGE = { least: 1, most: 1_000 } as const;
/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceRequirementsRequest.html */
export const TYPE_PATTERNS = 400;

type Input = GetInstanceTypesFromInstanceRequirementsRequest;
type Wanted = InstanceRequirementsRequest;

const within = (number: number, range: { Min?: number | undefined; Max?: number | undefined } = {}) =>
  number >= (range.Min ?? 0) && number <= (range.Max ?? Number.POSITIVE_INFINITY);

/** Both kinds of odd types are left out unless they are asked for. */
const admits = (wanted: string | undefined, is: boolean): boolean =>
  wanted === "included" || is === (wanted === "required");

const named = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) =>
    new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(name),
  );

/** The requirements that the double understands; it refuses the others rather than to pass them over. */
const REQUIREMENTS: Readonly<
  Partial<Record<keyof Wanted, (type: FakeInstanceType, wanted: Wanted) => boolean>>
> = {
  VCpuCount: ({ vcpus }, { VCpuCount }) => within(vcpus, VCpuCount),
  MemoryMiB: ({ memoryMib }, { MemoryMiB }) => within(memoryMib, MemoryMiB),
  BurstablePerformance: ({ name }, wanted) => admits(wanted.BurstablePerformance, /^t\d/.test(name)),
  BareMetal: ({ name }, wanted) => admits(wanted.BareMetal, name.includes(".metal")),
  AllowedInstanceTypes: ({ name }, { AllowedInstanceTypes = ["*"] }) => named(AllowedInstanceTypes, name),
  ExcludedInstanceTypes: ({ name }, { ExcludedInstanceTypes = [] }) => !named(ExcludedInstanceTypes, name),
};

/** The members that take some of a few words. */
const WORDS: readonly {
  readonly name: string;
  readonly words: readonly string[];
  readonly of: (input: Input) => readonly (string | undefined)[];
}[] = [
  {
    name: "ArchitectureType",
    words: Object.values(ArchitectureType),
    of: ({ ArchitectureTypes = [] }) => ArchitectureTypes,
  },
  {
    name: "VirtualizationType",
    words: Object.values(VirtualizationType),
    of: ({ VirtualizationTypes = [] }) => VirtualizationTypes,
  },
  {
    name: "InstanceRequirements.BareMetal",
    words: Object.values(BareMetal),
    of: ({ InstanceRequirements }) => [InstanceRequirements?.BareMetal],
  },
  {
    name: "InstanceRequirements.BurstablePerformance",
    words: Object.values(BurstablePerformance),
    of: ({ InstanceRequirements }) => [InstanceRequirements?.BurstablePerformance],
  },
];

const RULES: readonly Rule<Input>[] = [
  {
    code: "UnsupportedOperation",
    breaks: ({ InstanceRequirements }) =>
      Object.keys(InstanceRequirements ?? {})
        .filter((name) => !(name in REQUIREMENTS))
        .map((name) => `The double does not know the requirement ${name}.`),
  },
  {
    code: "InvalidParameterValue",
    breaks: (input) =>
      WORDS.flatMap(({ name, words, of }) =>
        of(input)
          .filter((word) => word !== undefined && !words.includes(word))
          .map((word) => `Value (${word}) for parameter ${name} is invalid.`),
      ),
  },
  {
    code: "InvalidParameterValue",
    breaks: ({ InstanceRequirements }) =>
      (["VCpuCount", "MemoryMiB"] as const).flatMap((name) => {
        const { Min = 0, Max = Number.POSITIVE_INFINITY } = InstanceRequirements?.[name] ?? {};
        return Min < 0 || Max < Min ? [`${name}: Min must be 0 or more, and not above Max.`] : [];
      }),
  },
  {
    code: "InvalidParameterCombination",
    breaks: ({ InstanceRequirements: { AllowedInstanceTypes, ExcludedInstanceTypes } = {} as Wanted }) =>
      AllowedInstanceTypes !== undefined && ExcludedInstanceTypes !== undefined
        ? ["AllowedInstanceTypes and ExcludedInstanceTypes may not be specified together."]
        : [],
  },
  {
    code: "InvalidParameterValue",
    breaks: ({ InstanceRequirements: { AllowedInstanceTypes, ExcludedInstanceTypes } = {} as Wanted }) =>
      (AllowedInstanceTypes ?? ExcludedInstanceTypes ?? []).length > TYPE_PATTERNS
        ? [`At most ${TYPE_PATTERNS} instance types can be named.`]
        : [],
  },
];

const checkRequest = holding(RULES);

/** In the order of the list, which promises nothing. */
export const instanceTypesAction = (all: () => readonly FakeInstanceType[]): Action =>
  action(
    GetInstanceTypesFromInstanceRequirements$,
    (input: Input): GetInstanceTypesFromInstanceRequirementsResult => {
      checkRequest(input);
      const { ArchitectureTypes = [], VirtualizationTypes = [], InstanceRequirements } = input;
      if (InstanceRequirements === undefined) throw new Fault("MissingParameter", "InstanceRequirements");
      const fitting = all()
        .filter(({ architecture = "x86_64" }) => ArchitectureTypes.includes(architecture))
        // No type that is still sold runs anything else.
        .filter(() => VirtualizationTypes.includes("hvm"))
        .filter((type) => Object.values(REQUIREMENTS).every((meets) => meets(type, InstanceRequirements)));
      const page = pageOf(fitting, input, {
        action: "GetInstanceTypesFromInstanceRequirements",
        ...TYPES_PER_PAGE,
        rank: (_, index) => index,
      });
      return {
        InstanceTypes: page.items.map(({ name }) => ({ InstanceType: name })),
        NextToken: page.NextToken,
      };
    },
  );
