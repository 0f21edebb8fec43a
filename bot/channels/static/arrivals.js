// Messages that come later: pushed by the server, or asked for where that fails. Each is shown once.

import * as api from "./api.js";

const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;
const FAILURES_BEFORE_ASKING = 3;
const ASK_MS = 30_000;
const TICK_MS = 10_000;
const ASLEEP_MS = 3 * TICK_MS;

let open = () => null;
let show = () => {};
let source = null;
let reopening = 0;
let failures = 0;

/** Show what is new of `messages`, and tell the server that it has been shown. */
function take(messages, { conversation, seen, note }) {
  const fresh = messages.filter((one) => one.number > seen());
  if (fresh.length === 0) return;
  show(fresh.map((one) => one.reply));
  note(fresh.at(-1).number);
  // Asking for what comes after a number says that all up to it has been shown.
  api.waiting(conversation, fresh.at(-1).number).then((more) => takeIfCurrent(more, conversation), () => {});
}

function takeIfCurrent(messages, conversation) {
  const talk = open();
  if (talk?.conversation === conversation) take(messages, talk);
}

function close() {
  clearTimeout(reopening);
  source?.close();
  source = null;
}

function failed() {
  close();
  failures += 1;
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
  reopening = setTimeout(listen, wait * (0.5 + Math.random() / 2)); // not all at once after an outage
}

/** Listen afresh: at the start, when the conversation has begun or changed, when the page comes back to the front. */
export function listen() {
  close();
  const talk = open();
  // A page in the background holds no connection; it catches up when it comes to the front.
  if (!talk || document.hidden || navigator.onLine === false) return;
  source = api.events(talk.conversation, talk.seen());
  source.addEventListener("open", () => { failures = 0; });
  source.addEventListener("error", failed);
  source.addEventListener("message", (event) => {
    try {
      takeIfCurrent([JSON.parse(event.data)], talk.conversation);
    } catch (error) {
      console.error(error);
    }
  });
}

async function ask() {
  const talk = open();
  if (!talk || document.hidden || navigator.onLine === false || failures < FAILURES_BEFORE_ASKING) return;
  try {
    takeIfCurrent(await api.waiting(talk.conversation, talk.seen()), talk.conversation);
  } catch { /* the next time may do better */ }
}

function again() {
  failures = 0;
  listen();
}

/**
 * @param {() => null | {conversation: string, seen: () => number, note: (number: number) => void}} current
 *   the conversation once it has begun
 * @param {(replies: object[]) => void} shown puts replies on the page
 */
export function start(current, shown) {
  open = current;
  show = shown;
  listen();
  setInterval(ask, ASK_MS);
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : again()));
  addEventListener("online", again);
  addEventListener("pageshow", (event) => { if (event.persisted) again(); });
  // A device that slept may hold a connection that is long dead without knowing it.
  let ticked = Date.now();
  setInterval(() => {
    if (Date.now() - ticked > ASLEEP_MS) again();
    ticked = Date.now();
  }, TICK_MS);
}
