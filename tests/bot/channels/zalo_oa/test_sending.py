"""What becomes of a part that is sent, and what is remembered of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.contract import (
    Halted,
    Part,
    Permanent,
    QuotaSpent,
    Recipient,
    Retryable,
    Sent,
    Throttled,
    Unknown,
    WindowClosed,
)
from bot.channels.zalo_oa import client
from bot.channels.zalo_oa.rendering import render
from bot.channels.zalo_oa.tokens import TokenError
from bot.conversation.messages import Button, Image, Kind, Reply
from bot.store.quotas import Quota
from tests.bot.channels.zalo_oa.setting import CLOSED, HURRIED, NOW, PNG, MemoryTokens, Setting, zalo_setting
from tests.fakes.zalo_oa import USER, Fault

TEXT = Part({"message": {"text": "Chào bạn."}})
URGENT = Reply(
    kind=Kind.EMERGENCY,
    text="GỌI 114 NGAY.",
    buttons=(Button(label="Gọi 114", url="tel:114"), Button(label="Không phải cháy thật", payload="false-alarm")),
)
IN_WORDS = "GỌI 114 NGAY.\n\nGọi 114\n1. Không phải cháy thật\n(Gõ lại lời bạn chọn.)"
PICTURE = Part({"message": {"text": "Rút chốt, bóp cò."}, "upload": {"kind": "image", "name": "small.png"}})
SOON = timedelta(seconds=5)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "small.png").write_bytes(PNG)
    (tmp_path / "large.png").write_bytes(PNG + b"\0" * 1024 * 1024)
    (tmp_path / "words.png").write_bytes(b"not a picture")
    (tmp_path / "plan.pdf").write_bytes(b"%PDF-1.7 plan")
    (tmp_path / "other.png").write_bytes(PNG + b"another")
    return tmp_path


@pytest.fixture
async def setting(files: Path) -> AsyncIterator[Setting]:
    async with zalo_setting(lambda name: files / name) as it:
        yield it


@pytest.fixture
async def hurried(files: Path) -> AsyncIterator[Setting]:
    """A setting with short time-outs, for a channel that never answers."""
    async with zalo_setting(lambda name: files / name, **HURRIED) as it:
        yield it


def picture(name: str, alt: str = "Rút chốt, bóp cò.") -> Part:
    return render(Reply(kind=Kind.ANSWER, text="", image=Image(name=name, alt=alt))).parts[0]


async def test_a_message_arrives_with_its_number(setting: Setting) -> None:
    outcome = await setting.adapter.send(setting.recipient, TEXT)
    [sent] = setting.fake.sent(USER)
    assert outcome == Sent(sent.id)
    assert (sent.text, sent.way) == ("Chào bạn.", "cs")


@pytest.mark.parametrize("code", [-216, -220])
async def test_a_refused_token_is_renewed_once_and_the_message_sent_once(setting: Setting, code: int) -> None:
    setting.fake.fails("cs", Fault.refusal(code))
    assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Sent)
    assert len(setting.fake.oauth_forms) == 1
    assert len(setting.fake.sent()) == 1


async def test_a_token_that_stays_refused_halts_the_account(setting: Setting) -> None:
    setting.fake.fails("cs", Fault.refusal(-216), Fault.refusal(-216))
    assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Halted)
    assert len(setting.fake.oauth_forms) == 1


async def test_an_access_token_known_to_be_old_is_not_even_tried(setting: Setting) -> None:
    setting.clock.goes_on(timedelta(hours=26))
    assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Sent)
    assert setting.fake.requests == 2


async def test_many_at_once_share_one_refresh(setting: Setting) -> None:
    setting.fake.expire_access()
    outcomes = await asyncio.gather(*(setting.adapter.send(setting.recipient, TEXT) for _ in range(30)))
    assert {type(one) for one in outcomes} == {Sent}
    assert len(setting.fake.oauth_forms) == 1
    assert len(setting.fake.sent()) == 30


async def test_a_lost_grant_halts_with_what_to_do_and_is_not_asked_again(setting: Setting) -> None:
    setting.fake.grant()
    outcomes = [await setting.adapter.send(setting.recipient, TEXT) for _ in range(3)]
    assert {type(one) for one in outcomes} == {Halted}
    assert "API Explorer" in repr(outcomes[0])
    assert len(setting.fake.oauth_forms) == 1


async def test_a_refresh_that_fails_for_now_is_tried_again_after_some_seconds(hurried: Setting) -> None:
    hurried.fake.expire_access()
    hurried.fake.fails("token", Fault.page(503), Fault.silence(done=False))
    for tries in (1, 2):
        for _ in range(3):
            assert isinstance(await hurried.adapter.send(hurried.recipient, TEXT), Retryable)
        assert hurried.fake.asked("token") == tries
        hurried.clock.goes_on(SOON)
    assert isinstance(await hurried.adapter.send(hurried.recipient, TEXT), Sent)


async def test_of_twenty_who_wait_for_a_silent_oauth_one_asks(hurried: Setting) -> None:
    hurried.fake.expire_access()
    hurried.fake.fails("token", *[Fault.silence(done=False)] * 20)
    outcomes = await asyncio.gather(*(hurried.adapter.send(hurried.recipient, TEXT) for _ in range(20)))
    assert {type(one) for one in outcomes} == {Retryable}
    assert hurried.fake.asked("token") == 1


async def test_of_twenty_who_wait_for_a_silent_upload_one_asks(hurried: Setting) -> None:
    hurried.fake.fails("image", *[Fault.silence(done=False)] * 20)
    outcomes = await asyncio.gather(*(hurried.adapter.send(hurried.recipient, picture("small.png")) for _ in range(20)))
    assert {type(one) for one in outcomes} == {Retryable}
    assert hurried.fake.asked("image") == 1
    assert isinstance(await hurried.adapter.send(hurried.recipient, picture("small.png")), Retryable)
    assert hurried.fake.asked("image") == 1
    hurried.clock.goes_on(SOON)
    hurried.fake._faults.clear()
    assert isinstance(await hurried.adapter.send(hurried.recipient, picture("small.png")), Sent)


@pytest.mark.parametrize(("where", "part"), [("token", TEXT), ("token", PICTURE), ("image", PICTURE)])
async def test_a_message_that_is_not_ready_in_time_is_put_off(files: Path, where: str, part: Part) -> None:
    async with zalo_setting(lambda name: files / name, ready_seconds=0.1) as it, asyncio.timeout(20):
        if where == "token":
            it.fake.expire_access()
        it.fake.fails(where, Fault.silence(done=False))
        outcome = await it.adapter.send(it.recipient, part)
        assert isinstance(outcome, Retryable)
        assert "quá chậm" in outcome.reason
        assert it.fake.sent() == []
        it.fake.end_silence()


@pytest.mark.parametrize("code", [-201, -210, -233])
async def test_an_emergency_whose_buttons_are_refused_arrives_as_bare_text(setting: Setting, code: int) -> None:
    setting.fake.refuses_short_phones = code
    [stored] = render(URGENT).parts
    for requests in (2, 3):  # the second time it is known
        assert isinstance(await setting.adapter.send(setting.recipient, stored), Sent)
        assert setting.fake.requests == requests
    first, second = setting.fake.sent()
    assert (first.text, first.buttons) == (IN_WORDS, [])
    assert second.text == "GỌI 114 NGAY.\n\nGọi 114"
    assert [one["title"] for one in second.buttons] == ["Không phải cháy thật"]
    assert setting.memory.accounts.found["buttons_phone_short"]["code"] == code
    [anew] = setting.adapter.render(URGENT).parts
    assert [one["type"] for one in anew.body["message"]["attachment"]["payload"]["buttons"]] == ["oa.query.hide"]


async def test_an_oa_that_takes_no_buttons_is_soon_sent_numbers_only(setting: Setting) -> None:
    setting.fake.government, setting.fake.refuses_buttons_on_v2 = True, -201
    for _ in range(3):
        assert isinstance(await setting.adapter.send(setting.recipient, render(URGENT).parts[0]), Sent)
    assert len(setting.fake.sent()) == 3
    found = setting.memory.accounts.found
    assert [found[one]["can"] for one in ("buttons_phone_short", "buttons")] == [False, False]
    requests = setting.fake.requests
    assert isinstance(await setting.adapter.send(setting.recipient, render(URGENT).parts[0]), Sent)
    assert setting.fake.requests == requests + 1
    rendered = setting.adapter.render(URGENT)
    assert rendered.options == ("false-alarm",)
    assert "attachment" not in rendered.parts[0].body["message"]


async def test_buttons_that_are_known_to_work_are_not_blamed_for_one_message(setting: Setting) -> None:
    assert isinstance(await setting.adapter.send(setting.recipient, render(URGENT).parts[0]), Sent)
    setting.fake.fails("cs", Fault.refusal(-201))
    for _ in range(2):
        assert isinstance(await setting.adapter.send(setting.recipient, render(URGENT).parts[0]), Sent)
    assert [len(one.buttons) for one in setting.fake.sent()] == [2, 0, 2]


async def test_pictures_that_are_refused_go_in_words_and_are_tried_again_later(setting: Setting) -> None:
    setting.fake.fails("cs", Fault.refusal(-233))
    for _ in range(2):
        assert isinstance(await setting.adapter.send(setting.recipient, picture("small.png")), Sent)
    assert [one.message for one in setting.fake.sent()] == [{"text": "Rút chốt, bóp cò."}] * 2
    assert setting.fake.asked("cs") == 3
    assert any("tin có ảnh (lỗi -233)" in one.text for one in await setting.adapter.diagnose())
    setting.clock.goes_on(timedelta(hours=1))
    assert isinstance(await setting.adapter.send(setting.recipient, picture("small.png")), Sent)
    assert "attachment" in setting.fake.sent()[-1].message
    assert setting.memory.accounts.found["pictures"]["can"] is True


async def test_what_another_process_noted_is_learned_of(files: Path) -> None:
    slept, goes_on = asyncio.Event(), asyncio.Event()

    async def sleep(_seconds: float) -> None:
        slept.set()
        await goes_on.wait()
        goes_on.clear()

    async with zalo_setting(lambda name: files / name, sleep=sleep) as it:
        assert "attachment" in it.adapter.render(URGENT).parts[0].body["message"]
        record = {"can": False, "code": -201, "at": NOW.isoformat()}
        it.memory.accounts.found |= {"buttons": record, "buttons_phone_short": record}
        await slept.wait()
        slept.clear()
        goes_on.set()
        await slept.wait()
        assert it.adapter.render(URGENT).options == ("false-alarm",)


async def test_bare_text_that_is_not_answered_is_not_known(hurried: Setting) -> None:
    hurried.fake.fails("cs", Fault.refusal(-201), Fault.silence(done=True))
    assert isinstance(await hurried.adapter.send(hurried.recipient, render(URGENT).parts[0]), Unknown)
    assert len(hurried.fake.sent()) == 1


async def test_messages_that_follow_each_other_share_a_connection(setting: Setting) -> None:
    for _ in range(3):
        await setting.adapter.send(setting.recipient, TEXT)
    assert (setting.fake.requests, setting.fake.connections) == (3, 1)


async def test_a_connection_that_was_idle_is_not_used_again(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that closes it just then would turn a message into one that is perhaps sent."""
    monkeypatch.setattr(client, "KEPT_SECONDS", 0.0)
    async with zalo_setting(lambda name: files / name) as it:
        for _ in range(3):
            await it.adapter.send(it.recipient, TEXT)
        assert (it.fake.requests, it.fake.connections) == (3, 3)


