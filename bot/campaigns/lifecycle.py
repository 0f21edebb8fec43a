"""The life of a campaign, of one message of it, and of what one recipient is owed. Cancelling wins in every state."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"  # audience and rendered texts are being frozen
    SCHEDULED = "scheduled"  # frozen, nothing is due yet
    SENDING = "sending"  # at least one message has been begun
    PAUSED = "paused"
    COMPLETED = "completed"  # nothing is pending
    CANCELLED = "cancelled"
    FAILED = "failed"  # it could not be frozen, or cannot go on; a person must look


class Act(StrEnum):
    """What can be done with a campaign."""

    SUBMIT = "submit"
    SEND_BACK = "send_back"  # by the approver, with words
    APPROVE = "approve"  # never by an author of it
    FREEZE = "freeze"
    REVISE = "revise"  # what was approved becomes a draft again, as long as nothing was sent
    BEGIN = "begin"
    PAUSE = "pause"
    RESUME = "resume"
    COMPLETE = "complete"
    RETRY = "retry"  # send again to those whom it surely did not reach
    FAIL = "fail"
    CANCEL = "cancel"


TRANSITIONS: Final[Mapping[tuple[State, Act], State]] = {
    (State.DRAFT, Act.SUBMIT): State.IN_REVIEW,
    (State.IN_REVIEW, Act.SEND_BACK): State.DRAFT,
    (State.IN_REVIEW, Act.APPROVE): State.APPROVED,
    (State.APPROVED, Act.FREEZE): State.SCHEDULED,
    (State.APPROVED, Act.REVISE): State.DRAFT,
    (State.APPROVED, Act.FAIL): State.FAILED,
    (State.SCHEDULED, Act.REVISE): State.DRAFT,
    (State.SCHEDULED, Act.BEGIN): State.SENDING,
    (State.SCHEDULED, Act.PAUSE): State.PAUSED,
    (State.SCHEDULED, Act.COMPLETE): State.COMPLETED,  # all of it was too late
    (State.SCHEDULED, Act.FAIL): State.FAILED,
    (State.SENDING, Act.PAUSE): State.PAUSED,
    (State.SENDING, Act.RETRY): State.SENDING,
    (State.SENDING, Act.COMPLETE): State.COMPLETED,
    (State.SENDING, Act.FAIL): State.FAILED,
    (State.PAUSED, Act.RESUME): State.SENDING,  # to `SCHEDULED` where no message has begun: see `after`
    (State.PAUSED, Act.RETRY): State.PAUSED,
    (State.PAUSED, Act.REVISE): State.DRAFT,
    (State.COMPLETED, Act.RETRY): State.SENDING,
    (State.FAILED, Act.REVISE): State.DRAFT,
    (State.DRAFT, Act.CANCEL): State.CANCELLED,
    (State.IN_REVIEW, Act.CANCEL): State.CANCELLED,
    (State.APPROVED, Act.CANCEL): State.CANCELLED,
    (State.SCHEDULED, Act.CANCEL): State.CANCELLED,
    (State.SENDING, Act.CANCEL): State.CANCELLED,
    (State.PAUSED, Act.CANCEL): State.CANCELLED,
    (State.FAILED, Act.CANCEL): State.CANCELLED,
}
"""What follows. An act that does not stand here for a state is refused."""

OVER: Final = frozenset({State.COMPLETED, State.CANCELLED})
LIVE: Final = frozenset({State.SCHEDULED, State.SENDING})
"""In these a message that is due may go."""
STATES: Final[Mapping[State, str]] = {
    State.DRAFT: "Đang soạn",
    State.IN_REVIEW: "Chờ duyệt",
    State.APPROVED: "Đã duyệt, đang chốt danh sách",
    State.SCHEDULED: "Đã lên lịch",
    State.SENDING: "Đang gửi",
    State.PAUSED: "Tạm dừng",
    State.COMPLETED: "Đã xong",
    State.CANCELLED: "Đã hủy",
    State.FAILED: "Không thực hiện được",
}


class CampaignActError(Exception):
    """An act that the state does not allow."""

    def __init__(self, state: State, act: Act) -> None:
        super().__init__(f"{act.value} is not possible in {state.value}")
        self.state = state
        self.act = act


def after(state: State, act: Act, *, begun: bool = False) -> State:
    """Return the state that follows; `begun`: whether a message of the campaign has begun. Raises `CampaignActError`.

    >>> after(State.PAUSED, Act.RESUME, begun=True)
    <State.SENDING: 'sending'>
    """
    try:
        follows = TRANSITIONS[state, act]
    except KeyError:
        raise CampaignActError(state, act) from None
    if act is Act.RESUME and not begun:
        return State.SCHEDULED
    if act is Act.REVISE and begun:
        raise CampaignActError(state, act)
    return follows


def diagram() -> str:
    """Return the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.DRAFT.value}: create"]
    lines += [f"    {state.value} --> {to.value}: {act.value}" for (state, act), to in TRANSITIONS.items()]
    return "\n".join([*lines, *(f"    {state.value} --> [*]" for state in State if state in OVER)])


