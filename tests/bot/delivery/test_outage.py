"""What the log says while the database is away."""

from __future__ import annotations

import pytest

from bot.delivery.outage import Outage


def test_an_outage_is_said_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("campaigns")

    for _ in range(3):
        outage.met(OSError("gone"))
    outage.over()
    outage.over()

    assert [record.getMessage() for record in caplog.records] == [
        "campaigns wait for the database: OSError",
        "campaigns go on: the database is back",
    ]


def test_the_next_outage_is_said_again(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("notices")

    outage.met(OSError())
    outage.over()
    outage.met(TimeoutError())

    assert caplog.records[-1].getMessage() == "notices wait for the database: TimeoutError"