async def test_a_start_without_the_database_brings_the_pair_in_later(
    files: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(*_arguments: object) -> None:
        raise OSError("the database is gone")

    monkeypatch.setattr(MemoryTokens, "load", fails)
    async with zalo_setting(lambda name: files / name) as it:
        assert "was not brought in yet" in caplog.text
        assert isinstance(await it.adapter.send(it.recipient, TEXT), Retryable)
        monkeypatch.undo()
        assert isinstance(await it.adapter.send(it.recipient, TEXT), Sent)


async def test_no_grant_at_all_halts(files: Path) -> None:
    async with zalo_setting(lambda name: files / name, access_token=None, refresh_token=None) as it:
        outcome = await it.adapter.send(it.recipient, TEXT)
        assert isinstance(outcome, Halted)
        assert "Chưa có mã truy cập" in outcome.reason
        assert it.fake.requests == 0


async def test_outside_the_window_nothing_is_asked(setting: Setting) -> None:
    long_ago = NOW - timedelta(days=7, seconds=1)
    assert isinstance(await setting.adapter.send(Recipient(USER, long_ago), TEXT), WindowClosed)
    assert setting.fake.requests == 0
    assert isinstance(await setting.adapter.send(Recipient(USER, NOW - timedelta(days=7)), TEXT), Sent)
    assert isinstance(await setting.adapter.send(Recipient(USER), TEXT), Sent)


async def test_a_government_oa_is_served_by_v2_from_then_on(setting: Setting) -> None:
    setting.fake.government = True
    assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Sent)
    assert setting.fake.requests == 2
    assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Sent)
    assert setting.fake.requests == 3
    assert [one.way for one in setting.fake.sent()] == ["v2", "v2"]
    found = setting.memory.accounts.found
    assert (found["cs_v3"]["can"], found["cs_v3"]["code"], found["cs_v2"]["can"]) == (False, -235, True)
    assert found["cs_v3"]["at"] == NOW.isoformat()


