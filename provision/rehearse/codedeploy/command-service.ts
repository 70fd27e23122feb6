import { COMMANDS, type CommandName, type Deployment } from "./deployment.ts";

/**
 * The side of CodeDeploy that its agents talk to, for one deployment to one host. It keeps the rules of the service: a
 * command is given out until it is acknowledged, and completed once. Pure but for what it remembers.
 */

export interface CommandServiceInput {
  readonly deployment: Deployment;
  /** The specification, signed: PEM. */
  readonly envelope: string;
  /** The only host that gets anything. */
  readonly host: string;
}

/** How far one command has come. */
export interface CommandSeen {
  readonly name: CommandName;
  readonly state: "not given out" | "given out" | "acknowledged" | "succeeded" | "failed";
  /** How often it was given out. */
  readonly deliveries: number;
  /** What the agent has said at its end. */
  readonly code: number | undefined;
  readonly message: string | undefined;
  readonly log: string | undefined;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface CommandService {
  /** A poll with nothing to give out answers with an empty object. */
  readonly call: (target: string, input: unknown) => ServiceAnswer;
  /** Until then there is nothing to give out. */
  readonly begin: () => void;
  readonly seen: () => readonly CommandSeen[];
}

/** By the service that a request is signed for. */
export const PREFIXES: Readonly<Record<string, string>> = {
  "codedeploy-commands": "CodeDeployCommandService_v20141006",
  "codedeploy-commands-secure": "CodeDeployCommandService",
};

interface Command {
  readonly name: CommandName;
  readonly id: string;
  state: CommandSeen["state"];
  deliveries: number;
  code: number | undefined;
  message: string | undefined;
  log: string | undefined;
}

const refusal = (type: string, message: string): ServiceAnswer => ({
  status: 400,
  body: { __type: type, message },
});

const taken = (body: Readonly<Record<string, unknown>> = {}): ServiceAnswer => ({ status: 200, body });

type Input = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Input =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The payload of diagnostics, which is JSON in a text. */
const diagnosticsOf = ({ Diagnostics: given }: Input): Input | undefined => {
  if (!isMapping(given) || given.Format !== "JSON" || typeof given.Payload !== "string") return undefined;
  try {
    const payload: unknown = JSON.parse(given.Payload);
    return isMapping(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
};

const isOver = ({ state }: Command): boolean => state === "succeeded" || state === "failed";

export const commandService = ({ deployment, envelope, host }: CommandServiceInput): CommandService => {
  const commands = COMMANDS.map(
    (name, at): Command => ({
      name,
      id: `${deployment.id}:${at + 1}:${name}`,
      state: "not given out",
      deliveries: 0,
      code: undefined,
      message: undefined,
      log: undefined,
    }),
  );

  let hasBegun = false;

  /** A deployment that has failed gives out nothing more. */
  const current = (): Command | undefined =>
    !hasBegun || commands.some(({ state }) => state === "failed")
      ? undefined
      : commands.find((each) => !isOver(each));

  const named = (input: Input): Command | undefined =>
    commands.find(({ id, deliveries }) => id === input.HostCommandIdentifier && deliveries > 0);

  const poll = (): ServiceAnswer => {
    const command = current();
    if (command === undefined || command.state === "acknowledged") return taken();
    command.state = "given out";
    command.deliveries += 1;
    return taken({
      HostCommand: {
        HostCommandIdentifier: command.id,
        HostIdentifier: host,
        DeploymentExecutionId: `${deployment.id}:${command.name}`,
        CommandName: command.name,
        Nonce: command.deliveries,
      },
    });
  };

  const specification = (input: Input): ServiceAnswer =>
    commands.some(({ name }) => input.DeploymentExecutionId === `${deployment.id}:${name}`)
      ? taken({
          DeploymentSystem: "CodeDeploy",
          DeploymentSpecification: { GenericEnvelope: { Format: "PKCS7/JSON", Payload: envelope } },
        })
      : refusal("ClientException", "There is no such deployment execution for this host.");

  const acknowledge = (input: Input): ServiceAnswer => {
    const command = named(input);
    if (command === undefined) return refusal("ClientException", "There is no such host command.");
    const diagnostics = diagnosticsOf(input);
    if (diagnostics === undefined || typeof diagnostics.IsCommandNoop !== "boolean")
      return refusal("ClientException", "Diagnostics must be JSON with IsCommandNoop.");
    if (isOver(command)) return taken({ CommandStatus: command.state === "failed" ? "Failed" : "Succeeded" });
    // What has nothing to do is done with that.
    command.state = diagnostics.IsCommandNoop ? "succeeded" : "acknowledged";
    return taken({ CommandStatus: diagnostics.IsCommandNoop ? "Succeeded" : "InProgress" });
  };

  const complete = (input: Input): ServiceAnswer => {
    const command = named(input);
    if (command === undefined) return refusal("ClientException", "There is no such host command.");
    if (isOver(command)) return refusal("ClientException", "The host command is completed already.");
    const { CommandStatus: status } = input;
    if (status !== "Succeeded" && status !== "Failed")
      return refusal("ClientException", "CommandStatus must be Succeeded or Failed.");
    const { error_code: code, message, log } = diagnosticsOf(input) ?? {};
    command.state = status === "Succeeded" ? "succeeded" : "failed";
    command.code = typeof code === "number" ? code : undefined;
    command.message = typeof message === "string" ? message : undefined;
    command.log = typeof log === "string" ? log : undefined;
    return taken();
  };

  const operations: Readonly<Record<string, (input: Input) => ServiceAnswer>> = {
    PollHostCommand: poll,
    GetDeploymentSpecification: specification,
    PutHostCommandAcknowledgement: acknowledge,
    PutHostCommandComplete: complete,
  };
  const asksForHost = ["PollHostCommand", "GetDeploymentSpecification"];

  return {
    call: (target, input) => {
      const operation = Object.hasOwn(operations, target) ? operations[target] : undefined;
      if (operation === undefined)
        return refusal("UnknownOperationException", `There is no operation ${target}.`);
      if (!isMapping(input)) return refusal("SerializationException", "The body is no JSON object.");
      if (asksForHost.includes(target) && input.HostIdentifier !== host)
        return refusal("ClientException", "The host identifier is not that of the instance.");
      return operation(input);
    },
    begin: () => {
      hasBegun = true;
    },
    seen: () => commands.map(({ id: _, ...seen }) => seen),
  };
};

/** What stands behind the prefix of a target, if that is the one of the service; undefined for another one. */
export const operationOf = (service: string, target: string): string | undefined => {
  const [prefix, operation] = target.split(".", 2);
  return prefix === PREFIXES[service] ? operation : undefined;
};
