"""Reports: sent, followed through their life, told of at every step, logged."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from bot.feedback.kinds import Category
from bot.feedback.lifecycle import FOR_MTTQ, TRANSITIONS, Act, Hat, State, TransitionError
from bot.feedback.rejections import RejectReason
from bot.feedback.reports import RESIDENT, Actor
from bot.store.database import Database
from bot.store.report_originals import Originals
from bot.store.reports import (
    AgencyMissingError,
    ClaimedError,
    EvidenceMissingError,
    ModerationError,
    PhotoGoneError,
    ReasonMissingError,
    Reports,
    StaleReportError,
    TextMissingError,
    UnknownReportError,
)
from tests.integration.reporting import CONTACT, ENDED, MONDAY, WHERE, WORDS, Office
from tests.integration.stored import SEALER, change, count, value

PATHS: dict[State, Sequence[Act]] = {
    State.RECEIVED: (),
    State.VERIFIED: (Act.VERIFY,),
    State.FORWARDED: (Act.VERIFY, Act.FORWARD),
    State.HANDLING: (Act.VERIFY, Act.FORWARD, Act.TAKE_UP),
    State.ANSWERED: (Act.VERIFY, Act.FORWARD, Act.ANSWER),
    State.CONFIRMED: (Act.VERIFY, Act.FORWARD, Act.ANSWER, Act.CONFIRM),
    State.REOPENED: (Act.VERIFY, Act.FORWARD, Act.ANSWER, Act.REOPEN),
    State.CLOSED: (Act.VERIFY, Act.FORWARD, Act.ANSWER, Act.CLOSE),
    State.REJECTED: (Act.REJECT,),
    State.WITHDRAWN: (Act.WITHDRAW,),
}
"""How a report comes to each state (a merged one is in test_reports_merging.py)."""


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.of(database)


async def test_a_report_is_kept_as_it_was_sent_and_found_by_its_code(office: Office) -> None:
    conversation = uuid4()
    photo = await office.photo(conversation)
    report = await office.sent(conversation, photos=[photo], contact=CONTACT, consent="2026-11")
    assert await office.reports.by_code(report.code.lower().replace("-", " ")) == report
    assert await office.reports.by_id(report.id) == report
    assert await office.reports.of(conversation) == [report]
    assert (report.text, report.where, report.channel) == (WORDS, WHERE, "web")
    assert (report.category, report.state, report.photos) == (Category.LOCKED_EXIT, State.RECEIVED, (photo,))
    assert (report.told, report.has_contact, report.created_at, report.version) == (True, True, MONDAY, 1)
    assert (report.due_hat, report.late) == (Hat.MTTQ, False)
    [sent] = await office.reports.happenings(report.id, public_only=True)
    assert (sent.kind, sent.hat, sent.photos, sent.text) == ("sent", Hat.RESIDENT, (photo,), "")


@pytest.mark.parametrize("typed", ["", "CH-7K2M-9QX", "CH-7K2M-9QXD", "' OR 1=1 --"])
async def test_what_is_no_code_of_a_report_finds_none(office: Office, typed: str) -> None:
    await office.sent()
    assert await office.reports.by_code(typed) is None


async def test_a_contact_is_sealed_kept_with_its_consent_and_never_without_one(office: Office) -> None:
    with pytest.raises(ValueError, match="consent"):
        await office.sent(contact=CONTACT)
    assert await count(office.database, "report") == 0
    report = await office.sent(contact=CONTACT, consent="2026-11")
    row = await value(office.database, "SELECT to_jsonb(report)::text FROM report")
    assert CONTACT not in row
    consent = "SELECT contact_consent || ' ' || contact_channel || ' ' || (contact_at = created_at) FROM report"
    assert await value(office.database, consent) == "2026-11 web true"
    assert await office.reports.contact(report.id, office.lan) == CONTACT
    assert await office.story(report) == ["sent", "contact_seen"]
    assert await office.story(report, public=True) == ["sent"]
    assert await value(office.database, "SELECT act || ' ' || who FROM audit") == "report contact seen lan"
    without = await office.sent()
    assert await office.reports.contact(without.id, office.lan) is None
    assert await count(office.database, "audit") == 1


async def test_an_anonymous_report_leads_to_nobody(office: Office) -> None:
    # Given a photo that a conversation staged, when the report is sent anonymously
    conversation = uuid4()
    photo = await office.photo(conversation)
    report = await office.sent(anonymous=True, photos=[photo])
    # Then neither report nor photo names the conversation, and the code is the way to follow it
    assert not report.told
    assert await office.reports.of(conversation) == []
    for table in ("report", "report_photo", "report_event"):
        assert str(conversation) not in await value(office.database, f"SELECT to_jsonb({table})::text FROM {table}")  # noqa: S608
    answered = await office.through(report, Act.VERIFY, Act.FORWARD, Act.ANSWER)
    assert await count(office.database, "waiting_message") == 0
    assert (await office.reports.act(answered.id, Act.CONFIRM, RESIDENT)).state is State.CONFIRMED
    # And what is added by its code names nobody either
    other = await office.photo(conversation)
    again = await office.sent(anonymous=True)
    await office.reports.add(again.id, "còn nguyên", RESIDENT, [other])
    assert await value(office.database, "SELECT count(conversation_id) FROM report_photo") == 0


async def test_a_photo_is_sent_once_and_only_by_its_own_conversation(office: Office) -> None:
    mine, other = uuid4(), uuid4()
    photo = await office.photo(mine)
    for attempt in ((other, [photo]), (mine, [uuid4()]), (mine, [photo, uuid4()])):
        with pytest.raises(PhotoGoneError):
            await office.sent(attempt[0], photos=attempt[1])
    assert await count(office.database, "report") == 0
    report = await office.sent(mine, photos=[photo])
    with pytest.raises(PhotoGoneError):
        await office.reports.add(report.id, "nữa", RESIDENT, [photo])
    assert await office.story(report) == ["sent"]


async def test_a_code_that_is_taken_is_drawn_again(database: Database, office: Office) -> None:
    drawn = iter(["AA-AAAA-AAAA", "AA-AAAA-AAAA", "BB-BBBB-BBBB"])
    office.reports = Reports(database, SEALER, office.reports._deadlines, lambda: next(drawn))
    assert [(await office.sent()).code for _ in range(2)] == ["AA-AAAA-AAAA", "BB-BBBB-BBBB"]


async def test_the_whole_life_of_a_report(office: Office) -> None:
    conversation = uuid4()
    report = await office.sent(conversation)
    hats: list[tuple[str, Hat | None]] = [(report.state.value, report.due_hat)]
    for act in (Act.VERIFY, Act.FORWARD, Act.TAKE_UP, Act.ANSWER, Act.REOPEN, Act.FORWARD, Act.ANSWER, Act.CONFIRM):
        office.later(hours=1)
        report = await office.through(report, act)
        hats.append((report.state.value, report.due_hat))
        assert report.changed_at == office.now
    assert hats == [
        ("received", Hat.MTTQ),
        ("verified", Hat.MTTQ),
        ("forwarded", Hat.AGENCY),
        ("handling", Hat.AGENCY),
        ("answered", Hat.RESIDENT),
        ("reopened", Hat.MTTQ),
        ("forwarded", Hat.AGENCY),
        ("answered", Hat.RESIDENT),
        ("confirmed", None),
    ]
    assert (report.reopened, report.agency_name, report.due_at, report.late) == (1, "Công an phường", None, False)
    times = "SELECT extract(epoch FROM {} - created_at) / 3600 FROM report"
    assert [
        float(await value(office.database, times.format(one)))
        for one in ("forwarded_at", "first_answered_at", "answered_at", "closed_at")
    ] == [2, 4, 7, 8]
    assert await office.story(report) == [
        "sent", "verify", "forward", "take_up", "answer", "reopen", "forward", "answer", "confirm",
    ]  # fmt: skip
    told = await office.told(conversation)
    assert [bool(one["buttons"]) for one in told] == [False, False, False, True, False, True]
    assert [one["payload"] for one in told[3]["buttons"]] == [f"do:done:{report.code}", f"do:undone:{report.code}"]
    assert "Công an phường trả lời" in told[3]["text"]


@pytest.mark.parametrize("state", PATHS)
async def test_only_what_the_table_allows_can_be_done(office: Office, state: State) -> None:
    given: dict[str, Any] = {
        "agency_id": office.power.agency_id,
        "details": {"reason": "unclear", "evidence": "Biên bản 3"},
        "text": "lời",
    }
    for act in (act for act in Act if act not in {Act.MERGE, Act.PART}):
        report = await office.through(await office.sent(uuid4()), *PATHS[state])
        assert report.state is state
        by = RESIDENT if act is Act.WITHDRAW else office.usual(act)
        if (state, act) in TRANSITIONS and act is not Act.REPLY:  # a hazard is for an agency
            after = await office.reports.act(report.id, act, by, **given)
            assert after.state is TRANSITIONS[state, act]
            assert after.version == report.version + 1
            closed = "SELECT closed_at IS NOT NULL FROM report WHERE id = :id"
            assert await value(office.database, closed, id=report.id) is (after.state in ENDED)
        else:
            with pytest.raises(TransitionError):
                await office.reports.act(report.id, act, by, **given)
            assert await office.reports.by_id(report.id) == report


@pytest.mark.parametrize("category", Category)
async def test_mttq_replies_by_itself_to_what_is_for_it_only(office: Office, category: Category) -> None:
    conversation = uuid4()
    report = await office.sent(conversation, category=category)
    if category.kind in FOR_MTTQ:
        assert [one.id for one in await office.reports.to_reply()] == [report.id]
        replied = await office.reports.act(report.id, Act.REPLY, office.lan, "Cảm ơn ông bà")
        assert (replied.state, replied.due_hat) == (State.ANSWERED, Hat.RESIDENT)
        assert "“Cảm ơn ông bà”" in (await office.texts(conversation))[0]
    else:
        with pytest.raises(TransitionError):
            await office.reports.act(report.id, Act.REPLY, office.lan, "lời")
    assert await office.reports.to_reply() == []


async def test_words_evidence_and_reasons_are_asked_for(office: Office) -> None:
    report = await office.sent()
    for details in ({}, {"reason": "vì ghét"}):
        with pytest.raises(ReasonMissingError):
            await office.reports.act(report.id, Act.REJECT, office.lan, "lời", details=details)
    with pytest.raises(TextMissingError):
        await office.reports.act(report.id, Act.REJECT, office.lan, "  ", details={"reason": "spam"})
    report = await office.through(report, Act.VERIFY)
    await change(office.database, "UPDATE agency SET active = false WHERE id = :id", id=office.power.agency_id)
    for agency in (None, 77, office.power.agency_id):
        with pytest.raises(AgencyMissingError):
            await office.reports.act(report.id, Act.FORWARD, office.lan, agency_id=agency)
    report = await office.through(report, Act.FORWARD)
    with pytest.raises(TextMissingError):
        await office.reports.act(report.id, Act.ANSWER, office.police)
    report = await office.through(report, Act.ANSWER)
    with pytest.raises(EvidenceMissingError):
        await office.reports.act(report.id, Act.CLOSE, office.lan, "đã kiểm tra lại")
    with pytest.raises(TextMissingError):
        await office.reports.act(report.id, Act.CLOSE, office.lan, "", details={"evidence": "Biên bản"})
    assert await office.reports.by_id(report.id) == report
    photo = await office.photo(None)
    closed = await office.reports.act(report.id, Act.CLOSE, office.lan, "đã kiểm tra lại", photos=[photo])
    assert (closed.state, closed.photos) == (State.CLOSED, (photo,))


async def test_a_photo_that_the_agency_gave_with_its_answer_is_evidence_and_a_residents_is_none(office: Office) -> None:
    conversation = uuid4()
    report = await office.sent(conversation, photos=[await office.photo(conversation)])
    report = await office.through(report, Act.VERIFY, Act.FORWARD)
    answered = await office.reports.act(report.id, Act.ANSWER, office.lan, "theo công văn 5")
    with pytest.raises(EvidenceMissingError):
        await office.reports.act(report.id, Act.CLOSE, office.lan, "xong")
    report = await office.through(answered, Act.REOPEN, Act.FORWARD)
    photo = await office.photo(None)
    await office.reports.act(report.id, Act.ANSWER, office.police, "đã mở", photos=[photo])
    assert (await office.reports.act(report.id, Act.CLOSE, office.lan, "xong")).state is State.CLOSED


async def test_what_mttq_answered_by_itself_is_closed_without_evidence(office: Office) -> None:
    report = await office.through(await office.sent(category=Category.DIRECTIVE), Act.VERIFY)
    await office.reports.act(report.id, Act.REPLY, office.lan, "Đã ghi nhận và kiến nghị.")
    with pytest.raises(TextMissingError):
        await office.reports.act(report.id, Act.CLOSE, office.lan)
    assert (await office.reports.act(report.id, Act.CLOSE, office.lan, "đã quá hạn")).state is State.CLOSED


async def test_an_agency_acts_only_on_what_is_with_it(office: Office) -> None:
    report = await office.through(await office.sent(), Act.VERIFY, Act.FORWARD)
    for act in (Act.TAKE_UP, Act.ANSWER):
        with pytest.raises(TransitionError, match="agency"):
            await office.reports.act(report.id, act, office.power, "lời")
    with pytest.raises(TransitionError, match="agency"):
        await office.reports.add(report.id, "lời", office.power)
    with pytest.raises(TransitionError):
        await office.reports.act(report.id, Act.CLOSE, office.police, "lời", details={"evidence": "a"})
    moved = await office.reports.act(report.id, Act.FORWARD, office.lan, agency_id=office.power.agency_id)
    assert moved.agency_name == "Điện lực quận"
    with pytest.raises(TransitionError, match="agency"):
        await office.reports.act(report.id, Act.TAKE_UP, office.police)
    assert (await office.reports.act(report.id, Act.TAKE_UP, office.power)).state is State.HANDLING


async def test_who_has_read_an_earlier_version_is_told_so(office: Office) -> None:
    report = await office.sent()
    await office.reports.add(report.id, "thêm chi tiết", RESIDENT)
    with pytest.raises(StaleReportError):
        await office.reports.act(report.id, Act.VERIFY, office.lan, version=report.version)
    assert await office.story(report) == ["sent", "added"]
    current = await office.reports.by_id(report.id)
    assert current is not None
    await office.reports.act(report.id, Act.VERIFY, office.lan, version=current.version)


async def test_what_there_is_not_cannot_be_changed(office: Office) -> None:
    for attempt in (
        office.reports.act(7, Act.VERIFY, office.lan),
        office.reports.add(7, "a", RESIDENT),
        office.reports.claim(7, 1),
        office.reports.moderate(7, "text", "a", "b", office.lan),
        office.reports.support(7, uuid4()),
        office.reports.contact(7, office.lan),
    ):
        with pytest.raises(UnknownReportError):
            await attempt
    assert await office.reports.happenings(7, public_only=False) == []


@pytest.mark.parametrize("reason", RejectReason)
async def test_whoever_is_refused_reads_a_polite_reason_and_is_heard_once_more(
    office: Office, reason: RejectReason
) -> None:
    # Given a report that an officer does not take
    conversation = uuid4()
    report = await office.sent(conversation)
    details = {"reason": reason.value}
    await office.reports.act(report.id, Act.REJECT, office.lan, "Chưa thấy tại chỗ", details=details)
    [told] = await office.told(conversation)
    assert "“Chưa thấy tại chỗ”" in told["text"]
    assert told["buttons"] == [{"label": "Đề nghị xem lại", "payload": f"do:restore:{report.code}"}]
    # When the resident objects, it is received again
    again = await office.reports.act(report.id, Act.RESTORE, RESIDENT, "Vẫn còn khóa")
    assert (again.state, again.due_hat) == (State.RECEIVED, Hat.MTTQ)
    # Then it may be refused again, after which an officer alone decides
    await office.reports.act(report.id, Act.REJECT, office.minh, "Đã xem lại", details=details)
    with pytest.raises(TransitionError, match="once"):
        await office.reports.act(report.id, Act.RESTORE, RESIDENT, "Lần nữa")
    assert (await office.reports.act(report.id, Act.RESTORE, office.lan)).state is State.RECEIVED
    # And whoever was refused may send the next one
    assert (await office.sent(conversation)).state is State.RECEIVED


async def test_what_is_said_reaches_whom_it_is_for(office: Office) -> None:
    conversation = uuid4()
    report = await office.sent(conversation)
    await office.reports.add(report.id, "Ở cửa phía sau", RESIDENT)
    await office.reports.add(report.id, "Chờ tổ dân phố xác nhận", office.lan, public=False)
    assert await office.told(conversation) == []
    await office.reports.add(report.id, "Ông bà cho biết tòa nào?", office.lan)
    [text] = await office.texts(conversation)
    assert "“Ông bà cho biết tòa nào?”" in text
    assert await office.story(report) == ["sent", "added", "noted", "written"]
    shown = await office.reports.happenings(report.id, public_only=True)
    assert [(one.kind, one.text) for one in shown] == [
        ("sent", ""),
        ("added", "Ở cửa phía sau"),
        ("written", "Ông bà cho biết tòa nào?"),
    ]
    for by, words in ((RESIDENT, " "), (office.lan, "")):
        with pytest.raises(TextMissingError):
            await office.reports.add(report.id, words, by)
    photo = await office.photo(conversation)
    assert (await office.reports.add(report.id, "", RESIDENT, [photo])).photos == (photo,)


async def test_residents_see_no_notes_no_codes_of_others_and_no_words_between_officials(office: Office) -> None:
    report = await office.sent()
    await office.reports.act(report.id, Act.VERIFY, office.lan)
    details = {"way": "email"}
    await office.reports.act(
        report.id, Act.FORWARD, office.lan, "xem giúp, gấp", agency_id=office.police.agency_id, details=details
    )
    seen = await office.reports.happenings(report.id, public_only=True)
    assert [(one.kind, one.text, one.details) for one in seen] == [
        ("sent", "", {}), ("verify", "", {}), ("forward", "", {}),
    ]  # fmt: skip
    officials = await office.reports.happenings(report.id, public_only=False)
    assert officials[-1].text == "xem giúp, gấp"
    assert officials[-1].details == {"way": "email", "agency": str(office.police.agency_id)}
    assert officials[-1].who == "Cán bộ lan"


async def test_every_act_of_the_staff_is_logged_without_words_of_residents(office: Office) -> None:
    report = await office.sent(uuid4())
    await office.reports.claim(report.id, office.lan.staff_id or 0)
    report = await office.through(report, Act.VERIFY, Act.FORWARD, Act.TAKE_UP, Act.ANSWER, Act.REOPEN)
    await office.reports.add(report.id, "ghi chú riêng", office.minh, public=False)
    await office.reports.moderate(report.id, "text", "Cửa bị khóa", "có tên người", office.minh)
    rows = await value(office.database, "SELECT jsonb_agg(to_jsonb(audit) ORDER BY id) FROM audit")
    assert [(row["act"], row["who"]) for row in rows] == [
        ("report claimed", "lan"),
        ("report verify", "lan"),
        ("report forward", "lan"),
        ("report noted", "minh"),
        ("report moderated", "minh"),
    ]
    assert {row["subject"] for row in rows} == {f"report:{report.code}"}
    assert rows[1]["details"] == {"before": "received", "after": "verified"}
    for words in (WORDS, "xích", "ghi chú riêng", "có tên người"):
        assert words not in str(rows)


async def test_an_office_that_answers_by_the_command_line_is_named(office: Office) -> None:
    report = await office.sent(uuid4(), category=Category.QUESTION)
    by = Actor(hat=Hat.MTTQ, who="Công an phường Gò Vấp")
    await office.reports.act(report.id, Act.REPLY, by, "Mỗi năm một lần")
    *_, replied = await office.reports.happenings(report.id, public_only=True)
    assert replied.who == "Công an phường Gò Vấp"


async def test_one_officer_works_on_a_report_unless_another_takes_it_over(office: Office) -> None:
    lan, minh = office.lan.staff_id or 0, office.minh.staff_id or 0
    report = await office.sent()
    claimed = await office.reports.claim(report.id, lan)
    assert (claimed.claimed_by, claimed.claimed_name, claimed.claimed_at) == (lan, "Cán bộ lan", MONDAY)
    assert await office.reports.claim(report.id, lan) == claimed
    with pytest.raises(ClaimedError):
        await office.reports.claim(report.id, minh)
    assert (await office.reports.claim(report.id, minh, take_over=True)).claimed_by == minh
    assert (await office.reports.claim(report.id, lan, take_over=True, giver=minh)).claimed_by == lan
    assert (await office.reports.unclaim(report.id, lan)).claimed_by is None
    await office.reports.unclaim(report.id, lan)
    assert await office.story(report) == ["sent", "claimed", "claimed", "handed_over", "unclaimed"]


async def test_moderation_keeps_the_original_sealed_and_needs_a_reason(office: Office) -> None:
    report = await office.sent()
    changed = await office.reports.moderate(report.id, "text", "Cửa thoát nạn bị khóa", "có tên người", office.lan)
    assert changed.text == "Cửa thoát nạn bị khóa"
    changed = await office.reports.moderate(report.id, "where_text", "", "số nhà riêng", office.minh)
    assert changed.where.words is None
    rows = await value(office.database, "SELECT jsonb_agg(to_jsonb(moderation) ORDER BY id) FROM moderation")
    assert [(row["field"], row["reason"], row["staff_id"]) for row in rows] == [
        ("text", "có tên người", office.lan.staff_id),
        ("where_text", "số nhà riêng", office.minh.staff_id),
    ]
    assert WORDS not in str(rows)
    originals = [bytes.fromhex(row["original"].removeprefix("\\x")) for row in rows]
    assert [SEALER.open(one).decode() for one in originals] == [WORDS, WHERE.words]
    assert "moderated" not in await office.story(report, public=True)
    found = "SELECT count(*) FROM report WHERE search @@ to_tsquery('simple', :word)"
    assert await value(office.database, found, word="xich") == 0
    assert await value(office.database, found, word="khoa") == 1
    for field, text, reason, error in (
        ("text", "khác", " ", TextMissingError),
        ("text", "", "lý do", ModerationError),
        ("text", "Cửa thoát nạn bị khóa", "lý do", ModerationError),
        ("contact", "khác", "lý do", ModerationError),
        ("photo", "không phải số", "lý do", ModerationError),
        ("photo", str(uuid4()), "lý do", ModerationError),
    ):
        with pytest.raises(error):
            await office.reports.moderate(report.id, field, text, reason, office.lan)
    assert await count(office.database, "moderation") == 2


async def test_a_photo_is_hidden_and_its_original_kept(office: Office) -> None:
    conversation = uuid4()
    first, second = [await office.photo(conversation, mark) for mark in (b"face", b"door")]
    report = await office.sent(conversation, photos=[first, second])
    hidden = await office.reports.moderate(report.id, "photo", str(first), "thấy rõ mặt người", office.lan)
    assert hidden.photos == (second,)
    assert await value(office.database, "SELECT photos FROM report") == 1
    assert await office.photos.open(first) is None
    assert SEALER.open(bytes(await value(office.database, "SELECT original FROM moderation"))) == b"face"
    other = await office.sent()
    with pytest.raises(ModerationError):
        await office.reports.moderate(other.id, "photo", str(second), "của phản ánh khác", office.lan)


async def test_me_too_counts_each_resident_once_and_they_are_told_without_the_code(office: Office) -> None:
    author, first, second = uuid4(), uuid4(), uuid4()
    report = await office.sent(author)
    assert [await office.reports.support(report.id, one) for one in (first, first, second, author)] == [
        True, False, True, False,
    ]  # fmt: skip
    report = await office.through(report, Act.VERIFY, Act.FORWARD, Act.TAKE_UP, Act.ANSWER)
    assert report.supporters == 2
    for conversation in (first, second):
        [told] = await office.told(conversation)
        assert "lời khi answer" in told["text"]
        assert told["buttons"] == []
        assert report.code not in str(told)
    await office.reports.act(report.id, Act.CONFIRM, RESIDENT, "Tôi ở tầng ba, cảm ơn")
    *_, last = await office.texts(first)
    assert "đã xong" in last
    assert "tầng ba" not in last
    with pytest.raises(TransitionError):
        await office.reports.support(report.id, uuid4())


async def test_a_deadline_that_officials_miss_stays_noted_and_a_resident_is_never_late(office: Office) -> None:
    report = await office.sent()
    office.now = report.due_at or office.now
    on_time = await office.through(report, Act.VERIFY)
    assert not on_time.late
    office.now = (on_time.due_at or office.now) + timedelta(seconds=1)
    late = await office.through(on_time, Act.FORWARD)
    assert late.late
    answered = await office.through(late, Act.ANSWER)
    assert answered.late
    patient = await office.answered()
    office.now = (patient.due_at or office.now) + timedelta(days=9)
    assert not (await office.through(patient, Act.CONFIRM)).late


async def test_nothing_is_stored_when_a_step_fails(office: Office) -> None:
    conversation = uuid4()
    report = await office.answered(conversation)
    before = [await count(office.database, one) for one in ("report_event", "waiting_message", "audit")]
    await change(
        office.database,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;"
        " CREATE TRIGGER refuse BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION refuse()",
    )
    with pytest.raises(Exception, match="refused"):
        await office.through(report, Act.CLOSE)
    assert await office.reports.by_id(report.id) == report
    assert [await count(office.database, one) for one in ("report_event", "waiting_message", "audit")] == before


async def test_who_said_me_too_or_was_merged_hears_of_a_refusal_and_of_a_withdrawal(office: Office) -> None:
    # Given two reports, each with a voice, the first with another one merged into it
    friend, neighbour, passer_by = uuid4(), uuid4(), uuid4()
    refused, left = await office.sent(), await office.sent()
    twin = await office.sent(friend)
    await office.reports.support(refused.id, neighbour)
    await office.reports.act(twin.id, Act.MERGE, office.lan, "cùng cửa", into=refused.id)
    await office.reports.support(left.id, passer_by)
    # When one is refused and the other one withdrawn by its resident
    await office.through(refused, Act.REJECT)
    await office.reports.withdraw(left.id)
    # Then nobody goes on waiting
    assert twin.code in (await office.texts(friend))[-1]
    for conversation in (friend, neighbour):
        assert "chưa tiếp nhận được" in (await office.texts(conversation))[-1]
    [told] = await office.texts(passer_by)
    assert "đã rút phản ánh này" in told
    assert left.code not in told


async def test_what_was_moderated_is_put_back_for_a_reason_and_logged(office: Office) -> None:
    # Given changed words and a hidden photo
    conversation, picture = uuid4(), io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(picture, "JPEG")
    photo = await office.photo(conversation, picture.getvalue())
    report = await office.sent(conversation, photos=[photo])
    await office.reports.moderate(report.id, "text", "Cửa bị khóa", "có tên người", office.lan)
    await office.reports.moderate(report.id, "photo", str(photo), "tưởng có mặt người", office.lan)
    words, hidden = [one.id for one in await Originals(office.database, SEALER).of(report.id, office.lan)]
    # When both are put back
    with pytest.raises(TextMissingError):
        await office.reports.restore_original(report.id, hidden, " ", office.minh)
    for number in (words, hidden):
        report = await office.reports.restore_original(report.id, number, "không có ai cả", office.minh)
    # Then they stand where they stood, and the search finds the words again
    assert (report.text, report.photos) == (WORDS, (photo,))
    assert await office.photos.open(photo) == picture.getvalue()
    [sent] = [one for one in await office.reports.happenings(report.id, public_only=True) if one.kind == "sent"]
    assert sent.photos == (photo,)
    assert await value(office.database, "SELECT photos FROM report") == 1
    found = "SELECT count(*) FROM report WHERE search @@ to_tsquery('simple', 'xich')"
    assert await value(office.database, found) == 1
    by = "SELECT count(*) FROM audit WHERE act = 'report original restored' AND staff_id = :staff"
    assert await value(office.database, by, staff=office.minh.staff_id) == 2
    # And what stands there already, or belongs to another report, is not put back
    other = await office.sent()
    for one, number in ((report, words), (report, hidden), (other, hidden), (report, 999)):
        with pytest.raises(ModerationError):
            await office.reports.restore_original(one.id, number, "lại", office.minh)
