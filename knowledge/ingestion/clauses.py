"""Clauses about a document's force and its relations to others: taking effect, replacing, repealing, amending.

A document that is repealed only in part, or amended, does not count as replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from knowledge.documents import Document
from knowledge.ingestion.numbers import Mention, mentions, number_key, year_of

_SELF: Final = (
    r"(?:Bộ luật|Luật|Nghị định|Nghị quyết|Thông tư(?: liên tịch)?|Quyết định|Chỉ thị|Kế hoạch|Quy chế|Quy định|"
    r"Quy chuẩn|Hướng dẫn|Chương trình|Pháp lệnh|Công điện|Kết luận)(?: này)"
)
_EFFECT: Final = re.compile(
    rf"{_SELF}[^.;]{{0,40}}?có hiệu lực(?: thi hành)?,? (?:kể )?từ\s+ngày\s+"
    r"(?:(\d{1,2})\s*(?:/|tháng)\s*(\d{1,2})\s*(?:/|năm)\s*(\d{4})|(ký))([^.]*)",
    re.IGNORECASE,
)
_EFFECT_UNREAD: Final = re.compile(rf"{_SELF}[^.;]{{0,40}}?có hiệu lực[^.]{{0,120}}", re.IGNORECASE)
_REPLACING: Final = re.compile(r"thay thế|thay cho|hết hiệu lực|bãi bỏ", re.IGNORECASE)
_AMENDING: Final = re.compile(r"^(?:Điều \d+\. |\d+\. |[a-zđ]\) |- )?(?:Sửa đổi|Bổ sung|Bãi bỏ|Thay thế)")
_PART: Final = re.compile(
    r"\b(?:khoản|điều|chương|mục|điểm|tiết)\s+(?:\d|[IVX]+\b|[a-zđ]\b)|cụm từ|phụ lục|\bmẫu\b|một số|một phần|"
    r"các (?:điều|khoản)",
    re.IGNORECASE,
)
_AMENDED_BY: Final = re.compile(r"sửa đổi[^;]{0,80}(?:theo|tại|bởi|bằng)[^;]*$")
_LISTED: Final = re.compile(r"^(?:[a-zđ]\)|[-+•])\s")
_CARRIED_OUT: Final = re.compile(r"^(?:(?:[Tt]riển khai,? )?[Tt]hực hiện|[Tt]riển khai)\b")
_IS_CARRIED_OUT: Final = re.compile(r"(?:thực hiện|triển khai)[^,;.]{0,50}$", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"(?<=[.;])\s+(?=[A-ZĐ\d])|(?<=;)\s+")
_SHOWN: Final = 160


@dataclass(frozen=True)
class Effect:
    """When a document takes effect. `unread`: the clause, when its day could not be told or has exceptions."""

    day: date | None
    unread: str | None = None


@dataclass(frozen=True, kw_only=True)
class Relations:
    """Relations by registered id; `unknown` and `amends` are for the reviewer, as Vietnamese notes."""

    replaces: tuple[str, ...] = ()
    implements: tuple[str, ...] = ()
    amends: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def effect_of(texts: Iterable[str], issued: date | None) -> Effect:
    """Return when the document says that it takes effect; "kể từ ngày ký" is the day of issue, where that is known."""
    unread: str | None = None
    for text in texts:
        match = _EFFECT.search(text)
        if match:
            excepted = re.search(r"trừ|riêng|, điều|, khoản", match.group(5) or "", re.IGNORECASE)
            clause = _shown(text) if excepted else None
            if match.group(4):
                return Effect(issued, clause if issued else _shown(text))
            try:
                return Effect(date(int(match.group(3)), int(match.group(2)), int(match.group(1))), clause)
            except ValueError:
                return Effect(None, _shown(text))
        if unread is None and _EFFECT_UNREAD.search(text):
            unread = _shown(text)
    return Effect(None, unread)


def relations_of(
    texts: Iterable[str], title: str | None, number: str | None, documents: Mapping[str, Document]
) -> Relations:
    """Return what the document says about others, resolved to registered ids where number and year agree."""
    known = _Register(documents)
    own = number_key(number) if number else None
    passages = list(texts)
    replaces: dict[str, None] = {}
    amends: dict[str, None] = {}
    implements: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for mention, how in _affected(passages, title):
        found = known.find(mention)
        if mention.key == own:
            continue
        if how is _How.PARTLY:
            amends[f"{mention.number}{f' ({found})' if found else ''}"] = None
        elif how is _How.NAMED:
            unknown[f"nêu kèm văn bản bị thay: {mention.number}"] = None
        elif found:
            replaces[found] = None
        else:
            unknown[f"thay thế hoặc bãi bỏ {mention.number}"] = None
    for mention in _carried_out(passages, title):
        found = known.find(mention)
        if found:
            implements[found] = None
        elif mention.key != own:
            unknown[f"thực hiện {mention.number}{f' (năm {mention.year})' if mention.year else ''}"] = None
    return Relations(
        replaces=tuple(replaces),
        implements=tuple(implements),
        amends=tuple(amends),
        unknown=tuple(unknown),
    )


class _How(Enum):
    """What a clause does to a document that it names."""

    WHOLLY = "replaced or repealed as a whole"
    PARTLY = "amended, or repealed in part"
    NAMED = "only named beside it, as the document that amended it"


def _affected(texts: Iterable[str], title: str | None) -> Iterator[tuple[Mention, _How]]:
    """Yield the documents that clauses replace, repeal or amend."""
    if title and re.search(r"sửa đổi, bổ sung|bãi bỏ một số", title, re.IGNORECASE):
        yield from ((mention, _How.PARTLY) for mention in mentions(title))
    opened: str | None = None  # the clause that opens a list of documents
    for text in texts:
        opened = opened if _LISTED.match(text) else None
        for clause in _SENTENCE.split(text):
            replacing = bool(_REPLACING.search(opened or clause))
            if replacing or _AMENDING.match(opened or clause):
                yield from ((one, _how(clause, one, opened or "", replacing=replacing)) for one in mentions(clause))
        if text.rstrip().endswith(":") and not _LISTED.match(text):
            opened = text if _REPLACING.search(text) or _AMENDING.match(text) else None


def _how(clause: str, mention: Mention, opened: str, *, replacing: bool) -> _How:
    before = clause[: mention.at]
    if _AMENDED_BY.search(before):
        return _How.NAMED
    return _How.PARTLY if not replacing or _PART.search(opened + " " + before) else _How.WHOLLY


def _carried_out(texts: Iterable[str], title: str | None) -> Iterator[Mention]:
    """Yield the documents that this one says, in its title or its opening, that it carries out."""
    opening = next((text for text in texts if _CARRIED_OUT.match(text)), "")
    for text in (title or "", opening):
        if _CARRIED_OUT.match(text):
            yield from (one for one in mentions(text) if _IS_CARRIED_OUT.search(text[: one.at]))


class _Register:
    """Registered documents by number."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._by_number: dict[str, list[Document]] = {}
        for document in documents.values():
            if document.number:
                self._by_number.setdefault(number_key(document.number), []).append(document)

    def find(self, mention: Mention) -> str | None:
        """Return the id of the document; a number without a year needs the same year of issue, for it comes back."""
        for document in self._by_number.get(mention.key, ()):
            if year_of(document.number or "") or (mention.year and mention.year == _year(document)):
                return document.id
        return None


def _year(document: Document) -> int | None:
    if isinstance(document.issued, date):
        return document.issued.year
    return int(document.issued) if document.issued and document.issued.isdigit() else None


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rsplit(' ', 1)[0]} …"
