/**
 * The place of an event in the order of the store: by time, then by arrival, then by its index in the request.
 * As a boundary it stands just before that event.
 */
export interface Position {
  readonly timestamp: number;
  readonly batch: number;
  readonly index: number;
}

export const FIRST: Position = { timestamp: 0, batch: 0, index: 0 };

export const comparePositions = (a: Position, b: Position): number =>
  a.timestamp - b.timestamp || a.batch - b.batch || a.index - b.index;

/** The boundary just behind an event. */
export const behind = (position: Position): Position => ({ ...position, index: position.index + 1 });

// The digits of each part; together 56, as many as the service uses for the ids of its events.
const DIGITS = { timestamp: 16, batch: 20, index: 20 } as const;

/**
 * 56 digits whose order as text is the order of the positions. Used as event id and inside tokens. The page relies on
 * what follows the time being the order of arrival: page/browser/tail.js.
 */
export const positionText = (position: Position): string =>
  String(position.timestamp).padStart(DIGITS.timestamp, "0") +
  String(position.batch).padStart(DIGITS.batch, "0") +
  String(position.index).padStart(DIGITS.index, "0");

/** The reverse of {@link positionText}, or undefined for anything else. */
export const parsePosition = (text: string): Position | undefined => {
  const parts = /^(\d{16})(\d{20})(\d{20})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || !parts.every(Number.isSafeInteger)) return undefined;
  const [timestamp = 0, batch = 0, index = 0] = parts;
  return { timestamp, batch, index };
};
