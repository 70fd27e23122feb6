/** An answer of the service that is no success: its name, its text and its HTTP status. */
export class ServiceError extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.name = "ServiceError";
    this.type = type;
    this.status = status;
  }
}

export const invalidParameter = (message: string): ServiceError =>
  new ServiceError("InvalidParameterException", message);

export const notFound = (what: string): ServiceError =>
  new ServiceError("ResourceNotFoundException", `The specified ${what} does not exist.`);

export const alreadyExists = (what: string): ServiceError =>
  new ServiceError("ResourceAlreadyExistsException", `The specified ${what} already exists`);

/** The request could not be read at all: no JSON, not UTF-8, or a member of the wrong type. */
export const unreadable = (message: string): ServiceError =>
  new ServiceError("SerializationException", message);
