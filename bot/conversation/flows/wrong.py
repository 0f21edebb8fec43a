"""Somebody says that a message of a campaign is not right: that counts at once, and they may say what is wrong."""

from __future__ import annotations

from typing import Final

from bot.conversation.flows.desk import Campaigned, Desk
from bot.conversation.flows.forms import Accepted, Finished, Flow, Prompt, Reading, Refused, Step, Values
from bot.conversation.messages import Kind, Reply
from bot.conversation.personal_data import without_personal_data
from knowledge.vietnamese import clean, syllables

NAME: Final = "wrong"
LONGEST: Final = 500
"""Characters of what is wrong."""
_TITLE: Final = "title"
_ASK: Final = (
    "Cảm ơn bạn. Mình đã ghi nhận bạn báo tin “{title}” không đúng. Chỗ nào không đúng, bạn viết giúp mình vài chữ "
    "nhé; không muốn viết thì bỏ qua."
)
_THANKS: Final = "Cảm ơn bạn. Cán bộ phụ trách thấy có người báo tin này không đúng và sẽ xem lại."
_KEPT: Final = (
    "Cảm ơn bạn. Lời báo (đã che thông tin cá nhân) đã vào danh sách chờ cán bộ trả lời; có trả lời, mình nhắn ở đây."
)
BUSY: Final = "Cảm ơn bạn. Mình đã ghi nhận bạn báo tin “{title}” không đúng."
NOT_SENT: Final = "Mình không thấy tin này trong những tin đã gửi cho bạn, nên chưa ghi nhận gì."


def wrong_flow() -> Flow:
    """Return the flow."""
    return Flow(
        name=NAME,
        title="Tin không đúng",
        steps=(Step(name="why", ask=_ask, read=_read, optional=True, takes_questions=True),),
        finish=_finish,
    )


def about(message: Campaigned) -> Values:
    """Return the values of a form about a message."""
    return {_TITLE: message.title}


def _ask(values: Values) -> Prompt:
    return Prompt(_ASK.format(title=values.get(_TITLE, "")))


def _read(answer: str, _values: Values) -> Reading:
    text = clean(answer).strip()
    if len(text) > LONGEST:
        return Refused(f"Bạn viết gọn trong {LONGEST} ký tự giúp mình nhé.")
    if len(syllables(text)) < 2:
        return Refused("Bạn viết rõ hơn một chút giúp mình, hoặc bỏ qua nhé.")
    return Accepted({"why": text})


async def _finish(values: Values, desk: Desk) -> Finished:
    why = values.get("why")
    if not why:
        return Finished(Reply(kind=Kind.FLOW, text=_THANKS))
    await desk.ask_officials(f"Báo tin “{values.get(_TITLE, '')}” không đúng: {without_personal_data(why)}")
    return Finished(Reply(kind=Kind.FLOW, text=_KEPT))
