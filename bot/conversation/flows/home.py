"""Onboarding: where a resident lives and in what home. Both may be skipped; nothing is kept without a yes."""

from __future__ import annotations

from typing import Final

from bot.conversation.flows import wording
from bot.conversation.flows.desk import Desk, Home, Profile
from bot.conversation.flows.forms import Accepted, Choice, Finished, Flow, Prompt, Reading, Refused, Step, Values
from bot.conversation.flows.place_reading import PlaceReading
from bot.conversation.flows.place_step import PlaceAsking
from bot.conversation.flows.set_words import HOMES as HOME_WORDS
from bot.conversation.flows.steps import agreed, agreeing
from bot.conversation.messages import Kind, Reply

NAME: Final = "home"
HOMES: Final = {
    Home.HOUSE: "Nhà riêng, nhà ống",
    Home.FLAT: "Chung cư",
    Home.LODGING: "Nhà trọ, phòng trọ",
    Home.SHOP_HOUSE: "Nhà vừa ở vừa kinh doanh",
    Home.OTHER: "Nơi khác",
}
_WHERE: Final = "Bạn ở phường, xã, tỉnh nào? Ví dụ: phường Gò Vấp, TP.HCM. Không cần số nhà."
_DECLINED: Final = "Mình không lưu gì cả. Bạn cứ hỏi bình thường, khi cần thì nói rõ nơi bạn ở trong câu hỏi."
_NOTHING: Final = "Vậy mình không lưu gì. Bạn cứ hỏi bình thường nhé."
_KEPT: Final = (
    "Mình đã nhớ: {said}. Câu trả lời sẽ theo nơi này khi bạn không nói nơi khác. "
    "Muốn xem hoặc xóa, bạn gõ “dữ liệu của tôi”."
)


def home_flow(reading: PlaceReading) -> Flow:
    """Return the flow."""
    asking = _Asking(reading)
    return Flow(
        name=NAME,
        title="Nơi bạn ở",
        steps=(
            PlaceAsking(reading, _WHERE).step(),
            Step(name="kind", ask=asking.kind, read=asking.read_kind, optional=True),
            agreeing("agree", asking.consent, yes=wording.YES, no="Không lưu", applies=_something),
        ),
        finish=asking.finish,
    )


def _something(values: Values) -> bool:
    return bool(values.get("place") or values.get("kind"))


class _Asking:
    def __init__(self, reading: PlaceReading) -> None:
        self._reading = reading

    def kind(self, values: Values) -> Prompt:
        choices = tuple(Choice(label, home.value) for home, label in HOMES.items())
        return Prompt(PlaceAsking.noted(values, "Bạn ở loại nhà nào?"), choices)

    def read_kind(self, answer: str, _values: Values) -> Reading:
        if (home := home_named(answer)) is not None:
            return Accepted({"kind": home.value})
        return Refused("Bạn chọn giúp mình một loại nhà ở dưới nhé.")

    def consent(self, values: Values) -> str:
        return (
            f"Mình sẽ lưu: {self._said(values)}. Chỉ dùng để trả lời và gửi thông tin đúng nơi bạn ở; không lưu tên, "
            "số điện thoại. Bạn xóa lúc nào cũng được. Đồng ý lưu không?"
        )

    def _said(self, values: Values) -> str:
        place, kind = values.get("place"), values.get("kind")
        parts = [self._reading.name(place) if place else None, HOMES[Home(kind)].lower() if kind else None]
        return ", ".join(part for part in parts if part)

    async def finish(self, values: Values, desk: Desk) -> Finished:
        if not _something(values):
            return _finished(_NOTHING)
        if not agreed(values, "agree"):
            return _finished(_DECLINED)
        kind, before = values.get("kind"), await desk.profile()
        part = before.part if before else None  # agreed to with the news, and not asked here
        await desk.keep_profile(Profile(values.get("place") or None, Home(kind) if kind else None, part))
        return _finished(_KEPT.format(said=self._said(values)))


def home_named(text: str) -> Home | None:
    """Return the kind of home that `text` names: a value of `Home`, or words.

    >>> home_named("nhà trọ 3 tầng"), home_named("ở chung cư mini"), home_named("không biết")
    (<Home.LODGING: 'lodging'>, <Home.FLAT: 'flat'>, None)
    """
    if text in {home.value for home in Home}:
        return Home(text)
    named = HOME_WORDS.inside(text)
    return Home(named[0]) if named else None


def _finished(text: str) -> Finished:
    return Finished(Reply(kind=Kind.FLOW, text=text))
