/** `2026-11-28T15:30:00Z`: what documents and notices have. */
export const isoSeconds = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** `28 Nov 2026 15:30:00 GMT`: what scheduled events have. */
export const eventTime = (time: number): string => new Date(time).toUTCString().replace(/^\w+, 0?/, "");
