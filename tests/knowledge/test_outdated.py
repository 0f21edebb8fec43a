"""No replaced figure or rule is stated as current: in cards, emergency replies, composed sentences, fixed phrases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from bot.conversation import phrases
from bot.conversation.circumstances import Circumstances, Party
from bot.conversation.fine_sentences import FineSpeaker
from bot.understanding import Understanding
from knowledge.check import KnowledgeBase
from knowledge.outdated import Outdated, outdated_rules, outdated_statements
from knowledge.past import Past

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def base(understanding: Understanding) -> KnowledgeBase:
    return understanding.base


@pytest.mark.parametrize("rule", outdated_rules(), ids=lambda rule: rule.id)
def test_a_rule_catches_its_example_and_lets_it_pass_as_past(rule: Outdated) -> None:
    assert rule.stated_in(rule.example)
    assert not rule.stated_in(f"Trước đây: {rule.example}")
    assert rule.stated_in(f"Đừng quên: {rule.example}")
    assert rule.stated_in(f"{rule.example} Không cần lo.")


def test_nothing_replaced_stands_in_a_card_or_reply_as_current(base: KnowledgeBase) -> None:
    texts = [line.text for card in base.cards.values() if not card.historical for line in card.lines]
    texts += [action.text for reply in base.emergencies.values() for action in reply.actions]
    assert len(texts) > 1000
    assert [(text, rule.id) for text in texts for rule in outdated_statements(text)] == []


def test_nothing_replaced_stands_in_a_fixed_phrase() -> None:
    texts = [value for value in vars(phrases).values() if isinstance(value, str)]
    assert [(text, rule.id) for text in texts for rule in outdated_statements(text)] == []


def _composed(base: KnowledgeBase) -> Iterator[str]:
    speaker = FineSpeaker(base)
    for row in base.fines.rows.values():
        for party in Party:
            for past in (None, Past(None, date(2025, 6, 30)), Past(date(2025, 1, 1), date(2025, 12, 31))):
                for local in (False, True):
                    asked = Circumstances(party, in_ha_noi=local, past=past, burned=local)
                    yield from speaker.reply((row,), asked, TODAY).text.split("\n")


def test_nothing_replaced_stands_in_a_composed_sentence_as_current(base: KnowledgeBase) -> None:
    texts = set(_composed(base))
    assert len(texts) > 500
    assert [(text, rule.id) for text in texts for rule in outdated_statements(text)] == []


def test_every_old_fine_is_named_as_old(base: KnowledgeBase) -> None:
    speaker = FineSpeaker(base)
    asked = Circumstances(Party.UNSAID, in_ha_noi=False, past=Past(None, date(2025, 6, 30)), burned=False)
    with_old = [row for row in base.fines.rows.values() if row.before is not None]
    assert with_old
    for row in with_old:
        first, *_ = speaker.reply((row,), asked, TODAY).text.split("\n")
        assert first.startswith("Tính theo quy định trước 01/07/2025")
        assert "đã hết hiệu lực" in first
