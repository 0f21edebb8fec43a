// Photos that go along with the next message. Each is drawn small here, which also leaves out where it was taken, and
// is uploaded while the resident still writes.

import * as api from "./api.js";
import { el, icon } from "./dom.js";

const MOST = 3; // as many as a report takes
const LARGEST = 10 * 1024 * 1024;
const LONGEST_SIDE = 1600;
const PREVIEW_SIDE = 320;
const QUALITY = 0.88;
const SAYINGS = {
  many: `Mỗi lần gửi được tối đa ${MOST} ảnh.`,
  large: "Ảnh này lớn hơn 10 MB nên chưa gửi được. Bạn chụp màn hình ảnh đó rồi gửi.",
  added: "Đã thêm ảnh.",
  removed: "Đã bỏ ảnh.",
};

const button = document.getElementById("photo");
const files = document.getElementById("photo-file");
const tray = document.getElementById("tray");
const told = document.getElementById("told");

let chosen = [];
let conversation = () => null;

export function tell(words) {
  told.textContent = words;
}

/** The picture at most so many pixels long, on white: a JPEG has no transparency. */
function drawn(bitmap, side) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = el("canvas", {
    width: Math.max(1, Math.round(bitmap.width * scale)),
    height: Math.max(1, Math.round(bitmap.height * scale)),
  });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function asJpeg(canvas) {
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

/** What is shown and what is sent of a file. What this browser cannot draw is sent as it is: the server may know it. */
async function prepared(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const [preview, whole] = [drawn(bitmap, PREVIEW_SIDE), drawn(bitmap, LONGEST_SIDE)];
    bitmap.close();
    const smaller = await asJpeg(whole);
    if (smaller) return { picture: preview, content: smaller };
  } catch { /* a format that this browser does not know */ }
  return { picture: null, content: file };
}

function shown(photo) {
  if (!photo.picture) return el("span", { className: "shot unknown" }, "Ảnh");
  photo.picture.className = "shot";
  photo.picture.setAttribute("role", "img");
  photo.picture.setAttribute("aria-label", `Ảnh ${photo.number} của bạn`);
  return photo.picture;
}

function remove(photo, words) {
  chosen = chosen.filter((one) => one !== photo);
  photo.node?.remove();
  tray.hidden = chosen.length === 0;
  tell(words);
}

/** Upload once; after a failure, once more when it is asked for again. */
function uploaded(photo) {
  photo.uploading ??= api.upload(photo.conversation, photo.content).then(
    (id) => {
      photo.id = id;
      photo.node?.classList.remove("under-way");
      return id;
    },
    (failure) => {
      photo.uploading = null;
      throw failure;
    },
  );
  return photo.uploading;
}

let numbers = 0;

async function add(file) {
  if (chosen.length >= MOST) {
    tell(SAYINGS.many);
    return;
  }
  const photo = { number: ++numbers, conversation: conversation(), id: null, uploading: null, node: null };
  chosen.push(photo);
  Object.assign(photo, await prepared(file));
  if (!chosen.includes(photo)) return;
  if (photo.content.size > LARGEST) {
    remove(photo, SAYINGS.large);
    return;
  }
  const dropping = el("button", { type: "button", className: "drop", "aria-label": `Bỏ ảnh ${photo.number}` }, icon("close"));
  dropping.addEventListener("click", () => {
    remove(photo, SAYINGS.removed);
    button.focus();
  });
  photo.node = el("li", { className: "under-way" }, shown(photo), dropping);
  tray.append(photo.node);
  tray.hidden = false;
  tell(SAYINGS.added);
  uploaded(photo).catch((failure) => {
    // What another try may mend is tried when the message is sent; what is no photo is said now.
    if (chosen.includes(photo) && !failure.passing) remove(photo, failure.message);
  });
}

/** Whether a message can be sent that says nothing but these. */
export function any() {
  return chosen.some((one) => one.node);
}

/** Take the photos out of the tray: they belong to a message now. Those still being drawn stay for the next. */
export function taken() {
  const gone = chosen.filter((one) => one.node);
  chosen = chosen.filter((one) => !one.node);
  tray.replaceChildren();
  tray.hidden = true;
  tell("");
  return gone;
}

/** Whether all of them have arrived, so that a message with them is sent without delay. */
export function arrived(photos) {
  return photos.every((one) => one.id);
}

/** The ids of uploaded photos. Rejects with a Failure. */
export function ids(photos) {
  return Promise.all(photos.map(uploaded));
}

export function pictures(photos) {
  return el("span", { className: "shots" }, ...photos.map(shown));
}

export function clear() {
  taken();
  chosen = [];
}

/** @param {() => string} of the conversation to which photos belong */
export function start(of) {
  conversation = of;
  button.addEventListener("click", () => files.click());
  files.addEventListener("change", async () => {
    const picked = [...files.files];
    const over = picked.length > MOST - chosen.length;
    files.value = ""; // the same file may be chosen again
    await Promise.all(picked.map(add));
    if (over) tell(SAYINGS.many); // last, since each that was added has been told
  });
}
