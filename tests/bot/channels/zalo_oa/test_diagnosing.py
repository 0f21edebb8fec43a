"""What an operator is told of the account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.contract import Diagnosis, Event, EventKind, Halted, Mark, Part, Sent
from bot.channels.zalo_oa.adapter import ZaloOaAdapter
from bot.store.quotas import Quota
from tests.bot.channels.zalo_oa.setting import CLOSED, NOW, Setting, memory, png_at, settings_for, zalo_setting
from tests.fakes.zalo_oa import Fault

TEXT = Part({"message": {"text": "Chào bạn."}})


@pytest.fixture
async def setting(tmp_path: Path) -> AsyncIterator[Setting]:
    async with zalo_setting(png_at(tmp_path)) as it:
        yield it


async def told(setting: Setting, word: str) -> Diagnosis:
    [found] = [one for one in await setting.adapter.diagnose() if word in one.text]
    assert found.next_step or found.mark is Mark.GOOD
    return found


async def test_all_is_well(setting: Setting) -> None:
    setting.fake.per_minute = 2_000
    found = await setting.adapter.diagnose()
    assert {one.mark for one in found} == {Mark.GOOD}
    said = " ".join(one.text for one in found)
    for word in ("Có 2 khóa", "/zalo_verifierabc123.html", "Mã truy cập còn hạn đến 13:00 ngày 23/11/2026", "Cảnh sát"):
        assert word in said
    for word in ("doanh nghiệp", "Tăng trưởng, đến 31/12/2026", "tin tư vấn (v3): chưa rõ", "2000 yêu cầu"):
        assert word in said


async def test_looking_changes_nothing(setting: Setting) -> None:
    setting.fake.expire_access()
    before = setting.memory.tokens.stored
    found = await told(setting, "-220")
    assert found.mark is Mark.CAUTION
    assert setting.memory.tokens.stored == before
    assert setting.fake.oauth_forms == []
    assert setting.memory.accounts.found == {}


async def test_a_government_oa_is_warned_of(setting: Setting) -> None:
    setting.fake.profile["oa_type"] = "4"
    assert (await told(setting, "-235")).mark is Mark.CAUTION
    setting.fake.government = True
    await setting.adapter.send(setting.recipient, TEXT)
    ways = await told(setting, "Cách gửi của OA")
    assert "tin tư vấn (v3): không được (-235)" in ways.text
    assert "tin tư vấn (v2): được" in ways.text
    assert ways.mark is Mark.CAUTION


@pytest.mark.parametrize(
    ("code", "word", "mark"),
    [
        (-209, "Đang hoạt động", Mark.BAD),
        (-212, "Official Account API", Mark.BAD),
        (-221, "xác thực OA", Mark.BAD),
        (-223, "cấp quyền lại", Mark.BAD),
        (-224, "Tăng trưởng", Mark.BAD),
        (-216, "API Explorer", Mark.CAUTION),
        (-14002, "Đang hoạt động", Mark.BAD),
        (-14003, "callback", Mark.BAD),
        (-7_777, "tài liệu Zalo", Mark.BAD),
    ],
)
async def test_a_wrong_set_up_is_told_with_what_to_do(setting: Setting, code: int, word: str, mark: Mark) -> None:
    setting.fake.fails("getoa", Fault.refusal(code))
    found = await told(setting, str(code))
    assert found.mark is mark
    assert word in found.next_step


@pytest.mark.parametrize(
    ("profile", "word"),
    [
        ({"is_verified": False}, "chưa được xác thực"),
        ({"package_name": ""}, "Không rõ gói"),
        ({"package_name": "", "oa_type": 7}, "Không rõ gói"),
        ({"oaid": "77"}, "OA khác (77)"),
        ({"oa_type": [], "name": None}, "loại: mã 0"),
    ],
)
async def test_what_the_profile_says(setting: Setting, profile: dict[str, Any], word: str) -> None:
    setting.fake.profile |= profile
    await told(setting, word)


async def test_packages_are_advised_to_business_oas_only(setting: Setting) -> None:
    setting.fake.profile |= {"package_name": "", "oa_type": "2"}
    assert "Tăng trưởng" in (await told(setting, "Không rõ gói")).next_step
    setting.fake.profile |= {"oa_type": "4"}
    assert "Hỏi Zalo" in (await told(setting, "Không rõ gói")).next_step
    assert "Tăng trưởng" not in (await told(setting, "Không rõ gói")).next_step


async def test_an_exchange_that_is_refused_for_now_is_told(setting: Setting) -> None:
    setting.fake.expire_access()
    setting.fake.fails("token", Fault.refusal(-14_999))
    assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Halted)
    found = await told(setting, "Lần đổi mã truy cập gần nhất")
    assert (found.mark, "-14999" in found.text) == (Mark.BAD, True)
    setting.clock.goes_on(timedelta(minutes=1))
    assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Sent)
    assert not [one for one in await setting.adapter.diagnose() if "đổi mã" in one.text]


async def test_a_lost_grant_is_told_with_one_instruction(setting: Setting) -> None:
    setting.fake.grant()
    await setting.adapter.send(setting.recipient, TEXT)
    failed = await told(setting, "thất bại")
    assert (failed.text + failed.next_step).count("API Explorer") == 1


async def test_unknown_events_are_told(setting: Setting) -> None:
    names = ["user_withdraws", "user_withdraws", "follow", "user_send_group_text", "X Y", "a" * 61, "user_send_odd"]
    for number, name in enumerate(names):
        kind = EventKind.UNREADABLE if name == "user_send_odd" else EventKind.OTHER
        await setting.adapter.received(Event(key=str(number), kind=kind, name=name))
    found = await told(setting, "Sự kiện chưa biết")
    assert found.text == "Sự kiện chưa biết: user_withdraws, user_send_odd."
    assert "ZALO_OA_WITHDRAWAL_EVENTS" in found.next_step
    for number in range(50):
        await setting.adapter.received(Event(key=str(number), kind=EventKind.OTHER, name=f"event_{number}"))
    assert len(setting.memory.accounts.found["unknown_events"]) == 20


async def test_tokens_in_every_state(setting: Setting) -> None:
    tokens = setting.memory.tokens
    await tokens.begin(1, 1, NOW)
    assert (await told(setting, "chưa xong")).mark is Mark.CAUTION
    await tokens.fail(1, 1, "Zalo không đổi mã truy cập (lỗi -14014).")
    failed = await told(setting, "thất bại: Zalo không đổi")
    assert failed.mark is Mark.BAD
    assert "API Explorer" in failed.next_step
    tokens.stored = None
    assert (await told(setting, "Chưa có mã truy cập")).mark is Mark.BAD


async def test_time_brings_warnings(setting: Setting) -> None:
    setting.clock.goes_on(timedelta(hours=26))
    assert (await told(setting, "đã hết hạn lúc 13:00 ngày 23/11/2026")).mark is Mark.CAUTION
    setting.clock.goes_on(timedelta(days=77))
    assert (await told(setting, "sẽ hết hạn khoảng")).mark is Mark.CAUTION


async def test_quotas_and_rates(setting: Setting) -> None:
    await setting.memory.quotas.note(1, Quota("sub_quota", 40, 500, NOW))
    await setting.memory.quotas.note(1, Quota("unknown", None, None, NOW))
    assert (await told(setting, "“sub_quota”: còn 40/500 (lúc 12:00 ngày 22/11/2026)")).mark is Mark.CAUTION
    assert (await told(setting, "“unknown”: còn không rõ")).mark is Mark.GOOD
    await setting.memory.quotas.note(1, Quota("cs_reply", 0, 8, NOW))
    assert (await told(setting, "“cs_reply”")).mark is Mark.GOOD
    await setting.memory.quotas.note(1, Quota("uploads", 0, 5_000, NOW))
    assert "Mua" not in (await told(setting, "Lượt tải ảnh")).next_step
    await setting.memory.quotas.note(1, Quota("oa", 0, None, NOW))
    assert (await told(setting, "đã dùng hết hạn mức")).mark is Mark.CAUTION
    setting.fake.per_minute = 50
    assert (await told(setting, "50 yêu cầu")).mark is Mark.CAUTION


async def test_what_was_read_in_a_period_that_is_over_is_not_told(setting: Setting) -> None:
    for kind in ("sub_quota", "uploads", "oa", "cs_reply"):
        await setting.memory.quotas.note(1, Quota(kind, 0, 500, NOW))
    setting.clock.goes_on(timedelta(hours=49))
    assert len([one for one in await setting.adapter.diagnose() if "còn 0/500" in one.text]) == 2
    setting.clock.goes_on(timedelta(days=7))
    assert not [one for one in await setting.adapter.diagnose() if "0/500" in one.text or "dùng hết" in one.text]


async def test_an_answer_that_is_none(setting: Setting) -> None:
    setting.fake.fails("getoa", Fault.page(502))
    assert (await told(setting, "HTTP 502")).mark is Mark.BAD


async def test_without_being_connected_it_looks_all_the_same(tmp_path: Path) -> None:
    settings = settings_for(CLOSED, webhook_secrets=(), verifier=None, refresh_token="r")
    kept = memory()
    adapter = ZaloOaAdapter(settings, kept.stores, picture=png_at(tmp_path), now=lambda: NOW)
    found = await adapter.diagnose()
    assert [one.mark for one in found] == [Mark.BAD, Mark.CAUTION, Mark.BAD, Mark.GOOD, Mark.GOOD, Mark.GOOD]
    assert kept.tokens.stored is None


async def test_a_database_that_is_gone_is_told(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_arguments: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(setting.memory.tokens, "load", fails)
    assert (await told(setting, "Không đọc được cơ sở dữ liệu")).mark is Mark.BAD
    monkeypatch.setattr(setting.memory.accounts, "find", fails)
    setting.adapter._line = None
    [found] = await setting.adapter.diagnose()
    assert found.mark is Mark.BAD
