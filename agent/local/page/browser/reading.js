// One read at a time, with a word about how it goes and a way to end it.

import { h } from "./elements.js";
import { localTime, plural } from "./format.js";

/** Most reads take less time than it takes to notice that they are going on. */
const QUIET_MS = 400;

/** @typedef {import("./look-back.js").Watch} Watch */

export const createReading = () => {
  const stopButton = h("button", { type: "button", class: "small", onclick: () => stopping.abort() }, "Stop");
  const text = h("span");
  const element = h("div", { class: "progress", hidden: true, role: "status" }, text, stopButton);
  let loading = new AbortController();
  let stopping = new AbortController();
  let running = 0;

  const hide = () => {
    element.hidden = true;
    element.parentElement?.removeAttribute("aria-busy");
  };

  return {
    element,
    busy: () => running > 0,
    /**
     * Ends the read before, then does this one. Rejects with an AbortError when another one has ended it.
     * @template Result @param {(watch: Watch) => Promise<Result>} work
     */
    run: async (work) => {
      loading.abort();
      loading = new AbortController();
      stopping = new AbortController();
      const { signal } = loading;
      text.textContent = "Searching …";
      const timer = setTimeout(() => {
        element.hidden = false;
        element.parentElement?.setAttribute("aria-busy", "true");
      }, QUIET_MS);
      running += 1;
      try {
        const result = await work({
          signal,
          stop: stopping.signal,
          progress: (reached, found) => {
            const place = reached <= 0 ? "" : ` at ${localTime(reached)}`;
            text.textContent = `Searching${place}: ${plural(found, "event")} so far …`;
          },
        });
        signal.throwIfAborted();
        return result;
      } finally {
        running -= 1;
        clearTimeout(timer);
        if (!signal.aborted) hide();
      }
    },
    /** Ends the read with what it has. False when there is none. */
    stop: () => {
      if (element.hidden || stopping.signal.aborted) return false;
      stopping.abort();
      return true;
    },
    cancel: () => {
      loading.abort();
      hide();
    },
  };
};
