// The conversation: what was said, in order, and what happens next.

import * as api from "./api.js";
import * as arrivals from "./arrivals.js";
import * as composer from "./composer.js";
import { callLink, el, icon, showFrom, unseen } from "./dom.js";
import * as embedded from "./embedded.js";
import * as offline from "./offline.js";
import { openPassage } from "./passage.js";
import * as photos from "./photos.js";
import * as place from "./place.js";
import { replyElement } from "./reply.js";
import { newId, store, stored } from "./storage.js";

const KEY = "conversation";
const SEEN = "seen";
const SLOW_MS = 6_000;
const NEAR_PX = 160;

const log = document.getElementById("log");
const welcome = document.getElementById("welcome");
const suggestions = document.getElementById("suggestions");
const restart = document.getElementById("restart");
const confirmation = document.getElementById("confirm");
const news = document.getElementById("news");

// Known before the first answer: two lines sent at once belong to one conversation.
let conversation = stored(KEY);
let begun = conversation !== null;
let seen = Number(stored(SEEN) ?? 0); // the number of the last message shown of those that came later
if (!begun) conversation = newId();

function remember(id) {
  if (begun && id === conversation) return;
  conversation = id;
  begun = true;
  store(KEY, id);
  arrivals.listen();
}

const talk = {
  seen: () => seen,
  note: (number) => {
    seen = number;
    store(SEEN, String(number));
  },
};

const actions = {
  cite: openPassage,
  press: (button) => say({ payload: button.payload }, button.label),
  rate: (reply, value) => api.feedback(conversation, reply, value),
};

function waiting(words = "Đang tìm câu trả lời") {
  const text = el("span", {}, words);
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

/** What became of the message, as far as that is known here. */
function fate(failure) {
  if (failure.unsent) return " Tin nhắn chưa được gửi đi đâu; có mạng, bạn bấm “Gửi lại”.";
  if (failure.uncertain) return " Chưa biết tin nhắn đã tới hay chưa; bạn bấm “Gửi lại” để nhận câu trả lời.";
  return " Tin nhắn của bạn vẫn được giữ ở trên.";
}

function trouble(failure, body, label, turn, attached) {
  const node = el("div", { className: "trouble" },
    el("p", {}, failure.message, fate(failure)),
    el("p", { className: "urgent" }, "Đang có cháy hoặc có người gặp nạn: ", callLink()));
  const choices = el("div", { className: "choices" });
  if (failure.passing) {
    choices.append(actionButton("Gửi lại", () => {
      node.remove();
      composer.settle();
      exchange(body, label, turn, attached);
    }, "button main"));
  }
  if (body.text) {
    choices.append(actionButton("Sửa tin nhắn", () => {
      composer.write(body.text);
      composer.focus();
    }));
  }
  node.append(choices);
  if (failure.unsent || failure.uncertain) offline.helpFor(body.text ?? label, node);
  return node;
}

function show(replies, turn) {
  if (replies.length === 0) return; // answered together with the next line
  const urgentFirst = [...replies].sort((a, b) => (b.kind === "emergency") - (a.kind === "emergency"));
  const nodes = urgentFirst.map((reply) => replyElement(reply, actions));
  turn.append(...nodes);
  showFrom(urgentFirst[0].kind === "emergency" ? nodes[0] : turn);
}

async function exchange(body, label, turn, attached = []) {
  const wait = waiting(photos.arrived(attached) ? undefined : "Đang tải ảnh lên");
  turn.append(wait.node);
  showFrom(turn);
  // Sent at once even if an earlier message is still on its way: nobody in danger waits in a queue.
  try {
    const along = attached.length ? { photos: await photos.ids(attached) } : {};
    const answer = await api.send({ conversation, ...body, ...along });
    offline.reached();
    if (!turn.isConnected) return;
    if (answer.conversation) remember(answer.conversation);
    wait.end();
    show(answer.replies, turn);
  } catch (failure) {
    if (!(failure instanceof api.Failure)) console.error(failure);
    wait.end();
    if (!turn.isConnected) return;
    const told = failure instanceof api.Failure ? failure : new api.Failure("broken");
    if (told.uncertain) remember(conversation); // it may have begun, and something may come to it
    turn.append(trouble(told, body, label, turn, attached));
    showFrom(turn);
  }
}

function say(body, label, attached = []) {
  const turn = el("section", { className: "turn" },
    el("p", { className: "said" }, unseen(attached.length ? "Bạn gửi: " : "Bạn hỏi: "), label,
      attached.length > 0 && photos.pictures(attached)));
  log.append(turn);
  restart.hidden = false;
  welcome.classList.add("past");
  return exchange({ message: newId(), ...body }, label, turn, attached);
}

/** Send what was written, with the photos that were chosen. Words wait for no photo: they may be a cry for help. */
function submit(text) {
  const attached = photos.taken();
  if (text && !photos.arrived(attached)) {
    say({ text }, text);
    say({ text: "" }, "", attached);
  } else {
    say({ text }, text, attached);
  }
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
  if (navigator.onLine === false) return;
  try {
    const items = await api.suggestions();
    suggestions.querySelector("ul").replaceChildren(...items.map(suggestion));
    suggestions.hidden = items.length === 0;
  } catch {
    suggestions.hidden = true; // the page is complete without them
  }
}

function laterElement(reply) {
  try {
    return replyElement(reply, actions);
  } catch (error) { // nobody will ever read it; the others must not wait for it
    console.error(error);
    return null;
  }
}

/** What officials answered since. It may come while something else is being read or written: nothing moves then. */
function showLater(replies) {
  const nodes = replies.map(laterElement).filter(Boolean);
  if (nodes.length === 0) return;
  const following = document.documentElement.scrollHeight - innerHeight - scrollY < NEAR_PX;
  const turn = el("section", { className: "turn" }, el("p", { className: "later" }, "Tin mới"), ...nodes);
  log.append(turn);
  restart.hidden = false;
  welcome.classList.add("past");
  if (following) showFrom(turn);
  else news.hidden = false;
}

function startOver() {
  store(KEY, null);
  store(SEEN, null);
  conversation = newId();
  begun = false;
  seen = 0;
  arrivals.listen();
  log.replaceChildren();
  photos.clear();
  news.hidden = true;
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

news.addEventListener("click", () => {
  news.hidden = true;
  showFrom([...log.querySelectorAll(".later")].at(-1) ?? log);
  composer.settle();
});
// What is scrolled to by hand needs no pointing at.
addEventListener("scroll", () => {
  if (document.documentElement.scrollHeight - innerHeight - scrollY < NEAR_PX) news.hidden = true;
}, { passive: true });

embedded.start();
welcome.hidden = false;
composer.start(submit, photos.any);
photos.start(() => conversation);
place.start((pin) => say({ text: "", pin }, "Vị trí của tôi"));
suggest();
addEventListener("online", () => { if (suggestions.hidden) suggest(); });
arrivals.start(() => (begun ? { conversation, ...talk } : null), showLater);
offline.start();
offline.keep();
