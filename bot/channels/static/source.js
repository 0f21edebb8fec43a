// How a source is named and labelled for people.

const STATUS = {
  in_force: "còn hiệu lực",
  amended: "còn hiệu lực, đã sửa đổi",
  repealed: "đã hết hiệu lực",
  cited: "được dẫn chiếu",
  historical: "văn bản theo thời điểm",
  unverified: "chưa kiểm chứng hiệu lực",
};

// Labels that tell the reader to weigh the source; the others need no words.
const TRUST = {
  single: "một nguồn",
  foreign: "khuyến cáo quốc tế",
  press: "báo chí, chuyên môn",
  inferred: "suy luận từ quy định",
  disputed: "các nguồn chưa thống nhất",
  unsourced: "chưa tìm được nguồn",
};

const SPENT = /^(repealed|(đã )?hết hiệu lực)/; // the server adds since when

export function statusText(status) {
  return STATUS[status] ?? status ?? "";
}

export function isSpent(status) {
  return SPENT.test(status ?? "");
}

/** Words for the trust label, or "" where there is nothing to warn of. Unknown labels are shown as they come. */
export function trustText(trust) {
  if (!trust || trust === "verbatim" || trust === "verified" || trust === "official") return "";
  return TRUST[trust] ?? trust;
}

/** "2025-07-01" → "01/7/2025", the way Vietnamese papers write a date; other text as it is. */
export function dateText(date) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date ?? "");
  if (!parts) return date ?? "";
  const [, year, month, day] = parts;
  return `${day}/${Number(month) < 3 ? month : Number(month)}/${year}`;
}
