"""What the console calls acts, happenings, channels and deadlines of reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from bot.feedback.figure_tables import CHANNELS
from bot.feedback.lifecycle import STATES, Act, Hat
from bot.feedback.rejections import RejectReason
from bot.feedback.reports import Happening
from bot.store.dispatches import DispatchState
from bot.store.report_search import ReportLine

HATS: Final[Mapping[Hat, str]] = {
    Hat.MTTQ: "Mặt trận",
    Hat.AGENCY: "Cơ quan",
    Hat.RESIDENT: "Người dân",
    Hat.SYSTEM: "Hệ thống",
}
_HAPPENINGS: Final[Mapping[str, str]] = {
    "sent": "Gửi phản ánh",
    "added": "Gửi thêm thông tin",
    "noted": "Ghi chú nội bộ",
    "written": "Nhắn cho người dân",
    "claimed": "Nhận xử lý",
    "unclaimed": "Thôi nhận xử lý",
    "handed_over": "Giao cho người khác",
    "moderated": "Biên tập nội dung",
    "supported": "Có người cùng phản ánh",
    "late": "Quá hạn",
    "merge_of": "Nhận gộp phản ánh khác",
    "part_of": "Tách một phản ánh đã gộp ra",
    "duplicate_added": "Người gửi phản ánh đã gộp gửi thêm thông tin",
    "no_reply": "Hết thời gian chờ người dân trả lời",
    "agency_asked": "Cơ quan hỏi Mặt trận",
    "told_agency": "Mặt trận nhắn cơ quan",
    "declined": "Cơ quan báo không thuộc thẩm quyền",
    "link_opened": "Cơ quan mở đường dẫn",
    "mailed": "Đã gửi thư cho cơ quan",
    "mail_failed": "Không gửi được thư cho cơ quan",
    "mail_unknown": "Không rõ thư đã tới cơ quan chưa",
    "resent": "Gửi lại cho cơ quan",
    "link_renewed": "Tạo đường dẫn mới cho cơ quan",
    "contact_seen": "Xem liên hệ của người dân",
    "verify": "Xác minh",
    "forward": "Chuyển cơ quan",
    "take_up": "Cơ quan tiếp nhận",
    "answer": "Trả lời của cơ quan",
    "reply": "Trả lời của Mặt trận",
    "confirm": "Xác nhận đã xong",
    "reopen": "Mở lại",
    "close": "Đóng phản ánh",
    "reject": "Không tiếp nhận",
    "restore": "Tiếp nhận lại",
    "merge": "Gộp vào phản ánh khác",
    "part": "Tách ra",
    "withdraw": "Rút phản ánh",
}


REJECT_REASONS: Final[Mapping[RejectReason, str]] = {
    RejectReason.SPAM: "Tin rác, quảng cáo, gửi thử",
    RejectReason.ABUSE: "Lời lẽ xúc phạm, bôi nhọ",
    RejectReason.UNCLEAR: "Thiếu thông tin, không hỏi lại được",
    RejectReason.OUTSIDE: "Không thuộc lĩnh vực phòng cháy, chữa cháy",
    RejectReason.UNFOUNDED: "Đã xác minh, không thấy như phản ánh",
    RejectReason.SETTLED: "Việc đã được giải quyết từ trước",
}


@dataclass(frozen=True)
class Step:
    """A happening as the story shows it. `about`: details in words, such as the agency's letter."""

    id: int
    at: datetime
    name: str
    hat: str
    who: str
    change: str | None
    text: str
    public: bool
    photos: tuple[UUID, ...]
    about: str
    kind: str
    words_inside: bool  # the resident sees that it happened, but not these words


def steps_of(happened: Iterable[Happening], names: Mapping[str, str]) -> Sequence[Step]:
    """Return happenings in words; `names` are those of the staff by their logins."""
    return [
        Step(
            id=one.id,
            at=one.at,
            name=_HAPPENINGS.get(one.kind, one.kind),
            hat=HATS[one.hat],
            who=one.who,
            change=_state_change(one),
            text=one.text,
            public=one.public,
            photos=() if one.kind == "sent" else one.photos,  # they stand above, with the report
            about=_about(one, names),
            kind=one.kind,
            words_inside=one.public and one.kind in _WORDS_INSIDE,
        )
        for one in happened
    ]


_WORDS_INSIDE: Final = frozenset({Act.FORWARD.value, Act.MERGE.value, Act.PART.value})


def _about(one: Happening, names: Mapping[str, str]) -> str:
    """The details that an officer should know, in words."""
    said = []
    if reason := one.details.get("reason"):
        known = reason in set(RejectReason)
        said.append(f"Lý do: {REJECT_REASONS[RejectReason(reason)] if known else reason}")
    if evidence := one.details.get("evidence"):
        said.append(evidence)
    if into := one.details.get("into"):
        said.append(f"Gộp vào phản ánh {into}")
    if of := one.details.get("of"):
        said.append(f"Phản ánh {of}")
    if (to := one.details.get("to")) and one.kind == "handed_over":
        said.append(f"Giao cho {names.get(to, to)}")
    return ". ".join(said)


def _state_change(one: Happening) -> str | None:
    """The change of state that it brought, in words, or None."""
    if one.after is None or one.after is one.before:
        return None
    return STATES[one.after] if one.before is None else f"{STATES[one.before]} → {STATES[one.after]}"


def channel_name(channel: str) -> str:
    """What the console calls a channel."""
    return CHANNELS.get(channel, channel)


DISPATCH_ADVICE: Final[Mapping[DispatchState, str]] = {
    DispatchState.WAITING: "Thư sẽ tự đi trong ít phút.",
    DispatchState.SENDING: "Thư đang được gửi.",
    DispatchState.SENT: "Máy chủ thư của cơ quan đã nhận thư; chưa ai mở đường dẫn.",
    DispatchState.FAILED: "Thư chưa tới cơ quan: kiểm tra địa chỉ thư rồi gửi lại, hoặc in phiếu chuyển để giao.",
    DispatchState.UNKNOWN: "Có thể thư đã tới: gọi điện hỏi cơ quan trước khi gửi lại.",
    DispatchState.HANDED_OVER: "Phiếu chuyển đã in; giao tận nơi rồi theo dõi trả lời.",
    DispatchState.OPENED: "Người của cơ quan đã mở đường dẫn.",
    DispatchState.DECLINED: "Cơ quan báo không thuộc thẩm quyền: chọn cơ quan khác để chuyển.",
    DispatchState.ANSWERED: "Cơ quan đã trả lời qua đường dẫn.",
    DispatchState.REVOKED: "Đường dẫn này không dùng được nữa.",
}
WorkingDays = Callable[[datetime, datetime], int]
"""Working days from one moment to a later one."""


def due_in_words(due_at: datetime | None, now: datetime, working_days: WorkingDays) -> str:
    """How long there is still time, or how long it is overdue; "" without a deadline."""
    if due_at is None:
        return ""
    if due_at <= now:
        days = working_days(due_at, now)
        return f"quá hạn {days} ngày làm việc" if days else "vừa quá hạn"
    days = working_days(now, due_at)
    return f"còn {days} ngày làm việc" if days else "hết hạn hôm nay"


def stuck_in_words(line: ReportLine, now: datetime, working_days: WorkingDays) -> str:
    """How long a report has been stuck: since its deadline, or since anything was done with it."""
    if line.due_at is not None and line.due_at <= now:
        return due_in_words(line.due_at, now, working_days)
    days = (now - line.changed_at).days
    return f"không có gì mới từ {days} ngày nay" if days else "từ hôm nay"