async def test_a_way_that_works_is_noted_once(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []

    async def note(_account: int, found: object) -> None:
        written.append(found)

    monkeypatch.setattr(setting.memory.accounts, "note_capabilities", note)
    for _ in range(3):
        assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Sent)
    assert written == [{"cs_v3": {"can": True, "code": 0, "at": NOW.isoformat()}}]


async def test_a_final_refusal_is_logged_with_zalos_words_but_no_others(
    setting: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    setting.fake.fails("cs", Fault(200, {"error": -201, "message": "text is invalid! cháy 0901234567"}))
    assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Permanent)
    assert "refused with -201 (text is invalid! chy )" in caplog.text
    assert "0901234567" not in caplog.text


async def test_after_a_week_the_refused_way_is_tried_again(setting: Setting) -> None:
    setting.fake.government = True
    await setting.adapter.send(setting.recipient, TEXT)
    setting.fake.government = False
    setting.clock.goes_on(timedelta(days=7))
    setting.fake.user_interacts(USER)
    assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Sent)
    assert setting.fake.sent()[-1].way == "cs"
    assert setting.memory.accounts.found["cs_v3"]["can"] is True


async def test_an_oa_that_may_not_send_at_all_is_halted_and_asked_again(setting: Setting) -> None:
    setting.fake.fails("cs", Fault.refusal(-224))
    outcome = await setting.adapter.send(setting.recipient, TEXT)
    assert isinstance(outcome, Halted)
    assert outcome.reason.startswith("-224")
    found = setting.memory.accounts.found
    assert (found["cs_v3"]["code"], found["cs_v2"]["code"]) == (-224, -240)
    requests = setting.fake.requests
    setting.fake.fails("cs", Fault.refusal(-224))
    assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Halted)
    assert setting.fake.requests == requests + 1
    # The package is bought, the administrator has the account go on: the first message finds out.
    assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Sent)


