// Puts a button into a page of another site that opens the chat in a frame. docs/embedding.md says how it is used.
// A classic script, for a page that knows nothing of modules; it needs no inline style, so that a strict policy holds.

(() => {
  const TAG = "tro-ly-pccc";
  const ALLOWED = "@origins@".split(" ");
  const HOME = new URL(document.currentScript.src).origin;
  if (document.querySelector(TAG)) return;
  if (!ALLOWED.includes(location.origin)) {
    console.warn(`${TAG}: ${location.origin} is not among the sites that may embed ${HOME}`);
    return;
  }

  const STYLE = `
    :host { all: initial !important; }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    button {
      font: 700 16px/1.3 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; letter-spacing: normal;
      min-height: 44px; padding: 10px 18px; margin: 0; color: #ffffff; background: #00633d;
      border: 2px solid #ffffff; border-radius: 12px; cursor: pointer; touch-action: manipulation;
    }
    button:hover { background: #004a2e; }
    button:focus-visible { outline: 3px solid #0b57d0; outline-offset: 3px; }
    .open {
      position: fixed; z-index: 2147483000; right: max(16px, env(safe-area-inset-right));
      bottom: max(16px, env(safe-area-inset-bottom)); max-width: calc(100vw - 32px);
      box-shadow: 0 2px 12px rgb(0 0 0 / 35%);
    }
    .panel {
      position: fixed; z-index: 2147483000; right: 16px; bottom: 16px; display: flex; flex-direction: column;
      width: min(420px, calc(100vw - 32px)); height: min(680px, calc(100vh - 32px)); height: min(680px, calc(100dvh - 32px));
      overflow: hidden; background: #00633d; border: 1px solid #004a2e; border-radius: 16px;
      box-shadow: 0 8px 32px rgb(0 0 0 / 40%);
    }
    .head { display: flex; justify-content: flex-end; padding: 4px; }
    .head button { min-height: 44px; padding: 6px 14px; border-color: transparent; }
    .head button:focus-visible { outline-color: #ffffff; outline-offset: -3px; }
    iframe { flex: 1; width: 100%; min-height: 0; border: 0; background: #ffffff; }
    @media (max-width: 480px), (max-height: 480px) {
      .panel { inset: 0; width: 100%; height: 100%; border: 0; border-radius: 0; }
    }
    @media print { :host { display: none !important; } }
  `;

  function make(name, properties, ...children) {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...children);
    return node;
  }

  function start() {
    const host = document.createElement(TAG);
    const root = host.attachShadow({ mode: "open" });
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
    } catch { /* an old browser: the button stands unadorned at the end of the page and works */ }

    const opener = make("button", { type: "button", className: "open", textContent: "Hỏi Trợ lý PCCC" });
    opener.setAttribute("aria-haspopup", "dialog");
    opener.setAttribute("aria-expanded", "false");
    const closer = make("button", { type: "button", textContent: "Đóng" });
    closer.setAttribute("aria-label", "Đóng Trợ lý PCCC");
    const panel = make("div", { className: "panel", hidden: true }, make("div", { className: "head" }, closer));
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", "Trợ lý PCCC");
    let frame = null;

    function open() {
      if (!frame) { // nothing is fetched for visitors who do not ask
        frame = make("iframe", { title: "Trợ lý PCCC: hỏi đáp phòng cháy, chữa cháy", src: `${HOME}/?embed=1` });
        panel.append(frame);
      }
      panel.hidden = false;
      opener.hidden = true;
      opener.setAttribute("aria-expanded", "true");
      closer.focus();
    }

    function close() {
      if (panel.hidden) return;
      panel.hidden = true;
      opener.hidden = false;
      opener.setAttribute("aria-expanded", "false");
      opener.focus();
    }

    opener.addEventListener("click", open);
    closer.addEventListener("click", close);
    panel.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
    addEventListener("message", (event) => {
      const ours = event.origin === HOME && event.source === frame?.contentWindow;
      if (ours && event.data === "tro-ly-pccc:close") close();
    });
    root.append(opener, panel);
    document.body.append(host);
  }

  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
})();
