"""Finds text in the encodings of before Unicode (TCVN3, VNI, VPS …), by font names and by the letters themselves.

Such text looks right only in its own font; read as Unicode, "Điều 5" is "§iÒu 5", and nothing can be found in it.
Tables: TCVN 5712:1993 (VN3) and VNI Windows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final

from knowledge.vietnamese import words

_TCVN3_CODES: Final = (
    "µà¸á¶ả·ã¹ạ¨ă»ằ¾ắ¼ẳ½ẵÆặ©âÇầÊấÈẩÉẫËậ®đÌèÐéÎẻÏẽÑẹªêÒềÕếÓểÔễÖệ×ìÝíØỉÜĩÞịßòãóáỏâõäọ«ôåồèốæổçỗéộ"
    "¬ơêờíớëởìỡîợïùóúñủòũôụ\u00adưõừøứöử÷ữùựúỳýýûỷüỹþỵ¡Ă¢Â§Đ£Ê¤Ô¥Ơ¦Ư"
)
_TCVN3: Final = dict(zip(_TCVN3_CODES[::2], _TCVN3_CODES[1::2], strict=True))

_TONES: Final = {"ø": "\u0300", "ù": "\u0301", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_HAT: Final = {"á": "ấ", "à": "ầ", "å": "ẩ", "ã": "ẫ", "ä": "ậ", "â": "â"}
_VNI_BREVE: Final = {"é": "ắ", "è": "ằ", "ú": "ẳ", "ü": "ẵ", "ë": "ặ", "ê": "ă"}
_VNI_HAT_E: Final = {"á": "ế", "à": "ề", "å": "ể", "ã": "ễ", "ä": "ệ", "â": "ê"}
_VNI_HAT_O: Final = {"á": "ố", "à": "ồ", "å": "ổ", "ã": "ỗ", "ä": "ộ", "â": "ô"}
_VNI_ALONE: Final = {"ñ": "đ", "ö": "ư", "ô": "ơ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI_PAIR: Final = re.compile(r"([aeouyöô])([øùûõïáàåãäâéèúüëê])|([ñöôæóòî])")

_TELLING: Final = frozenset({
    "bảo", "bộ", "cháy", "chính", "chủ", "chức", "chữa", "các", "có", "công", "cơ", "cấp", "cộng", "của", "cứu",
    "dựng", "hiện", "hoạch", "hành", "hòa", "hạnh", "hộ", "hội", "khoản", "không", "kiểm", "kế", "luật", "là", "lý",
    "lập", "một", "mục", "nghĩa", "nghị", "ngày", "người", "nhiệm", "nhà", "những", "này", "năm", "nước", "nạn",
    "nội", "phòng", "phúc", "phương", "phải", "phủ", "quyết", "quản", "quốc", "số", "sở", "tháng", "thông", "thực",
    "tiện", "trách", "tác", "tư", "tại", "tổ", "từ", "tự", "việt", "và", "về", "vị", "với", "xây", "xã", "điều",
    "đã", "đơn", "được", "đảm", "đến", "để", "định", "đối", "độc", "ủy",
})  # fmt: skip
"""Frequent words of official documents that cannot be written without Vietnamese letters."""

_ODD_LETTER: Final = re.compile(r"[^\W\d_][¡-¿×÷][^\W\d_]|[µäåæçëîïñöøûüþßÿ]", re.IGNORECASE)
"""What no Vietnamese word holds: foreign letters, or a sign between two letters ("m²" and "20°C" are well)."""
_OLD_FONT: Final = {
    "TCVN3": re.compile(r"^(?:[A-Z]{6}\+)?\.?Vn[A-Z]"),
    "VNI": re.compile(r"^(?:[A-Z]{6}\+)?VNI[-_ ]?"),
    "VPS": re.compile(r"^(?:[A-Z]{6}\+)?VPS[-_ ]?"),
}
_ENOUGH: Final = 0.08  # share of telling words; Vietnamese law has 0.3 or more
_ODD: Final = 0.15
_FEWEST_WORDS: Final = 6


class Encoding(Enum):
    """An encoding of before Unicode, with its name as staff know it."""

    TCVN3 = "TCVN3 (ABC, phông .VnTime)"
    VNI = "VNI (phông VNI-Times)"
    OTHER = "bảng mã cũ (VPS, VISCII hoặc tương tự)"


def old_encoding(texts: Iterable[str], fonts: Mapping[str, str]) -> tuple[Encoding, str] | None:
    """Return the old encoding that part of the text is in, with a sample of at most 60 characters; or None.

    `fonts` maps font names to the text set in them. A font of an old name with proper Unicode text is no fault.
    """
    for font, text in fonts.items():
        by_name = _encoding_of_font(font)
        if by_name is not None and _is_not_unicode(text):
            return by_name, f"phông {font}: {text[:50]}"
    gathered = list(texts)
    for text in [*gathered, " ".join(gathered)]:
        found = encoding_of(text)
        if found is not None:
            return found, text[:60]
    return None


def encoding_of(text: str) -> Encoding | None:
    """Return the old encoding of a stretch of text, judged by its letters; None when it reads well as it is."""
    read = words(text)
    if len(read) < _FEWEST_WORDS and text.isascii():
        return None
    plain = likeness(text)
    candidates = {Encoding.TCVN3: likeness(from_tcvn3(text)), Encoding.VNI: likeness(from_vni(text))}
    best = max(candidates, key=lambda one: candidates[one])
    if candidates[best] >= max(_ENOUGH, 2 * plain) and len(read) >= 3:
        return best
    return Encoding.OTHER if len(read) >= _FEWEST_WORDS and oddness(text) >= _ODD else None


def oddness(text: str) -> float:
    """Return the share of words with letters or signs that no Vietnamese word holds."""
    written = text.split()
    return sum(1 for word in written if _ODD_LETTER.search(word)) / len(written) if written else 0.0


def likeness(text: str) -> float:
    """Return the share of words that are frequent Vietnamese words with diacritics: 0.3 in law, 0 in gibberish."""
    read = words(text)
    return sum(word in _TELLING for word in read) / len(read) if read else 0.0


def from_tcvn3(text: str) -> str:
    """Return TCVN3 bytes that were read as Latin-1 as the Vietnamese they stand for.

    >>> from_tcvn3("§iÒu 5. Phßng ch¸y")
    'Điều 5. Phòng cháy'
    """
    return "".join(_TCVN3.get(char, char) for char in text)


def from_vni(text: str) -> str:
    """Return VNI text that was read as Latin-1 as the Vietnamese it stands for, in small letters.

    >>> from_vni("Ñieàu 5. Phoøng chaùy")
    'điều 5. phòng cháy'
    """
    return _VNI_PAIR.sub(_vni_letter, text.lower())


def _vni_letter(match: re.Match[str]) -> str:
    base, mark, alone = match.groups()
    if alone:
        return _VNI_ALONE[alone]
    if mark in _TONES:
        return unicodedata.normalize("NFC", _VNI_ALONE.get(base, base) + _TONES[mark])
    tables = {"a": {**_VNI_HAT, **_VNI_BREVE}, "e": _VNI_HAT_E, "o": _VNI_HAT_O}
    return tables.get(base, {}).get(mark, base + mark)


def _encoding_of_font(font: str) -> Encoding | None:
    name = next((name for name, pattern in _OLD_FONT.items() if pattern.match(font)), None)
    return {"TCVN3": Encoding.TCVN3, "VNI": Encoding.VNI, "VPS": Encoding.OTHER}.get(name or "")


def _is_not_unicode(text: str) -> bool:
    letters = sum(char.isalpha() for char in text)
    return letters >= 10 and likeness(text) < _ENOUGH
