import type { Notices, ScheduledEvent } from "./instance.ts";
import { jsonLine, jsonText } from "./json-text.ts";
import { eventTime, isoSeconds } from "./times.ts";
import { type Entry, given } from "./tree.ts";

/** `events/` */
export const events = ({ scheduled, history, rebalance }: Notices): readonly Entry[] => [
  {
    name: "maintenance",
    content: [
      { name: "history", content: jsonText(history.map(scheduledEvent)) },
      { name: "scheduled", content: jsonText(scheduled.map(scheduledEvent)) },
    ],
  },
  ...given(rebalance, (at) => ({
    name: "recommendations",
    content: [{ name: "rebalance", content: jsonLine({ noticeTime: isoSeconds(at) }) }],
    since: "2020-10-27",
  })),
];

/** `spot/`: there only while an interruption is announced, and after the time of it. */
export const spot = ({ interruption }: Notices): readonly Entry[] | undefined => {
  if (interruption === undefined) return undefined;
  const { action, at } = interruption;
  const time = isoSeconds(at);
  return [
    { name: "instance-action", content: jsonLine({ action, time }), since: "2016-11-15" },
    // Older than the other actions, and silent about them.
    ...given(action === "terminate" ? time : undefined, (content) => ({ name: "termination-time", content })),
  ];
};

const scheduledEvent = ({ id, code, description, notBefore, notAfter, state }: ScheduledEvent) => ({
  NotBefore: eventTime(notBefore),
  Code: code,
  Description: description,
  EventId: id,
  NotAfter: eventTime(notAfter),
  State: state,
});
