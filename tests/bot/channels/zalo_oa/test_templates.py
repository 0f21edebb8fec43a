"""Approved templates: they need no open window, go once, and a refusal of them as such halts nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.channels.contract import (
    Diagnosis,
    Halted,
    Mark,
    Outcome,
    Part,
    Permanent,
    QuotaSpent,
    Recipient,
    Retryable,
    Sent,
    Stopped,
    Throttled,
    Unknown,
)
from bot.store.channel_tokens import TokenPair
from tests.bot.channels.zalo_oa.setting import HURRIED, NOW, Setting, png_at, zalo_setting
from tests.fakes.zalo_oa import USER, Fault

LESSON: Final = {"template_id": "338011", "template_data": {"ten": "Ngày Toàn dân PCCC", "ngay": "04/10"}}
PART: Final = Part({"template": LESSON})
LONG_AGO: Final = Recipient(USER, NOW - timedelta(days=200))
TEXT: Final = Part({"message": {"text": "Chào bạn."}})


@pytest.fixture
async def setting(tmp_path: Path) -> AsyncIterator[Setting]:
    async with zalo_setting(png_at(tmp_path)) as it:
        it.fake.templates["338011"] = frozenset({"ten", "ngay"})
        yield it


@pytest.fixture
async def hurried(tmp_path: Path) -> AsyncIterator[Setting]:
    """A setting with short time-outs, for a channel that never answers."""
    async with zalo_setting(png_at(tmp_path), **HURRIED) as it:
        it.fake.templates["338011"] = frozenset({"ten", "ngay"})
        yield it


async def told(setting: Setting) -> Diagnosis:
    """What the doctor says of templates."""
    [found] = [one for one in await setting.adapter.diagnose() if "tin mẫu" in one.text]
    return found


async def test_a_template_goes_long_after_the_window_has_closed(setting: Setting) -> None:
    setting.fake.user_interacts(USER, NOW - timedelta(days=200))
    outcome = await setting.adapter.send(LONG_AGO, PART)
    [sent] = setting.fake.sent(USER)
    assert outcome == Sent(sent.id)
    assert (sent.way, sent.message) == (
        "template",
        {"template": "338011", "ten": "Ngày Toàn dân PCCC", "ngay": "04/10"},
    )
    # And a message of our own does not
    assert not isinstance(await setting.adapter.send(LONG_AGO, TEXT), Sent)


async def test_the_doctor_tells_what_was_seen(setting: Setting) -> None:
    unknown = await told(setting)
    assert unknown.mark is Mark.GOOD
    assert "Chưa rõ" in unknown.text
    assert unknown.next_step
    await setting.adapter.send(LONG_AGO, PART)
    assert (await told(setting)).text == "OA được dùng tin mẫu (template theo UID)."


@pytest.mark.parametrize("code", [-235, -240, -224, -212, -223, -320, -321])
async def test_an_oa_without_templates_is_asked_once_and_its_replies_go_on(setting: Setting, code: int) -> None:
    setting.fake.refuses_templates = code
    outcomes = [await setting.adapter.send(LONG_AGO, PART) for _ in range(3)]
    assert {type(one) for one in outcomes} == {Permanent}  # never `Halted`, which would hold up replies too
    assert {getattr(one, "reason", "")[: len(str(code))] for one in outcomes} == {str(code)}
    assert setting.fake.asked("template") == 1
    assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Sent)
    found = await told(setting)
    assert (found.mark, f"lỗi {code}" in found.text, bool(found.next_step)) == (Mark.CAUTION, True, True)


@pytest.mark.parametrize(("code", "after"), [(-235, timedelta(days=8)), (-321, timedelta(hours=2))])
async def test_a_refusal_is_believed_for_a_while(setting: Setting, code: int, after: timedelta) -> None:
    setting.fake.refuses_templates = code
    await setting.adapter.send(LONG_AGO, PART)
    setting.fake.refuses_templates = None
    assert isinstance(await setting.adapter.send(LONG_AGO, PART), Permanent)
    setting.clock.goes_on(after)
    grant = setting.fake.grant()
    await setting.memory.tokens.put(1, TokenPair(grant.access, grant.refresh, grant.expires_at), setting.clock())
    setting.fake.user_interacts(USER)
    assert isinstance(await setting.adapter.send(setting.recipient, PART), Sent)
    assert "được dùng" in (await told(setting)).text


@pytest.mark.parametrize(
    ("faults", "outcome"),
    [
        ((Fault.refusal(-249),), Permanent),
        ((Fault.refusal(-201),), Permanent),
        ((Fault.refusal(-248),), Permanent),
        ((Fault.refusal(-244),), Permanent),  # of this kind of message; replies may go
        ((Fault.refusal(-213),), Stopped),
        ((Fault.refusal(-211),), QuotaSpent),
        ((Fault.refusal(-32),), Throttled),
        ((Fault.refusal(-200),), Retryable),
        ((Fault.refusal(-209),), Halted),
        ((Fault.refusal(-220),), Sent),  # the token is renewed and it goes, once
        ((Fault.page(403),), Retryable),
        ((Fault.page(502),), Unknown),
        ((Fault.reset(done=True),), Unknown),
    ],
)
async def test_each_refusal_says_what_to_do(
    setting: Setting, faults: tuple[Fault, ...], outcome: type[Outcome]
) -> None:
    setting.fake.fails("template", *faults)
    assert isinstance(await setting.adapter.send(LONG_AGO, PART), outcome)
    assert setting.fake.asked("cs") == 0  # nothing else is tried in its place


async def test_one_kind_of_template_that_is_refused_says_nothing_of_others(setting: Setting) -> None:
    setting.fake.fails("template", Fault.refusal(-249))
    assert isinstance(await setting.adapter.send(LONG_AGO, PART), Permanent)
    assert isinstance(await setting.adapter.send(LONG_AGO, PART), Sent)


@pytest.mark.parametrize("done", [True, False])
async def test_silence_leaves_it_unknown(hurried: Setting, done: bool) -> None:
    hurried.fake.fails("template", Fault.silence(done=done))
    assert isinstance(await hurried.adapter.send(LONG_AGO, PART), Unknown)
    assert hurried.fake.asked("template") == 1


async def test_the_quota_of_templates_is_not_that_of_the_oa(setting: Setting) -> None:
    setting.fake.templates_left = 0
    assert isinstance(await setting.adapter.send(LONG_AGO, PART), QuotaSpent)
    assert await setting.memory.quotas.every(1) == ()


@pytest.mark.parametrize(
    "template",
    [
        {},
        "338011",
        {"template_id": "338011"},
        {"template_id": "", "template_data": {}},
        {"template_id": "338011", "template_data": {"ten": 4}},
        {"template_id": "338011", "template_data": {}, "phone": "84912345678"},
    ],
)
async def test_what_is_no_template_is_not_sent(setting: Setting, template: object) -> None:
    assert isinstance(await setting.adapter.send(LONG_AGO, Part({"template": template})), Permanent)
    assert setting.fake.requests == 0
