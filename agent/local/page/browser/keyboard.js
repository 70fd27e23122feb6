// What keys do, wherever the reader is. A view says what its list, its search box and its parent are.

import { byId } from "./elements.js";

/** @param {() => import("./main.js").View | undefined} view @param {() => void} up */
export const listenToKeys = (view, up) => {
  const help = /** @type {HTMLDialogElement} */ (byId("help"));

  /** @type {Record<string, (view: import("./main.js").View) => void>} */
  const moves = {
    ArrowDown: (now) => step(now, 1),
    j: (now) => step(now, 1),
    ArrowUp: (now) => step(now, -1),
    k: (now) => step(now, -1),
    Home: (now) => now.roving.first(),
    g: (now) => now.roving.first(),
    End: (now) => now.roving.last(),
    G: (now) => now.roving.last(),
    "[": (now) => now.turn(-1),
    "]": (now) => now.turn(1),
    "/": (now) => now.search(),
    "?": () => help.showModal(),
    ArrowRight: () => openRow(true),
    ArrowLeft: () => openRow(false),
  };

  document.addEventListener("keydown", (event) => {
    const now = view();
    const target = event.target instanceof HTMLElement ? event.target : document.body;
    if (now === undefined || event.ctrlKey || event.metaKey || event.altKey || target.closest("dialog"))
      return;
    if (event.key === "Escape") {
      event.preventDefault();
      leave(target, now, up);
      return;
    }
    if (target.matches("input, select, textarea")) {
      if (event.key !== "ArrowDown" || !target.matches("[type=search]")) return;
    }
    const act = moves[event.key] ?? now.keys?.[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act(now);
  });
};

/** To the next item, or on to the next page. @param {import("./main.js").View} view @param {1 | -1} by */
const step = (view, by) => {
  if (!view.roving.move(by)) view.turn(by);
};

/** @param {boolean} open */
const openRow = (open) => {
  const details = document.activeElement?.closest("details");
  if (details) details.open = open;
};

/**
 * Out of whatever is innermost: a box, something that was opened, a search that goes on, at last the view.
 * @param {HTMLElement} target @param {import("./main.js").View} view @param {() => void} up
 */
const leave = (target, view, up) => {
  const details = target.closest("details[open]");
  if (details instanceof HTMLDetailsElement) {
    details.open = false;
    details.querySelector("summary")?.focus();
  } else if (target.matches("input, select")) {
    if (!view.roving.focus()) target.blur();
  } else if (!view.stop?.()) up();
};
