"""What an officer should do next with a report: the block at the top of its page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.feedback.lifecycle import FOR_MTTQ, OPEN, Act, State
from bot.feedback.reports import Report
from bot.store.dispatches import DispatchState


class Mood(StrEnum):
    """Whose turn it is, which gives the block its look."""

    DO = "do"  # the officer
    WAIT = "wait"  # somebody else
    LATE = "late"  # somebody else, who has let the deadline pass
    DONE = "done"  # nobody


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """One clear instruction. `forms`: names of the forms that carry it out, the best first."""

    title: str
    words: str
    mood: Mood
    forms: tuple[str, ...] = ()


def next_step(
    report: Report, member: int, *, late: bool, delivery: DispatchState | None = None, asked: bool = False
) -> NextStep:
    """Return what is next for a member of the staff.

    `late`: its deadline has passed. `delivery`: how far the newest dispatch to the agency has come. `asked`: the agency
    has asked something that nobody has answered.
    """
    step = _of_delivery(report, delivery, asked=asked) or _for_state(report, late=late)
    if report.state not in OPEN or report.claimed_by == member:
        return step
    if report.claimed_by is None:
        forms = ("claim", *step.forms)
        if step.mood is Mood.WAIT:
            words = f"{step.words} Chưa ai nhận theo dõi: bấm “Nhận xử lý” nếu đó là việc của bạn."
        else:
            words = f"Bấm “Nhận xử lý” để người khác biết bạn đang làm. {step.words}"
        return NextStep(title=step.title, words=words, mood=step.mood, forms=forms)
    words = f"{report.claimed_name or 'Người khác'} đang xử lý; chỉ làm thay khi hai bên đã trao đổi. {step.words}"
    return NextStep(title=step.title, words=words, mood=step.mood, forms=step.forms)


def _of_delivery(report: Report, delivery: DispatchState | None, *, asked: bool) -> NextStep | None:
    """What has to be done since the report has not come through to the agency, or came back."""
    if report.state not in {State.FORWARDED, State.HANDLING}:
        return None
    agency = report.agency_name or "Cơ quan"
    if delivery is DispatchState.DECLINED:
        return NextStep(
            title=f"{agency} báo không thuộc thẩm quyền: chọn cơ quan khác",
            words="Đọc lý do ở phần diễn biến rồi chuyển cơ quan khác.",
            mood=Mood.DO,
            forms=(Act.FORWARD.value,),
        )
    if delivery in {DispatchState.FAILED, DispatchState.UNKNOWN}:
        return NextStep(
            title="Thư có thể chưa tới cơ quan",
            words="Xem mục “Đường đi tới cơ quan”: gọi điện hỏi, kiểm tra địa chỉ thư, rồi gửi lại hoặc chuyển bằng "
            "phiếu.",
            mood=Mood.LATE,
            forms=(Act.FORWARD.value,),
        )
    if delivery is DispatchState.HANDED_OVER and report.state is State.FORWARDED and not asked:
        return NextStep(
            title=f"In phiếu chuyển và giao tận nơi cho {agency}",
            words="Bấm “In phiếu chuyển” ở mục “Đường đi tới cơ quan”. Cơ quan nhận phiếu thì ghi là đã tiếp nhận; trả "
            "lời bằng giấy thì ghi câu trả lời vào đây.",
            mood=Mood.DO,
            forms=(Act.TAKE_UP.value, Act.ANSWER.value),
        )
    if asked:
        return NextStep(
            title=f"{agency} hỏi thêm: trả lời cơ quan",
            words="Đọc câu hỏi ở phần diễn biến. Không biết thì hỏi lại người dân trước.",
            mood=Mood.DO,
            forms=("tell_agency",),
        )
    return None


def _for_state(report: Report, *, late: bool) -> NextStep:
    match report.state:
        case State.RECEIVED:
            return _received(report)
        case State.VERIFIED:
            return _verified(report)
        case State.FORWARDED | State.HANDLING:
            return _with_agency(report, late=late)
        case State.ANSWERED:
            return _answered(report, late=late)
        case State.REOPENED:
            return _reopened(report)
        case _:
            return _ended(report)


def _received(report: Report) -> NextStep:
    if report.kind in FOR_MTTQ:
        return NextStep(
            title="Đọc và trả lời người dân",
            words="Mặt trận trả lời được loại ý kiến này. Nếu cần cơ quan khác trả lời thì xác minh rồi chuyển.",
            mood=Mood.DO,
            forms=(Act.REPLY.value, Act.VERIFY.value),
        )
    return NextStep(
        title="Đọc nội dung, xem ảnh rồi xác minh",
        words="Đúng là một việc cụ thể, có nơi chốn: bấm “Xác minh”. Chưa rõ: hỏi lại người dân. Trùng phản ánh "
        "khác: gộp lại. Nếu nội dung cho thấy đang cháy, gọi 114 ngay.",
        mood=Mood.DO,
        forms=(Act.VERIFY.value,),
    )


def _verified(report: Report) -> NextStep:
    if report.kind in FOR_MTTQ:
        return NextStep(
            title="Trả lời người dân, hoặc chuyển cơ quan có thẩm quyền",
            words="Trả lời nếu thuộc việc của Mặt trận; nếu không, chọn cơ quan để chuyển.",
            mood=Mood.DO,
            forms=(Act.REPLY.value, Act.FORWARD.value),
        )
    return NextStep(
        title="Chuyển cơ quan có trách nhiệm",
        words="Chọn cơ quan phụ trách nơi này, viết lời nhắn ngắn rồi chuyển. Mặt trận không kiểm tra, không xử phạt "
        "thay.",
        mood=Mood.DO,
        forms=(Act.FORWARD.value,),
    )


def _with_agency(report: Report, *, late: bool) -> NextStep:
    agency = report.agency_name or "Cơ quan"
    if late:
        return NextStep(
            title=f"{agency} đã quá hạn: nhắc, hoặc chuyển lại",
            words="Gọi điện nhắc và ghi chú lại; nếu đã nhận trả lời bằng giấy thì ghi vào đây; nếu chuyển nhầm thì "
            "chuyển cơ quan khác.",
            mood=Mood.LATE,
            forms=(Act.ANSWER.value, Act.FORWARD.value),
        )
    if report.state is State.HANDLING:
        return NextStep(
            title=f"Chờ {agency} trả lời",
            words="Chưa cần làm gì. Cơ quan trả lời qua đường dẫn thì hệ thống tự ghi; trả lời bằng giấy hoặc điện "
            "thoại thì ghi vào đây.",
            mood=Mood.WAIT,
            forms=(Act.ANSWER.value,),
        )
    return NextStep(
        title=f"Chờ {agency} tiếp nhận",
        words="Chưa cần làm gì. Nếu cơ quan báo bằng giấy hoặc điện thoại là đã tiếp nhận hay đã trả lời, hãy ghi "
        "vào đây.",
        mood=Mood.WAIT,
        forms=(Act.TAKE_UP.value, Act.ANSWER.value),
    )


def _answered(report: Report, *, late: bool) -> NextStep:
    if not report.told:
        return NextStep(
            title="Xem kết quả rồi đóng, kèm minh chứng",
            words="Người gửi ẩn danh nên không hỏi lại được. Kiểm tra câu trả lời, đính kèm ảnh hoặc văn bản rồi đóng; "
            "chưa đạt thì mở lại.",
            mood=Mood.DO,
            forms=(Act.CLOSE.value, Act.REOPEN.value),
        )
    if late:
        return NextStep(
            title="Người dân chưa trả lời: xem kết quả rồi đóng, kèm minh chứng",
            words="Đã hết thời gian chờ người dân. Có minh chứng là đã xong thì đóng; chưa đạt thì mở lại.",
            mood=Mood.DO,
            forms=(Act.CLOSE.value, Act.REOPEN.value),
        )
    return NextStep(
        title="Chờ người dân xác nhận",
        words="Người dân đang được hỏi “đã xong chưa?”. Chưa cần làm gì; hết thời gian chờ thì đóng kèm minh chứng.",
        mood=Mood.WAIT,
        forms=(Act.CLOSE.value, Act.REOPEN.value),
    )


def _reopened(report: Report) -> NextStep:
    forms = (Act.REPLY.value, Act.FORWARD.value) if report.kind in FOR_MTTQ else (Act.FORWARD.value,)
    return NextStep(
        title="Người dân báo chưa xong: đọc lý do và chuyển lại",
        words="Đọc lời người dân ở phần diễn biến, rồi chuyển lại cho cơ quan, nói rõ chỗ nào còn chưa đạt.",
        mood=Mood.DO,
        forms=forms,
    )


def _ended(report: Report) -> NextStep:
    title, words, forms = {
        State.CONFIRMED: ("Đã xong", "Người dân đã xác nhận. Không còn việc phải làm.", ()),
        State.CLOSED: ("Đã đóng", "Không còn việc phải làm. Phát hiện chưa đạt thì mở lại.", ()),
        State.REJECTED: ("Không tiếp nhận", "Nếu thấy chưa đúng, bấm “Tiếp nhận lại”.", (Act.RESTORE.value,)),
        State.DUPLICATE: (
            "Đã gộp vào phản ánh khác",
            f"Việc được theo dõi ở phản ánh {report.duplicate_of or ''}. Gộp nhầm thì tách ra.",
            (Act.PART.value,),
        ),
    }.get(report.state, ("Người dân đã rút", "Lời của người dân đã được xóa. Không còn việc phải làm.", ()))
    return NextStep(title=title, words=words, mood=Mood.DONE, forms=forms)
