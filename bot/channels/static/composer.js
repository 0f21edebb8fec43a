// The box in which the resident writes.

const LIMIT = 2000;
const SHOW_FROM = 1800;
const SPOKEN_AT = [200, 100, 50, 20, 0];
const MOST_ROWS = 6;

const form = document.getElementById("composer");
const box = document.getElementById("message");
const counter = document.getElementById("counter");
const spoken = document.getElementById("counter-spoken");

function count() {
  const left = LIMIT - box.value.length;
  counter.hidden = box.value.length < SHOW_FROM;
  counter.textContent = left > 0 ? `Còn ${left} ký tự` : "Đã hết chỗ viết";
  counter.classList.toggle("full", left <= 20);
  // Spoken at a few marks only: a screen reader that counts every key is no help.
  if (SPOKEN_AT.includes(left)) spoken.textContent = counter.textContent;
}

function changed() {
  box.rows = Math.min(MOST_ROWS, box.value.split("\n").length);
  count();
}

export function write(text) {
  box.value = text;
  changed();
}

export function focus() {
  box.focus();
}

const touch = matchMedia("(pointer: coarse)");

/** After sending: ready for the next question, but on a phone the keyboard must not cover the answer. */
export function settle() {
  if (touch.matches) box.blur();
  else box.focus();
}

/**
 * @param {(text: string) => void} submit called with trimmed text
 * @param {() => boolean} hasMore whether there is something to send beside the text, which then may be empty
 */
export function start(submit, hasMore) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (!text && !hasMore()) {
      box.focus();
      return;
    }
    write("");
    settle();
    submit(text);
  });
  box.addEventListener("input", changed);
  box.addEventListener("keydown", (event) => {
    // Vietnamese typing (Telex, VNI) composes words: Enter then ends the word, not the message.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
  changed();
}
