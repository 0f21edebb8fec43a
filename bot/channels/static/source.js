// What the words that label a source say about it.

const SPENT = /^(đã )?hết hiệu lực/; // the server adds since when

export function isSpent(status) {
  return SPENT.test(status ?? "");
}
