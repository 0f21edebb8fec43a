// Building blocks of the page. Text reaches the document as text nodes only, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} name tag name
 * @param {Record<string, unknown>} [properties] DOM properties, or attributes for names with a hyphen and `role`
 * @param {...(Node|string|null|undefined|false)} children
 */
export function el(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "role" || key.includes("-")) node.setAttribute(key, String(value));
    else node[key] = value;
  }
  node.append(...children.filter((child) => child || child === ""));
  return node;
}

/** A symbol from the sheet at the top of index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export function unseen(text) {
  return el("span", { className: "unseen" }, text);
}

/** The address if a person may be sent there, else null: server text must not become `javascript:`. */
export function safeAddress(address, schemes = ["https:", "http:"]) {
  if (typeof address !== "string" || address === "") return null;
  try {
    return schemes.includes(new URL(address).protocol) ? address : null;
  } catch {
    return null;
  }
}

/** An address on this site, else null (images come from here only, as the page's policy says). */
export function ownAddress(address) {
  if (typeof address !== "string" || address === "") return null;
  try {
    const url = new URL(address, location.href);
    return url.origin === location.origin ? url.href : null;
  } catch {
    return null;
  }
}

export function callLink(number = "114", label = `Gọi ${number}`) {
  return el("a", { className: "call", href: `tel:${number}` }, icon("phone"), label);
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");

export function showFrom(node) {
  node.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
}
