"""A report as whoever has its code sees it: where it stands, whose turn it is, what happened, and what they can do.

Only what is public of it: the masked text and what was done, never a contact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.conversation.flows.desk import Followed, NotDone
from bot.conversation.messages import Button, Kind, Reply
from bot.feedback.kinds import CATEGORIES, KINDS, categories_of
from bot.feedback.lifecycle import FOR_MTTQ, OPEN, Act, Hat, State, possible
from bot.feedback.reports import Happening, Report
from knowledge.clock import VIET_NAM

MOST_SHOWN: Final = 6
"""Things that happened, the last ones."""
MOST_LISTED: Final = 10
_LONGEST_TOLD: Final = 200  # characters of what somebody wrote, but for the last answer
_SIGN: Final = "[2-9A-HJKMNP-Z]"
_CODES: Final = (
    re.compile(rf"\b({_SIGN}{{2}})-({_SIGN}{{4}})-({_SIGN}{{4}})\b", re.IGNORECASE),
    re.compile(rf"\bm[ãa]\s+(?:số\s+|so\s+)?({_SIGN}{{2}})[\s-]?({_SIGN}{{4}})[\s-]?({_SIGN}{{4}})\b", re.IGNORECASE),
    re.compile(rf"\s*({_SIGN}{{2}})[\s-]?({_SIGN}{{4}})[\s-]?({_SIGN}{{4}})\s*", re.IGNORECASE),
)
"""With its hyphens anywhere, with blanks or none only after "mã" or as the whole message."""
_STATES: Final[Mapping[State, str]] = {
    State.RECEIVED: "Mặt trận Tổ quốc đã nhận, chưa có trả lời",
    State.VERIFIED: "Mặt trận Tổ quốc đã xem và xác minh, chưa có trả lời",
    State.FORWARDED: "đã chuyển {agency}, chưa có trả lời",
    State.HANDLING: "{agency} đang xử lý",
    State.ANSWERED: "đã có trả lời",
    State.CONFIRMED: "đã xong, theo xác nhận của người gửi",
    State.REOPENED: "người gửi báo chưa xong, đang xem lại",
    State.CLOSED: "cán bộ đã đóng vì có bằng chứng đã xong mà không thấy người gửi nói gì",
    State.REJECTED: "không tiếp nhận, lý do ở dưới",
    State.DUPLICATE: "đã gộp với phản ánh khác về cùng việc để xử lý chung",
    State.WITHDRAWN: "người gửi đã rút lại",
}
_ACTS: Final[Mapping[str, str]] = {
    "sent": "Đã gửi",
    "added": "Bổ sung",
    "written": "Cán bộ nhắn",
    Act.VERIFY.value: "Đã xác minh",
    Act.FORWARD.value: "Đã chuyển cơ quan có trách nhiệm",
    Act.TAKE_UP.value: "Cơ quan nhận xử lý",
    Act.ANSWER.value: "Cơ quan trả lời",
    Act.REPLY.value: "MTTQ trả lời",
    Act.CONFIRM.value: "Người gửi xác nhận đã xong",
    Act.REOPEN.value: "Người gửi báo chưa xong",
    Act.CLOSE.value: "Đã đóng",
    Act.REJECT.value: "Không tiếp nhận",
    Act.RESTORE.value: "Được xem lại",
    Act.MERGE.value: "Gộp vào phản ánh khác",
    Act.PART.value: "Tách ra lại",
    Act.WITHDRAW.value: "Đã rút lại",
}
_TURNS: Final[Mapping[Hat, str]] = {
    Hat.MTTQ: "Mặt trận Tổ quốc",
    Hat.AGENCY: "cơ quan có trách nhiệm",
    Hat.RESIDENT: "bạn (cho biết việc đã xong hay chưa)",
}
_ANSWERS: Final = frozenset({Act.ANSWER.value, Act.REPLY.value})
_REFUSED: Final[Mapping[NotDone, str]] = {
    NotDone.UNKNOWN: "Mình không tìm thấy mã {code}. Bạn xem lại giúp mình từng chữ, từng số nhé.",
    NotDone.TOO_MANY: "Bạn đã gõ sai mã nhiều lần. Để an toàn, bạn chờ một giờ rồi thử lại giúp mình.",
    NotDone.NO_LONGER: "{code} đã qua bước này nên không làm được nữa. Bạn gõ mã để xem đang đến đâu nhé.",
}
NONE_SENT: Final = (
    "Bạn chưa gửi phản ánh nào trong cuộc trò chuyện này (phản ánh ẩn danh không hiện ở đây). Có mã thì gõ mã (dạng "
    "XX-XXXX-XXXX) để xem."
)
_LISTED: Final = "Những gì bạn đã gửi:"
_MORE: Final = "… và {count} phản ánh cũ hơn; gõ mã để xem."


def code_in(text: str) -> str | None:
    """Return the receipt code that `text` names, as it is stored.

    >>> code_in("mã 7k 2m9q xdab tới đâu rồi"), code_in("bao gio co 7k-2m9q-xdab vay"), code_in("an ninh chung cu")
    ('7K-2M9Q-XDAB', '7K-2M9Q-XDAB', None)
    """
    whole = _CODES[2].fullmatch(text)
    match = _CODES[0].search(text) or _CODES[1].search(text) or (whole if any(map(str.isdigit, text)) else None)
    return "-".join(match.groups()).upper() if match else None


def without_codes(text: str) -> str:
    """Return `text` without receipt codes in the form in which they are given out: their letters are no words.

    >>> without_codes("mã 7K-2M9Q-XDAB tới đâu rồi")
    'mã   tới đâu rồi'
    """
    return _CODES[0].sub(" ", text)


def report_line(report: Report) -> str:
    """One line about a report: its code, kind, day and state."""
    kind = KINDS[report.kind]
    day = _day(report.created_at)
    return f"{report.code} ({kind[0].lower()}{kind[1:]}, gửi {day}): {_state(report)}"


def list_reply(reports: Sequence[Report]) -> Reply:
    """Name the reports of a resident, newest first, each with a button that shows it."""
    lines = [_LISTED, *(f"• {report_line(one)}" for one in reports[:MOST_LISTED])]
    if len(reports) > MOST_LISTED:
        lines.append(_MORE.format(count=len(reports) - MOST_LISTED))
    buttons = (Button(label=f"Xem {one.code}", payload=f"do:track:{one.code}") for one in reports[:MOST_LISTED])
    return Reply(kind=Kind.FLOW, text="\n".join(lines), buttons=tuple(buttons))


def report_reply(followed: Followed, now: datetime) -> Reply:
    """Show a report to whoever has its code."""
    report = followed.report
    lines = [f"{report_line(report)}."]
    if turn := _turn(report, now):
        lines.append(turn)
    if report.text:
        lines.append(f"{_sort(report)}: “{_short(report.text)}”")
    if told := list(_story(followed.story)):
        lines += ["Đã diễn ra:", *told]
    if report.state is State.ANSWERED:
        lines.append("Việc này đã xong chưa?")
    return Reply(kind=Kind.FLOW, text="\n".join(lines), buttons=_buttons(followed))


def not_done_reply(why: NotDone, code: str) -> Reply:
    """Say why a report is not shown, or nothing was done with it."""
    return Reply(kind=Kind.FLOW, text=_REFUSED[why].format(code=code))


def may(followed: Followed, act: Act) -> bool:
    """Whether whoever follows a report can do something with it; a rejection is objected to once."""
    report = followed.report
    if report.erased or act not in possible(report.state, Hat.RESIDENT, report.kind):
        return False
    if act is Act.WITHDRAW:
        return bool(report.text)  # of one that is over the words go and the state stays: once is enough
    return act is not Act.RESTORE or not _objected(followed.story)


def may_add(followed: Followed) -> bool:
    """Whether anything can be added to a report."""
    return followed.report.state in OPEN


def _objected(story: Sequence[Happening]) -> bool:
    return any(one.kind == Act.RESTORE.value and one.hat is Hat.RESIDENT for one in story)


def _buttons(followed: Followed) -> tuple[Button, ...]:
    code = followed.report.code
    listed = (
        ("Đã xong", "done", may(followed, Act.CONFIRM)),
        ("Chưa xong", "undone", may(followed, Act.REOPEN)),
        ("Đề nghị xem lại", "restore", may(followed, Act.RESTORE)),
        ("Bổ sung", "add", may_add(followed)),
        ("Rút lại", "withdraw", may(followed, Act.WITHDRAW)),
    )
    return tuple(
        Button(label=label, payload=f"do:{name}:{code}") for label, name, possible_now in listed if possible_now
    )


def _state(report: Report) -> str:
    agency = report.agency_name or "cơ quan có trách nhiệm"
    return _STATES[report.state].format(agency=agency)


def _sort(report: Report) -> str:
    """The category, or the kind that has only one."""
    return CATEGORIES[report.category] if len(categories_of(report.kind)) > 1 else KINDS[report.kind]


def _turn(report: Report, now: datetime) -> str:
    """Whose turn it is and until when; nothing where nobody has anything left to do."""
    turn = _TURNS.get(report.due_hat) if report.due_hat else None
    if report.state not in OPEN or turn is None:
        return ""
    if report.due_hat is Hat.MTTQ and report.kind not in FOR_MTTQ:
        turn += " (xem, chuyển cơ quan có trách nhiệm; MTTQ không kiểm tra, không xử phạt)"
    if report.due_at is None:
        return f"Đang chờ: {turn}."
    late = ", đã quá hạn" if report.due_at < now else ""
    return f"Đang chờ: {turn}, chậm nhất {_day(report.due_at)}{late}."


def _story(story: Sequence[Happening]) -> Iterator[str]:
    """The last things that happened, a line each; the last answer is told whole."""
    last = next((one.id for one in reversed(story) if one.kind in _ANSWERS), None)
    shown = [one for one in story if one.kind in _ACTS]
    if len(shown) > MOST_SHOWN:
        yield f"• … ({len(shown) - MOST_SHOWN} việc trước đó)"
    for one in shown[-MOST_SHOWN:]:
        photos = f" ({len(one.photos)} ảnh)" if one.photos else ""
        by = f", {one.who}" if one.who and one.hat is Hat.AGENCY else ""  # no officer by name
        words = one.text if one.id == last else _short(one.text)
        said = f": “{words}”" if words and one.kind != "sent" else ""
        yield f"• {_day(one.at)} {_ACTS[one.kind]}{by}{photos}{said}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TOLD else f"{text[:_LONGEST_TOLD].rsplit(' ', 1)[0]}…"


def _day(at: datetime) -> str:
    return at.astimezone(VIET_NAM).strftime("%d/%m/%Y")
