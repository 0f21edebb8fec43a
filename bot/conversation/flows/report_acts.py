"""What a resident does with a report that was sent: adds to it, withdraws it, says that it is done or not, objects.

Each flow opens with the report's code and its kind known.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from bot.conversation.flows import pictures
from bot.conversation.flows.desk import Desk, NotDone
from bot.conversation.flows.following import not_done_reply
from bot.conversation.flows.forms import Accepted, Choice, Finished, Flow, Prompt, Reading, Refused, Step, Values
from bot.conversation.flows.report import NO_FIRE_CALL, read_text
from bot.conversation.flows.report_masking import MASKED, as_seen, masking_notes
from bot.conversation.flows.set_words import ANSWERS
from bot.conversation.flows.steps import agreed, agreeing
from bot.conversation.messages import Button, Kind, Reply
from bot.feedback.kinds import ReportKind
from bot.feedback.lifecycle import Act

ADDITION: Final = "add"
WITHDRAWAL: Final = "withdraw"
DONE: Final = "done"
UNDONE: Final = "undone"
OBJECTION: Final = "restore"
_ONLY_PHOTOS: Final = Choice("Chỉ gửi ảnh", "photos")
_KEPT: Final = "Mình không gửi gì thêm. {code} vẫn như cũ."
_PHOTOS_GONE: Final = "Ảnh cho {code} để quá một ngày nên đã xóa, chưa bổ sung gì. Bạn bấm “Bổ sung” rồi gửi lại nhé."
_ADDED: Final = "Đã bổ sung vào {code}. Cán bộ phụ trách sẽ xem."
_CONFIRMED: Final = (
    "Cảm ơn bạn. {code} đã được ghi là xong. Nếu sau này việc lại xảy ra, bạn gõ mã rồi bấm “Chưa xong”."
)
_REOPENED: Final = "Đã ghi {code} là chưa xong. Mặt trận Tổ quốc xem lại và chuyển cơ quan có trách nhiệm."
_RESTORED: Final = (
    "Đã ghi ý kiến của bạn. Mặt trận Tổ quốc sẽ xem lại {code}; mỗi phản ánh được đề nghị xem lại một lần."
)
_WITHDRAWN: Final = "Đã rút lại {code}. Nội dung, ảnh và số liên hệ (nếu có) đã xóa."
_TOO_LATE: Final = "{code} đã rút lại từ trước nên không còn gì để rút."
_ASK_ADDITION: Final = (
    "Bạn viết điều muốn bổ sung cho {code}, gửi kèm ảnh cũng được. Ai có mã đều đọc được. " + NO_FIRE_CALL
)
_ASK_WHY_UNDONE: Final = "Còn điều gì chưa xong? Bạn viết giúp mình, gửi kèm ảnh cũng được. " + NO_FIRE_CALL
_ASK_WHY_NOT: Final = "Bạn không đồng ý ở điểm nào? Bạn viết giúp mình để cán bộ xem lại."
_ASK_CONTENT: Final = (
    "Bạn xác nhận {code} đã xong. Bạn thấy cách giải quyết thế nào? Có ảnh sau khi xong thì gửi vào đây trước khi chọn."
)


def act_flows() -> tuple[Flow, ...]:
    """Return the flows."""
    return (_addition(), _withdrawal(), _done(), _undone(), _objection())


def _addition() -> Flow:
    return Flow(
        name=ADDITION,
        title="Bổ sung phản ánh",
        steps=(
            Step(name="text", ask=_ask_addition, read=_read_addition, takes_questions=True),
            agreeing("send", _preview, yes="Gửi", no="Không gửi"),
        ),
        finish=_add,
        attach=pictures.attach,
        drop=pictures.drop,
    )


def _withdrawal() -> Flow:
    return Flow(
        name=WITHDRAWAL,
        title="Rút lại",
        steps=(agreeing("agree", _ask_withdrawal, yes="Rút lại", no="Giữ lại"),),
        finish=_withdraw,
    )


def _done() -> Flow:
    return Flow(
        name=DONE,
        title="Xác nhận đã xong",
        steps=(Step(name="content", ask=_ask_content, read=_read_content, optional=True),),
        finish=_confirm,
        attach=pictures.attach,
        drop=pictures.drop,
    )


def _undone() -> Flow:
    return Flow(
        name=UNDONE,
        title="Báo chưa xong",
        steps=(
            Step(name="text", ask=lambda _values: Prompt(_ASK_WHY_UNDONE), read=read_text, takes_questions=True),
            pictures.photos_step(),
        ),
        finish=_doing(Act.REOPEN, _REOPENED),
        attach=pictures.attach,
        drop=pictures.drop,
    )


def _objection() -> Flow:
    return Flow(
        name=OBJECTION,
        title="Đề nghị xem lại",
        steps=(Step(name="text", ask=lambda _values: Prompt(_ASK_WHY_NOT), read=read_text, takes_questions=True),),
        finish=_doing(Act.RESTORE, _RESTORED),
        attach=pictures.attach,
        drop=pictures.drop,
    )


def _seen(values: Values) -> str:
    return as_seen(values.get("text", ""), ReportKind(values["kind"]))


def _ask_addition(values: Values) -> Prompt:
    return Prompt(_ASK_ADDITION.format(code=values["code"]), (_ONLY_PHOTOS,) if pictures.pictures(values) else ())


def _read_addition(answer: str, values: Values) -> Reading:
    if answer == _ONLY_PHOTOS.value and pictures.pictures(values):
        return Accepted({"text": ""})
    return read_text(answer, values)


def _preview(values: Values) -> str:
    seen = _seen(values)
    lines = ["Cán bộ sẽ thấy thêm đúng như sau:"]
    lines += [f"“{seen}”"] if seen else []
    lines += [f"Kèm {pictures.counted(values)}"] if pictures.pictures(values) else []
    return "\n".join([*lines, *masking_notes(values["text"], seen, ReportKind(values["kind"])), "Gửi đi nhé?"])


async def _add(values: Values, desk: Desk) -> Finished:
    code = values["code"]
    if not agreed(values, "send"):
        await pictures.drop(values, desk)
        return _finished(_KEPT.format(code=code), None, code)
    seen, photos = _seen(values), await pictures.still_there(values, desk)
    if not seen and not photos:
        return _finished(_PHOTOS_GONE.format(code=code), None, code)
    refused = await desk.add(code, seen, photos)
    return _finished(_ADDED.format(code=code), refused, code)


def _ask_withdrawal(values: Values) -> str:
    return f"Bạn muốn rút lại {values['code']} phải không? Rút rồi thì nội dung và ảnh bị xóa, không lấy lại được."


async def _withdraw(values: Values, desk: Desk) -> Finished:
    code = values["code"]
    if not agreed(values, "agree"):
        return _finished(f"{code} vẫn được giữ, cán bộ sẽ xem.")
    refused = await desk.act(code, Act.WITHDRAW)
    if refused is NotDone.NO_LONGER:
        return _finished(_TOO_LATE.format(code=code))
    return _finished(_WITHDRAWN.format(code=code), refused, code)


def _ask_content(values: Values) -> Prompt:
    choices = (Choice("👍 Hài lòng", "yes"), Choice("👎 Chưa hài lòng", "no"))
    count = pictures.counted(values)
    return Prompt(_ASK_CONTENT.format(code=values["code"]) + (f" (đã có {count})" if count else ""), choices)


def _read_content(answer: str, _values: Values) -> Reading:
    said = ANSWERS.named(answer)
    return Accepted({"content": said}) if said else Refused("Bạn bấm giúp mình một nút ở dưới, hoặc bỏ qua nhé.")


async def _confirm(values: Values, desk: Desk) -> Finished:
    code, said = values["code"], values.get("content")
    content = said == "yes" if said else None
    refused = await desk.act(code, Act.CONFIRM, "", await pictures.still_there(values, desk), content=content)
    return _finished(_CONFIRMED.format(code=code), refused, code)


def _doing(act: Act, told: str) -> Callable[[Values, Desk], Awaitable[Finished]]:
    async def finish(values: Values, desk: Desk) -> Finished:
        code = values["code"]
        refused = await desk.act(code, act, _seen(values), await pictures.still_there(values, desk))
        said = told.format(code=code)
        return _finished(said if _seen(values) == values.get("text", "") else f"{said}\n{MASKED}", refused, code)

    return finish


def _finished(text: str, refused: NotDone | None = None, code: str = "") -> Finished:
    if refused is not None:
        return Finished(not_done_reply(refused, code))
    shown = Button(label="Xem phản ánh", payload=f"do:track:{code}")
    return Finished(Reply(kind=Kind.FLOW, text=text, buttons=(shown,) if code else ()))
