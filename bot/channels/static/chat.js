// The conversation: what was said, in order, and what happens next.

import * as api from "./api.js";
import * as composer from "./composer.js";
import { callLink, el, icon, showFrom, unseen } from "./dom.js";
import { openPassage } from "./passage.js";
import { replyElement } from "./reply.js";

const KEY = "conversation";
const SEEN = "seen";
const SLOW_MS = 6_000;
const LOOK_MS = 30_000;

const log = document.getElementById("log");
const welcome = document.getElementById("welcome");
const suggestions = document.getElementById("suggestions");
const restart = document.getElementById("restart");
const confirmation = document.getElementById("confirm");

// A browser may forbid storage; the page then forgets the conversation on reload and works on.
function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch { /* forbidden */ }
}

/** A random version 4 UUID; `crypto.randomUUID` is missing where the page comes without TLS. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

// Known before the first answer: two lines sent at once belong to one conversation.
let conversation = stored(KEY);
let begun = conversation !== null;
if (!begun) conversation = newId();

function remember(id) {
  conversation = id;
  begun = true;
  store(KEY, id);
}

const actions = {
  cite: openPassage,
  press: (button) => say({ payload: button.payload }, button.label),
  rate: (reply, value) => api.feedback(conversation, reply, value),
};

function waiting() {
  const text = el("span", {}, "Đang tìm câu trả lời");
  const dots = el("span", { className: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  const node = el("p", { className: "waiting" }, text, dots);
  const timer = setTimeout(() => {
    text.textContent = "Chậm hơn mọi khi, bạn đợi thêm chút. Nếu khẩn cấp, gọi 114 ngay";
  }, SLOW_MS);
  return { node, end: () => { clearTimeout(timer); node.remove(); } };
}

function actionButton(label, act, className = "button") {
  const button = el("button", { type: "button", className }, label);
  button.addEventListener("click", act);
  return button;
}

function trouble(failure, body, label, turn) {
  const node = el("div", { className: "trouble" },
    el("p", {}, failure.message, " Tin nhắn của bạn vẫn được giữ ở trên."),
    el("p", { className: "urgent" }, "Đang có cháy hoặc có người gặp nạn: ", callLink()));
  const choices = el("div", { className: "choices" });
  if (failure.passing) {
    choices.append(actionButton("Gửi lại", () => {
      node.remove();
      composer.settle();
      exchange(body, label, turn);
    }, "button main"));
  }
  if (body.text) {
    choices.append(actionButton("Sửa tin nhắn", () => {
      composer.write(body.text);
      composer.focus();
    }));
  }
  node.append(choices);
  return node;
}

function show(replies, turn) {
  if (replies.length === 0) return; // answered together with the next line
  const urgentFirst = [...replies].sort((a, b) => (b.kind === "emergency") - (a.kind === "emergency"));
  const nodes = urgentFirst.map((reply) => replyElement(reply, actions));
  turn.append(...nodes);
  showFrom(urgentFirst[0].kind === "emergency" ? nodes[0] : turn);
}

async function exchange(body, label, turn) {
  const wait = waiting();
  turn.append(wait.node);
  showFrom(turn);
  // Sent at once even if an earlier message is still on its way: nobody in danger waits in a queue.
  try {
    const answer = await api.send({ conversation, ...body });
    if (!turn.isConnected) return;
    if (answer.conversation) remember(answer.conversation);
    wait.end();
    show(answer.replies, turn);
  } catch (failure) {
    if (!(failure instanceof api.Failure)) console.error(failure);
    wait.end();
    turn.append(trouble(failure instanceof api.Failure ? failure : new api.Failure("broken"), body, label, turn));
    showFrom(turn);
  }
}

function say(body, label) {
  const turn = el("section", { className: "turn" },
    el("p", { className: "said" }, unseen("Bạn hỏi: "), label));
  log.append(turn);
  restart.hidden = false;
  welcome.classList.add("past");
  return exchange(body, label, turn);
}

function suggestion(item) {
  const button = el("button", { type: "button" }, el("span", {}, item.label), icon("next"));
  button.addEventListener("click", () => {
    composer.settle();
    say(item.payload ? { payload: item.payload } : { text: item.text ?? item.label }, item.label);
  });
  return el("li", {}, button);
}

async function suggest() {
  try {
    const items = await api.suggestions();
    suggestions.querySelector("ul").replaceChildren(...items.map(suggestion));
    suggestions.hidden = items.length === 0;
  } catch {
    suggestions.hidden = true; // the page is complete without them
  }
}

/** What officials answered since, shown once. */
async function look() {
  if (!begun || document.hidden) return;
  const asked = conversation;
  try {
    const seen = Number(stored(SEEN) ?? 0);
    const messages = await api.waiting(asked, seen);
    if (asked !== conversation || messages.length === 0) return;
    const turn = el("section", { className: "turn" });
    log.append(turn);
    restart.hidden = false;
    welcome.classList.add("past");
    show(messages.map((one) => one.reply), turn);
    store(SEEN, String(messages.at(-1).number));
  } catch { /* the next look may do better */ }
}

function startOver() {
  store(KEY, null);
  store(SEEN, null);
  conversation = newId();
  begun = false;
  log.replaceChildren();
  restart.hidden = true;
  welcome.classList.remove("past");
  scrollTo({ top: 0 });
  composer.settle();
}

restart.addEventListener("click", () => {
  confirmation.returnValue = "keep";
  confirmation.showModal();
});
confirmation.addEventListener("close", () => {
  if (confirmation.returnValue === "restart") startOver();
});

welcome.hidden = false;
composer.start((text) => say({ text }, text));
suggest();
look();
setInterval(look, LOOK_MS);
document.addEventListener("visibilitychange", look);
