/** Exit statuses shared by both programs. */
export const EXIT = {
  /** Done, or nothing to do. */
  done: 0,
  /** Failed. */
  failed: 1,
  /** Wrong usage or invalid input. */
  usage: 2,
  /** Findings or differences that somebody should act on. */
  findings: 3,
  /** Unfinished, and can be resumed by running the same command again. */
  unfinished: 75,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

interface ErrorKind {
  readonly exit: ExitStatus;
  /** What happened, in general; the message of the error says it in particular. */
  readonly what: string;
  /** What the reader can do next. */
  readonly next: string;
}

/**
 * Every error that a user can meet. `docs/reference/errors.md` lists the same codes; a test compares the two in
 * both directions.
 */
export const ERRORS = {
  USAGE: {
    exit: EXIT.usage,
    what: "The command line cannot be understood.",
    next: "Run the command with --help to see what it takes.",
  },
  NODE_TOO_OLD: {
    exit: EXIT.failed,
    what: "The program was started with a version of Node that is too old for it.",
    next: "Start it with a newer one, or install the package of `npm run package`, which brings its own.",
  },
  CONFIG_UNREADABLE: {
    exit: EXIT.usage,
    what: "The configuration file cannot be read.",
    next: "Check the path and the permissions of the file given with --config.",
  },
  CONFIG_INVALID: {
    exit: EXIT.usage,
    what: "The configuration has problems; each is listed with its line and column.",
    next: "Correct the listed lines, then try again with `host-agent check --config FILE`.",
  },
  INPUT_UNREADABLE: {
    exit: EXIT.usage,
    what: "A file that was named cannot be read or written.",
    next: "Check the path and the permissions of the file.",
  },
  INPUT_INVALID: {
    exit: EXIT.usage,
    what: "A file that was named is not what the command takes.",
    next: "Correct it as the message says.",
  },
  USER_DATA_TOO_LARGE: {
    exit: EXIT.usage,
    what: "The user data has more bytes than EC2 takes.",
    next: "Make it smaller as the message says.",
  },
  PLAN_STALE: {
    exit: EXIT.failed,
    what: "The launch template has changed since it was planned. Nothing was done.",
    next: "Plan again, and look at what would be done now.",
  },
  TEMPLATE_RACE: {
    exit: EXIT.failed,
    what: "Somebody else has changed the launch template at the same time. Nothing was promoted.",
    next: "Plan again: what was made and is wanted is promoted then, and what is not can be pruned.",
  },
  TEMPLATE_REFUSED: {
    exit: EXIT.failed,
    what: "The service has made a version and says that instances cannot be started with it.",
    next: "Correct the section launch as the message says, and plan again.",
  },
  TEMPLATE_MISMATCH: {
    exit: EXIT.failed,
    what: "What the service shows is not what was asked for. Nothing was promoted.",
    next: "Look at the version with `provision launch-template show`, and plan again.",
  },
  TEMPLATE_MISSING: {
    exit: EXIT.usage,
    what: "There is no such launch template, or no such version of it.",
    next: "Check the name and the Region; `provision launch-template history NAME` lists the versions.",
  },
  GROUP_MISSING: {
    exit: EXIT.usage,
    what: "There is no such Auto Scaling group. Nothing was done.",
    next: "Check the name that --refresh has, and the Region.",
  },
  REFRESH_BLOCKED: {
    exit: EXIT.failed,
    what: "The instances of an Auto Scaling group cannot be replaced as the group is now. They stay as they are.",
    next: "Do what the message says, and run the same command again.",
  },
  REFRESH_FAILED: {
    exit: EXIT.failed,
    what: "The instances of an Auto Scaling group could not all be replaced. The message says what it has now; the default version of the launch template stays the new one.",
    next: "Look at the activity of the group, and at what its new instances have logged at boot; `provision launch-template rollback` takes the version back.",
  },
  REFRESH_UNFINISHED: {
    exit: EXIT.unfinished,
    what: "The instances of an Auto Scaling group are not all replaced yet, and nobody waits for that any more.",
    next: "Run the same command again to follow it on; `aws autoscaling cancel-instance-refresh` stops it.",
  },
  REHEARSAL_UNAVAILABLE: {
    exit: EXIT.failed,
    what: "A rehearsal cannot be held on this machine, or not by this user.",
    next: "Install what the message names, or run it where it says.",
  },
  REHEARSAL_BROKEN: {
    exit: EXIT.failed,
    what: "A rehearsal has ended before anything could be said about what was rehearsed.",
    next: "Read the message; `provision rehearse gc` removes what may be left, and then try again.",
  },
  BASE_UNUSABLE: {
    exit: EXIT.failed,
    what: "What a rehearsal should start from is not there, or lacks what every instance has.",
    next: "Give another one with --base, as the message says.",
  },
  IMAGE_MISSING: {
    exit: EXIT.usage,
    what: "The image that instances are to start from is not there.",
    next: "Check `image` in the section launch, and the Region.",
  },
  AWS_CREDENTIALS: {
    exit: EXIT.failed,
    what: "AWS does not accept the credentials, or there are none.",
    next: "Log in again, or set AWS_PROFILE; `aws sts get-caller-identity` shows who you are.",
  },
  AWS_DENIED: {
    exit: EXIT.failed,
    what: "AWS does not permit an action.",
    next: "Add the action that the message names to the policy of who runs this.",
  },
  AWS_UNREACHABLE: {
    exit: EXIT.failed,
    what: "AWS cannot be reached, or does not answer in time.",
    next: "Check the network, the Region and the endpoint; then run the same command again.",
  },
  AWS_FAILED: {
    exit: EXIT.failed,
    what: "AWS refuses a request.",
    next: "Correct what the message says, and run the same command again.",
  },
  STATE_UNUSABLE: {
    exit: EXIT.failed,
    what: "The state directory cannot be written, or its content cannot be used.",
    next: "Give a writable directory with --state-dir, or free space on the disk that holds it.",
  },
  STATE_LOCKED: {
    exit: EXIT.failed,
    what: "Another host-agent uses the same state directory.",
    next: "Stop the other one, or give this one a state directory of its own with --state-dir.",
  },
  NO_REGION: {
    exit: EXIT.usage,
    what: "No AWS Region is known.",
    next: "Set `region` in the configuration or AWS_REGION in the environment.",
  },
  NO_INSTANCE: {
    exit: EXIT.usage,
    what: "Nobody knows which instance this is.",
    next: "Give --instance-id, or see that the metadata service can be reached.",
  },
  SIGNAL_UNTAKEN: {
    exit: EXIT.failed,
    what: "Nobody waits for this instance, or not any more.",
    next: "Check the name of the hook, that it is one for instances that launch, and whether its time was over.",
  },
  ENDPOINT_BUSY: {
    exit: EXIT.failed,
    what: "The address for the embedded endpoint is in use.",
    next: "Stop what listens there, or choose another one with --port.",
  },
  FAULTS_INVALID: {
    exit: EXIT.usage,
    what: "The file of scripted faults cannot be used.",
    next: "See docs/local-endpoint.md for its format.",
  },
  NOT_RUNNING: {
    exit: EXIT.failed,
    what: "No host-agent answers for this state directory.",
    next: "Start it with `host-agent run`, or name its state directory with --state-dir.",
  },
  INTERNAL: {
    exit: EXIT.failed,
    what: "Something happened that should not.",
    next: "Please report it with the message and the stack that follow.",
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** An error with a code from {@link ERRORS}: it carries its exit status and what to do next. */
export class AppError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AppError";
    this.code = code;
  }

  get exit(): ExitStatus {
    return ERRORS[this.code].exit;
  }

  get next(): string {
    return ERRORS[this.code].next;
  }
}
