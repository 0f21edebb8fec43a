// The page in a frame on another site's page (see embed.js): smaller, and Escape closes the frame.

export function start() {
  if (!new URLSearchParams(location.search).has("embed") || parent === window) return;
  document.documentElement.classList.add("embedded");
  addEventListener("keydown", (event) => {
    // Escape closes a dialog of the page first, and may end a word that is being composed.
    if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open]")) return;
    parent.postMessage("tro-ly-pccc:close", "*"); // says nothing that another page may not know
  });
}
