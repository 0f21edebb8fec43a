"""Subscription to messages that nobody asked for in the moment. "DỪNG" ends it at once, outside of any form."""

from __future__ import annotations

import re
from typing import Final

from bot.conversation.flows import wording
from bot.conversation.flows.desk import Desk
from bot.conversation.flows.forms import Accepted, Choice, Finished, Flow, Prompt, Reading, Refused, Step, Values
from bot.conversation.flows.set_words import TOPICS as TOPIC_WORDS
from bot.conversation.flows.steps import agreed, agreeing
from bot.conversation.messages import Kind, Reply

NAME: Final = "news"
TOPICS: Final = {
    "tips": "Mẹo an toàn theo mùa",
    "campaigns": "Ngày Toàn dân PCCC 04/10 và các đợt tuyên truyền",
    "local": "Thông báo của nơi bạn ở",
}
_ALL: Final = "all"
STOPPED: Final = "Đã dừng. Từ giờ mình không tự gửi tin cho bạn nữa. Bạn hỏi lúc nào mình vẫn trả lời."
NOT_SUBSCRIBED: Final = "Bạn không đăng ký nhận tin nào, mình sẽ không tự gửi tin. Bạn hỏi lúc nào mình vẫn trả lời."


def named_topics(topics: tuple[str, ...]) -> str:
    """The topics in words."""
    return "; ".join(TOPICS.get(one, one) for one in topics)


def news_flow() -> Flow:
    """Return the flow."""
    return Flow(
        name=NAME,
        title="Đăng ký nhận tin",
        steps=(
            Step(name="topics", ask=_ask, read=_read),
            agreeing("agree", _consent, yes=wording.YES, no="Không đăng ký"),
        ),
        finish=_finish,
    )


def _ask(_values: Values) -> Prompt:
    offered = tuple(Choice(label, topic) for topic, label in TOPICS.items())
    return Prompt("Bạn muốn nhận tin nào?", (Choice("Tất cả", _ALL), *offered))


def _read(answer: str, _values: Values) -> Reading:
    if answer in {_ALL, *TOPICS}:
        return Accepted({"topics": answer})
    named = [topic for topic in TOPIC_WORDS.inside(answer) if topic in {_ALL, *TOPICS}]
    numbers = [int(one) - 2 for one in re.findall(r"\d", answer)] if re.fullmatch(r"[\d\s,;và-]+", answer) else []
    named += [tuple(TOPICS)[number] for number in numbers if 0 <= number < len(TOPICS)]
    if named:
        return Accepted({"topics": _ALL if _ALL in named or -1 in numbers else ",".join(dict.fromkeys(named))})
    return Refused("Bạn chọn giúp mình một loại tin ở dưới nhé.")


def _chosen(values: Values) -> tuple[str, ...]:
    return tuple(TOPICS) if values["topics"] == _ALL else tuple(values["topics"].split(","))


def _consent(values: Values) -> str:
    return (
        f"Mình sẽ gửi vào cuộc trò chuyện này: {named_topics(_chosen(values))}. Không quảng cáo, không đưa cho bên "
        "khác. Gõ DỪNG là thôi ngay. Bạn đồng ý không?"
    )


async def _finish(values: Values, desk: Desk) -> Finished:
    if not agreed(values, "agree"):
        return Finished(Reply(kind=Kind.FLOW, text="Mình không đăng ký gì cho bạn. Bạn cứ hỏi bình thường nhé."))
    await desk.subscribe(_chosen(values))
    text = f"Đã đăng ký: {named_topics(_chosen(values))}. Muốn thôi, bạn gõ DỪNG bất cứ lúc nào."
    return Finished(Reply(kind=Kind.FLOW, text=text))
