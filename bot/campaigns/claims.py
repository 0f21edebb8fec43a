"""What a message claims: each figure stands in a source that its line cites, and nothing that was replaced is told."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from bot.campaigns.content import Source
from bot.campaigns.previews import MARKER, markers
from knowledge.check import KnowledgeBase
from knowledge.cited_text import figures_given
from knowledge.figures import figures_needing_source, figures_supported
from knowledge.outdated import SAYS_PAST, outdated_statements
from knowledge.places import Places
from knowledge.validity import Validity, spoken, validity

ELSEWHERE: Final[Mapping[str, str]] = {
    "Theo số liệu của chiến dịch:": "là số liệu của chiến dịch: đối chiếu với trang kết quả.",
    "CẢNH BÁO:": "là của cơ quan cảnh báo: đối chiếu với bản tin cảnh báo.",
}
"""Lines that begin so have their figures from outside of the knowledge base; who approves looks them up there."""
_ENDS: Final = r"(?=\s*(?:$|[,.;:)](?!\d)|và\b|hoặc\b))"
_NUMBERED: Final = re.compile(rf"\b(?:Phường|Quận|Khu phố|Tổ dân phố|Thôn|Ấp|Khóm|Tổ)(?: số)? \d{{1,3}}\b{_ENDS}")
"""A place that is named by its number, as old wards were: written with a capital, and what follows is not counted."""
_DIGIT: Final = re.compile(r"\d")


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
        self._places = _numbered(base.places)

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
        if unsupported := figures_needing_source(self._without_places(plain), self._numbers) - given:
            figures = _named(sorted(unsupported))
            if elsewhere is not None:
                yield Claim(f"{figures} {elsewhere}", blocks=False)
            elif cited:
                yield Claim(f"{figures} không có trong nguồn mà câu dẫn.")
            else:
                yield Claim(f"{figures} không có nguồn: dòng ấy chưa có dấu như [1].")
        for rule in outdated_statements(plain):
            yield Claim(f"quy định đã thay đổi, nay là: {rule.now}.")
        if SAYS_PAST.search(plain):
            return
        for document in self._base.documents.values():
            if document.number and document.number in plain and validity(document, day) is Validity.EXPIRED:
                yield Claim(f"nhắc {document.short_name} như còn hiệu lực, mà văn bản ấy đã hết hiệu lực.")

    def _without_places(self, line: str) -> str:
        """A line without the names of places that have a number: to name them claims nothing."""
        known = self._places.sub(" ", line) if self._places else line
        return _NUMBERED.sub(" ", known)

    def _given(self, source: Source) -> set[str]:
        document = self._base.documents.get(source.document)
        if document is None:
            return set()
        if source.locator:
            passage = document.passage(source.locator)
            return figures_given(passage) if passage else set()
        days = (document.issued, document.effective, document.expires, document.fire_part_expires)
        return figures_supported("\n".join([document.title, *(spoken(day) for day in days if day is not None)]))


def _numbered(places: Places) -> re.Pattern[str] | None:
    """What finds the known communes whose names have a number; without their kind only where nothing is counted."""
    names = [one for one in places.communes if _DIGIT.search(one.name)]
    if not names:
        return None
    whole = "|".join(re.escape(one.name) for one in names)
    bare = "|".join(re.escape(one.bare_name) for one in names if not _DIGIT.match(one.bare_name)) or r"(?!)"
    # "Phường Móng Cái 1.500 hộ" or "Móng Cái 1/3": there the number is not of the name
    return re.compile(rf"\b(?:(?i:{whole})\b(?![.,/–-]?\d)|(?:{bare})\b{_ENDS})")


def _named(figures: Iterable[str]) -> str:
    """Return figures as they are named: "con số 5", "các con số 5; 10"."""
    written = [_as_written(one) for one in figures]
    return f"con số {written[0]}" if len(written) == 1 else f"các con số {'; '.join(written)}"


def _as_written(figure: str) -> str:
    """Return a figure as people write it: "50.000.000"; a year or a shorter number stays as it is."""
    return f"{int(figure):,}".replace(",", ".") if figure.isascii() and figure.isdigit() and len(figure) > 4 else figure
