"""Subscription to messages that nobody asked for in the moment. "DỪNG" ends it at once, outside of any form."""

from __future__ import annotations

import re
from typing import Final

from bot.campaigns.content import PARTS, Part
from bot.conversation.flows import wording
from bot.conversation.flows.desk import Desk, Home, News, Profile, Wish
from bot.conversation.flows.forms import Accepted, Choice, Finished, Flow, Prompt, Reading, Refused, Step, Values
from bot.conversation.flows.home import HOMES
from bot.conversation.flows.news_wording import consent_text
from bot.conversation.flows.place_reading import PlaceReading
from bot.conversation.flows.place_step import PlaceAsking
from bot.conversation.flows.quiet_words import Quiet, Unread, quiet_in, told
from bot.conversation.flows.set_words import PART_WORDS
from bot.conversation.flows.set_words import TOPICS as TOPIC_WORDS
from bot.conversation.flows.steps import agreed, agreeing
from bot.conversation.messages import Button, Kind, Reply

NAME: Final = "news"
TOPICS: Final = {
    "tips": "Mẹo an toàn theo mùa",
    "campaigns": "Ngày Toàn dân PCCC 04/10 và các đợt tuyên truyền",
    "local": "Thông báo của nơi bạn ở",
}
_ALL: Final = "all"
_PLACE: Final = "topics.place"
_HOME: Final = "topics.home"
_PART: Final = "topics.part"
_NOW: Final = "topics.now"
"""What is known already of the resident; looked up before the first question."""
_HOURS: Final = "topics.hours"
"""Only the times are asked for anew."""
_TIMES: Final = {
    "any": ("Giờ nào cũng được (7–22 giờ)", None),
    "morning": ("Chỉ buổi sáng (7–12 giờ)", (12 * 60, 7 * 60)),
    "evening": ("Chỉ buổi tối (18–22 giờ)", (22 * 60, 18 * 60)),
}
_YES: Final = "yes"
_ONLY_HOURS: Final = "Đổi giờ nhận tin"
_NONE: Final = "Mình không đăng ký gì cho bạn. Bạn cứ hỏi bình thường nhé."
_AS_BEFORE: Final = "Mình giữ nguyên như bạn đã đăng ký trước đây. Muốn thôi hẳn, bạn gõ DỪNG."
_WHERE: Final = "Bạn ở phường, xã, tỉnh nào, để tin hợp với nơi bạn ở? Không cần số nhà, bỏ qua cũng được."
_WHO: Final = "Bạn thuộc nhóm nào dưới đây, để tin hợp với bạn? Bỏ qua cũng được."
_WHEN: Final = (
    "Bạn muốn nhận tin lúc nào? Chọn ở dưới, hoặc gõ giờ không muốn nhận, như “đừng gửi từ 12h đến 14h”, “tối sau 20h "
    "đừng gửi”. Bỏ qua thì giờ nào từ 7 đến 22 giờ cũng có thể có tin."
)
STOPPED: Final = (
    "Đã dừng. Từ giờ mình không tự gửi tin cho bạn nữa. Bạn hỏi lúc nào mình vẫn trả lời. Muốn nhận lại, bạn gõ "
    "“đăng ký”."
)
NOT_YET: Final = "Bạn chưa đăng ký nhận tin nào, ta đăng ký trước nhé."
NOT_SUBSCRIBED: Final = "Bạn không đăng ký nhận tin nào, mình sẽ không tự gửi tin. Bạn hỏi lúc nào mình vẫn trả lời."
MINE: Final = Button(label="Tin của tôi", payload="do:my-news")


def named_topics(topics: tuple[str, ...]) -> str:
    """The topics in words."""
    return "; ".join(TOPICS.get(one, one) for one in topics)


def news_flow(reading: PlaceReading) -> Flow:
    """Return the flow."""
    asking = _Asking(reading)
    return Flow(
        name=NAME,
        title="Đăng ký nhận tin",
        steps=(
            Step(name="topics", ask=_ask, read=_read, prepare=_prepare),
            PlaceAsking(reading, _WHERE).step(applies=lambda values: not values.get(_PLACE)),
            Step(name="part", ask=_ask_part, read=_read_part, optional=True),
            Step(name="quiet", ask=_ask_quiet, read=_read_quiet, optional=True),
            agreeing("agree", asking.consent, yes=wording.YES, no="Không đăng ký"),
        ),
        finish=asking.finish,
    )


