// The search box of a view: '/' leads to it, Enter searches, Escape leaves it.

import { h } from "./elements.js";

const INSTANT_MS = 250;

/**
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.placeholder
 * @param {boolean} options.instant search while the reader types
 * @param {(text: string) => void} options.submit
 */
export const searchForm = ({ label, placeholder, instant, submit }) => {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const input = h("input", {
    type: "search",
    id: "search",
    "aria-label": label,
    "aria-describedby": "search-error",
    placeholder: `${placeholder}  ( / )`,
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: 1024,
  });
  const send = () => {
    clearTimeout(timer);
    submit(input.value.trim());
  };
  input.addEventListener("input", () => {
    error.textContent = "";
    input.removeAttribute("aria-invalid");
    clearTimeout(timer);
    // The cross of a search box empties it and tells nobody else.
    if (instant || input.value === "") timer = setTimeout(send, INSTANT_MS);
  });
  const error = h("p", { id: "search-error", class: "search-error", role: "alert" });
  const element = h("form", { class: "search", role: "search" }, input, error);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  return {
    element,
    /** @param {string} text */
    set: (text) => {
      if (input.value.trim() !== text) input.value = text;
    },
    /** Says what is wrong with it. @param {string} text */
    fail: (text) => {
      error.textContent = text;
      if (text === "") input.removeAttribute("aria-invalid");
      else input.setAttribute("aria-invalid", "true");
    },
    focus: () => {
      input.focus();
      input.select();
    },
  };
};
