"""Circumstances of a question about a fine: who, where, when, and whether it burned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from knowledge.gazetteer import Gazetteer
from knowledge.past import Past, asked_about
from knowledge.vietnamese import clean, fold, syllables, words

_HA_NOI: Final = "Thành phố Hà Nội"


class Party(Enum):
    """Who would be fined; the decree knows individuals and organisations."""

    UNSAID = "unsaid"
    INDIVIDUAL = "individual"
    HOUSEHOLD = "household"
    BUSINESS_HOUSEHOLD = "business household"
    ORGANISATION = "organisation"
    APARTMENT_BOARD = "apartment board"


_PARTIES: Final = (
    (Party.BUSINESS_HOUSEHOLD, re.compile(r"\bho (?:kinh doanh|ca the|kd|buon ban)\b|\bhkd\b|\bkinh doanh ca the\b")),
    (Party.APARTMENT_BOARD, re.compile(r"\bban quan tri\b|\bbqt\b")),
    (
        Party.ORGANISATION,
        re.compile(
            r"\b(?:cong ty|cty|cti|doanh nghiep|dn|to chuc|co quan|xi nghiep|nha may|tap doan|hop tac xa|htx|tnhh|"
            r"truong hoc|benh vien|ban quan ly|bql|chu dau tu)\b"
        ),
    ),
    (Party.HOUSEHOLD, re.compile(r"\bho (?:gia dinh|dan)\b|\bchu (?:nha|ho|tro)\b|\bgia dinh\b|\bnha (?:dan|rieng)\b")),
    (Party.INDIVIDUAL, re.compile(r"\b(?:ca nhan|nguoi dan|nguoi thue)\b")),
)
_BURNED: Final = re.compile(
    r"\b(?:de|lam|gay|dan den|xay ra|bi|da) (?:xay ra )?(?:chay|hoa hoan)\b(?! gia)"
    r"|\bchay (?:roi|that|nha|quan|xuong|lan)\b"
)
_CHILD: Final = re.compile(
    r"\b(?:tre (?:em|con|nho)|be (?:trai|gai|nha|lop)|may dua|dua (?:nho|be|con)|hoc sinh|hs|con (?:trai|gai)|"
    r"chau (?:be|nho)|"
    r"lop (?:\d|1[0-2])|(?:1[0-7]|[4-9]) tuoi|(?:chua|duoi) (?:du )?18|vi thanh nien|cha me|bo me|ba me|phu huynh)\b"
)
_ALARM: Final = r"\b(?:bao|goi|bam|keu|reo)\b.*\b(?:114|chay|cuu hoa|chua chay|cuu nan)\b"
_MISTAKE: Final = re.compile(
    r"\b(?:bao|goi|bam)(?: (?:chay|114|cuu hoa|cuu nan|tin|dong|so|lon))* nham\b|\bnham (?:bao|goi|bam)\b"
    r"|\b(?:tuong|nghi|ngo|cu ngo)(?: (?:la|rang|dau|co|dang|bi|nha|that))* chay\b.*\b(?:114|cuu hoa|bao|goi)\b"
    r"|\blo (?:tay |dai )?(?:bam|goi|nhan|an|cham|dung|keo)\b"
    rf"|{_ALARM}.*\b(?:hoa ra|te ra|ai (?:de|ngo|dau)|khong phai chay|khong co chay|khong chay)\b"
)
_ON_PURPOSE: Final = re.compile(
    r"\b(?:chay|tin|bao|nan) (?:gia|xao|lao|dom|bia|khong that)\b|\bco (?:y|tinh)\b|\bchoc pha\b"
)
_DWELLING: Final = re.compile(r"\b(?:chu ho|ho (?:gia dinh|dan)|nha (?:dan|rieng|o))\b")
_BUSINESS: Final = re.compile(
    r"\b(?:tro|thue|kinh doanh|buon ban|xuong|quan|tiem|cua hang|shop|cong ty|co so|nha nghi|kho|chung cu|tap the"
    r"|san xuat)\b"
)
_PAYS: Final = re.compile(
    r"\bnop (?:tien )?phat\b.*\b(?:o dau|cho nao|the nao|bang cach|online|qua mang|kho bac|vneid)\b"
)
_ASKS_FINE: Final = re.compile(
    r"\bphat\b(?! (?:hien|trien|tin|dong|sinh|huy|lenh|song|quang|minh|loa|am|bieu|dien|giac|dat|nguon)\b)"
    r"|\bxu (?:ly|li|phat)\b|\b(?:may|bao nhieu|nhieu) (?:trieu|tien)\b|\bche tai\b|\bvi pham\b|\bap muc\b"
    r"|\bbi (?:gi|sao|lam sao|tru|dinh chi|dong cua)\b"
)


@dataclass(frozen=True)
class Circumstances:
    """What the message says beside the behaviour."""

    party: Party
    in_ha_noi: bool
    past: Past | None
    burned: bool

    @classmethod
    def unsaid(cls) -> Circumstances:
        """Nothing said beside the behaviour."""
        return cls(Party.UNSAID, in_ha_noi=False, past=None, burned=False)

    @classmethod
    def read(cls, text: str, gazetteer: Gazetteer, today: date) -> Circumstances:
        """Read a message."""
        message = " ".join(syllables(clean(text)))
        party = next((one for one, pattern in _PARTIES if pattern.search(message)), Party.UNSAID)
        provinces = {province for place in gazetteer.find(text) for province in place.provinces}
        return cls(party, provinces == {_HA_NOI}, asked_about(text, today), _BURNED.search(fold(message)) is not None)


def names_child(text: str) -> bool:
    """Whether somebody under 18 is spoken of: other rules apply to them than the table's ranges.

    >>> names_child("con trai 10 tuổi gọi 114 chơi bị phạt không"), names_child("quán 10 năm tuổi đời")
    (True, False)
    """
    return _CHILD.search(" ".join(syllables(clean(text)))) is not None


def names_mistake(text: str) -> bool:
    """Whether an alarm raised by mistake is spoken of: the decree prices only one raised falsely on purpose.

    >>> names_mistake("thấy khói tưởng cháy nên gọi 114, có bị phạt không"), names_mistake("báo cháy giả phạt sao")
    (True, False)
    """
    message = " ".join(syllables(clean(text)))
    return _MISTAKE.search(message) is not None and _ON_PURPOSE.search(message) is None


def names_dwelling(text: str) -> bool:
    """Whether a household is spoken of in a house that is only lived in, to which duties of premises do not apply.

    >>> names_dwelling("chủ hộ không tự kiểm tra nhà có bị phạt"), names_dwelling("hộ gia đình cho thuê trọ")
    (True, False)
    """
    message = " ".join(syllables(clean(text)))
    return _DWELLING.search(message) is not None and _BUSINESS.search(message) is None


def asks_for_fine(text: str) -> bool:
    """Whether `text` asks what a behaviour costs.

    >>> asks_for_fine("ko có bình phạt nhiêu"), asks_for_fine("phát hiện cháy làm gì")
    (True, False)
    """
    if _PAYS.search(" ".join(syllables(clean(text)))):
        return False
    return "phạt" in words(clean(text)) or _ASKS_FINE.search(" ".join(syllables(clean(text)))) is not None
