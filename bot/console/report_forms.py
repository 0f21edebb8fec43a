"""The forms by which officers act on a report: which there are, what each asks for, and when it is offered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.console.reply_templates import Use
from bot.feedback.lifecycle import OPEN, Act, Hat, State, possible
from bot.feedback.reports import Report

LONGEST_TEXT: Final = 4000
MOST_PHOTOS: Final = 3


class Part(StrEnum):
    """What a form asks for besides its text."""

    AGENCY = "agency"  # and the way in which the report goes there
    DOCUMENT = "document"  # number and day of the agency's letter
    PHOTOS = "photos"
    EVIDENCE = "evidence"  # photos of which there must be one
    REASON = "reason"  # of a rejection
    OFFICER = "officer"
    TARGET = "target"  # code of another report
    WORDING = "wording"  # which words are changed, and to what


class Group(StrEnum):
    """Where on the page a form stands."""

    STEP = "step"  # what moves the report on
    TALK = "talk"  # what is said to the resident or among officers
    ORDER = "order"  # who handles it, duplicates, wording


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form. `label`: what its text is called, None: it has none. `told`: the resident reads the text."""

    name: str
    title: str
    button: str
    done: str
    group: Group
    help: str = ""
    act: Act | None = None
    label: str | None = None
    required: bool = True
    told: bool = False
    use: Use | None = None
    parts: tuple[Part, ...] = ()
    grave: bool = False

    def asks_for(self, part: Part) -> bool:
        """Whether it asks for that."""
        return part in self.parts

    @property
    def plain(self) -> bool:
        """Whether it is a button and nothing else."""
        return self.label is None and not self.parts


