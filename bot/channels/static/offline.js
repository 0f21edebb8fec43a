// What can be read without a network: emergency replies and cards that the browser has kept.

import * as api from "./api.js";
import { callLink, el, showFrom } from "./dom.js";
import { indexed, matches, ordered } from "./guides.js";
import { words } from "./reply.js";

const LINES = {
  offline: {
    title: "Đang mất kết nối mạng",
    text: "Chưa hỏi đáp được. Gọi thoại cho 114 không cần Internet. Dưới đây là hướng dẫn đã lưu sẵn trên máy.",
  },
  urgent: {
    title: "Đang có cháy: gọi 114 ngay",
    text: "Chọn đúng tình huống để xem việc cần làm. Nếu đang ở chỗ nguy hiểm, hãy ra ngoài rồi gọi.",
  },
};
const NOTHING_KEPT = "Máy này chưa lưu được hướng dẫn nào. Hãy gọi 114.";

const section = document.getElementById("offline");
const welcome = document.getElementById("welcome");
const spoken = document.getElementById("network-spoken");
const urgent = new URLSearchParams(location.search).has("khan-cap");
let entries = [];
let keptOn = "";
let loading = null;
let inTalk = null;

/** The text with its markers, which lead nowhere here, bound to the word before, so that none begins a line. */
function bound(text) {
  return text.replace(/ (?=\[\d{1,2}\])/g, "\u00a0");
}

/** Fetch the material while there is a network, and whenever it is missing: the service worker gives what it kept. */
function load() {
  loading ??= api.offline().then((found) => {
    keptOn = found.on;
    entries = found.entries.map((one) => indexed({ ...one, text: bound(one.text) }));
  }, () => {
    loading = null; // to be tried again
  });
  return loading;
}

/** From when what is kept is: it may be read weeks later, when some of it is no longer so. */
function dated() {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(keptOn) ?? [];
  return entries.length && day ? el("p", { className: "guide-day" }, `Hướng dẫn lưu ngày ${day}/${month}/${year}.`) : null;
}

function isUrgent(entry) {
  return entry.kind === "emergency";
}

/** The numbers to call, where they are not the one that the head of the page shows anyway. */
function calls(entry) {
  const numbers = entry.call ?? [];
  if (numbers.every((number) => number === "114")) return null;
  return el("div", { className: "choices" }, ...numbers.map((number) => callLink(number)));
}

function sources(entry) {
  if (!entry.sources?.length) return null;
  return el("div", { className: "sources" },
    el("h4", {}, "Nguồn"),
    el("ul", {}, ...entry.sources.map((line) => el("li", {}, line))));
}

function entryElement(entry, isOpen) {
  return el("details", { open: isOpen, className: isUrgent(entry) ? "guide urgent-guide" : "guide" },
    el("summary", {}, entry.title),
    el("div", { className: "guide-body" }, words(entry, new Map(), null), calls(entry), sources(entry)));
}

function filterBox(nodes) {
  const count = el("p", { className: "guide-count", role: "status" });
  const box = el("input", { type: "search", autocomplete: "off", enterKeyHint: "search" });
  box.addEventListener("input", () => {
    let shown = 0;
    for (const [entry, node] of nodes) {
      node.hidden = !matches(entry, box.value);
      shown += node.hidden ? 0 : 1;
    }
    count.textContent = shown ? `Có ${shown} hướng dẫn.` : "Không có hướng dẫn nào khớp. Thử từ khác, hoặc gọi 114.";
  });
  return el("div", { className: "guide-filter" }, el("label", {}, "Tìm trong hướng dẫn đã lưu", box), count);
}

function listElement(nodes) {
  return nodes.length
    ? el("div", { className: "guides" }, ...nodes.map(([, node]) => node))
    : el("p", { className: "guide-none" }, NOTHING_KEPT);
}

/** The list in the order in which it fits what was typed, the first one open. */
function guidesFor(message) {
  return (entries.length ? ordered(entries, message) : []).map((entry, at) => [entry, entryElement(entry, at === 0)]);
}

/** What stands under a message that could not be sent: 114 is there already, here is what to do now. */
export async function helpFor(message, place) {
  await load();
  inTalk?.remove();
  // In the log, which is read out as it grows, forty headings would bury what was said.
  inTalk = el("section", { className: "kept", "aria-label": "Việc cần làm ngay", "aria-live": "off" },
    el("h3", {}, "Việc cần làm ngay"),
    dated(),
    listElement(guidesFor(message)));
  place.append(inTalk);
  section.querySelector(".material")?.remove(); // once on the page is enough
  showFrom(place.parentElement ?? place);
}

async function showSection(lines) {
  await load();
  const nodes = guidesFor("");
  const list = listElement(nodes);
  section.replaceChildren(
    el("h2", { id: "offline-title" }, lines.title),
    el("p", {}, lines.text),
    el("p", {}, callLink()),
    el("div", { className: "material" }, dated(), nodes.length > 0 && filterBox(nodes), list));
  section.hidden = false;
  welcome.hidden = true;
}

function hideSection() {
  section.hidden = true;
  section.replaceChildren();
  welcome.hidden = false;
}

/** The server has answered: whatever the browser thinks of the network, it is there. */
export function reached() {
  if (!section.hidden && !urgent) hideSection();
}

async function lost() {
  spoken.textContent = "Mất kết nối mạng. Gọi thoại cho 114 không cần Internet.";
  if (!urgent) await showSection(LINES.offline);
}

function back() {
  spoken.textContent = "Đã có mạng trở lại.";
  if (!urgent) hideSection();
  load();
}

export async function start() {
  addEventListener("offline", lost);
  addEventListener("online", back);
  if (navigator.onLine === false) await lost();
  else if (!urgent) load();
  if (urgent) {
    await showSection(LINES.urgent);
    showFrom(section);
  }
}

/** Keep the page itself for the time without a network. Where that is not possible, all else works. */
export function keep() {
  navigator.serviceWorker?.register("/sw.js").catch(() => {});
}