class Stage(StrEnum):
    """Where one message of an approved campaign stands."""

    WAITING = "waiting"  # not due
    FIRST = "first"  # it goes to the first few
    WATCHING = "watching"  # the first few have it; the others wait for the verdict
    SENDING = "sending"  # it goes to all
    DONE = "done"  # nothing of it is pending
    LATE = "late"  # not sent: its time was over
    STOPPED = "stopped"  # the campaign was cancelled


GOING: Final = frozenset({Stage.FIRST, Stage.SENDING})
"""In these a message is handed to channels."""
STAGES: Final[Mapping[Stage, str]] = {
    Stage.WAITING: "Chưa đến giờ",
    Stage.FIRST: "Đang gửi nhóm đầu",
    Stage.WATCHING: "Đã gửi nhóm đầu, đang theo dõi",
    Stage.SENDING: "Đang gửi",
    Stage.DONE: "Đã gửi xong",
    Stage.LATE: "Bỏ qua vì quá giờ",
    Stage.STOPPED: "Đã hủy",
}


class Fate(StrEnum):
    """What became of one message for one recipient."""

    PENDING = "pending"
    SENDING = "sending"  # handed to the channel, whose answer is not there yet
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    SKIPPED = "skipped"  # not tried, with a reason
    FAILED = "failed"  # surely not sent, with a reason
    UNKNOWN = "unknown"  # perhaps sent; never sent again


REACHED: Final = frozenset({Fate.SENT, Fate.DELIVERED, Fate.READ})
FATES: Final[Mapping[Fate, str]] = {
    Fate.PENDING: "Chờ gửi",
    Fate.SENDING: "Đang gửi",
    Fate.SENT: "Đã gửi",
    Fate.DELIVERED: "Đã tới máy",
    Fate.READ: "Đã đọc",
    Fate.SKIPPED: "Không gửi",
    Fate.FAILED: "Gửi không được",
    Fate.UNKNOWN: "Không rõ đã tới chưa",
}


class Why(StrEnum):
    """Why something waits, or was not sent. Channels add reasons of their own words to `Fate.FAILED`."""

    CANCELLED = "cancelled"
    LATE = "late"
    ERASED = "erased"
    LEFT = "left"
    NO_CONSENT = "no consent"
    CONDITION = "condition"
    SAME_PERSON = "same person"
    CLERK = "clerk"
    QUIET = "quiet hours"
    OWN_QUIET = "own quiet hours"
    CAP = "cap"
    WINDOW = "window"
    QUOTA = "quota"
    CHANNEL_OFF = "channel off"
    UNSUITED = "unsuited"  # there is no text of it for that channel


WHYS: Final[Mapping[Why, str]] = {
    Why.CANCELLED: "Chiến dịch bị hủy",
    Why.LATE: "Quá hạn gửi",
    Why.ERASED: "Người dân đã xóa dữ liệu",
    Why.LEFT: "Đã chặn hoặc bỏ theo dõi",
    Why.NO_CONSENT: "Không còn đăng ký nhận tin này",
    Why.CONDITION: "Không còn thuộc nhóm cần gửi",
    Why.SAME_PERSON: "Cùng một người, đã nhận ở kênh khác",
    Why.CLERK: "Đang trò chuyện với cán bộ trực",
    Why.QUIET: "Ngoài giờ gửi 7:00–21:59",
    Why.OWN_QUIET: "Ngoài giờ người dân chọn",
    Why.CAP: "Đã đủ số tin được gửi cho một người",
    Why.WINDOW: "Zalo: quá 7 ngày từ lần tương tác cuối",
    Why.QUOTA: "Hết hạn mức của kênh",
    Why.CHANNEL_OFF: "Kênh đang tắt",
    Why.UNSUITED: "Không có nội dung cho kênh này",
}