_FORMS: Final = (
    Form(
        name="verify",
        act=Act.VERIFY,
        group=Group.STEP,
        title="Xác minh",
        button="Xác minh",
        done="Đã xác minh.",
        help="Bạn đã đọc và thấy đây là một việc cụ thể. Người dân được báo.",
    ),
    Form(
        name="forward",
        act=Act.FORWARD,
        group=Group.STEP,
        title="Chuyển cơ quan có trách nhiệm",
        button="Chuyển",
        done="Đã chuyển cơ quan.",
        help="Cơ quan nhận nội dung, ảnh và nơi xảy ra, không nhận tên hay liên hệ của người dân.",
        label="Lời nhắn cho cơ quan",
        required=False,
        use=Use.FORWARD,
        parts=(Part.AGENCY,),
    ),
    Form(
        name="take_up",
        act=Act.TAKE_UP,
        group=Group.STEP,
        title="Ghi nhận cơ quan đã tiếp nhận",
        button="Ghi nhận",
        done="Đã ghi nhận cơ quan tiếp nhận.",
        help="Dùng khi cơ quan báo bằng giấy hoặc điện thoại rằng đã tiếp nhận. Người dân được báo.",
        parts=(Part.DOCUMENT,),
    ),
    Form(
        name="answer",
        act=Act.ANSWER,
        group=Group.STEP,
        title="Ghi trả lời của cơ quan",
        button="Ghi và gửi cho người dân",
        done="Đã ghi trả lời của cơ quan.",
        help="Dùng khi cơ quan trả lời bằng giấy. Ghi đúng nội dung văn bản; kèm ảnh chụp văn bản nếu có.",
        label="Nội dung trả lời của cơ quan",
        told=True,
        use=Use.ANSWER,
        parts=(Part.DOCUMENT, Part.PHOTOS),
    ),
    Form(
        name="reply",
        act=Act.REPLY,
        group=Group.STEP,
        title="Trả lời người dân",
        button="Gửi trả lời",
        done="Đã ghi câu trả lời.",
        help="Mặt trận tự trả lời. Chỉ nói điều có căn cứ, không hứa thay cơ quan khác.",
        label="Nội dung trả lời",
        told=True,
        use=Use.REPLY,
        parts=(Part.PHOTOS,),
    ),
    Form(
        name="close",
        act=Act.CLOSE,
        group=Group.STEP,
        title="Đóng, kèm minh chứng",
        button="Đóng phản ánh",
        done="Đã đóng phản ánh.",
        help="Cần minh chứng: ảnh, hoặc số văn bản của cơ quan; ảnh cán bộ hay cơ quan đã gửi trước đó cũng được tính. "
        "Câu hỏi, ý kiến, cách làm hay, khen ngợi thì không cần.",
        label="Kết quả, người dân đọc được",
        told=True,
        use=Use.CLOSE,
        parts=(Part.DOCUMENT, Part.EVIDENCE),
    ),
    Form(
        name="reopen",
        act=Act.REOPEN,
        group=Group.STEP,
        title="Mở lại",
        button="Mở lại phản ánh",
        done="Đã mở lại phản ánh.",
        help="Dùng khi kết quả chưa đạt. Người dân đọc được lý do.",
        label="Vì sao mở lại",
        told=True,
        use=Use.REOPEN,
    ),
    Form(
        name="restore",
        act=Act.RESTORE,
        group=Group.STEP,
        title="Tiếp nhận lại",
        button="Tiếp nhận lại",
        done="Đã tiếp nhận lại.",
        help="Phản ánh trở về trạng thái mới nhận. Người dân được báo.",
    ),
    Form(
        name="part",
        act=Act.PART,
        group=Group.STEP,
        title="Tách ra",
        button="Tách khỏi phản ánh đã gộp",
        done="Đã tách phản ánh ra.",
        help="Phản ánh trở về trạng thái mới nhận và được xem riêng.",
    ),
    Form(
        name="ask",
        group=Group.TALK,
        title="Nhắn hoặc hỏi lại người dân",
        button="Gửi cho người dân",
        done="Đã nhắn cho người dân.",
        help="Người dân nhận được trên kênh đã gửi phản ánh và có thể nhắn lại, gửi thêm ảnh.",
        label="Lời nhắn",
        told=True,
        use=Use.ASK,
    ),
    Form(
        name="note",
        group=Group.TALK,
        title="Ghi chú nội bộ",
        button="Lưu ghi chú",
        done="Đã lưu ghi chú nội bộ.",
        help="Chỉ cán bộ đọc được, ví dụ: đã gọi điện cho ai, lúc nào.",
        label="Ghi chú",
        parts=(Part.PHOTOS,),
    ),
    Form(
        name="tell_agency",
        group=Group.TALK,
        title="Nhắn cơ quan đang xử lý",
        button="Gửi cho cơ quan",
        done="Đã gửi lời nhắn. Cơ quan đọc được khi mở đường dẫn.",
        help="Trả lời điều cơ quan hỏi, hoặc nhắc. Cơ quan đọc ở trang của đường dẫn đã gửi, không có thư mới.",
        label="Lời nhắn cho cơ quan",
    ),
    Form(
        name="hand_over",
        group=Group.ORDER,
        title="Giao cho người khác",
        button="Giao",
        done="Đã giao cho người khác.",
        help="Người được giao thấy phản ánh ở mục “Của tôi”.",
        parts=(Part.OFFICER,),
    ),
    Form(
        name="merge",
        act=Act.MERGE,
        group=Group.ORDER,
        title="Gộp vào phản ánh khác",
        button="Gộp",
        done="Đã gộp vào phản ánh khác.",
        help="Hai người báo cùng một việc. Gộp nhầm thì tách ra được. Người dân được báo, mã của họ vẫn dùng được.",
        label="Vì sao là cùng một việc (nội bộ)",
        parts=(Part.TARGET,),
    ),
    Form(
        name="moderate",
        group=Group.ORDER,
        title="Biên tập nội dung",
        button="Lưu bản đã biên tập",
        done="Đã biên tập. Bản gốc được giữ kín, có ghi lại.",
        help="Chỉ để che thông tin cá nhân hoặc lời xúc phạm; không thay đổi ý của người dân. Bản gốc được giữ lại.",
        label="Lý do biên tập (nội bộ)",
        parts=(Part.WORDING,),
    ),
    Form(
        name="reject",
        act=Act.REJECT,
        group=Group.ORDER,
        title="Không tiếp nhận",
        button="Không tiếp nhận",
        done="Đã ghi không tiếp nhận.",
        help="Người dân đọc được lý do, được đề nghị xem lại và vẫn gửi phản ánh khác như thường.",
        label="Lời giải thích cho người dân",
        told=True,
        use=Use.REJECT,
        parts=(Part.REASON,),
        grave=True,
    ),
    Form(name="claim", group=Group.ORDER, title="Nhận xử lý", button="Nhận xử lý", done="Bạn đang xử lý phản ánh này."),
    Form(
        name="unclaim",
        group=Group.ORDER,
        title="Thôi nhận xử lý",
        button="Thôi nhận xử lý",
        done="Phản ánh này chưa có ai xử lý.",
    ),
)
FORMS: Final = {form.name: form for form in _FORMS}


def offered(report: Report, member: int) -> tuple[Form, ...]:
    """Return the forms that a member may use on a report in its state, in the order of the page."""
    acts = () if report.erased else possible(report.state, Hat.MTTQ, report.kind)
    return tuple(form for form in _FORMS if (form.act in acts if form.act else _fits(form.name, report, member)))


def names(forms: Iterable[Form]) -> frozenset[str]:
    """Return the names of forms."""
    return frozenset(form.name for form in forms)


def _fits(name: str, report: Report, member: int) -> bool:
    """Whether a form without an act is offered."""
    fits = {
        "claim": report.state in OPEN and report.claimed_by != member,
        "unclaim": report.claimed_by == member,
        "hand_over": report.state in OPEN,
        "ask": report.told and report.state is not State.WITHDRAWN,
        "note": report.state is not State.WITHDRAWN,
        "tell_agency": report.state in {State.FORWARDED, State.HANDLING},
        "moderate": not report.erased and report.state is not State.WITHDRAWN,
    }
    return fits[name]
