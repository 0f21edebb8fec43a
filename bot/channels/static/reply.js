// One reply of the assistant → an element. What a click does comes in through `actions`.

import { callLink, el, icon, ownAddress, safeAddress, unseen } from "./dom.js";
import { isSpent } from "./source.js";
import { blocksOf, withMarkers } from "./text.js";

const RATED = new Set(["answer", "suggest", "abstain"]);
const LONGEST_LEAD = 260;
const NBSP = "\u00a0";

/**
 * @typedef {object} Actions
 * @property {(citation: object, opener: HTMLElement) => void} cite
 * @property {(button: {label: string, payload: string}) => void} press
 * @property {(reply: string, value: "up"|"down") => Promise<void>} rate
 */

function sourceName(citation) {
  return [citation.document, citation.locator].filter(Boolean).join(", ");
}

function marker(citation, actions) {
  const name = `Nguồn [${citation.marker}]: ${sourceName(citation)}`;
  const button = el("button", { type: "button", className: "marker", "aria-label": name }, `[${citation.marker}]`);
  button.setAttribute("aria-haspopup", "dialog");
  button.addEventListener("click", () => actions.cite(citation, button));
  return button;
}

function inline(text, cited, actions) {
  const pieces = withMarkers(text, cited);
  return pieces.map((piece, at) => {
    if (typeof piece === "number") return marker(cited.get(piece), actions);
    // A marker never stands alone at the start of a line.
    return typeof pieces[at + 1] === "number" ? piece.replace(/\s+$/, NBSP) : piece;
  });
}

function paragraph(lines, cited, actions) {
  const node = el("p");
  lines.forEach((line, at) => {
    if (at > 0) node.append(el("br"));
    node.append(...inline(line, cited, actions));
  });
  return node;
}

function list(block, cited, actions) {
  const node = el(block.type === "dont" ? "ul" : block.type);
  if (block.type === "dont") node.className = "dont";
  for (const item of block.items) {
    const entry = el("li", {}, ...inline(item.text, cited, actions));
    if (item.number !== null) entry.value = item.number;
    node.append(entry);
  }
  return node;
}

/** @param {{text: string}} reply @param {Map<number, object>} cited its citations by marker; others stay text */
export function words(reply, cited, actions) {
  const body = el("div", { className: "words" });
  let title = "";
  blocksOf(reply.text).forEach((block, at, all) => {
    if (block.type === "title") {
      title = block.text;
      body.append(el("h3", {}, ...inline(title, cited, actions)));
    } else if (block.type === "p") {
      const node = paragraph(block.lines, cited, actions);
      if (at === 0 && all.length > 1 && node.textContent.length <= LONGEST_LEAD) node.className = "lead";
      body.append(node);
    } else {
      const node = list(block, cited, actions);
      if (/^(Đừng|Không)/i.test(title)) node.className = "dont";
      body.append(node);
    }
  });
  return body;
}

function picture(image) {
  const source = ownAddress(image?.url);
  if (!source) return null;
  return el("figure", {}, el("img", { src: source, alt: image.alt ?? "", loading: "lazy" }));
}

function linkButton(button) {
  if (safeAddress(button.url, ["tel:"])) return callLink(button.url.slice("tel:".length), button.label);
  const address = safeAddress(button.url);
  if (!address) return null;
  return el("a", { className: "button", href: address, target: "_blank", rel: "noopener noreferrer" },
    button.label, unseen(" (mở trang khác)"));
}

function pressButton(button, actions) {
  const node = el("button", { type: "button", className: "button" }, button.label);
  node.addEventListener("click", () => actions.press(button));
  return node;
}

/** The buttons of a reply: numbers to call apart from the rest, because an emergency shows them first. */
function buttons(reply, actions) {
  const given = (reply.buttons ?? []).map((b) => (b.url ? linkButton(b) : pressButton(b, actions))).filter(Boolean);
  const calls = given.filter((node) => node.classList.contains("call"));
  // An emergency without a number to press is no emergency reply.
  if (reply.kind === "emergency" && !calls.length) calls.push(callLink());
  return { calls, others: given.filter((node) => !node.classList.contains("call")) };
}

function row(nodes) {
  return nodes.length ? el("div", { className: "choices" }, ...nodes) : null;
}

function sourceRow(citation, actions) {
  const { status, trust } = citation;
  const row = el("button", { type: "button", className: "source" },
    el("span", { className: "number" }, `[${citation.marker}]`),
    el("span", { className: "title" }, sourceName(citation)),
    status && el("span", { className: isSpent(status) ? "tag spent" : "tag" }, status),
    trust && el("span", { className: "tag weigh" }, trust));
  row.setAttribute("aria-haspopup", "dialog");
  row.addEventListener("click", () => actions.cite(citation, row));
  return el("li", {}, row);
}

function sources(reply, actions) {
  if (!reply.citations?.length) return null;
  return el("div", { className: "sources" },
    el("h3", {}, "Nguồn"),
    el("ul", {}, ...reply.citations.map((citation) => sourceRow(citation, actions))));
}

function thumb(value, label, chosen) {
  const button = el("button", { type: "button", className: "thumb", "aria-pressed": "false" },
    icon(value), label);
  button.addEventListener("click", () => chosen(value));
  return button;
}

function rating(reply, actions) {
  if (!RATED.has(reply.kind) || !reply.id || reply.rateable === false) return null;
  const note = el("span", { className: "thanks" });
  const thumbs = {};
  const press = (value) => Object.entries(thumbs).forEach(([key, node]) => node.setAttribute("aria-pressed", String(key === value)));
  let current = null;
  const choose = async (value) => {
    if (value === current) return;
    const before = current;
    press((current = value));
    note.textContent = "";
    try {
      await actions.rate(reply.id, value);
      note.textContent = value === "up" ? "Cảm ơn bạn." : "Cảm ơn bạn, chúng tôi sẽ xem lại.";
    } catch {
      press((current = before));
      note.textContent = "Chưa gửi được đánh giá.";
    }
  };
  thumbs.up = thumb("up", "Hữu ích", choose);
  thumbs.down = thumb("down", "Chưa ổn", choose);
  return el("div", { className: "rating", role: "group", "aria-label": "Đánh giá câu trả lời" }, thumbs.up, thumbs.down, note);
}

/** @param {object} reply as the API sends it @param {Actions} actions */
export function replyElement(reply, actions) {
  const emergency = reply.kind === "emergency";
  const cited = new Map((reply.citations ?? []).map((citation) => [citation.marker, citation]));
  const body = words(reply, cited, actions);
  const { calls, others } = buttons(reply, actions);
  // In an emergency the number to press stands right under the first line, everything else after the actions.
  if (emergency && body.firstChild) body.firstChild.after(row(calls));
  const node = el("article", { className: `reply ${emergency ? "emergency" : "calm"}` },
    unseen(emergency ? "Khẩn cấp: " : "Trợ lý trả lời: "),
    body,
    picture(reply.image),
    row(emergency ? others : [...calls, ...others]),
    sources(reply, actions),
    rating(reply, actions));
  node.dataset.kind = reply.kind;
  if (emergency) node.setAttribute("role", "alert");
  return node;
}
