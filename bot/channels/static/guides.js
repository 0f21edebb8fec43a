// Which of the kept guides fits what was typed. Pure: no document in here.

const LEAST_IN_TITLE = 2;
const SAYING_NOTHING = new Set(["bi", "co", "duoc", "gi", "khong", "lam", "roi", "sao", "thi", "trong", "voi"]);

/** "Khói ở ĐÂU" → ["khoi", "o", "dau"] */
export function wordsOf(text) {
  const folded = text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
  return folded.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}

/** @param {{title: string, text: string}} entry */
export function indexed(entry) {
  return { ...entry, titleWords: new Set(wordsOf(entry.title)), allWords: wordsOf(`${entry.title} ${entry.text}`) };
}

function inTitle(entry, typed) {
  return typed.filter((word) => entry.titleWords.has(word)).length;
}

/** How well an entry fits: how much of its title was typed counts most. */
function fit(entry, typed) {
  const found = inTitle(entry, typed);
  return (found * found) / entry.titleWords.size + typed.filter((word) => entry.allWords.includes(word)).length / 100;
}

/**
 * The entries in the order in which they fit. What to do in any fire, which comes first, stays first unless another
 * surely fits better: who smells gas must not be told first to ring the bells.
 */
export function ordered(entries, message) {
  const typed = [...new Set(wordsOf(message))].filter((word) => !SAYING_NOTHING.has(word));
  const ranked = entries.map((entry) => [fit(entry, typed), entry]).sort((a, b) => b[0] - a[0]).map(([, entry]) => entry);
  const [first] = entries;
  const best = ranked.find((entry) => entry.kind === first.kind); // what to do now, before what is good to know
  const rest = ranked.filter((entry) => entry !== first && entry !== best);
  if (best === first) return [first, ...rest];
  return inTitle(best, typed) >= LEAST_IN_TITLE ? [best, first, ...rest] : [first, best, ...rest];
}

/** Whether each typed word begins some word of the entry, as while somebody is still typing. */
export function matches(entry, typed) {
  return wordsOf(typed).every((word) => entry.allWords.some((one) => one.startsWith(word)));
}
