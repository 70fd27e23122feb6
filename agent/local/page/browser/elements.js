// Builds elements. Data becomes text or an attribute, never markup.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | undefined | ((event: Event) => void)>} [props] attributes, and
 *   listeners under `onclick` and the like; false and undefined are left out
 * @param {...(Node | string | false | undefined)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export const h = (tag, props = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false)
      element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== undefined && child !== false) element.append(child);
  return element;
};

/** An element of the page's own HTML. @param {string} id */
export const byId = (id) => {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}.`);
  return element;
};

/** A button that copies a text; absent where the browser offers no clipboard. @param {string} label @param {() => string} text */
export const copyButton = (label, text) => {
  if (!navigator.clipboard) return undefined;
  const button = h("button", { type: "button", class: "small", onclick: () => void copy() }, label);
  const copy = async () => {
    const done = await navigator.clipboard.writeText(text()).then(
      () => true,
      () => false,
    );
    button.textContent = done ? "Copied" : "The browser refused";
    setTimeout(() => {
      button.textContent = label;
    }, 1_500);
  };
  return button;
};
