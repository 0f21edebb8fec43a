// Small comforts; every page works without this file.
"use strict";

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    // An act that cannot be undone asks first: <form data-ask="…"> or <button data-ask="…">.
    const ask = event.submitter?.dataset.ask || form.dataset.ask;
    if (ask && !window.confirm(ask)) {
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
