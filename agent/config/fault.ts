/** What is wrong with one value, and how to put it right. */
export interface Fault {
  readonly message: string;
  /** Goes into brackets after the message: a guess at what was meant, or an example. */
  readonly hint?: string;
}

/** Something that was found, at an index into the text; `load.ts` turns it into a line and a column. */
export interface Finding {
  readonly severity: "error" | "warning";
  readonly offset: number;
  readonly key: string;
  readonly message: string;
  readonly hint?: string | undefined;
}
