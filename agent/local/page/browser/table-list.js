// A table of groups or streams that is paged with the tokens of the API and kept up to date.

import { isAbort } from "./api.js";
import { h } from "./elements.js";
import { failure } from "./notices.js";
import { createRoving } from "./roving.js";

/**
 * @template Item
 * @typedef {object} TableSpec
 * @property {string} label
 * @property {{ title: string, kind?: "number" | "extra", cell: (item: Item) => Node | string }[]} columns those after
 *   the first, which is the name; `extra` ones are left out on a narrow screen
 * @property {(item: Item) => string} name
 * @property {(item: Item) => string} href
 * @property {(token: string | undefined, signal: AbortSignal) => Promise<{ items: Item[], next: string | undefined }>} load
 * @property {() => Node} empty
 * @property {(text: string) => void} status
 * @property {string} noun
 */

/**
 * @template Item
 * @param {TableSpec<Item>} spec
 */
export const createTable = (spec) => {
  const body = h("tbody");
  const table = h(
    "table",
    { "aria-label": spec.label, hidden: true },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "Name"),
        ...spec.columns.map(({ title, kind }) => h("th", { scope: "col", class: kind }, title)),
      ),
    ),
    body,
  );
  const instead = h("div");
  const previous = h("button", { type: "button", onclick: () => turn(-1) }, "Previous");
  const next = h("button", { type: "button", onclick: () => turn(1) }, "Next");
  const pager = h("nav", { class: "pager", "aria-label": "Pages", hidden: true }, previous, next);
  const element = h("div", { class: "scroller list" }, table, instead, pager);

  /** @type {(string | undefined)[]} The tokens that led to this page. */
  let tokens = [undefined];
  /** @type {string | undefined} */
  let nextToken;
  /** @type {Map<string, { row: HTMLElement, link: HTMLElement, cells: HTMLElement[] }>} */
  let rows = new Map();
  let loading = new AbortController();
  const roving = createRoving(() => [...rows.values()].map(({ link }) => link));

  /** @param {Item} item */
  const makeRow = (item) => {
    const link = h("a", { href: spec.href(item), tabindex: -1 }, spec.name(item));
    const cells = spec.columns.map(({ kind }) => h("td", { class: kind }));
    const row = h("tr", {}, h("th", { scope: "row" }, link), ...cells);
    // The whole row opens it, for whoever uses a pointer.
    row.addEventListener("click", ({ target }) => {
      if (target !== link && String(getSelection()) === "") link.click();
    });
    return { row, link, cells };
  };

  /** @param {readonly Item[]} items */
  const render = (items) => {
    const focused = [...rows].find(([, { link }]) => link === document.activeElement)?.[0];
    const reachable = [...rows].find(([, { link }]) => link.tabIndex === 0)?.[0];
    const kept = rows;
    rows = new Map();
    for (const item of items) {
      const name = spec.name(item);
      const row = kept.get(name) ?? makeRow(item);
      spec.columns.forEach(({ cell }, index) => void row.cells[index]?.replaceChildren(cell(item)));
      row.link.tabIndex = name === reachable ? 0 : -1;
      rows.set(name, row);
    }
    const wanted = [...rows.values()].map(({ row }) => row);
    if (wanted.length !== body.childElementCount || wanted.some((row, index) => body.children[index] !== row))
      body.replaceChildren(...wanted);
    if (focused !== undefined) rows.get(focused)?.link.focus({ preventScroll: true });
    roving.settle();
  };

  /** @param {unknown} error */
  const fail = (error) => {
    table.hidden = true;
    pager.hidden = true;
    instead.replaceChildren(failure(error, () => void show()));
    spec.status("");
  };

  /** @param {{ refresh: boolean }} [how] what is shown stays when a refresh fails: the next one may succeed */
  const show = async ({ refresh } = { refresh: false }) => {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    try {
      const page = await spec.load(tokens.at(-1), signal);
      if (signal.aborted) return;
      nextToken = page.next;
      render(page.items);
      table.hidden = page.items.length === 0;
      instead.replaceChildren(...(page.items.length === 0 ? [spec.empty()] : []));
      const [many, number] = [nextToken !== undefined || tokens.length > 1, page.items.length];
      const noun = number === 1 ? spec.noun : `${spec.noun}s`;
      spec.status(
        number === 0
          ? `No ${spec.noun}s`
          : many
            ? `${number} ${noun}, page ${tokens.length}`
            : `${number} ${noun}`,
      );
      pager.hidden = !many;
      previous.disabled = tokens.length === 1;
      next.disabled = nextToken === undefined;
    } catch (error) {
      if (!isAbort(error) && !(refresh && rows.size > 0)) fail(error);
    }
  };

  /** @param {1 | -1} by */
  const turn = async (by) => {
    if (by === 1 ? nextToken === undefined : tokens.length === 1) return;
    tokens = by === 1 ? [...tokens, nextToken] : tokens.slice(0, -1);
    await show();
    element.scrollTop = 0;
    if (by === 1) roving.first();
    else roving.last();
  };

  return {
    element,
    roving,
    /** From the first page on, because what is asked for has changed. */
    restart: () => {
      tokens = [undefined];
      return show();
    },
    refresh: () => show({ refresh: true }),
    turn,
    /** Puts the reader on an item, or on the first one. @param {string | undefined} name */
    focus: (name) =>
      roving.select(
        (name === undefined ? undefined : rows.get(name)?.link) ?? rows.values().next().value?.link,
      ),
    dispose: () => loading.abort(),
  };
};
