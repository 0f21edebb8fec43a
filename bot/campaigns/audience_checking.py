"""What is wrong with whom a campaign is for: what there is not, and what nobody can be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from bot.campaigns.content import CHANNELS, OF_CAMPAIGNS, Audience, Behaviour, Did
from knowledge.check import KnowledgeBase
from knowledge.places import Unit

_OF_QUIZZES: Final = frozenset({Did.FINISHED_QUIZ, Did.NOT_FINISHED_QUIZ})
_OF_DRILLS: Final = frozenset({Did.FINISHED_DRILL, Did.NOT_FINISHED_DRILL})
_CONTRARY: Final[Mapping[Did, tuple[Did, str]]] = {
    Did.FINISHED_QUIZ: (Did.NOT_FINISHED_QUIZ, "đã làm xong và chưa làm xong bài trắc nghiệm"),
    Did.FINISHED_DRILL: (Did.NOT_FINISHED_DRILL, "đã tập xong và chưa tập xong bài thực hành"),
    Did.GOT: (Did.NOT_GOT, "đã nhận và chưa nhận tin của chiến dịch"),
    Did.ANSWERED: (Did.NOT_ANSWERED, "đã trả lời và chưa trả lời tin của chiến dịch"),
}
"""What nobody has both done and not done of the same thing, in the words of the fault."""


def wrong_audience(
    whom: Audience, base: KnowledgeBase, quizzes: Collection[str], drills: Collection[str]
) -> Iterator[str]:
    """Yield what is wrong with an audience, in Vietnamese. `quizzes` and `drills`: the ids of those that there are."""
    return _Check(whom, base, quizzes, drills).all()


class _Check:
    """Looks at one audience."""

    def __init__(self, whom: Audience, base: KnowledgeBase, quizzes: Collection[str], drills: Collection[str]) -> None:
        self._whom = whom
        self._base = base
        self._quizzes = quizzes
        self._drills = drills

    def all(self) -> Iterator[str]:
        """Return them in the order of the form."""
        whom = self._whom
        if not whom.topics:
            yield "Chưa chọn chủ đề: chỉ người đăng ký chủ đề mới được nhận tin."
        for channel in whom.channels:
            if channel not in CHANNELS:
                yield f"Không có kênh “{channel}”."
        for code in (*whom.places, *whom.without_places):
            if self._base.places.coded(code) is None:
                yield f"Không có địa phương mang mã “{code}”."
        if both := sorted(set(whom.places) & set(whom.without_places)):
            yield f"Địa phương {', '.join(both)} vừa được chọn vừa bị loại."
        yield from self._nowhere(whom)
        for one in whom.behaviours:
            yield from self._behaviour(one)
        yield from self._contradictions(whom)

    def _nowhere(self, whom: Audience) -> Iterator[str]:
        """All places that were chosen lie in provinces that are left out."""
        provinces = {unit.province for code in whom.without_places if (unit := self._unit(code)) and unit.is_province}
        chosen = [unit for code in whom.places if (unit := self._unit(code)) is not None]
        if chosen and all(one.province in provinces and not one.is_province for one in chosen):
            yield "Mọi địa bàn được chọn đều nằm trong tỉnh, thành phố bị trừ, nên không ai nhận được tin."

    def _unit(self, code: str) -> Unit | None:
        return self._base.places.coded(code)

    def _contradictions(self, whom: Audience) -> Iterator[str]:
        """Conditions that nobody meets at once."""
        every = set(whom.behaviours)
        for one in dict.fromkeys(whom.behaviours):
            contrary = _CONTRARY.get(one.did)
            if contrary is not None and Behaviour(did=contrary[0], target=one.target) in every:
                name = self._title(one)
                yield f"Nhóm nhận đòi vừa {contrary[1]} “{name}”: không ai như vậy. Bỏ một điều kiện."
            if one.did is Did.ANSWERED and Behaviour(did=Did.NOT_GOT, target=one.target) in every:
                yield f"Nhóm nhận đòi đã trả lời mà chưa nhận tin của chiến dịch “{one.target}”: không ai như vậy."
            if one.did in {Did.GOT, Did.ANSWERED} and one.campaign in whom.without_campaigns:
                yield f"Chiến dịch số {one.target} vừa là điều kiện vừa bị trừ: không ai như vậy. Bỏ một điều."

    def _title(self, one: Behaviour) -> str:
        """What people call what a condition is about; its id where there is no other name."""
        named = self._base.quizzes.get(one.target) if one.did in _OF_QUIZZES else None
        trained = self._base.drills.get(one.target) if one.did in _OF_DRILLS else None
        found = named or trained
        return found.title if found is not None else one.target

    def _behaviour(self, one: Behaviour) -> Iterator[str]:
        if one.did in _OF_QUIZZES and one.target not in self._quizzes:
            yield f"Nhóm nhận nói đến bài trắc nghiệm “{one.target}”, không có."
        elif one.did in _OF_DRILLS and one.target not in self._drills:
            yield f"Nhóm nhận nói đến bài thực hành “{one.target}”, không có."
        elif one.did in OF_CAMPAIGNS and one.campaign is None:
            yield f"Nhóm nhận nói đến chiến dịch “{one.target}”: phải là số của chiến dịch."
