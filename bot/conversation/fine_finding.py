"""Finds the rows of the fines that a question is about."""

from __future__ import annotations

import re
from typing import Final

from knowledge.fines import Fine, Fines
from knowledge.vietnamese import clean, syllables
from retrieval.search import Hit, Passage, SearchIndex

_MOST_ROWS: Final = 3
_ASIDE: Final = re.compile(
    r"\b(?:(?:muc|tien|xu|bi|co|dong|nop|khung|hinh thuc) )*phat"
    r"(?: (?:tien|bao nhieu|hanh chinh|the nao|sao|gi|nang|khong))*\b"
    r"|\b(?:bao nhieu|may|nhieu) (?:tien|trieu|dong)\b|\bbao nhieu\b|\bthe nao\b|\blam sao\b|\bxu (?:ly|li)\b"
    r"|\bho (?:kinh doanh|ca the|gia dinh)\b|\b(?:cong ty|cty|doanh nghiep|to chuc|ca nhan)\b"
    r"|\bhinh thuc\b|\bquy dinh\b|\bgap doi\b|\bmuc chung\b"
    r"|\b(?:o|tai) (?:ha noi|hn)\b|\bha noi\b|\bnghi dinh(?: \d+)*\b|\bnd \d+(?: \d+)?(?: nd cp)?\b"
    r"|\b(?:truoc|hoi|nam|thang|ngay)(?: \d+)+\b"
    r"|\b(?:em|anh|chi|minh|toi|ad|admin|a|oi|voi|hoi|xin|vay|nhi|thi|la|cho)\b"
)


_FIRE: Final = re.compile(
    r"\b(?:pccc|(?:chua|bao|phong|dam|chong|ngan|xay ra|cuu) (?:chay|hoa)|114|thoat (?:nan|hiem)|loi thoat|phong no)\b"
)


class FineFinder:
    """A small search of its own over the rows' names, so that a fine is found by what was done."""

    def __init__(self, fines: Fines) -> None:
        self._rows = fines.rows
        self._index = SearchIndex.build([_passage(row) for row in fines.rows.values()]) if fines.rows else None

    def find(
        self, text: str, cited: frozenset[str] = frozenset(), *, sure: bool = False, answered: bool = False
    ) -> tuple[Fine, ...]:
        """Return the rows that `text` is about, best first; empty where none fits well enough.

        A row needs to fit less well when the message is about fire for certain or the general search is sure of its
        answer (`sure`), and less again when that answer rests on the row (`cited`: ids of such rows). Where there is an
        answer without the rows (`answered`), nothing is made easier.
        """
        act, hits = self._search(text)
        sure = not answered and (sure or _FIRE.search(act) is not None)
        return self._close([hit for hit in hits if _fit(hit) >= _needed(hit.id in cited, sure)])

    def offer(self, text: str) -> tuple[Fine, ...]:
        """Return rows that `text` may be about, to be offered as choices."""
        return self._close([hit for hit in self._search(text)[1] if _fit(hit) >= _FIT_OFFERED])

    def _search(self, text: str) -> tuple[str, list[Hit]]:
        """What was done, without what else the message says, and the rows it finds."""
        act = _ASIDE.sub(" ", " ".join(syllables(clean(text))))
        return act, self._index.search(act, 2 * _MOST_ROWS) if self._index is not None and act.strip() else []

    def _close(self, fitting: list[Hit]) -> tuple[Fine, ...]:
        close = [hit for hit in fitting if _fit(hit) >= _fit(fitting[0]) * _CLOSE]
        return tuple(self._rows[hit.id] for hit in close[:_MOST_ROWS])


_FIT: Final = 0.62
_FIT_SURE: Final = 0.5
_FIT_CITED: Final = 0.4
_FIT_OFFERED: Final = 0.42
_CLOSE: Final = 0.95
"""Tuned on 160 questions, 20 of them about fines of other laws: 4 of these pass, 6 of 280 get another row."""


def _needed(cited: bool, sure: bool) -> float:
    if not sure:
        return _FIT
    return _FIT_CITED if cited else _FIT_SURE


def _fit(hit: Hit) -> float:
    """How well a row fits: how much of its name was said, and how much of what was said is in it."""
    return 0.5 * hit.heading + 0.5 * hit.coverage


def _passage(row: Fine) -> Passage:
    return Passage(id=row.id, title=row.behaviour, variants=row.asked, body="", document="", kind="fine")
