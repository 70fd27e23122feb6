/** What is wrong with one value, and how to put it right. */
export interface Fault {
  readonly message: string;
  /** Goes into brackets after the message: a guess at what was meant, or an example. */
  readonly hint?: string;
}