def for_hours(news: News, profile: Profile | None) -> Values:
    """Return the values of a form that asks only for the times anew: what is subscribed to stays."""
    known = {**_known(profile), _NOW: _YES, _HOURS: _YES}
    return {**known, "topics": ",".join(news.topics), "place": "", "part": ""}


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


async def _prepare(_values: Values, desk: Desk) -> Values:
    subscribed = await desk.news()
    now = {_NOW: _YES} if subscribed is not None and subscribed.active else {}
    return {**_known(await desk.profile()), **now}


def _known(profile: Profile | None) -> dict[str, str]:
    if profile is None:
        return {}
    found = {_PLACE: profile.place, _HOME: profile.home.value if profile.home else None, _PART: profile.part}
    return {name: value for name, value in found.items() if value}


def _ask_part(values: Values) -> Prompt:
    before = values.get(_PART, "")
    now = f"Đang ghi: {part_named(before)}; không đổi thì bỏ qua." if before else ""
    choices = tuple(Choice(label, part.value) for part, label in PARTS.items())
    return Prompt(f"{PlaceAsking.noted(values, _WHO)} {now}".strip(), choices)


def _read_part(answer: str, _values: Values) -> Reading:
    if answer in {one.value for one in Part}:
        return Accepted({"part": answer})
    named = [one for one in PART_WORDS.inside(answer) if one in {part.value for part in Part}]
    if len(named) == 1:
        return Accepted({"part": named[0]})
    return Refused("Bạn chọn giúp mình một vai trò ở dưới, hoặc bỏ qua nhé.")


def part_named(part: str) -> str:
    """A part in words; one that is no more as it is stored."""
    return PARTS[Part(part)] if part in {one.value for one in Part} else part


def _ask_quiet(values: Values) -> Prompt:
    head = _ONLY_HOURS if _HOURS in values else None
    return Prompt(_WHEN, tuple(Choice(label, value) for value, (label, _) in _TIMES.items()), head=head)


def _read_quiet(answer: str, _values: Values) -> Reading:
    found = _TIMES[answer][1] if answer in _TIMES else quiet_in(answer)
    if isinstance(found, Unread):
        return Refused(found.why)
    return Accepted({"quiet": f"{found[0]}-{found[1]}" if found else "any"})


def _quiet(values: Values) -> Quiet | None:
    start, dash, end = values.get("quiet", "").partition("-")
    return (int(start), int(end)) if dash else None


def _chosen(values: Values) -> tuple[str, ...]:
    return tuple(TOPICS) if values["topics"] == _ALL else tuple(values["topics"].split(","))


class _Asking:
    def __init__(self, reading: PlaceReading) -> None:
        self._reading = reading

    def consent(self, values: Values) -> str:
        return consent_text(named_topics(_chosen(values)), told(_quiet(values)), self._kept(values))

    def _kept(self, values: Values) -> str:
        """All that is stored for it, in words: nothing is stored that does not stand here."""
        place, home = values.get("place") or values.get(_PLACE), values.get(_HOME)
        part = values.get("part") or values.get(_PART)
        parts = [
            "loại tin và giờ nhận tin",
            f"nơi ở: {self._reading.name(place)}" if place else "",
            f"loại nhà: {HOMES[Home(home)].lower()}" if home else "",
            f"vai trò: {part_named(part).lower()}" if part else "",
        ]
        return "; ".join(one for one in parts if one)

    async def finish(self, values: Values, desk: Desk) -> Finished:
        if not agreed(values, "agree"):
            if _NOW in values:
                return Finished(Reply(kind=Kind.FLOW, text=_AS_BEFORE, buttons=(MINE,)))
            return Finished(Reply(kind=Kind.FLOW, text=_NONE))
        quiet = _quiet(values)
        wish = Wish(topics=_chosen(values), quiet=quiet, profile=_profile(values))
        await desk.subscribe(wish)
        text = (
            f"Đã đăng ký: {named_topics(wish.topics)}. Giờ nhận tin: {told(quiet)}. "
            "Muốn thôi, bạn gõ DỪNG bất cứ lúc nào; muốn xem hoặc đổi, gõ “tin của tôi”."
        )
        return Finished(Reply(kind=Kind.FLOW, text=text, buttons=(MINE,)))


def _profile(values: Values) -> Profile | None:
    """The profile with what was told here; None where nothing new was."""
    if not (values.get("place") or values.get("part")):
        return None
    home = values.get(_HOME)
    return Profile(
        values.get("place") or values.get(_PLACE),
        Home(home) if home else None,
        values.get("part") or values.get(_PART),
    )
