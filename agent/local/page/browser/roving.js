// Arrow keys in a list: one of its items can be reached with Tab, the others from there.

/**
 * @param {() => HTMLElement[]} items in their order; hidden ones left out
 */
export const createRoving = (items) => {
  const current = () => items().findIndex((item) => item.tabIndex === 0);

  /** @param {HTMLElement | undefined} item @param {{ focus: boolean }} [how] */
  const select = (item, { focus } = { focus: true }) => {
    if (item === undefined) return false;
    for (const other of items()) if (other.tabIndex === 0) other.tabIndex = -1;
    item.tabIndex = 0;
    if (focus) {
      item.focus({ preventScroll: true });
      item.scrollIntoView({ block: "nearest" });
    }
    return true;
  };

  return {
    select,
    /** Moves by so many items. False when there is none there. @param {number} by */
    move: (by) => {
      const list = items();
      const active = document.activeElement;
      // Also from inside what an item has opened.
      const at = list.findIndex((item) => item === active || item.parentElement?.contains(active));
      if (at === -1) return select(list[Math.max(0, current())] ?? list[0]);
      const to = Math.max(0, Math.min(list.length - 1, at + by));
      return to === at ? false : select(list[to]);
    },
    first: () => select(items()[0]),
    last: () => select(items().at(-1)),
    /** Back to where the reader was. */
    focus: () => {
      const list = items();
      return select(list[Math.max(0, current())]);
    },
    /** Keeps one item reachable after the list has changed. */
    settle: () => {
      if (current() === -1) select(items().at(-1), { focus: false });
    },
  };
};
