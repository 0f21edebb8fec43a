"""Messages that come later with buttons: on a channel they are choices that a typed number means."""

from __future__ import annotations

from typing import Any

import pytest

from bot.store.database import Database
from bot.store.tables import WaitingMessageRow
from tests.bot.delivery.rig import Rig, answered, delivered, event
from tests.fakes.channel import FakeChannel
from tests.integration.stored import SEALER, value
from tests.integration.test_delivery import channel, conversation_of, rig  # noqa: F401 - fixtures among them

BUTTONS = [{"label": "Đã xong", "payload": "do:done:7K-2M9Q-XDAB"}, {"label": "Chưa xong", "payload": "do:undone:X"}]


async def put_by(database: Database, rig: Rig, user: str, message: dict[str, Any]) -> None:  # noqa: F811
    async with database.sessions.begin() as session:
        sealed = SEALER.seal_json(message)
        session.add(WaitingMessageRow(conversation_id=await conversation_of(rig, user), sealed=sealed))


async def test_buttons_of_a_later_message_can_be_chosen_by_number(rig: Rig, channel: FakeChannel) -> None:  # noqa: F811
    # Given a resident who is asked whether it is done
    await put_by(rig.database, rig, "a", {"id": "1", "text": "Việc này đã xong chưa?", "buttons": BUTTONS})
    # When it is moved to their channel
    assert await rig.notices().move() == 1
    await delivered(rig.sender(lambda: 0.0))
    assert "2. Chưa xong" in channel.texts("a")[-1]
    # Then a typed number means one of the choices
    await rig.take(event("a", "2"))
    await answered(rig.worker())
    await delivered(rig.sender(lambda: 0.0))
    assert channel.texts("a")[-1] == "↩ do:undone:X"


@pytest.mark.parametrize("buttons", ["x", [7], [{"label": "Đã xong"}]])
async def test_a_message_with_broken_buttons_is_set_aside_and_the_next_one_comes(rig: Rig, buttons: Any) -> None:  # noqa: F811
    await put_by(rig.database, rig, "a", {"id": "1", "text": "Việc này đã xong chưa?", "buttons": buttons})
    await put_by(rig.database, rig, "a", {"id": "2", "text": "Cơ quan đã tiếp nhận."})
    assert await rig.notices().move() == 2
    assert await rig.notices().move() == 0
    assert await value(rig.database, "SELECT count(*) FROM outbox WHERE key LIKE 'notice:%'") == 1
