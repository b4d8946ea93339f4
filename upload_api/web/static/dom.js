// Making elements. Text always goes in as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `make("p", { class: "muted", onclick }, "words", child)`. Children that are null are left out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else if (value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

export function icon(name, extra = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${extra}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/assets/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

export function button(words, onclick, { kind = "", symbol = null } = {}) {
  const attributes = { type: "button", class: `button ${kind}`.trim(), onclick };
  return make("button", attributes, symbol && icon(symbol), words);
}

/** Writes only what changed, so that a screen reader and the layout are left alone. */
export function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/** Swaps the children only when `key` differs from the last one, so that focus and open details survive. */
export function fill(element, key, children) {
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  element.replaceChildren(...children().filter((child) => child != null));
}