async def test_silence_of_the_second_way_is_not_knowing(hurried: Setting) -> None:
    hurried.fake.government = True
    hurried.fake.fails("v2", Fault.silence(done=True))
    assert isinstance(await hurried.adapter.send(hurried.recipient, TEXT), Unknown)
    assert len(hurried.fake.sent()) == 1


async def test_a_picture_is_uploaded_once_in_six_days(setting: Setting) -> None:
    for _ in range(3):
        assert isinstance(await setting.adapter.send(setting.recipient, picture("small.png")), Sent)
    assert len(setting.fake.uploads) == 1
    [element] = setting.fake.sent()[0].message["attachment"]["payload"]["elements"]
    assert element == {"media_type": "image", "attachment_id": next(iter(setting.fake.uploads))}
    assert setting.fake.sent()[0].text == "Rút chốt, bóp cò."
    setting.clock.goes_on(timedelta(days=6))
    assert isinstance(await setting.adapter.send(setting.recipient, picture("small.png")), Sent)
    assert len(setting.fake.uploads) == 2
    assert setting.memory.quotas.kept["uploads"].remaining == 4_998


async def test_two_who_need_a_picture_at_once_share_the_upload(setting: Setting) -> None:
    await asyncio.gather(*(setting.adapter.send(setting.recipient, picture("small.png")) for _ in range(5)))
    assert (len(setting.fake.uploads), len(setting.fake.sent())) == (1, 5)


