"""What the knowledge in use says of a plan, to the store of campaigns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.campaigning import known_of, provinces_of
from bot.campaigns.content import Plan, Source, Variant
from bot.campaigns.judging import Judging
from bot.campaigns.previews import UnfitMessageError
from bot.store.campaign_checks import cited_when_sent, lapsed
from bot.store.campaign_gate import Caps
from knowledge.check import KnowledgeBase
from tests.bot.campaigns.planned import DAY, FINE, KNOWN, NOW, RENDERINGS, message, plan, small_base

REPEALED = Source(document="nd-144-2021", locator="dieu-42")


class Library:
    """A knowledge base that a test may exchange."""

    def __init__(self, folder: Path) -> None:
        self.base = small_base(folder)

    def judging(self) -> Judging:
        return Judging(base=lambda: self.base, renderings=RENDERINGS, known=lambda: KNOWN, now=lambda: NOW)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


def of(*sources: Source) -> Plan:
    return plan(messages=(message(sources=sources),))


def test_a_sound_plan_has_no_fault_and_is_rendered_for_each_channel(library: Library) -> None:
    judging = library.judging()
    assert judging.faults(plan()) == []
    texts = judging.texts(message(), 7, plan())
    assert {(one.channel, one.variant) for one in texts} == {(name, Variant.HOUSEHOLD) for name in RENDERINGS}


def test_a_text_that_does_not_fit_is_a_fault_and_is_not_frozen(library: Library) -> None:
    long = message(texts={Variant.HOUSEHOLD: "Nhà mình nhớ đóng cửa. " * 200})
    judging = library.judging()
    faults = judging.faults(plan(messages=(long,)))
    assert faults
    assert len(faults) == len(set(faults))
    with pytest.raises(UnfitMessageError):
        judging.texts(long, 7, plan(messages=(long,)))


def test_documents_are_named_once_as_they_stand_on_the_day(library: Library) -> None:
    [law] = library.judging().cited(of(FINE, replace(FINE, locator="dieu-27-k4")), DAY)
    assert (law.document, law.in_force) == ("nd-106-2025", True)
    assert law.name.startswith("106/2025/NĐ-CP")


def test_what_lost_force_is_so_whenever_the_message_was_due(library: Library) -> None:
    judging = library.judging()
    assert [one.in_force for one in judging.cited(of(REPEALED), date(2024, 1, 1))] == [True]
    assert [one.in_force for one in judging.cited(of(REPEALED), DAY)] == [False]
    assert [one.document for one in lapsed(judging, of(REPEALED), "hoc-1", DAY)] == ["nd-144-2021"]
    assert lapsed(judging, of(FINE), "hoc-1", DAY) == []
    assert [one.in_force for one in cited_when_sent(judging, of(FINE, REPEALED))] == [True, False]


def test_what_is_gone_from_the_knowledge_is_not_in_force(library: Library) -> None:
    judging = library.judging()
    documents = {id_: one for id_, one in library.base.documents.items() if id_ != "nd-106-2025"}
    library.base = replace(library.base, documents=documents)
    [gone] = judging.cited(of(FINE), DAY)
    assert (gone.document, gone.in_force, gone.standing) == ("nd-106-2025", False, "không còn trong kho tri thức")


def test_a_card_that_is_gone_holds_its_message_up(library: Library) -> None:
    written = plan(messages=(message(cards=("bao-chay-gia",), sources=()),))
    judging = library.judging()
    assert all(one.in_force for one in judging.cited(written, DAY))
    library.base = replace(library.base, cards={})
    assert [(one.document, one.in_force) for one in judging.cited(written, DAY)] == [("card:bao-chay-gia", False)]


def test_communes_belong_to_their_provinces(library: Library) -> None:
    assert provinces_of(library.base.places) == {"00004": "01", "00376": "01"}


def test_what_messages_may_offer_is_what_the_knowledge_has(library: Library) -> None:
    base: KnowledgeBase = library.base
    known = known_of(base, Caps(2, 5))
    assert (known.quizzes, known.drills, known.caps) == (frozenset(base.quizzes), frozenset(base.drills), Caps(2, 5))
