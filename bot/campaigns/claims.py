"""What a message claims: each figure stands in a source that its line cites, and nothing that was replaced is told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.campaigns.content import Source
from bot.campaigns.previews import MARKER, markers
from knowledge.check import KnowledgeBase
from knowledge.cited_text import figures_given
from knowledge.figures import figures_needing_source, figures_supported
from knowledge.outdated import SAYS_PAST, outdated_statements
from knowledge.validity import Validity, spoken, validity

ELSEWHERE: Final[Mapping[str, str]] = {
    "Theo số liệu của chiến dịch:": "là số liệu của chiến dịch: đối chiếu với trang kết quả.",
    "CẢNH BÁO:": "là của cơ quan cảnh báo: đối chiếu với bản tin cảnh báo.",
}
"""Lines that begin so have their figures from outside of the knowledge base; who approves looks them up there."""


@dataclass(frozen=True)
class Claim:
    """What is wrong with a claim, in Vietnamese, to be read after the name of the text."""

    text: str
    blocks: bool = True


class Claims:
    """Looks at texts line by line, as cards are looked at."""

    def __init__(self, base: KnowledgeBase, own_days: Collection[date] = ()) -> None:
        """`own_days`: the campaign's days, which need no source."""
        self._base = base
        self._numbers = [one.number for one in base.documents.values() if one.number]
        days = {figure for day in own_days for figure in figures_supported(spoken(day))}
        self._own = days | {day.rpartition("/")[0] for day in days if day.count("/") == 2}

    def faults(self, text: str, known: Sequence[Source], day: date) -> Iterator[Claim]:
        """Yield what is wrong with a text whose markers count `known`, on the day it goes."""
        for number in markers(text):
            if not 1 <= number <= len(known):
                yield Claim(f"dấu [{number}] không có nguồn tương ứng.")
        if not markers(text):
            yield Claim("không dẫn nguồn nào.", blocks=False)
        for line in text.splitlines():
            yield from self._line(line, known, day)

    def _line(self, line: str, known: Sequence[Source], day: date) -> Iterator[Claim]:
        plain = MARKER.sub(" ", line)
        cited = [known[number - 1] for number in markers(line) if 1 <= number <= len(known)]
        given = set().union(*map(self._given, cited)) | self._own
        elsewhere = next((where for opening, where in ELSEWHERE.items() if plain.lstrip().startswith(opening)), None)
        for figure in map(_as_written, sorted(figures_needing_source(plain, self._numbers) - given)):
            if elsewhere is not None:
                yield Claim(f"con số {figure} {elsewhere}", blocks=False)
            elif cited:
                yield Claim(f"con số {figure} không có trong nguồn mà câu dẫn.")
            else:
                yield Claim(f"con số {figure} không có nguồn: dòng ấy chưa có dấu như [1].")
        for rule in outdated_statements(plain):
            yield Claim(f"quy định đã thay đổi, nay là: {rule.now}.")
        if SAYS_PAST.search(plain):
            return
        for document in self._base.documents.values():
            if document.number and document.number in plain and validity(document, day) is Validity.EXPIRED:
                yield Claim(f"nhắc {document.short_name} như còn hiệu lực, mà văn bản ấy đã hết hiệu lực.")

    def _given(self, source: Source) -> set[str]:
        document = self._base.documents.get(source.document)
        if document is None:
            return set()
        if source.locator:
            passage = document.passage(source.locator)
            return figures_given(passage) if passage else set()
        days = (document.issued, document.effective, document.expires, document.fire_part_expires)
        return figures_supported("\n".join([document.title, *(spoken(day) for day in days if day is not None)]))


def _as_written(figure: str) -> str:
    """Return a figure as people write it: "50.000.000"; a year or a shorter number stays as it is."""
    return f"{int(figure):,}".replace(",", ".") if figure.isascii() and figure.isdigit() and len(figure) > 4 else figure
