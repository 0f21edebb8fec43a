// The server's API as four functions. Every failure arrives as a Failure whose `message` is fit to be read by a resident.

const PATIENCE_MS = 20_000;

const SAYINGS = {
  offline: "Không gửi được vì mất kết nối mạng.",
  slow: "Máy chủ trả lời quá chậm.",
  busy: "Bạn gửi hơi nhanh. Đợi vài giây rồi gửi lại.",
  refused: "Tin nhắn này chưa gửi được. Bạn thử viết lại ngắn hơn.",
  gone: "Không tìm thấy nội dung này.",
  broken: "Trợ lý đang gặp trục trặc. Bạn thử lại sau ít phút.",
};

// Statuses whose body carries words for people (see the API description).
const EXPLAINED = new Set([400, 413, 429, 503]);

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
}

function reasonOf(status) {
  if (status === 429) return "busy";
  if (status === 404) return "gone";
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

async function call(path, body) {
  const options = { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE_MS) };
  if (body !== undefined) {
    options.method = "POST";
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  try {
    const response = await fetch(path, options);
    if (!response.ok) throw await failureFrom(response);
    return response.status === 204 ? null : await response.json();
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error.name === "TimeoutError" || error.name === "AbortError") throw new Failure("slow");
    throw new Failure(error instanceof SyntaxError ? "broken" : "offline");
  }
}

/** @param {{conversation?: string, text?: string, payload?: string}} message */
export async function send(message) {
  const answer = await call("/api/v1/messages", message);
  if (!Array.isArray(answer?.replies)) throw new Failure("broken");
  return answer;
}

/** Messages that came later, such as an official's answer, after the one numbered `after`. */
export async function waiting(conversation, after) {
  const body = await call(`/api/v1/conversations/${encodeURIComponent(conversation)}/waiting?after=${after}`);
  return Array.isArray(body?.messages) ? body.messages : [];
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
