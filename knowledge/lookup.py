"""Which document does a message talk about, and does it ask about that document's standing?

A message is read without diacritics and with its document types abbreviated ("nghị định 136/2020",
"nđ136" and "ND 136" are all `nd 136 …`). Documents are found by number, by nickname, by subject
("luật pccc") or by place, in this order of certainty.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final

from knowledge.documents import Document, Status
from knowledge.vietnamese import clean, fold, syllables


class MatchKind(IntEnum):
    """What tied a message to a document; a larger value is more certain."""

    PLACE = 1  # only the place of a directive was named
    SUBJECT = 2  # "luật pccc", without number or year
    YEAR = 3  # "luật pccc 2001"
    NAME = 4  # a registered nickname
    NUMBER = 5  # the document number


@dataclass(frozen=True)
class DocumentMatch:
    """A document a message talks about. `weight` orders matches of the same kind: tokens in common."""

    document: Document
    kind: MatchKind
    weight: int


@dataclass(frozen=True)
class Reference:
    """A reference as written: type code ("nd") or None, number without leading zeros or None, year or None."""

    type: str | None
    number: str | None
    year: int | None


_CODES: Final = {
    "nghi dinh": "nd", "thong tu": "tt", "chi thi": "ct", "ket luan": "kl", "ke hoach": "kh", "quyet dinh": "qd",
    "nghi quyet": "nq", "cong dien": "cd", "quy chuan": "qcvn", "tieu chuan": "tcvn", "van ban hop nhat": "vbhn",
    "bo luat": "luat",
}  # fmt: skip
_SHORT_FORMS: Final = {
    **_CODES,
    "phong chay va chua chay": "pccc", "phong chay chua chay": "pccc", "phong chay": "pccc", "pc cc": "pccc",
    "cuu nan cuu ho": "cnch", "mat tran to quoc": "mttq", "mat tran": "mttq", "uy ban nhan dan": "ubnd",
}  # fmt: skip
_LONG_FORM: Final = re.compile(rf"\b(?:{'|'.join(sorted(_SHORT_FORMS, key=len, reverse=True))})\b")
_TOKEN: Final = re.compile(r"[a-z]+|\d+")
_REPEATED: Final = re.compile(r"\b([a-z]+)(?: \1)+\b")

_TYPE: Final = r"nd|tt|ct|kl|kh|qd|nq|cd|vbhn|luat|qcvn|tcvn"
_YEAR: Final = r"(?:19[4-9]|20[0-4])\d"
_FILLER: Final = r"(?:so|pccc|cnch|va|ve|cua|nam|sua doi|cp|bca|bxd|ttg|qh|chinh phu)"
_TYPED: Final = re.compile(rf"\b({_TYPE})((?: {_FILLER})*) (\d{{1,5}})(?: (?:nam )?({_YEAR}))?\b")
_SLASHED: Final = re.compile(rf"(?<![\d/.-])(\d{{1,5}})\s*/\s*({_YEAR})\b")
_CODED: Final = re.compile(rf"(?<![\d/])(\d{{1,5}})(?:\s*/\s*({_YEAR}))?\s*[/-]\s*({_TYPE})\b")
_WRITTEN: Final = {
    "nd": "Nghị định", "tt": "Thông tư", "ct": "Chỉ thị", "qd": "Quyết định", "nq": "Nghị quyết", "cd": "Công điện",
    "luat": "Luật", "qcvn": "QCVN", "tcvn": "TCVN",
}  # fmt: skip
"""Types by which a document that is not registered is spoken of."""
_SURE_TYPE: Final = re.compile(r"\b(?:nghi dinh|thong tu|qcvn|tcvn|quy chuan|tieu chuan)\b")
_SURE_CODE: Final = re.compile(r"\bnđ\b|\bnđ(?=\d)|\bN[DĐ]\s*\d")
_REFERENCE: Final = re.compile(
    r"\b(?:theo |can cu |chieu theo )?(?:cai )?(?:nghi dinh|nd|thong tu|tt|luat|qcvn|tcvn|quy chuan|tieu chuan)"
    rf"(?: (?:so|pccc|cu))*[ -]*\d{{1,5}}(?:(?:\s*[/:-]\s*|\s+(?:nam )?){_YEAR})?(?:\s*[/-]\s*[a-z]{{2,4}}\d*)*"
    r"(?: (?:quy dinh|noi|ghi|bat|yeu cau)(?= (?:la|rang|thi)\b))?"
)
_PLACE_KIND: Final = re.compile(r"^(?:quan|huyen|thi xa|thanh pho|tinh|phuong|xa) ")
_NOT_REFERRED_TO: Final = {"Hướng dẫn", "Bảng đối chiếu", "Báo chí", "Hỏi đáp"}
"""Types of our own collections: people ask about their contents, never about them."""


def normalised(text: str) -> str:
    """Return `text` as blank-separated folded tokens, letters and digits apart, long forms abbreviated.

    >>> normalised("Nghị định số136/2020/NĐ-CP về phòng cháy, chữa cháy")
    'nd so 136 2020 nd cp ve pccc'
    """
    tokens = " ".join(_TOKEN.findall(fold(clean(text))))
    shortened = _LONG_FORM.sub(lambda match: _SHORT_FORMS[match.group()], tokens)
    return _REPEATED.sub(r"\1", shortened)


def references(text: str) -> tuple[Reference, ...]:
    """Return the document references written in `text`, in order of certainty and without repeats.

    >>> references("nđ 136/2020 thay bằng 105/2025/NĐ-CP chưa")
    (Reference(type='nd', number='136', year=2020), Reference(type='nd', number='105', year=2025))
    """
    found = [*_typed(normalised(text)), *_coded(fold(clean(text)))]
    numbers = {(one.number, one.year) for one in found}
    slashed = (one for one in _slashed(fold(clean(text))) if (one.number, one.year) not in numbers)
    return tuple(dict.fromkeys([*found, *slashed]))


def _typed(text: str) -> Iterator[Reference]:
    for match in _TYPED.finditer(text):
        code, number, year = match.group(1), match.group(3), match.group(4)
        if year is None and re.fullmatch(_YEAR, number):
            yield Reference(code, None, int(number))
        else:
            yield Reference(code, str(int(number)), int(year) if year else None)


def _coded(text: str) -> Iterator[Reference]:
    for match in _CODED.finditer(text):
        number, year, code = match.groups()
        yield Reference(code, str(int(number)), int(year) if year else None)


def _slashed(text: str) -> Iterator[Reference]:
    for match in _SLASHED.finditer(text):
        if not text[: match.start()].rstrip().endswith("thang"):
            yield Reference(None, str(int(match.group(1))), int(match.group(2)))


@dataclass(frozen=True)
class _Entry:
    """A document as the index sees it."""

    document: Document
    type: str
    number: str | None
    number_year: int | None
    years: frozenset[int]
    number_tokens: frozenset[str]
    names: tuple[re.Pattern[str], ...]
    subject: re.Pattern[str] | None
    places: frozenset[str]
    about_fire: bool
    amends: bool  # changes another document, so it is seldom the one that is meant


class DocumentIndex:
    """The registered documents, made ready once so that each message is read in well under a millisecond."""

    def __init__(self, documents: Iterable[Document]) -> None:
        registered = [one for one in documents if one.type not in _NOT_REFERRED_TO]
        amending = {other for one in registered for other in one.amended_by}
        entries = [_entry(one, amends=one.id in amending) for one in registered]
        shared = {place for place, count in Counter(p for one in entries for p in one.places).items() if count > 1}
        self._entries = tuple(entries)
        self._shared_places = frozenset(shared)

    def match(self, text: str) -> tuple[DocumentMatch, ...]:
        """Return the documents `text` talks about, best first, each with what tied it to the text."""
        message, refs = normalised(text), references(text)
        found = [(entry, self._match(entry, message, refs)) for entry in self._entries]
        hits = [(entry, hit) for entry, hit in found if hit is not None]
        return tuple(hit for _, hit in sorted(hits, key=lambda pair: _order(*pair)))

    def unheld(self, text: str) -> tuple[str, ...]:
        """Return the documents `text` names by type and number that are not registered, as they are spoken of.

        A number without a year counts only after a type written out or as "NĐ": "tt 15" may be anything.
        """
        found = [one for one in references(text) if one.type in _WRITTEN and one.number is not None]
        sure = _SURE_TYPE.search(fold(clean(text))) is not None or _SURE_CODE.search(clean(text)) is not None
        named = (one for one in found if one.year or (sure and len(one.number or "") > 1 and one.type != "luat"))
        return tuple(
            dict.fromkeys(_spoken(one) for one in named if not any(_refers(one, entry) for entry in self._entries))
        )

    def _match(self, entry: _Entry, message: str, refs: tuple[Reference, ...]) -> DocumentMatch | None:
        if any(_refers(one, entry) for one in refs):
            common = len(entry.number_tokens & set(message.split()))
            return DocumentMatch(entry.document, MatchKind.NUMBER, common)
        named = [len(name.pattern) for name in entry.names if _named(name, message, entry.years)]
        if named:
            return DocumentMatch(entry.document, MatchKind.NAME, max(named))
        if any(_refers_by_year(one, entry) for one in refs):
            return DocumentMatch(entry.document, MatchKind.YEAR, 0)
        if entry.subject is not None and _named(entry.subject, message, entry.years):
            return DocumentMatch(entry.document, MatchKind.SUBJECT, 0)
        places = [place for place in entry.places - self._shared_places if f" {place} " in f" {message} "]
        return DocumentMatch(entry.document, MatchKind.PLACE, max(map(len, places))) if places else None


def without_references(text: str) -> str:
    """Return `text` without the laws it refers to by number.

    >>> without_references("Theo NĐ 79/2014/NĐ-CP thì quán nhậu phải có mấy bình")
    'thì quán nhậu phải có mấy bình'
    """
    cleaned = clean(text)
    folded = fold(cleaned)
    if len(folded) != len(cleaned):
        return cleaned
    kept, last = list[str](), 0
    for match in _REFERENCE.finditer(folded):
        kept.append(cleaned[last : match.start()])
        last = match.end()
    return " ".join(" ".join([*kept, cleaned[last:]]).split())


def _spoken(reference: Reference) -> str:
    is_standard = reference.type in {"qcvn", "tcvn"}
    year = f"{':' if is_standard else '/'}{reference.year}" if reference.year else ""
    number = str(reference.number).zfill(2) if is_standard else reference.number
    return f"{_WRITTEN[str(reference.type)]} {number}{year}"


def find_documents(text: str, index: DocumentIndex) -> tuple[Document, ...]:
    """Return the documents that `text` talks about, best first; empty when it names none."""
    return tuple(one.document for one in index.match(text))


def about_fire(document: Document) -> bool:
    """Whether the title says that the document is about fire safety."""
    return "pccc" in normalised(document.title).split()


def _entry(document: Document, *, amends: bool) -> _Entry:
    tokens = normalised(document.number or "").split()
    digits = [token for token in tokens if token.isdigit()]
    number_year = next((int(token) for token in digits[1:] if re.fullmatch(_YEAR, token)), None)
    is_about_fire = about_fire(document)
    code = _CODES.get(fold(document.type), fold(document.type).split()[0])
    is_current = document.status in {Status.IN_FORCE, Status.AMENDED}
    is_the_law = code == "luat" and is_about_fire and is_current and not amends
    return _Entry(
        document=document,
        type=code,
        number=str(int(digits[0])) if digits else None,
        number_year=number_year,
        years=frozenset(_years(document, number_year)),
        number_tokens=frozenset(tokens),
        names=tuple(_name_pattern(name) for name in document.names if normalised(name)),
        subject=_name_pattern("luật pccc") if is_the_law else None,
        places=frozenset(_places(document)),
        about_fire=is_about_fire,
        amends=amends,
    )


def _years(document: Document, number_year: int | None) -> Iterator[int]:
    if number_year is not None:
        yield number_year
    for day in (document.issued, document.effective):
        if isinstance(day, date):
            yield day.year
        elif day is not None and day.isdigit():
            yield int(day)


def _places(document: Document) -> Iterator[str]:
    if document.status is Status.HISTORICAL:
        for place in document.places:
            yield normalised(_PLACE_KIND.sub("", fold(place)))  # the kind first: "phường Phương Liệt" is not "liet"


def _name_pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b{normalised(name)}\b(?: (?:nam )?({_YEAR})\b)?")


def _named(name: re.Pattern[str], message: str, years: frozenset[int]) -> bool:
    """Whether the nickname stands in the message, and not before the year of another document."""
    return any(match.group(1) is None or int(match.group(1)) in years for match in name.finditer(message))


def _refers(reference: Reference, entry: _Entry) -> bool:
    if reference.number is None or reference.number != entry.number:
        return False
    if reference.type is None:
        return reference.year == entry.number_year and entry.type not in {"qcvn", "tcvn"}
    return reference.type == entry.type and (reference.year is None or reference.year in entry.years)


def _refers_by_year(reference: Reference, entry: _Entry) -> bool:
    is_fire_law = reference.type == entry.type == "luat" and entry.about_fire
    return is_fire_law and reference.number is None and reference.year in entry.years


def _order(entry: _Entry, hit: DocumentMatch) -> tuple[object, ...]:
    """Sort key: certainty, tokens in common, fire law first, amending documents last, plainer number, newer."""
    newest = max(entry.years, default=0)
    length = len(entry.number_tokens)
    return (-hit.kind, -hit.weight, not entry.about_fire, entry.amends, length, -newest, entry.document.id)


_WHEN: Final = r"(?:khi nao|bao gio|luc nao|hoi nao|ngay nao|nam nao|thang nao|ngay may|nam may|tu ngay|tu khi)"
_NOW: Final = r"\b(?:bay gio|bay chu|hien nay|hien gio|hien tai|gio|nay)\b"
_STATUS_QUESTION: Final = re.compile(
    r"\b(?:con|co|het) hieu luc\b|\bhieu luc (?:tu|khi|ngay|den|chua|khong|thi hanh)\b"
    r"|\b(?:het|con) han\b|\b(?:con|het) gia tri\b"
    r"|\b(?:con|duoc) (?:ap dung|su dung|dung|xai)(?: \w+){0,2} (?:khong|chua|nua|hong|ha|hay)\b"
    r"|\b(?:bi|duoc|da|co) (?:thay|bai bo|huy|sua)\b|\b(?:thay the|thay) (?:bang|boi|cho|nghi dinh|luat|thong tu)\b"
    r"|\bvan ban nao thay\b|\bcai nao thay\b|\bsua (?:doi )?(?:boi|bang|nam|nhung|chua|khi|lan|gi|cai gi)\b"
    rf"|\b(?:ban hanh|ap dung|ky|ra doi|co hieu luc|het hieu luc) {_WHEN}\b"
    rf"|\b{_WHEN}(?: \w+){{0,4}} (?:ban hanh|ap dung|ra doi|co hieu luc|het hieu luc)\b"
    r"|\bngay (?:ban hanh|ky|co hieu luc|hieu luc)\b"
    r"|\b(?:ai|co quan nao|don vi nao|ben nao|cap nao) (?:ban hanh|ky|ra|dat ra)\b"
    r"|\bdo (?:ai|co quan nao|ben nao) (?:ban hanh|ky|ra)\b"
    r"|\bcon (?:khong|hong|hay het|hay khong)(?: (?:a|ad|vay|the|nhi|em|anh|chi|ban))*$"
    rf"|{_NOW}(?: \w+){{0,7}} (?:van ban|nghi dinh|luat|thong tu|quy chuan|tieu chuan) nao\b"
    rf"|\b(?:van ban|nghi dinh|luat|thong tu|quy chuan|tieu chuan) nao (?:\w+ ){{0,3}}{_NOW}"
    r"|\b(?:cu hay moi|moi hay cu|moi nhat chua|da cu chua|cu roi ha|loi thoi chua|bo chua|bo roi ha)\b"
)


def is_status_question(text: str) -> bool:
    """Whether `text` asks about a document's standing: in force, expired, replaced, amended, issued when or by whom.

    It says nothing about what has the standing: "bình chữa cháy hết hạn chưa" is one too, so ask
    `find_documents` as well.
    """
    return _STATUS_QUESTION.search(" ".join(syllables(clean(text)))) is not None
