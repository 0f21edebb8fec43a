// Where the resident is, if they want to say so. Asked for by the button only, never by itself.

import { tell } from "./photos.js";

const PATIENCE_MS = 15_000;
const OLDEST_MS = 60_000;
const DIGITS = 5; // a metre
const SAYINGS = {
  looking: "Đang tìm vị trí của bạn…",
  denied: "Trình duyệt không cho biết vị trí. Bạn gõ địa chỉ hoặc tên xã, phường giúp.",
  unknown: "Chưa tìm được vị trí. Bạn gõ địa chỉ hoặc tên xã, phường giúp.",
};

const button = document.getElementById("place");

/** @param {(pin: {latitude: number, longitude: number}) => void} send */
export function start(send) {
  // In a frame on another site's page the browser would refuse, without asking anybody.
  if (!navigator.geolocation || !isSecureContext || parent !== window) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    tell(SAYINGS.looking);
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        button.disabled = false;
        tell("");
        send({ latitude: Number(coords.latitude.toFixed(DIGITS)), longitude: Number(coords.longitude.toFixed(DIGITS)) });
      },
      (error) => {
        button.disabled = false;
        tell(error.code === error.PERMISSION_DENIED ? SAYINGS.denied : SAYINGS.unknown);
      },
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: OLDEST_MS },
    );
  });
}
