// Small comforts; every page works without this file.
"use strict";

const WRITTEN = "textarea, input:not([type=checkbox], [type=radio], [type=hidden], [type=search])";
const UNSAVED = "Phần bạn vừa viết ở chỗ khác trên trang này chưa lưu và sẽ mất.";

// Whether somebody has written in a form what is not saved: <form data-unsaved="yes"> came back from the server so.
function written(form) {
  if (form.dataset.unsaved) return true;
  return [...form.querySelectorAll(WRITTEN)].some((one) => (one.type === "file" ? one.files.length : one.value !== one.defaultValue));
}

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    // An act that cannot be undone asks first: <form data-ask="…"> or <button data-ask="…">. So does one that takes
    // the page away from under what is written in another form of it.
    const lost = [...document.querySelectorAll("form[method=post]")].some((other) => other !== form && written(other));
    const ask = [lost && UNSAVED, event.submitter?.dataset.ask || form.dataset.ask, lost && "Vẫn tiếp tục?"];
    const asked = ask.filter(Boolean).join("\n\n");
    if (asked && !window.confirm(asked)) {
      event.preventDefault();
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault(); // a double click sends once
      return;
    }
    form.dataset.sent = "yes";
  });
}

// On a phone the links of the head are a row that is scrolled: the page one is on must be seen among them.
const current = document.querySelector(".links [aria-current]");
if (current) {
  const row = current.closest(".links");
  const ahead = current.getBoundingClientRect().left - row.getBoundingClientRect().left;
  row.scrollLeft += ahead - (row.clientWidth - current.offsetWidth) / 2;
}

// Whoever writes for long is still there: the session must not end under their hands.
const EVERY = 5 * 60 * 1000;
let asked = Date.now();
document.addEventListener("input", async (event) => {
  const form = event.target.closest?.("form[method=post]");
  if (!form || form.action.includes("/sign-in") || Date.now() - asked < EVERY) return;
  asked = Date.now();
  try {
    const answer = await fetch("/console/awake", { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect" && !form.querySelector(".asleep")) {
      const words = document.createElement("p");
      words.className = "notice fault asleep";
      words.setAttribute("role", "alert");
      words.textContent = "Phiên làm việc đã hết. Hãy sao chép nội dung đang viết, đăng nhập lại rồi dán vào.";
      form.prepend(words);
    }
  } catch {
    asked = 0; // no network: the next letter asks again
  }
});

// Back from the next page by the browser's own button: the form may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A filter takes effect at once where its form says so.
for (const form of document.querySelectorAll("form[data-at-once]")) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, input[type=checkbox], input[type=radio]")) form.requestSubmit();
  });
}

// "Tick all" for tables with boxes: <input type="checkbox" data-all="name">.
for (const all of document.querySelectorAll("input[data-all]")) {
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const one of document.getElementsByName(all.dataset.all)) one.checked = all.checked;
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
