"""Onboarding: where a resident lives and in what home. Both may be skipped; nothing is kept without a yes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.conversation.flows import wording
from bot.conversation.flows.desk import Desk, Home, Profile
from bot.conversation.flows.forms import Accepted, Choice, Finished, Flow, Prompt, Reading, Refused, Step, Values
from bot.conversation.flows.set_words import HOMES as HOME_WORDS
from bot.conversation.flows.steps import agreed, agreeing
from bot.conversation.messages import Kind, Reply
from knowledge.gazetteer import Gazetteer, Stated
from knowledge.places import Places, Unit

NAME: Final = "home"
HOMES: Final = {
    Home.HOUSE: "Nhà riêng, nhà ống",
    Home.FLAT: "Chung cư",
    Home.LODGING: "Nhà trọ, phòng trọ",
    Home.SHOP_HOUSE: "Nhà vừa ở vừa kinh doanh",
    Home.OTHER: "Nơi khác",
}
_MOST_OFFERED: Final = 6
_OPTIONS: Final = "place.options"
_NOTE: Final = "place.note"
_NOT_KNOWN: Final = "Mình chưa nhận ra nơi này. Bạn gõ tên phường, xã hiện nay, hoặc tỉnh, thành phố giúp mình."
_MANY: Final = "Tên này có ở nhiều nơi, bạn chọn hoặc gõ thêm tên tỉnh, thành phố nhé."
_DIVIDED: Final = "{old} nay là nhiều phường, xã, bạn chọn một nơi hoặc gõ tên phường, xã hiện nay nhé."
_MISSING: Final = "{province} hiện không có {name}. Bạn xem có đúng một nơi ở dưới không, hoặc gõ lại giúp mình nhé."
_NOW: Final = "{old} nay thuộc {now}."
_ONLY_PROVINCE: Final = "Mình chưa rõ phường, xã nên ghi {now}. Muốn sửa, bạn gõ “quay lại”."
_NO_DISTRICTS: Final = "Quận, huyện nay không còn; bạn gõ phường, xã hiện nay, hoặc chỉ tỉnh, thành phố."
_DECLINED: Final = "Mình không lưu gì cả. Bạn cứ hỏi bình thường, khi cần thì nói rõ nơi bạn ở trong câu hỏi."
_NOTHING: Final = "Vậy mình không lưu gì. Bạn cứ hỏi bình thường nhé."
_KEPT: Final = (
    "Mình đã nhớ: {said}. Câu trả lời sẽ theo nơi này khi bạn không nói nơi khác. "
    "Muốn xem hoặc xóa, bạn gõ “dữ liệu của tôi”."
)


def unit_name(places: Places, code: str) -> str:
    """Name of the unit with a code, with its province: "Phường Gò Vấp (Thành phố Hồ Chí Minh)"."""
    unit = places.coded(code)
    if unit is None:
        return "nơi không còn trong danh mục"
    return unit.name if unit.is_province else f"{unit.name} ({unit.province})"


def home_flow(places: Places, gazetteer: Gazetteer) -> Flow:
    """Return the flow."""
    asking = _Asking(places, gazetteer)
    return Flow(
        name=NAME,
        title="Nơi bạn ở",
        steps=(
            Step(name="place", ask=asking.place, read=asking.read_place, optional=True),
            Step(name="kind", ask=asking.kind, read=asking.read_kind, optional=True),
            agreeing("agree", asking.consent, yes=wording.YES, no="Không lưu", applies=_something),
        ),
        finish=asking.finish,
    )


def _something(values: Values) -> bool:
    return bool(values.get("place") or values.get("kind"))


def _note(stated: Stated, unit: Unit) -> str:
    """What is said of a place that was taken otherwise than it was named."""
    if not unit.is_province:
        return ""
    notes = [
        _NOW.format(old=stated.old.old.name, now=unit.name) if stated.old else "",
        _ONLY_PROVINCE.format(now=unit.name) if stated.unread else "",
    ]
    return " ".join(note for note in notes if note)


def _why(stated: Stated, units: Sequence[Unit]) -> str:
    """Why an answer does not tell the place."""
    if stated.district:
        return _NO_DISTRICTS
    if not units:
        return _NOT_KNOWN
    if stated.missing_in:
        return _MISSING.format(province=stated.missing_in, name=stated.missing)
    return _DIVIDED.format(old=stated.old.old.name) if stated.old else _MANY


class _Asking:
    def __init__(self, places: Places, gazetteer: Gazetteer) -> None:
        self._places = places
        self._gazetteer = gazetteer

    def place(self, values: Values) -> Prompt:
        codes = [code for code in values.get(_OPTIONS, "").split(",") if code]
        choices = tuple(Choice(unit_name(self._places, code), code) for code in codes)
        return Prompt("Bạn ở phường, xã, tỉnh nào? Ví dụ: phường Gò Vấp, TP.HCM. Không cần số nhà.", choices)

    def read_place(self, answer: str, _values: Values) -> Reading:
        if self._places.coded(answer) is not None:
            return Accepted({"place": answer, _NOTE: ""})
        stated = self._gazetteer.stated(answer)
        units = [one for one in map(self._places.present, stated.units) if one is not None]
        if len(units) == 1 and not stated.missing_in and not stated.district:
            return Accepted({"place": str(units[0].code), _NOTE: _note(stated, units[0])})
        options = ",".join(str(one.code) for one in units[:_MOST_OFFERED])
        return Refused(_why(stated, units), {_OPTIONS: options})

    def kind(self, values: Values) -> Prompt:
        choices = tuple(Choice(label, home.value) for home, label in HOMES.items())
        return Prompt(f"{values.get(_NOTE, '')} Bạn ở loại nhà nào?".strip(), choices)

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
        parts = [unit_name(self._places, place) if place else None, HOMES[Home(kind)].lower() if kind else None]
        return ", ".join(part for part in parts if part)

    async def finish(self, values: Values, desk: Desk) -> Finished:
        if not _something(values):
            return _finished(_NOTHING)
        if not agreed(values, "agree"):
            return _finished(_DECLINED)
        kind = values.get("kind")
        await desk.keep_profile(Profile(values.get("place") or None, Home(kind) if kind else None))
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