async def test_an_upload_that_zalo_has_dropped_is_done_again(setting: Setting) -> None:
    await setting.adapter.send(setting.recipient, picture("small.png"))
    setting.fake.expire_uploads()
    assert isinstance(await setting.adapter.send(setting.recipient, picture("small.png")), Sent)
    assert (len(setting.fake.uploads), len(setting.fake.sent())) == (2, 2)
    setting.fake.fails("cs", Fault.refusal(-100), Fault.refusal(-100))
    assert isinstance(await setting.adapter.send(setting.recipient, picture("small.png")), Sent)
    assert setting.fake.sent()[-1].message == {"text": "Rút chốt, bóp cò."}


async def test_many_whose_upload_was_dropped_share_the_new_one(setting: Setting) -> None:
    await setting.adapter.send(setting.recipient, picture("small.png"))
    setting.fake.expire_uploads()
    await asyncio.gather(*(setting.adapter.send(setting.recipient, picture("small.png")) for _ in range(5)))
    assert (len(setting.fake.uploads), len(setting.fake.sent())) == (2, 6)


@pytest.mark.parametrize("name", ["large.png", "words.png", "missing.png", "plan.pdf"])
async def test_a_picture_that_cannot_go_is_told_in_words(
    setting: Setting, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert isinstance(await setting.adapter.send(setting.recipient, picture(name)), Sent)
    assert setting.fake.sent()[0].message == {"text": "Rút chốt, bóp cò."}
    assert [one.levelno for one in caplog.records if "without its picture" in one.message] == [logging.WARNING]
    assert setting.fake.uploads == {}


async def test_a_picture_without_words_that_cannot_go_is_nothing(setting: Setting) -> None:
    assert isinstance(await setting.adapter.send(setting.recipient, picture("large.png", alt="")), Permanent)


async def test_when_the_months_uploads_are_used_up_words_are_sent(setting: Setting) -> None:
    await setting.memory.quotas.spend(1, "uploads", 1, NOW, since=NOW)
    assert isinstance(await setting.adapter.send(setting.recipient, picture("small.png")), Sent)
    assert "attachment" not in setting.fake.sent()[0].message


async def test_passing_trouble_with_an_upload_never_sends_the_message(hurried: Setting) -> None:
    faults = [Fault.refusal(-32), Fault.page(429), Fault.silence(done=True), Fault.page(502), Fault.refusal(-200)]
    outcomes = []
    for fault in faults:
        hurried.fake.fails("image", fault)
        outcomes.append(await hurried.adapter.send(hurried.recipient, picture("small.png")))
        hurried.clock.goes_on(SOON)
    assert [type(one) for one in outcomes] == [Throttled, Throttled, Retryable, Retryable, Retryable]
    assert hurried.fake.sent() == []


@pytest.mark.parametrize("code", [-212, -221, -223, -224, -235, -240, -209, -404])
async def test_an_oa_that_may_not_upload_is_not_halted(setting: Setting, code: int) -> None:
    setting.fake.refuses_uploads = code
    for name in ("small.png", "small.png", "other.png"):
        assert isinstance(await setting.adapter.send(setting.recipient, picture(name)), Sent)
    assert [one.message for one in setting.fake.sent()] == [{"text": "Rút chốt, bóp cò."}] * 3
    told = [one.text for one in await setting.adapter.diagnose() if "tải ảnh lên" in one.text]
    if code == -404:  # nobody knows that number: the next picture is tried
        assert setting.fake.asked("image") == 2
    else:
        assert setting.fake.asked("image") == 1
        assert f"Zalo từ chối tải ảnh lên (lỗi {code})" in told[0]
    setting.fake.refuses_uploads = None
    setting.clock.goes_on(timedelta(hours=1))
    assert isinstance(await setting.adapter.send(setting.recipient, picture("small.png")), Sent)
    assert "attachment" in setting.fake.sent()[-1].message


async def test_a_picture_that_a_proxy_finds_too_large_is_left_out(setting: Setting) -> None:
    setting.fake.fails("image", Fault.page(413))
    assert isinstance(await setting.adapter.send(setting.recipient, picture("small.png")), Sent)
    assert "attachment" not in setting.fake.sent()[0].message


async def test_a_token_that_is_refused_for_an_upload_halts(setting: Setting) -> None:
    setting.fake.fails("image", Fault.refusal(-216), Fault.refusal(-216))
    assert isinstance(await setting.adapter.send(setting.recipient, picture("small.png")), Halted)


async def test_an_upload_that_did_not_leave_is_not_counted(files: Path) -> None:
    async with zalo_setting(lambda name: files / name, api_url=CLOSED) as it:
        assert isinstance(await it.adapter.send(it.recipient, picture("small.png")), Retryable)
        assert it.memory.quotas.kept["uploads"].remaining == 5_000


async def test_quotas_come_into_the_ledger(setting: Setting) -> None:
    setting.fake.quota_left = 1
    await setting.adapter.send(setting.recipient, TEXT)
    assert (setting.memory.quotas.kept["sub_quota"].remaining, setting.memory.quotas.kept["sub_quota"].total) == (
        0,
        500,
    )
    assert await setting.adapter.send(setting.recipient, TEXT) == QuotaSpent(
        "-211: OA đã dùng hết hạn mức gửi tin.", whole_account=True
    )
    assert setting.memory.quotas.kept["oa"].remaining == 0
    setting.fake.quota_left = 100
    assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Sent)
    assert set(setting.memory.quotas.kept) == {"sub_quota"}
    assert USER not in repr(setting.memory.quotas.kept)


