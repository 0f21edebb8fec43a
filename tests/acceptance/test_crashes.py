"""The started program, killed under load: every message of a resident is answered, and once.

A small form of `python -m bench.crashes`, whose ledger it uses: events, database and what residents got must add up.
"""

from __future__ import annotations

from bench.crashes import crash

KILLS = 3
PER_SECOND = 20


async def test_every_message_is_answered_once_however_often_the_program_is_killed() -> None:
    # Given residents who write all the time, when the program is killed and started again under way
    crashed = await crash(KILLS, PER_SECOND, most_seconds=1.0)
    # Then nothing is lost, nothing comes twice, and only what was in flight at a kill is unknown
    assert crashed.ledger.troubles == (), str(crashed.ledger)
    assert crashed.ledger.unknown <= sum(crashed.in_flight)
    # And that is no accident of nothing having happened
    assert len(crashed.in_flight) == KILLS
    assert crashed.ledger.said == len(crashed.posting.said) > 0
    assert crashed.ledger.delivered >= crashed.ledger.answered > 0
    assert crashed.posting.refused, "the kills have disturbed nobody"
