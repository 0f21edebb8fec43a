"""What the doctor says of campaigns."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.campaign_diagnosis import diagnose_campaigns
from bot.campaigns.lifecycle import Act
from bot.channels.contract import Mark
from bot.store.database import Database
from tests.integration.campaigning import Bureau


@pytest.fixture
async def bureau(database: Database, database_url: str) -> Bureau:
    return await Bureau(database, database_url).opened()


async def test_what_goes_and_what_comes_next_is_counted(bureau: Bureau) -> None:
    await bureau.scheduled()
    await bureau.submitted()
    [one] = await diagnose_campaigns(bureau.database, bureau.now)
    assert one.mark is Mark.GOOD
    assert one.text.startswith("Đã lên lịch: 1; chờ duyệt: 1. Tin tiếp theo: 08:00")


async def test_what_stands_still_is_told_with_its_reason(bureau: Bureau) -> None:
    number = (await bureau.scheduled()).id
    await bureau.campaigns.act(number, Act.PAUSE, bureau.author, text="Chờ thêm tin.")
    [_, one] = await diagnose_campaigns(bureau.database, bureau.now)
    assert (one.mark, one.text) == (Mark.CAUTION, "Chiến dịch “Ngày 04/10” tạm dừng: Chờ thêm tin.")
    assert f"/console/campaigns/{number}" in (one.next_step or "")


async def test_what_is_due_and_has_not_begun_is_bad(bureau: Bureau) -> None:
    [message] = await bureau.campaigns.messages((await bureau.scheduled()).id)
    [_, one] = await diagnose_campaigns(bureau.database, message.due_at.replace(minute=3))
    assert one.mark is Mark.BAD
    assert "mà chưa bắt đầu gửi" in one.text
    assert len(await diagnose_campaigns(bureau.database, message.due_at.replace(minute=1))) == 1


async def test_what_was_approved_and_is_not_frozen_is_bad(bureau: Bureau) -> None:
    await bureau.approved()
    assert len(await diagnose_campaigns(bureau.database, bureau.now + timedelta(minutes=9))) == 1
    [_, one] = await diagnose_campaigns(bureau.database, bureau.now + timedelta(minutes=10))
    assert one.mark is Mark.BAD
    assert "chưa chốt được danh sách người nhận" in one.text
