"""The form of whom a campaign is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from bot.campaigns.content import CHANNELS, LANGUAGES, OF_CAMPAIGNS, PARTS, Audience, Behaviour, Did
from bot.console.forms import Fields
from bot.conversation.flows.home import HOMES
from bot.conversation.flows.news import TOPICS
from knowledge.places import Places

TOPIC_NAMES: Final[Mapping[str, str]] = TOPICS
HOME_NAMES: Final[Mapping[str, str]] = {home.value: words for home, words in HOMES.items()}
PART_NAMES: Final[Mapping[str, str]] = {part.value: words for part, words in PARTS.items()}
CHANNEL_NAMES: Final = CHANNELS
LANGUAGE_NAMES: Final = LANGUAGES
DIDS: Final[Mapping[Did, str]] = {
    Did.FINISHED_QUIZ: "Đã làm xong bộ câu hỏi",
    Did.NOT_FINISHED_QUIZ: "Chưa làm xong bộ câu hỏi",
    Did.FINISHED_DRILL: "Đã tập xong bài diễn tập",
    Did.NOT_FINISHED_DRILL: "Chưa tập xong bài diễn tập",
    Did.GOT: "Đã nhận tin của chiến dịch",
    Did.NOT_GOT: "Chưa nhận tin của chiến dịch",
    Did.ANSWERED: "Đã trả lời tin của chiến dịch",
    Did.NOT_ANSWERED: "Chưa trả lời tin của chiến dịch",
}
MOST_BEHAVIOURS: Final = 4
LABELS: Final[Mapping[str, str]] = {
    "topics": "Đã đăng ký nhận tin về",
    "channels": "Kênh",
    "places": "Địa bàn",
    "homes": "Loại nhà",
    "parts": "Vai trò",
    "languages": "Ngôn ngữ",
    "without_places": "Trừ các địa bàn",
    "without_campaigns": "Trừ người đã nhận",
    **{f"behaviour-{number}": f"Điều kiện {number + 1}" for number in range(MOST_BEHAVIOURS)},
}
"""What fields are called where all that is wrong is listed."""
_MOST_PLACES: Final = 500


def typed_of(audience: Audience) -> dict[str, Any]:
    """Return what the form holds for an audience."""
    return {
        "topics": audience.topics,
        "channels": audience.channels,
        "places": audience.places,
        "homes": audience.homes,
        "parts": audience.parts,
        "languages": audience.languages,
        "behaviours": [f"{one.did.value}:{one.target}" for one in audience.behaviours],
        "without_places": audience.without_places,
        "without_campaigns": tuple(str(one) for one in audience.without_campaigns),
    }


def as_typed(fields: Fields) -> dict[str, Any]:
    """Return what was typed, to be shown again."""
    names = ("topics", "channels", "places", "homes", "parts", "languages", "without_places", "without_campaigns")
    typed: dict[str, Any] = {name: fields.listed(name) for name in names}
    return {**typed, "behaviours": [one for one in _behaviours_typed(fields) if one]}


def read_audience(fields: Fields, known: Places) -> Audience | None:
    """Return the audience that was filled in, None with faults in `fields`."""
    audience = Audience(
        topics=fields.choices("topics", TOPIC_NAMES),
        channels=fields.choices("channels", CHANNEL_NAMES),
        places=_places(fields, "places", known),
        homes=fields.choices("homes", HOME_NAMES),
        parts=fields.choices("parts", PART_NAMES),
        languages=fields.choices("languages", LANGUAGE_NAMES),
        behaviours=tuple(_behaviours(fields)),
        without_places=_places(fields, "without_places", known),
        without_campaigns=_campaigns(fields),
    )
    if not audience.topics:
        fields.faults.setdefault("topics", "Chọn ít nhất một chủ đề: chỉ người đã đăng ký chủ đề đó mới nhận tin.")
    return audience if fields.fine else None


def _places(fields: Fields, name: str, known: Places) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(fields.listed(name)))
    if len(codes) > _MOST_PLACES:
        fields.faults[name] = f"Nhiều nhất {_MOST_PLACES} địa bàn; hãy chọn cả tỉnh."
    if any(known.coded(code) is None for code in codes):
        fields.faults[name] = "Có địa bàn không còn trong danh mục. Bỏ chọn rồi tìm lại."
    return codes


def _behaviours_typed(fields: Fields) -> list[str]:
    return [
        fields.text(f"behaviour-{number}", longest=200, required=False).strip() for number in range(MOST_BEHAVIOURS)
    ]


def _behaviours(fields: Fields) -> Iterable[Behaviour]:
    for number, typed in enumerate(_behaviours_typed(fields)):
        did, _, target = typed.partition(":")
        if not typed:
            continue
        behaviour = Behaviour(did=Did(did), target=target) if did in set(Did) and target else None
        if behaviour is None or (behaviour.did in OF_CAMPAIGNS and behaviour.campaign is None):
            fields.faults[f"behaviour-{number}"] = "Lựa chọn này không có."
        else:
            yield behaviour


def _campaigns(fields: Fields) -> tuple[int, ...]:
    numbers = dict.fromkeys(fields.listed("without_campaigns"))
    if any(not (one.isascii() and one.isdigit() and len(one) <= 9) for one in numbers):
        fields.faults["without_campaigns"] = "Lựa chọn này không có."
        return ()
    return tuple(int(one) for one in numbers)
