// The server's API as functions. Every failure arrives as a Failure whose `message` is fit to be read by a resident.

import { TooSlow, within } from "./patience.js";

const PATIENCE_MS = 20_000;
const UPLOAD_PATIENCE_MS = 60_000;

const SAYINGS = {
  offline: "Không gửi được vì mất kết nối mạng.",
  cut: "Mất kết nối với máy chủ.",
  slow: "Máy chủ trả lời quá chậm.",
  busy: "Bạn gửi hơi nhanh. Đợi vài giây rồi gửi lại.",
  refused: "Tin nhắn này chưa gửi được. Bạn thử viết lại ngắn hơn.",
  gone: "Không tìm thấy nội dung này.",
  broken: "Trợ lý đang gặp trục trặc. Bạn thử lại sau ít phút.",
};

// Statuses whose body carries words for people (see the API description).
const EXPLAINED = new Set([400, 408, 409, 413, 415, 429, 503]);

export class Failure extends Error {
  /** @param {keyof SAYINGS} reason @param {string} [message] the server's own words, if it has any */
  constructor(reason, message) {
    super(message || SAYINGS[reason]);
    this.reason = reason;
  }

  /** Whether sending the very same thing again can help. */
  get passing() {
    return this.reason !== "refused" && this.reason !== "gone";
  }

  /** Whether nothing has left this device. */
  get unsent() {
    return this.reason === "offline";
  }

  /** Whether nobody here knows if it arrived: the server may have done what it was asked, and its answer got lost. */
  get uncertain() {
    return this.reason === "cut" || this.reason === "slow";
  }
}

function reasonOf(status) {
  if (status === 429) return "busy";
  if (status === 404) return "gone";
  if (status === 408) return "slow";
  return status >= 400 && status < 500 ? "refused" : "broken";
}

async function failureFrom(response) {
  let words = "";
  if (EXPLAINED.has(response.status)) {
    const body = await response.json().catch(() => null);
    if (typeof body?.error?.message === "string") words = body.error.message;
  }
  return new Failure(reasonOf(response.status), words);
}

async function fetched(path, options) {
  const response = await fetch(path, options);
  if (!response.ok) throw await failureFrom(response);
  return response.status === 204 ? null : response.json();
}

async function call(path, body, patience = PATIENCE_MS) {
  const options = { headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.method = "POST";
    const isFile = body instanceof Blob;
    options.headers["Content-Type"] = isFile ? body.type || "application/octet-stream" : "application/json";
    options.body = isFile ? body : JSON.stringify(body);
  }
  // Asked before: a connection that breaks under way takes the network with it, and then something has been sent.
  const away = navigator.onLine === false;
  try {
    return await within(patience, (signal) => fetched(path, { ...options, signal }));
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof TooSlow) throw new Failure("slow");
    if (error instanceof SyntaxError) throw new Failure("broken");
    throw new Failure(away ? "offline" : "cut");
  }
}

/**
 * @param {{conversation?: string, message?: string, text?: string, payload?: string, photos?: string[],
 *   pin?: {latitude: number, longitude: number}}} message
 *   sent again under the same `message`, it is answered again but not done twice
 */
export async function send(message) {
  const answer = await call("/api/v1/messages", message);
  if (!Array.isArray(answer?.replies)) throw new Failure("broken");
  return answer;
}

/**
 * Upload a photo for a message of this conversation that is about to be sent.
 * @param {string} conversation @param {Blob} photo
 * @returns {Promise<string>} its id, which the message names
 */
export async function upload(conversation, photo) {
  const path = `/api/v1/photos?conversation=${encodeURIComponent(conversation)}`;
  const answer = await call(path, photo, UPLOAD_PATIENCE_MS);
  if (typeof answer?.photo !== "string") throw new Failure("broken");
  return answer.photo;
}

/** Messages that came later, such as an official's answer, after the one numbered `after`. */
export async function waiting(conversation, after) {
  const body = await call(`/api/v1/conversations/${encodeURIComponent(conversation)}/waiting?after=${after}`);
  return Array.isArray(body?.messages) ? body.messages : [];
}

/** The same as they come. */
export function events(conversation, after) {
  return new EventSource(`/api/v1/conversations/${encodeURIComponent(conversation)}/events?after=${after}`);
}

/** What can be read without a network: {on: the day from which it is, as YYYY-MM-DD, entries}. */
export async function offline() {
  const body = await call("/api/v1/offline.json");
  if (!Array.isArray(body?.entries)) throw new Failure("broken");
  return body;
}

export function passage(id) {
  return call(`/api/v1/passages/${encodeURIComponent(id)}`);
}

/** @param {string} conversation @param {string} reply @param {"up"|"down"} value */
export function feedback(conversation, reply, value) {
  return call("/api/v1/feedback", { conversation, reply, value });
}

export async function suggestions() {
  const body = await call("/api/v1/suggestions");
  return Array.isArray(body?.suggestions) ? body.suggestions : [];
}
