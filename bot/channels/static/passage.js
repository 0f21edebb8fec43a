// The dialog that shows the passage behind a citation.

import * as api from "./api.js";
import { el, safeAddress, unseen } from "./dom.js";
import { isSpent } from "./source.js";
import { blocksOf } from "./text.js";

const dialog = document.getElementById("passage");
const title = document.getElementById("passage-title");
const body = document.getElementById("passage-body");
let opener = null;
let asked = 0;

function fact(name, value) {
  return value ? el("div", {}, el("dt", {}, name), el("dd", {}, value)) : null;
}

function facts(passage) {
  const status = el("span", { className: isSpent(passage.status) ? "tag spent" : "tag" }, passage.status ?? "");
  return el("dl", { className: "facts" },
    fact("Vị trí", passage.locator),
    fact("Số hiệu", passage.number),
    fact("Hiệu lực", passage.status && status),
    fact("Ban hành", passage.issued),
    fact("Áp dụng từ", passage.effective),
    fact("Hết hiệu lực", passage.expires),
    fact("Nơi công bố", passage.publisher),
    fact("Độ tin cậy", passage.trust));
}

function quotation(text) {
  const node = el("div", { className: "passage-text" });
  for (const block of blocksOf(text ?? "")) {
    if (block.type === "p") node.append(...block.lines.map((line) => el("p", {}, line)));
    else if (block.type === "title") node.append(el("p", {}, el("b", {}, block.text)));
    else node.append(...block.items.map((item) => el("p", {}, item.number === null ? `– ${item.text}` : `${item.number}. ${item.text}`)));
  }
  return node;
}

function original(address) {
  const safe = safeAddress(address);
  if (!safe) return null;
  return el("p", { className: "original" },
    el("a", { href: safe, target: "_blank", rel: "noopener noreferrer" }, `Xem tại ${new URL(safe).hostname}`, unseen(" (mở trang khác)")));
}

function show(passage) {
  title.textContent = passage.title || passage.number || "Nguồn";
  body.replaceChildren(...[quotation(passage.text), facts(passage), original(passage.url)].filter(Boolean));
  body.scrollTop = 0;
}

function showFailure(failure, citation) {
  const again = el("button", { type: "button", className: "button" }, "Thử lại");
  again.addEventListener("click", () => load(citation));
  body.replaceChildren(el("p", { role: "alert" }, `Chưa mở được nguồn này. ${failure.message}`), again);
}

async function load(citation) {
  const mine = ++asked;
  title.textContent = citation.title || "Nguồn";
  body.replaceChildren(el("p", { className: "loading", role: "status" }, "Đang mở nguồn…"));
  try {
    const passage = await api.passage(citation.passage);
    if (mine === asked) show(passage);
  } catch (failure) {
    if (mine === asked) showFailure(failure, citation);
  }
}

/** @param {object} citation @param {HTMLElement} from gets the focus back when the dialog closes */
export function openPassage(citation, from) {
  opener = from;
  dialog.showModal();
  title.focus();
  load(citation);
}

dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
dialog.addEventListener("close", () => {
  asked += 1;
  // The event comes a moment after the dialog has gone: whoever is typing by then keeps the focus.
  if (document.activeElement === null || document.activeElement === document.body) opener?.focus();
});
