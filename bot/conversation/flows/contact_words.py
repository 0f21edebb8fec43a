"""How a resident may be told: the ways, what is agreed to, and what is a telephone number or an address."""

from __future__ import annotations

import re
from typing import Final

from knowledge.vietnamese import clean

SEND_ANONYMOUSLY: Final = "Ẩn danh (chỉ theo dõi bằng mã)"
TELL_HERE: Final = "Báo tin cho tôi ở đây"
CONSENT_TEXT: Final = (
    "Số điện thoại hoặc thư điện tử chỉ dùng để cán bộ phụ trách liên hệ với bạn về phản ánh này. Số được mã hóa, mỗi "
    "lần cán bộ mở xem đều ghi lại, được giữ cùng phản ánh và bị xóa khi bạn rút phản ánh hoặc gõ “xóa dữ liệu của "
    "tôi”. Không để lại vẫn gửi được. Bạn đồng ý để lại không?"
)
_SEPARATORS: Final = re.compile(r"[\s.()-]+")
_MOBILE: Final = re.compile(r"(?:\+?84|0)([35789]\d{8})")
_LANDLINE: Final = re.compile(r"(?:\+?84|0)(2\d{9})")
_MAIL: Final = re.compile(r"[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+", re.ASCII)
_WORD: Final = re.compile(r"\s+")
_DIGITS: Final = re.compile(r"\+?\d[\d\s.()-]*\d")


def contact_in(text: str) -> str | None:
    """Return the one Vietnamese telephone number (as 0…) or mail address in a short answer, or None.

    Numbers by Thông tư 22/2014/TT-BTTTT and the renumbering of 2018: mobile 03, 05, 07, 08, 09 and ten digits,
    landline 02 and eleven digits.

    >>> contact_in("số em 0912.345.678 ạ"), contact_in("+84 28 3829 1234"), contact_in("12345")
    ('0912345678', '02838291234', None)
    >>> contact_in("lan.pccc@example.vn"), contact_in("0912345678 hoặc 0912345679")
    ('lan.pccc@example.vn', None)
    """
    typed = clean(text)
    mails = [one for one in map(_stripped, _WORD.split(typed)) if _MAIL.fullmatch(one)]
    numbers = [number for match in _DIGITS.finditer(typed) if (number := _number(match.group()))]
    found = {*mails, *numbers}
    return found.pop() if len(found) == 1 else None


def _stripped(word: str) -> str:
    return word.strip(".,;:()<>")


def _number(digits: str) -> str | None:
    plain = _SEPARATORS.sub("", digits)
    match = _MOBILE.fullmatch(plain) or _LANDLINE.fullmatch(plain)
    return f"0{match[1]}" if match else None
