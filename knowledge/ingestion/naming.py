"""Names of authorities, which heads of documents write in capitals, as they are written in running text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from knowledge.ingestion.blocks import is_capitals

_OPENINGS: Final = (
    "CHÍNH PHỦ", "QUỐC HỘI", "THỦ TƯỚNG", "CHỦ TỊCH", "ỦY BAN", "UỶ BAN", "HỘI ĐỒNG", "BỘ", "SỞ", "CÔNG AN", "ĐẢNG BỘ",
    "ĐẢNG ỦY", "ĐẢNG UỶ", "BAN", "CỤC", "TỔNG CỤC", "PHÒNG", "VĂN PHÒNG", "MẶT TRẬN", "QUẬN ỦY", "HUYỆN ỦY", "TỈNH ỦY",
    "THÀNH ỦY", "QUẬN UỶ", "HUYỆN UỶ", "TỈNH UỶ", "THÀNH UỶ", "LIÊN ĐOÀN", "HỘI", "TRƯỜNG", "TÒA ÁN", "VIỆN",
    "UBND", "HĐND", "UBMTTQ", "BQL", "CÔNG TY", "TẬP ĐOÀN", "ĐẢNG UỶ", "ĐOÀN",
)  # fmt: skip
_SMALL: Final = frozenset({
    "an", "ban", "binh", "bộ", "chiến", "cháy", "chính", "chỉ", "chủ", "chức", "chữa", "các", "công", "cơ", "cảnh",
    "cục", "của", "cứu", "cựu", "doanh", "dân", "giáo", "huy", "huyện", "hành", "hộ", "hội", "khu", "khối", "kiểm",
    "lao", "liên", "lý", "nghiệp", "nhân", "niên", "nông", "nạn", "nữ", "phòng", "phường", "phố", "phụ", "phủ",
    "quan", "quân", "quản", "quận", "quốc", "sát", "sở", "sự", "thanh", "thành", "thường", "thị", "thủ", "tra",
    "trung", "trường", "trấn", "trực", "tuyên", "tướng", "tỉnh", "tịch", "tổ", "tổng", "uỷ", "và", "văn", "vận",
    "về", "vụ", "xã", "đoàn", "đạo", "đảng", "đặc", "đồng", "động", "ương", "ủy",
})  # fmt: skip
_CAPITAL_AFTER: Final = frozenset({"bộ", "sở", "cục", "ban", "phòng"})  # "Bộ Xây dựng", "Phòng Tư pháp"
_ABBREVIATIONS: Final = frozenset(
    {"UBND", "HĐND", "MTTQ", "TNCS", "TNHH", "PCCC", "CNCH", "UBMTTQ", "BQL", "TP", "TP."}
)
_KINDS: Final = frozenset({"tỉnh", "quận", "huyện", "phường", "xã"})
_KINDS_OF_TWO: Final = frozenset({("thành", "phố"), ("thị", "xã"), ("thị", "trấn"), ("đặc", "khu")})
_LAST_OF_KIND: Final = frozenset({*_KINDS, "phố", "trấn", "khu"})
_SUBJECTS: Final = frozenset({
    "an", "chính", "chức", "công", "cảnh", "du", "dân", "dục", "dựng", "giao", "giáo", "hóa", "học", "khoa", "kiểm",
    "lịch", "môi", "nghiệp", "nghệ", "ngoại", "nông", "nội", "pháp", "quốc", "sát", "thao", "thông", "thương",
    "thể", "tin", "tra", "trường", "tuyên", "tài", "tôn", "tư", "tạo", "tế", "tổ", "tộc", "văn", "vận", "vụ", "xây",
    "y", "đào",
})  # fmt: skip
_UPPER: Final = "A-ZĐÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴ"
_PLACE: Final = re.compile(
    r"\b([Tt]ỉnh|[Tt]hành phố|[Qq]uận|[Hh]uyện|[Tt]hị xã|[Tt]hị trấn|[Pp]hường|[Xx]ã|[Đđ]ặc khu)\s+"
    rf"((?:[{_UPPER}][^\W\d_]*|\d{{1,2}})(?:\s+(?:[{_UPPER}][^\W\d_]*|\d{{1,2}}\b))*)"
)


def authority(lines: Iterable[str]) -> str | None:
    """Return the issuing authority from the lines of the head's left column, the higher one last; or None.

    >>> authority(["UỶ BAN NHÂN DÂN", "QUẬN THANH XUÂN"])
    'Uỷ ban nhân dân quận Thanh Xuân'
    >>> authority(["UBND TỈNH NINH BÌNH", "SỞ XÂY DỰNG"])
    'Sở Xây dựng, UBND tỉnh Ninh Bình'
    """
    bodies: list[str] = []
    for line in lines:
        if bodies and not line.startswith(tuple(f"{one} " for one in _OPENINGS)) and line not in _OPENINGS:
            bodies[-1] += f" {line}"
        else:
            bodies.append(line)
    return ", ".join(map(in_small_letters, reversed(bodies))) or None


def in_small_letters(text: str) -> str:
    """Return a name in capitals as it is written in running text; what is no known word counts as a proper name.

    >>> in_small_letters("ỦY BAN NHÂN DÂN QUẬN THANH XUÂN THÀNH PHỐ HÀ NỘI")
    'Ủy ban nhân dân quận Thanh Xuân thành phố Hà Nội'
    """
    if not is_capitals(text):
        return text
    written: list[str] = []
    of_place = of_subject = False
    for word, following in zip(text.split(), [*text.split()[1:], ""], strict=True):
        small, after = word.lower(), written[-1].lower() if written else ""
        kind = small in _KINDS or (small, following.lower()) in _KINDS_OF_TWO
        if word in _ABBREVIATIONS:
            written.append(word)
        elif kind and not (of_place and after in _LAST_OF_KIND):
            of_place = False
            written.append(small if written else small.capitalize())
        elif of_place or after in _LAST_OF_KIND:
            of_place = (after, small) not in _KINDS_OF_TWO
            written.append(small.capitalize() if of_place else small)
        elif not written or _opens_subject(after, small, of_subject=of_subject):
            of_subject = bool(written)
            written.append(small.capitalize())
        else:
            written.append(small if small in _SMALL or (of_subject and small in _SUBJECTS) else small.capitalize())
    return " ".join(written).replace("chính phủ", "Chính phủ")


def _opens_subject(after: str, small: str, *, of_subject: bool) -> bool:
    """Whether the word begins the field of an authority: "Bộ Xây dựng", "Sở Văn hóa và Thể thao"."""
    return (after in _CAPITAL_AFTER and small in _SUBJECTS) or (of_subject and after == "và")


def places_in(name: str) -> tuple[str, ...]:
    """Return the units named in an authority's name, the nearest first.

    >>> places_in("Ủy ban nhân dân quận Thanh Xuân, thành phố Hà Nội")
    ('Quận Thanh Xuân', 'Thành phố Hà Nội')
    """
    found = _PLACE.findall(name)
    return tuple(f"{kind.capitalize()} {place}" for kind, place in found)
