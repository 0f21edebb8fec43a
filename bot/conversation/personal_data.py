"""Removes personal data from a text before it is kept for officials."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from knowledge.vietnamese import fold

_LETTERS: Final = map(chr, range(0xC0, 0x1EFA))  # À to Ỹ
_UPPER: Final = "A-Z" + "".join(char for char in _LETTERS if char.isupper() and fold(char).isascii())


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PLACE_WORDS: Final = r"(?:số nhà|so nha|nhà số|nha so|căn hộ|can ho|phòng|phong|căn|can|số|so)"
_UNITS: Final = (
    r"(?:[\d/.-]|lít|lit|l\b|bình|binh|cái|cai|chai|người|nguoi|tầng|tang|m2|m²|kg|ký|triệu|trieu|năm|nam|tháng|thang"
    r"|ngày|ngay|giờ|gio|phút|phut|lần|lan|chỗ|cho|%)"
)
_LANE_WORDS: Final = r"(?:ngõ|ngo|ngách|ngach|hẻm|hem|kiệt|kiet)"
_DOCUMENTS: Final = (
    r"(?:nghị định|nghi dinh|thông tư|thong tu|quyết định|quyet dinh|chỉ thị|chi thi|kế hoạch|ke hoach|luật|luat"
    r"|công điện|cong dien|nđ|nd|tt|qđ|qd)"
)
_OF_A_PERSON: Final = (
    (re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "[thư điện tử]"),
    (re.compile(r"https?://\S+|\bwww\.\S+", re.IGNORECASE), "[đường dẫn]"),
    (
        re.compile(r"(?<!\d)(?:\+?84[ .-]?|0[ .-]?)(?:[12](?:[ .-]?\d){9}|\d(?:[ .-]?\d){7,8})(?!\d)"),
        "[số điện thoại]",
    ),
    (re.compile(r"(?<!\d)\d(?:[ .-]?\d){8,18}(?!\d)"), "[dãy số]"),
    (re.compile(r"\b\d{2}[A-Z]\d?[ -]?\d{3}[.]?\d{2}\b", re.IGNORECASE), "[biển số]"),
)
_OF_A_HOME: Final = (
    (re.compile(rf"\b{_PLACE_WORDS}\s+[A-Z]?\d+[\w/.-]*(?!\s*{_UNITS})", re.IGNORECASE), "[địa chỉ]"),
    (re.compile(rf"\b{_LANE_WORDS}\s+\d[\w/.-]*", re.IGNORECASE), "[địa chỉ]"),
    (re.compile(r"\b\d+[A-Z]?(?:/\d+){2,}(?![\w/]*-)(?!/20\d\d)\b"), "[địa chỉ]"),
    (re.compile(rf"\b\d+[A-Z]?/\d+[A-Z]?(?= (?:đường |phố |duong |pho )?[{_UPPER}])"), "[địa chỉ]"),
)
_STAYING: Final = re.compile(
    rf"\b(?:(?:số|so) )?\d{{1,5}}-[a-zđ]{{2,4}}/[a-zđ]{{2,6}}\b"  # the Party's documents: 02-KL/TW
    rf"|\b\d{{1,5}}/20\d\d(?:/[\w-]+)?|\b{_DOCUMENTS} (?:số|so) \d{{1,5}}\b|\b0?4/10\b|\b(?:số|so) 11[1-5]\b(?!/)",
    re.IGNORECASE,
)

_PEOPLE: Final = r"(?:tôi|toi|tui|em|mình|minh|anh|chị|chi|con|cháu|chau|cô|chú|bác|bac)"
_IS: Final = r"(?:\s+(?:là|la)\b|\s*:)"
_NAMED: Final = re.compile(
    rf"\b(?:{_PEOPLE}\s+(?:tên|ten){_IS}?|(?:tên|ten)\s+(?:của\s+|cua\s+)?{_PEOPLE}{_IS}|(?:họ|ho)(?:\s+(?:và|va))?\s+"
    rf"(?:tên|ten){_IS})(?=\s)",
    re.IGNORECASE,
)
_SAID_TO_BE: Final = re.compile(rf"\b{_PEOPLE}\s+(?:là|la)(?=\s)", re.IGNORECASE)
_WORD: Final = re.compile(r"\s+([^\W\d_]+)(?!\w)")
_MOST_WORDS: Final = 4  # of a name in lower case
_MOST_CAPITALISED: Final = 6
_LABEL: Final = "[họ tên]"
_FAMILY_NAMES: Final = _listed(
    "nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đào đoàn vương trịnh trương đinh lâm phùng"
    " mai tô hà tạ chu châu lương quách thạch cao tăng kiều thái la"
)
_PLAIN_FAMILY_NAMES: Final = frozenset(map(fold, _FAMILY_NAMES))
_MIDDLE_NAMES: Final = frozenset({"thị", "văn", "thi", "van"})
_NO_NAME: Final = _listed(
    "ở nhà số sđt sdt đt muốn xin hỏi cho là đang bị có cần đây ạ nha nhé nhen và tại quê năm tuổi gọi phản báo điện"
    " được không ko thì mà với nên học sống trọ thuê hôm vừa mới đã thấy phòng căn hẻm ngõ phường xã quận tổ khu chung"
    " trong trên ngoài theo như nhờ nhưng của gì chi sao đó này kia vì để khi nếu bên chủ ấp thôn tỉnh đường sẽ đi từ"
)
_PLAIN_NO_NAME: Final = frozenset(map(fold, _NO_NAME)) - {"dang", "thi", "nam", "chu", "ha", "chi", "tu", "di"}
"""Words that end a name typed without diacritics; Đặng, Thị, Nam, Chu, Chi, Tú and Di are names."""
_ROLES: Final = _listed(
    "công cán chủ sinh học giám trưởng phó nhân người tổ ban bí bảo cư dân hội quản giáo lính đội chiến hàng khách kế"
    " phường xã tổng chi thợ bác"
)
_ADDRESSED: Final = re.compile(
    r"\b(ông|bà|anh|chị|cô|chú|bác|cậu|dì|thím|mợ|thầy|đồng chí|ong|ba|chi|chu|bac)((?:\s+[^\W\d_]+){1,4})",
    re.IGNORECASE,
)
_LABELLED: Final = re.compile(r"\[[^\]]*\]")
_Word = tuple[str, int]


def without_personal_data(text: str) -> str:
    """Return `text` with telephone numbers, addresses, plates, long numbers, mail and names replaced.

    Document numbers ("105/2025/NĐ-CP", "nghị định số 136") and emergency numbers stay: the question is about them.

    >>> without_personal_data("Em tên Lan, ở số 12 hẻm 5, hỏi Thông tư 36/2025/TT-BCA")
    '[họ tên], ở [địa chỉ] [địa chỉ], hỏi Thông tư 36/2025/TT-BCA'
    """
    return _masked(text, (*_OF_A_PERSON, *_OF_A_HOME))


def place_without_personal_data(text: str) -> str:
    """Return `text` with what identifies a person replaced; house and lane numbers stay.

    For what is reported to officials: without them nobody finds the lane that is blocked.

    >>> place_without_personal_data("gọi 0912345678, số nhà 15/4 hẻm 22 Lê Lợi")
    'gọi [số điện thoại], số nhà 15/4 hẻm 22 Lê Lợi'
    """
    return _masked(text, _OF_A_PERSON)


def seeming_names(text: str) -> tuple[str, ...]:
    """Return what in a text looks like the name of somebody else: a word of address before capitals.

    They are not masked, since it may be whom a report praises or accuses; the writer is asked to look at them.

    >>> seeming_names("nhờ ông Nguyễn Văn Tư và chị Lan nhắc anh hàng xóm"), seeming_names("[họ tên], em Ở đây")
    (('ông Nguyễn Văn Tư', 'chị Lan'), ())
    """
    found = list[str]()
    for match in _ADDRESSED.finditer(_LABELLED.sub(" ", unicodedata.normalize("NFC", text))):
        words = match.group(2).split()
        size = 0 if text.isupper() else _capitalised(words)
        if size and not (size == 1 and words[0].lower() in _NO_NAME):
            found.append(" ".join([match.group(1), *words[:size]]))
    return tuple(dict.fromkeys(found))


def _masked(text: str, patterns: Iterable[tuple[re.Pattern[str], str]]) -> str:
    kept: list[str] = []

    def shelve(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"\x00{len(kept) - 1}\x00"

    shelved = _STAYING.sub(shelve, unicodedata.normalize("NFC", text))
    for pattern, label in patterns:
        shelved = pattern.sub(label, shelved)
    for number, original in enumerate(kept):
        shelved = shelved.replace(f"\x00{number}\x00", original)
    return _without_names(shelved).strip()


def _without_names(text: str) -> str:
    """Replace "tôi tên …" and "tôi là …" where a name follows. Capitals tell nothing in a text all in capitals."""
    capitals = not text.isupper()
    named = _replaced(text, _NAMED, lambda words: _name(words, capitals))
    return _replaced(named, _SAID_TO_BE, lambda words: _full_name(words, capitals))


def _replaced(text: str, introduced: re.Pattern[str], length: Callable[[list[str]], int]) -> str:
    parts, done = list[str](), 0
    for match in introduced.finditer(text):
        following = _following(text, match.end())
        size = length([word for word, _ in following])
        if size and match.start() >= done:
            parts += [text[done : match.start()], _LABEL]
            done = following[size - 1][1]
    return "".join([*parts, text[done:]])


def _following(text: str, place: int) -> list[_Word]:
    """The words from `place` to the next punctuation mark or figure, each with where it ends."""
    found: list[_Word] = []
    while len(found) < _MOST_CAPITALISED and (match := _WORD.match(text, place)):
        place = match.end()
        found.append((match.group(1), place))
    return found


def _name(words: list[str], capitals: bool) -> int:
    """How many of the words are a name that was announced as one."""
    capitalised = _capitalised(words) if capitals else 0
    if capitalised > 1:
        unfinished = words[capitalised - 1].lower() in _MIDDLE_NAMES  # "Nguyễn Văn bình"
        return min(capitalised + unfinished, len(words))
    if capitalised and not _is_family_name(words[0]):
        return 1
    size = 0
    for word in words[:_MOST_WORDS]:
        if _ends_name(word) and not (size == 0 and _is_family_name(word)):
            break
        size += 1
    return size


def _full_name(words: list[str], capitals: bool) -> int:
    """How many of the words are a full name after "tôi là": "em là sinh viên" and "tôi là Chủ trọ" are none."""
    if len(words) < 2 or words[0].lower() in _ROLES:
        return 0
    if capitals and (capitalised := _capitalised(words)) >= 2:
        return capitalised
    if _is_family_name(words[0]) and words[1].lower() in _MIDDLE_NAMES:
        return _name(words, capitals=False)
    return 0


def _capitalised(words: list[str]) -> int:
    return next((size for size, word in enumerate(words) if not word[0].isupper()), len(words))


def _is_family_name(word: str) -> bool:
    return word.lower() in _FAMILY_NAMES or (word.isascii() and word.lower() in _PLAIN_FAMILY_NAMES)


def _ends_name(word: str) -> bool:
    return word.lower() in _NO_NAME or (word.isascii() and word.lower() in _PLAIN_NO_NAME)