async def test_what_another_process_noted_as_used_up_is_cleared_after_a_while(setting: Setting) -> None:
    await setting.adapter.send(setting.recipient, TEXT)
    await setting.memory.quotas.note(1, Quota("oa", 0, None, NOW))
    setting.clock.goes_on(timedelta(minutes=10))
    await setting.adapter.send(setting.recipient, TEXT)
    assert setting.memory.quotas.kept == {}


async def test_a_limit_of_requests_is_obeyed_by_the_account(setting: Setting) -> None:
    setting.fake.per_minute = 2
    outcomes = [await setting.adapter.send(setting.recipient, TEXT) for _ in range(3)]
    assert outcomes[-1] == Throttled(30.0, whole_account=True)
    assert len(setting.fake.sent()) == 2


async def test_stores_that_fail_after_the_message_left_change_nothing(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_arguments: object) -> None:
        raise OSError("the database is gone")

    setting.fake.quota_left = 10
    monkeypatch.setattr(setting.memory.quotas, "note", fails)
    monkeypatch.setattr(setting.memory.accounts, "note_capabilities", fails)
    assert isinstance(await setting.adapter.send(setting.recipient, TEXT), Sent)


async def test_stores_that_fail_before_it_left_leave_it_for_later(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_arguments: object) -> None:
        raise OSError("the database is gone")

    monkeypatch.setattr(setting.memory.uploads, "find", fails)
    assert isinstance(await setting.adapter.send(setting.recipient, picture("small.png")), Retryable)
    assert setting.fake.requests == 0


async def test_before_it_is_connected_nothing_is_lost(setting: Setting) -> None:
    adapter, line = setting.adapter, setting.adapter._line
    adapter._line = None
    assert isinstance(await adapter.send(setting.recipient, TEXT), Retryable)
    with pytest.raises(TokenError):
        await adapter.keep_fresh()
    adapter._line = line


async def test_pace_account_and_paths(setting: Setting) -> None:
    adapter = setting.adapter
    assert (adapter.pace.messages, adapter.pace.seconds, adapter.pace.between) == (100, 60.0, 0.0)
    assert str(adapter.account) == "zalo_oa:388613280878808645"
    assert (adapter.path, adapter.verifier_path) == ("/webhooks/zalo-oa", "/zalo_verifierabc123.html")
    assert "abc123" in adapter.verifier_body
