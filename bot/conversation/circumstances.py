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


def asks_for_fine(text: str) -> bool:
    """Whether `text` asks what a behaviour costs.

    >>> asks_for_fine("ko có bình phạt nhiêu"), asks_for_fine("phát hiện cháy làm gì")
    (True, False)
    """
    if _PAYS.search(" ".join(syllables(clean(text)))):
        return False
    return "phạt" in words(clean(text)) or _ASKS_FINE.search(" ".join(syllables(clean(text)))) is not None
