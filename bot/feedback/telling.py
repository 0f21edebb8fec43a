"""What residents are told of a report at each step, as messages of the chat.

Three kinds of people listen: whoever sent the report, whoever sent another one that was merged into it, and whoever
said "me too". Only the first is asked whether it is done. The code of a report, with which it can be added to and
withdrawn, is told to nobody but its own resident, and so are the resident's words: to nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final
from uuid import uuid4

from bot.feedback.kinds import CATEGORIES, Category
from bot.feedback.lifecycle import FOR_MTTQ, Act, Hat
from bot.feedback.rejections import POLITE, RejectReason
from knowledge.clock import VIET_NAM

WRITTEN: Final = "written"
"""The kind of happening by which an officer writes to the resident."""
_FRONT: Final = "Mặt trận Tổ quốc"
_AGENCY: Final = "cơ quan có trách nhiệm"
_FIRE: Final = "Đang có cháy: gọi 114 ngay."
_NOT_THE_BOT: Final = f"Đây là trả lời của người thật, không phải của trợ lý tự động. {_FIRE}"


class Listener(Enum):
    """Who is told."""

    OWN = "own"  # the resident who sent the report
    MERGED = "merged"  # one whose report was merged into it
    SUPPORTER = "supporter"  # one who said "me too"


@dataclass(frozen=True, kw_only=True)
class News:
    """A step of a report. `code`, `category` and `sent_at` are of the listener's own report, or of the one supported.

    `kind`: an act's value or `WRITTEN`; `hat`: who did it; `agency`: with which the report is; `reason`: a
    `RejectReason`.
    """

    kind: str
    hat: Hat
    code: str
    category: Category
    sent_at: datetime
    text: str = ""
    agency: str | None = None
    reason: str | None = None


def message(news: News, to: Listener) -> dict[str, Any] | None:
    """Return the message {"id", "text", "buttons": [{"label", "payload"}]}; None when this step is not for them."""
    body = _BODIES[to].get(news.kind)
    if body is None:
        return None
    text = f"{_heading(news, to)}\n{body(news)}"
    buttons = [{"label": label, "payload": f"do:{do}:{news.code}"} for label, do in _buttons(news, to)]
    return {"id": str(uuid4()), "text": text, "buttons": buttons}


def _heading(news: News, to: Listener) -> str:
    about = CATEGORIES[news.category]
    if to is Listener.SUPPORTER:
        return f"Về việc bạn bấm “Tôi cũng gặp” ({about}):"
    day = news.sent_at.astimezone(VIET_NAM).strftime("%d/%m/%Y")
    return f"Phản ánh {news.code} của bạn ({about}, gửi {day}):"


def _buttons(news: News, to: Listener) -> tuple[tuple[str, str], ...]:
    return _BUTTONS.get(news.kind, ()) if to is Listener.OWN else ()


def _verified(news: News) -> str:
    following = "trả lời bạn" if news.category.kind in FOR_MTTQ else f"chuyển {_AGENCY}"
    return f"Cán bộ {_FRONT} đã đọc và xác minh. Bước tiếp theo là {following}."


def _forwarded(news: News) -> str:
    return f"{_FRONT} đã chuyển tới {news.agency or _AGENCY}. Có trả lời, mình báo bạn ngay."


def _taken_up(news: News) -> str:
    return f"{_begun(news.agency or _AGENCY)} đã tiếp nhận và đang xử lý."


def _answered(news: News) -> str:
    who = news.agency or _AGENCY
    told = f"{_begun(who)} trả lời:" if news.hat is Hat.AGENCY else f"{_FRONT} chuyển lời {who} trả lời:"
    return f"{told}\n“{news.text}”\n{_NOT_THE_BOT}"


def _replied(news: News) -> str:
    return f"{_FRONT} trả lời:\n“{news.text}”\n{_NOT_THE_BOT}"


def _asked_whether_done(body: Callable[[News], str], question: str) -> Callable[[News], str]:
    return lambda news: f"{body(news)}\n\n{question}"


def _confirmed(_news: News) -> str:
    return "Người dân ở nơi đó cho biết việc này đã xong."


def _reopened(news: News) -> str:
    if news.hat is Hat.RESIDENT:
        return f"Người dân ở nơi đó cho biết việc này chưa xong. {_FRONT} sẽ làm việc lại với {_AGENCY}."
    return f"{_FRONT} mở lại việc này" + (f":\n“{news.text}”" if news.text else ".")


def _closed(news: News) -> str:
    return f"{_FRONT} kết thúc việc này, có bằng chứng kèm theo:\n“{news.text}”"


def _own_closed(news: News) -> str:
    return f"{_closed(news)}\nNếu thật ra chưa xong, bạn bấm “Chưa xong” để mở lại."


def _rejected(news: News) -> str:
    polite = POLITE[RejectReason(news.reason)] + "\n" if news.reason in set(RejectReason) else ""
    return (
        f"{_FRONT} chưa tiếp nhận được. {polite}Cán bộ ghi: “{news.text}”\n"
        "Nếu bạn thấy chưa đúng, bạn có thể đề nghị xem lại một lần, và vẫn gửi phản ánh khác như thường."
    )


def _rejected_to_others(news: News) -> str:
    polite = POLITE[RejectReason(news.reason)] + "\n" if news.reason in set(RejectReason) else ""
    return (
        f"{_FRONT} chưa tiếp nhận được. {polite}Cán bộ ghi: “{news.text}”\n"
        "Nếu bạn thấy chưa đúng, bạn gửi phản ánh của bạn, kèm ảnh thì càng rõ."
    )


def _withdrawn(_news: News) -> str:
    return (
        "Người gửi đã rút phản ánh này nên việc không được theo dõi tiếp. Nếu ở đó vẫn chưa an toàn, bạn gửi phản ánh "
        f"của bạn giúp nhé. {_FIRE}"
    )


def _restored(_news: News) -> str:
    return f"{_FRONT} đã tiếp nhận lại và sẽ xem."


def _merged(_news: News) -> str:
    return (
        f"Nhiều người cùng phản ánh việc này, nên {_FRONT} gộp lại để xử lý chung. Mã của bạn vẫn dùng được như cũ; "
        "có kết quả, mình báo bạn ngay."
    )


def _parted(_news: News) -> str:
    return f"{_FRONT} xem xét việc này riêng, không gộp với phản ánh khác nữa."


def _written(news: News) -> str:
    how = f"Bấm “Trả lời” bên dưới, hoặc gõ mã {news.code}, để trả lời hay gửi thêm ảnh."
    return f"{_FRONT} nhắn:\n“{news.text}”\n{how}"


def _begun(words: str) -> str:
    return words[0].upper() + words[1:]


_OWN: Final[Mapping[str, Callable[[News], str]]] = {
    Act.VERIFY.value: _verified,
    Act.FORWARD.value: _forwarded,
    Act.TAKE_UP.value: _taken_up,
    Act.ANSWER.value: _asked_whether_done(_answered, "Việc này đã xong chưa?"),
    Act.REPLY.value: _asked_whether_done(_replied, "Trả lời như vậy bạn thấy ổn chưa?"),
    Act.REOPEN.value: _reopened,
    Act.CLOSE.value: _own_closed,
    Act.REJECT.value: _rejected,
    Act.RESTORE.value: _restored,
    Act.MERGE.value: _merged,
    Act.PART.value: _parted,
    WRITTEN: _written,
}
_OTHERS: Final[Mapping[str, Callable[[News], str]]] = {
    Act.ANSWER.value: _answered,
    Act.REPLY.value: _replied,
    Act.CONFIRM.value: _confirmed,
    Act.REOPEN.value: _reopened,
    Act.CLOSE.value: _closed,
    Act.REJECT.value: _rejected_to_others,
    Act.RESTORE.value: _restored,
}
_BODIES: Final[Mapping[Listener, Mapping[str, Callable[[News], str]]]] = {
    Listener.OWN: _OWN,
    Listener.MERGED: {**_OTHERS, Act.FORWARD.value: _forwarded, Act.TAKE_UP.value: _taken_up},
    Listener.SUPPORTER: {**_OTHERS, Act.WITHDRAW.value: _withdrawn},
}
_BUTTONS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    Act.ANSWER.value: (("Đã xong", "done"), ("Chưa xong", "undone")),
    Act.REPLY.value: (("Ổn rồi", "done"), ("Chưa ổn", "undone")),
    Act.CLOSE.value: (("Chưa xong", "undone"),),
    Act.REJECT.value: (("Đề nghị xem lại", "restore"),),
    WRITTEN: (("Trả lời", "add"),),
}
