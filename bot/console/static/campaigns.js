// Pages about campaigns: a count of characters, what is not saved, and progress that stays fresh. Every page works without this file.
"use strict";

for (const area of document.querySelectorAll("textarea[data-count]")) {
  const words = document.getElementById(area.dataset.count);
  const saved = area.value.length;
  area.addEventListener("input", () => {
    const left = Number(area.dataset.room) - (area.value.length - saved);
    const room = left >= 0 ? `còn chỗ cho ${left} ký tự` : `thừa ${-left} ký tự`;
    words.textContent = `${area.value.length} ký tự` + (area.dataset.room ? `; ${area.dataset.channel} ${room}` : "");
    words.classList.toggle("wrong", area.dataset.room !== undefined && left < 0);
  });
}

// Leaving a form that is not saved asks first: <form data-keep>, with data-unsaved="yes" where it came back unsaved.
const kept = [...document.querySelectorAll("form[data-keep]")];
const filled = (form) => JSON.stringify([...new FormData(form)].filter(([name]) => !name.startsWith("sought_")));
const before = new Map(kept.map((form) => [form, filled(form)]));
let sending = false;
document.addEventListener("submit", (event) => { sending = !event.defaultPrevented; });
window.addEventListener("pageshow", () => { sending = false; });
window.addEventListener("beforeunload", (event) => {
  if (!sending && kept.some((form) => form.dataset.unsaved || filled(form) !== before.get(form))) {
    event.preventDefault();
    event.returnValue = true; // browsers that do not heed the line above
  }
});

const LONG = 20 * 60 * 1000;
const progress = document.getElementById("progress");
if (progress && Number(progress.dataset.every)) {
  const lost = document.getElementById("progress-lost");
  const idle = document.getElementById("progress-idle");
  let misses = 0;
  let touched = Date.now();
  for (const kind of ["pointerdown", "keydown", "scroll"]) {
    document.addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
  }
  const look = async () => {
    if (Date.now() - touched > LONG) { // a page that looks by itself must not keep a session open for ever
      idle.hidden = false;
      return;
    }
    if (document.hidden) return again(Number(progress.dataset.every));
    try {
      const answer = await fetch(progress.dataset.from, { redirect: "manual", cache: "no-store" });
      if (answer.type === "opaqueredirect") return window.location.reload(); // signed out
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = await answer.json();
      if (String(fresh.version) !== progress.dataset.version) return window.location.reload(); // other buttons now
      show(fresh.part);
      misses = 0;
      lost.hidden = true;
      progress.dataset.every = fresh.every;
      if (fresh.every) again(fresh.every);
    } catch {
      misses += 1;
      lost.hidden = misses < 2;
      again(Math.min(60, Number(progress.dataset.every) * 2 ** misses));
    }
  };
  const again = (seconds) => window.setTimeout(look, seconds * 1000);
  const show = (part) => {
    const open = [...progress.querySelectorAll("details[open]")].map((one) => one.id);
    progress.innerHTML = part; // made by our own server, with everything in it escaped
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  };
  again(Number(progress.dataset.every));
}
