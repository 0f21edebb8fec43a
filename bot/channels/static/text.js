// Plain text of a reply → blocks. Pure: no document in here.

const NUMBERED = /^(\d{1,2})[.)]\s+(.*)$/;
const BULLETED = /^[-–•*]\s+(.*)$/;
const FORBIDDEN = /^✗\s+(.*)$/;
const NOTE = /^Lưu ý:\s+(.*)$/;
const TITLES = /^(Đừng|Không nên|Lưu ý|Nguồn|Việc cần làm)\s*:?$/i;
const LONGEST_TITLE = 60;

function listItem(line) {
  const numbered = NUMBERED.exec(line);
  if (numbered) return { type: "ol", item: { number: Number(numbered[1]), text: numbered[2] } };
  const forbidden = FORBIDDEN.exec(line);
  if (forbidden) return { type: "dont", item: { number: null, text: forbidden[1] } };
  const bulleted = BULLETED.exec(line);
  return bulleted ? { type: "ul", item: { number: null, text: bulleted[1] } } : null;
}

function isTitle(line, next) {
  if (TITLES.test(line)) return true;
  return line.endsWith(":") && line.length <= LONGEST_TITLE && Boolean(next && listItem(next));
}

/**
 * @param {string} text lines; "1. …", "- …" and "✗ …" are list items, "Lưu ý: …" is a headed note, an empty line ends a block
 * @returns {({type: "p", lines: string[]} | {type: "title", text: string}
 *   | {type: "ol"|"ul"|"dont", items: {number: number|null, text: string}[]})[]}
 */
export function blocksOf(text) {
  const blocks = [];
  const lines = text.replace(/\r\n?/g, "\n").split("\n").map((line) => line.trim());
  let open = null;
  lines.forEach((line, at) => {
    const found = listItem(line);
    if (line === "") {
      // A blank line between two steps does not start the list anew.
      if (open?.type === "p") open = null;
    } else if (found) {
      if (open?.type !== found.type) blocks.push((open = { type: found.type, items: [] }));
      open.items.push(found.item);
    } else if (NOTE.test(line)) {
      blocks.push({ type: "title", text: "Lưu ý" }, (open = { type: "p", lines: [NOTE.exec(line)[1]] }));
    } else if (isTitle(line, lines[at + 1])) {
      blocks.push({ type: "title", text: line.replace(/\s*:$/, "") });
      open = null;
    } else {
      if (open?.type !== "p") blocks.push((open = { type: "p", lines: [] }));
      open.lines.push(line);
    }
  });
  return blocks;
}

/** "a [1] b" → ["a ", 1, " b"]; numbers that are no citation of this reply stay text. */
export function withMarkers(text, markers) {
  return text.split(/(\[\d{1,2}\])/).filter(Boolean).map((piece) => {
    const marker = /^\[(\d{1,2})\]$/.exec(piece);
    return marker && markers.has(Number(marker[1])) ? Number(marker[1]) : piece;
  });
}
