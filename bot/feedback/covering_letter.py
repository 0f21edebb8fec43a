"""What an agency reads when a report is forwarded to it: the words of the mail, and of its printed counterpart.

Neither carries a photo, a contact or the receipt's code: photos stand behind the link, the others go to no agency.
Everything that somebody typed is put on lines of its
own and can reach no header.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from textwrap import indent
from typing import Final

from bot.feedback.deadlines import Deadlines
from bot.feedback.kinds import CATEGORIES, KINDS
from bot.feedback.lifecycle import Hat, State
from bot.feedback.reports import Report, Where, reference
from bot.store.dispatches import Dispatch
from knowledge.clock import VIET_NAM
from knowledge.places import Unit

NOT_A_FIRE_CALL: Final = (
    "Đây không phải tin báo cháy. Nếu nơi này đang cháy, có khói hoặc có người mắc kẹt, gọi ngay 114."
)
WHOSE_DUTY: Final = (
    "Mặt trận tiếp nhận, chuyển và theo dõi phản ánh của người dân; việc kiểm tra, xử lý thuộc thẩm quyền của cơ quan "
    "nhận phản ánh."
)
WHO_MAY_OPEN: Final = (
    "Ai có đường dẫn này đều xem và trả lời được, nên chỉ chuyển cho người được giao xử lý trong cơ quan."
)
NO_PLACE: Final = "Chưa rõ"
_ANSWER: Final = "Đề nghị trả lời"

Coded = Callable[[str], Unit | None]
"""Finds the present unit with an official code."""


def day(moment: datetime) -> str:
    """The day in Viet Nam.

    >>> day(datetime.fromisoformat("2026-11-21T18:00:00+00:00"))
    '22/11/2026'
    """
    return moment.astimezone(VIET_NAM).strftime("%d/%m/%Y")


def place_words(where: Where, coded: Coded) -> str:
    """Where it is, in words: what the resident wrote, the commune, the province, and a pin as degrees."""
    commune = coded(where.commune_code) if where.commune_code else None
    province = coded(where.province_code) if where.province_code else None
    names = [where.words, commune.name if commune else None, (province.name if province else None)]
    if province is None and commune is not None:
        names[2] = commune.province
    words = ", ".join(one for one in names if one)
    pin = f"vị trí trên bản đồ: {where.pin[0]:.5f}, {where.pin[1]:.5f}" if where.pin else ""
    return "; ".join(one for one in (words, pin) if one) or NO_PLACE


def asked_of_agency(report: Report, deadlines: Deadlines) -> tuple[tuple[str, str], ...]:
    """What the agency is asked for and by when, each with its words; () while it is not its turn.

    Before it has taken the report up there are two terms: the second one begins on the day of that, which nobody knows
    yet, so that its last day is that of who takes the report up on the last day of the first one.
    """
    if report.due_hat is not Hat.AGENCY or report.due_at is None:
        return ()
    if report.state is not State.FORWARDED:
        return ((_ANSWER, f"chậm nhất ngày {day(report.due_at)}"),)
    asked = (("Đề nghị báo tiếp nhận", f"chậm nhất ngày {day(report.due_at)}"),)
    handling, days = (
        deadlines.due(State.HANDLING, report.kind, report.due_at),
        deadlines.days(State.HANDLING, report.kind),
    )
    if handling is None or handling[0] is not Hat.AGENCY:
        return asked
    term = f"trong {days} ngày làm việc kể từ ngày tiếp nhận, chậm nhất ngày {day(handling[1])}"
    return (*asked, (_ANSWER, term))


def mail(  # noqa: PLR0917 - what is sent, then from whom, and what is looked up for it
    report: Report, dispatch: Dispatch, link: str, sender: Address, coded: Coded, deadlines: Deadlines
) -> EmailMessage:
    """Return the mail to the agency. Raises `ValueError` without an address or for one that cannot be used."""
    if dispatch.email is None:
        raise ValueError("the agency has no e-mail address")
    message = EmailMessage(policy=SMTP)
    message["Subject"] = f"Mặt trận Tổ quốc chuyển phản ánh {reference(report.code)}: {CATEGORIES[report.category]}"
    message["From"] = sender
    try:
        message["To"] = Address(display_name=_header(dispatch.agency_name), addr_spec=dispatch.email)
    except HeaderParseError as error:  # which is no ValueError
        raise ValueError("the agency's e-mail address cannot be used") from error
    # The same for every try, so that a server that took one twice may notice; it tells nothing of the key.
    tail = hashlib.sha256(f"{dispatch.id} {dispatch.created_at.isoformat()}".encode()).hexdigest()[:16]
    message["Message-ID"] = f"<chuyen.{dispatch.id}.{tail}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no notice of absence in return
    message.set_content(letter(report, dispatch, link, coded, deadlines), cte="base64")
    return message


def letter(report: Report, dispatch: Dispatch, link: str, coded: Coded, deadlines: Deadlines) -> str:
    """Return the words of the mail."""
    facts: list[tuple[str, str | None]] = [
        ("Số phản ánh", reference(report.code)),
        ("Loại", KINDS[report.kind]),
        ("Nội dung thuộc", CATEGORIES[report.category]),
        ("Nơi xảy ra", place_words(report.where, coded)),
        ("Ngày người dân gửi", day(report.created_at)),
        *asked_of_agency(report, deadlines),
        ("Ảnh kèm theo", "có, xem tại đường dẫn bên dưới" if report.photos else None),
    ]
    parts = [
        f"Kính gửi: {_line(dispatch.agency_name)}",
        "Mặt trận Tổ quốc Việt Nam chuyển tới Quý cơ quan phản ánh sau của người dân, gửi qua Trợ lý PCCC.",
        NOT_A_FIRE_CALL,
        "\n".join(f"{name}: {_line(value)}" for name, value in facts if value),
        f"Người dân viết (thông tin cá nhân đã được che):\n{_quoted(report.text)}",
        f"Ý kiến của Mặt trận:\n{_quoted(dispatch.note)}" if dispatch.note else "",
        "Xem phản ánh, báo đã tiếp nhận và trả lời tại đường dẫn riêng của Quý cơ quan, "
        f"dùng được đến hết ngày {day(dispatch.expires_at)}:\n{link}",
        WHO_MAY_OPEN,
        WHOSE_DUTY,
        f"Người chuyển: {dispatch.staff_name}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    """Typed words, set in, so that nobody takes a line in them for one of the letter's own."""
    return indent(text.strip(), "    > ", lambda _line: True)


def _header(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
