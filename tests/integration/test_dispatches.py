"""Forwarding reports to agencies: the list of agencies, dispatches, their links, and mail that waits to be sent."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address

import pytest

from bot.agency.acts import Answer, Official
from bot.dispatching import mail_sent
from bot.feedback.deadlines import Deadlines
from bot.feedback.filters import ReportFilter
from bot.feedback.forwarding import Forwarding, ForwardingError
from bot.feedback.kinds import Category
from bot.feedback.lifecycle import Act, Hat, State, TransitionError
from bot.feedback.mail import Mailer, MailSettings, Security
from bot.feedback.mail_sending import WAITS, MailSender
from bot.feedback.reports import RESIDENT, Actor, reference
from bot.settings import Settings
from bot.store.agencies import (
    AgencyEmailError,
    AgencyExistsError,
    AgencyNameError,
    UnknownAgencyError,
)
from bot.store.database import Database
from bot.store.dispatches import Dispatches, DispatchState, GoneError, Way, digest_of
from bot.store.report_search import ReportSearch
from bot.store.reports import StaleReportError
from tests.fakes.smtp import MailServer, mail_server
from tests.integration.forwarding_rig import PUBLIC_URL, TEXT, Rig, coded, rig_on, turn
from tests.integration.stored import SEALER, change, count, outcomes, value

OFFICIAL = Official("Trần Văn Bình", "Phó Trưởng Công an phường")


@pytest.fixture
async def rig(database: Database) -> Rig:
    return await rig_on(database)


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as one:
        yield one


class Told:
    """Collects what staff are told."""

    def __init__(self) -> None:
        self.words: list[str] = []

    async def __call__(self, _matter: str, words: str) -> None:
        self.words.append(words)


def mailer(server: MailServer, *, seconds: float = 5.0) -> Mailer:
    settings = MailSettings(
        host="127.0.0.1",
        port=server.port,
        security=Security.NONE,
        sender=Address("Ban Mặt trận", addr_spec="pccc@mttq.example.vn"),
    )
    return Mailer(settings, seconds=seconds)


def sender(rig: Rig, server: MailServer, told: Told | None = None, *, seconds: float = 5.0) -> MailSender:
    return MailSender(
        dispatches=rig.dispatches,
        reports=rig.reports,
        mailer=mailer(server, seconds=seconds),
        public_url=PUBLIC_URL,
        coded=coded,
        deadlines=Deadlines.load(),
        alert=told or Told(),
    )


async def make_due(rig: Rig) -> None:
    await change(rig.database, "UPDATE dispatch SET due_at = now() - interval '1 second'")


# The list of agencies


async def test_the_list_of_agencies_begins_empty_but_for_what_an_office_enters(rig: Rig) -> None:
    assert [one.name for one in await rig.agencies.every()] == ["Công an phường Kim Mã"]
    logged = await value(rig.database, "SELECT act || ' ' || subject FROM audit")
    assert logged == f"agency added agency:{rig.agency.id}"


async def test_an_agency_is_changed_and_switched_off_but_never_deleted(rig: Rig) -> None:
    changed = await rig.agencies.change(rig.agency.id, " UBND  phường Kim Mã ", "00007", "", rig.editor)
    assert (changed.name, changed.email) == ("UBND phường Kim Mã", None)
    assert (await rig.agencies.switch(rig.agency.id, active=False, by=rig.editor)).active is False
    assert await rig.agencies.serving("01", "00007") == []
    [listed] = await rig.agencies.every()
    assert not listed.active
    assert await count(rig.database, "audit") == 3


async def test_what_is_nearest_is_offered_first(rig: Rig) -> None:
    await rig.agencies.add("Cục Cảnh sát PCCC và CNCH", None, None, rig.editor)
    await rig.agencies.add("Phòng Cảnh sát PCCC và CNCH", "01", None, rig.editor)
    await rig.agencies.add("Công an xã khác", "00008", None, rig.editor)
    found = [one.name for one in await rig.agencies.serving("01", "00007")]
    assert found == ["Công an phường Kim Mã", "Phòng Cảnh sát PCCC và CNCH", "Cục Cảnh sát PCCC và CNCH"]


async def test_the_same_agency_is_not_entered_twice(rig: Rig) -> None:
    with pytest.raises(AgencyExistsError):
        await rig.agencies.add("Công an phường Kim Mã", "00007", None, rig.editor)
    other = await rig.agencies.add("Điện lực Ba Đình", None, None, rig.editor)
    with pytest.raises(AgencyExistsError):
        await rig.agencies.add("Điện lực Ba Đình", None, None, rig.editor)
    with pytest.raises(AgencyExistsError):
        await rig.agencies.change(other.id, "Công an phường Kim Mã", "00007", None, rig.editor)
    with pytest.raises(UnknownAgencyError):
        await rig.agencies.change(999, "Gì đó", None, None, rig.editor)


@pytest.mark.parametrize(
    "email",
    [
        "a",
        "a@b",
        "a@b.vn\nBcc: x@y.vn",
        "a@b.vn,c@d.vn",
        "A <a@b.vn>",
        "a b@c.vn",
        "ă@b.vn",
        "a@b..vn",
        f"{'a' * 260}@b.vn",
    ],
)
async def test_what_is_no_address_is_refused(rig: Rig, email: str) -> None:
    with pytest.raises(AgencyEmailError):
        await rig.agencies.add("Điện lực", None, email, rig.editor)
    assert len(await rig.agencies.every()) == 1


@pytest.mark.parametrize("name", ["", "   ", "a" * 121, "Công an\u0000", "Công\u202ean"])
async def test_what_is_no_name_is_refused(rig: Rig, name: str) -> None:
    with pytest.raises(AgencyNameError):
        await rig.agencies.add(name, None, None, rig.editor)


# Forwarding


async def test_forwarding_changes_the_report_and_makes_a_dispatch(rig: Rig) -> None:
    forwarded = await rig.forwarded(Way.EMAIL, "Đề nghị kiểm tra.")
    assert (forwarded.report.state, forwarded.report.agency_id) == (State.FORWARDED, rig.agency.id)
    assert forwarded.report.due_hat is Hat.AGENCY
    [one] = await rig.dispatches.of(forwarded.report.id)
    assert (one.state, one.way, one.note) == (DispatchState.WAITING, Way.EMAIL, "Đề nghị kiểm tra.")
    assert one.expires_at - one.created_at == timedelta(days=60)
    assert one.staff_name == "Nguyễn Thị Lan, Phó Chủ tịch"


async def test_of_the_key_only_the_digest_is_stored_in_the_open(rig: Rig) -> None:
    forwarded = await rig.forwarded(Way.EMAIL)
    key = await rig.key(forwarded)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", key)
    whole = await value(rig.database, "SELECT dispatch::text FROM dispatch")
    assert key not in whole
    assert digest_of(key).hex() in whole


async def test_a_report_that_was_changed_meanwhile_is_not_forwarded_and_nothing_is_left(rig: Rig) -> None:
    report = await rig.report()
    with pytest.raises(StaleReportError):
        await rig.forwarding.forward(
            report.id, rig.agency.id, rig.officer, note="", way=Way.EMAIL, version=report.version - 1
        )
    assert await rig.dispatches.of(report.id) == []
    assert (await rig.now(report.id)).state is State.VERIFIED


async def test_a_dispatch_that_cannot_be_stored_leaves_the_report_as_it_was(rig: Rig, database: Database) -> None:
    first = await rig.forwarded()
    taken = await rig.key(first)
    report = await rig.report()
    twice = Forwarding(
        database=database,
        reports=rig.reports,
        agencies=rig.agencies,
        dispatches=Dispatches(database, SEALER, lambda: taken),
        has_mail=True,
        public_url=PUBLIC_URL,
        turn=turn,
    )
    with pytest.raises(Exception, match="dispatch_key_digest_key"):
        await twice.forward(report.id, rig.agency.id, rig.officer, note="", way=Way.EXPORT, version=None)
    assert (await rig.now(report.id)).state is State.VERIFIED


async def test_an_agency_that_is_off_or_without_an_address_is_not_written_to(rig: Rig) -> None:
    report = await rig.report()
    silent = await rig.agencies.add("Điện lực", None, None, rig.editor)
    with pytest.raises(ForwardingError, match="chưa có địa chỉ thư"):
        await rig.forwarding.forward(report.id, silent.id, rig.officer, note="", way=Way.EMAIL, version=None)
    await rig.agencies.switch(silent.id, active=False, by=rig.editor)
    with pytest.raises(ForwardingError, match="không có trong danh sách"):
        await rig.forwarding.forward(report.id, silent.id, rig.officer, note="", way=Way.EXPORT, version=None)
    assert (await rig.now(report.id)).state is State.VERIFIED


async def test_without_a_mail_server_only_paper_is_offered_and_it_says_why(database: Database) -> None:
    rig = await rig_on(database, has_mail=False)
    assert rig.forwarding.ways(rig.agency) == (Way.EXPORT,)
    assert "SMTP_URL" in (rig.forwarding.why_no_mail(rig.agency) or "")
    report = await rig.report()
    with pytest.raises(ForwardingError, match="SMTP_URL"):
        await rig.forwarding.forward(report.id, rig.agency.id, rig.officer, note="", way=Way.EMAIL, version=None)


async def test_without_a_public_address_there_are_no_links(database: Database) -> None:
    rig = await rig_on(database, public_url=None)
    assert "PUBLIC_URL" in (rig.forwarding.why_no_mail(rig.agency) or "")
    forwarded = await rig.forwarded()
    assert await rig.forwarding.printable_link(forwarded.dispatch_id, rig.officer) is None


async def test_only_an_officer_forwards(rig: Rig) -> None:
    report = await rig.report()
    for actor in (RESIDENT, Actor(hat=Hat.AGENCY, who="x", agency_id=rig.agency.id)):
        with pytest.raises(ForwardingError):
            await rig.forwarding.forward(report.id, rig.agency.id, actor, note="", way=Way.EXPORT, version=None)


async def test_what_is_printed_is_logged_and_ends_when_the_agency_opens_it(rig: Rig) -> None:
    forwarded = await rig.forwarded()
    one = await rig.dispatch(forwarded.dispatch_id)
    assert one.state is DispatchState.HANDED_OVER
    link = await rig.forwarding.printable_link(one.id, rig.officer)
    assert link == f"{PUBLIC_URL}/co-quan/{await rig.key(forwarded)}"
    assert await value(rig.database, "SELECT act FROM audit ORDER BY id DESC LIMIT 1") == "dispatch printed"
    assert await rig.dispatches.opened(one)
    assert await rig.forwarding.printable_link(one.id, rig.officer) is None


# Links


async def test_a_link_ends_when_the_report_goes_elsewhere(rig: Rig) -> None:
    forwarded = await rig.forwarded()
    key = await rig.key(forwarded)
    other = await rig.agencies.add("UBND phường Kim Mã", "00007", None, rig.editor)
    again = await rig.forwarding.forward(
        forwarded.report.id, other.id, rig.officer, note="", way=Way.EXPORT, version=None
    )
    first = await rig.dispatches.behind(key)
    assert first is not None
    assert (first.state, first.shown, first.acting) == (DispatchState.REVOKED, False, False)
    assert (await rig.dispatch(again.dispatch_id)).acting


async def test_a_link_ends_with_the_report(rig: Rig) -> None:
    forwarded = await rig.forwarded()
    key = await rig.key(forwarded)
    await rig.reports.withdraw(forwarded.report.id)
    one = await rig.dispatches.behind(key)
    assert one is not None
    assert not one.shown
    with pytest.raises(GoneError):
        await rig.acts.decline(one, OFFICIAL, "không phải", "")
    with pytest.raises(TransitionError):
        await rig.acts.answer(one, OFFICIAL, Answer(text="xong"), (await rig.now(one.report_id)).version)


async def test_a_link_expires(rig: Rig) -> None:
    forwarded = await rig.forwarded()
    key = await rig.key(forwarded)
    await change(rig.database, "UPDATE dispatch SET expires_at = now() - interval '1 second'")
    one = await rig.dispatches.behind(key)
    assert one is not None
    assert not one.shown
    with pytest.raises(GoneError):
        await rig.acts.take_up(one, OFFICIAL)
    assert (await rig.now(forwarded.report.id)).state is State.FORWARDED


@pytest.mark.parametrize("key", ["", "a" * 42, "a" * 44, "ă" * 43, "a" * 43, "' OR 1=1 --"])
async def test_what_is_no_key_leads_nowhere(rig: Rig, key: str) -> None:
    await rig.forwarded()
    assert await rig.dispatches.behind(key) is None


async def test_a_new_link_ends_the_earlier_one(rig: Rig) -> None:
    forwarded = await rig.forwarded()
    first = await rig.key(forwarded)
    link = await rig.forwarding.renew(forwarded.dispatch_id, rig.officer)
    assert link.key != first
    assert await rig.dispatches.behind(first) is None
    assert (await rig.dispatches.behind(link.key)) is not None
    assert "link_renewed" in await rig.kinds(forwarded.report.id)


async def test_an_agency_that_declined_by_mistake_gets_a_new_link(rig: Rig) -> None:
    forwarded = await rig.forwarded()
    await rig.acts.decline(await rig.dispatch(forwarded.dispatch_id), OFFICIAL, "nhầm", "")
    assert not (await rig.dispatch(forwarded.dispatch_id)).acting
    assert (await rig.now(forwarded.report.id)).due_hat is Hat.MTTQ
    await rig.forwarding.renew(forwarded.dispatch_id, rig.officer)
    assert (await rig.dispatch(forwarded.dispatch_id)).acting
    assert (await rig.now(forwarded.report.id)).due_hat is Hat.AGENCY


# What the agency does


async def test_taking_up_and_answering_is_told_to_the_resident(rig: Rig) -> None:
    forwarded = await rig.forwarded()
    before = await rig.waiting()
    await rig.acts.take_up(await rig.dispatch(forwarded.dispatch_id), OFFICIAL)
    report = await rig.now(forwarded.report.id)
    assert report.state is State.HANDLING
    await rig.acts.answer(await rig.dispatch(forwarded.dispatch_id), OFFICIAL, Answer(text="Đã dọn."), report.version)
    assert (await rig.now(report.id)).state is State.ANSWERED
    assert (await rig.dispatch(forwarded.dispatch_id)).state is DispatchState.ANSWERED
    assert await rig.waiting() == before + 2
    answered = (await rig.reports.happenings(report.id, public_only=False))[-1]
    assert (answered.hat, answered.who, answered.text) == (Hat.AGENCY, "Công an phường Kim Mã", "Đã dọn.")
    assert answered.details["name"] == OFFICIAL.name
    shown = (await rig.reports.happenings(report.id, public_only=True))[-1]
    assert shown.details == {}


async def test_of_two_who_answer_at_once_one_succeeds(rig: Rig) -> None:
    forwarded = await rig.forwarded()
    one = await rig.dispatch(forwarded.dispatch_id)
    version = forwarded.report.version
    done = await outcomes(*(rig.acts.answer(one, OFFICIAL, Answer(text=f"lời {n}"), version) for n in range(4)))
    assert done.count(None) == 1
    assert all(isinstance(error, StaleReportError | TransitionError | GoneError) for error in done if error)
    assert (await rig.kinds(forwarded.report.id)).count("answer") == 1


async def test_an_answer_and_a_withdrawal_at_once_leave_one_of_them(rig: Rig) -> None:
    for _ in range(4):
        forwarded = await rig.forwarded()
        one = await rig.dispatch(forwarded.dispatch_id)
        answer, _ = await outcomes(
            rig.acts.answer(one, OFFICIAL, Answer(text="xong"), forwarded.report.version),
            rig.reports.withdraw(forwarded.report.id),
        )
        report = await rig.now(forwarded.report.id)
        assert report.state is State.WITHDRAWN  # an answered report may be withdrawn too
        assert answer is None or isinstance(answer, StaleReportError | TransitionError | GoneError)
        assert (await rig.dispatch(one.id)).state in {DispatchState.REVOKED, DispatchState.ANSWERED}
        assert not (await rig.dispatch(one.id)).shown


async def test_an_answer_through_a_link_that_was_replaced_is_not_kept(rig: Rig) -> None:
    forwarded = await rig.forwarded()
    stale = await rig.dispatch(forwarded.dispatch_id)
    again = await rig.forwarding.forward(
        forwarded.report.id, rig.agency.id, rig.officer, note="", way=Way.EXPORT, version=None
    )
    with pytest.raises(GoneError):
        await rig.acts.answer(stale, OFFICIAL, Answer(text="xong"), again.report.version)
    assert (await rig.now(forwarded.report.id)).state is State.FORWARDED
    assert await count(rig.database, "report_photo") == 0


async def test_declining_leaves_the_report_with_the_agency_for_mttq_to_forward(rig: Rig) -> None:
    forwarded = await rig.forwarded()
    before = await rig.waiting()
    await rig.acts.decline(await rig.dispatch(forwarded.dispatch_id), OFFICIAL, "Thuộc điện lực.", "Điện lực Ba Đình")
    report = await rig.now(forwarded.report.id)
    assert (report.state, report.due_hat, report.late) == (State.FORWARDED, Hat.MTTQ, False)
    assert (await rig.dispatch(forwarded.dispatch_id)).state is DispatchState.DECLINED
    told = (await rig.reports.happenings(report.id, public_only=False))[-1]
    assert (told.kind, told.text, told.details["proposal"]) == ("declined", "Thuộc điện lực.", "Điện lực Ba Đình")
    assert not told.public
    assert await rig.waiting() == before
    again = await rig.forwarding.forward(report.id, rig.agency.id, rig.officer, note="", way=Way.EXPORT, version=None)
    assert (await rig.dispatch(again.dispatch_id)).acting


async def test_an_agency_that_declines_too_late_was_late(rig: Rig) -> None:
    forwarded = await rig.forwarded()
    await change(rig.database, "UPDATE report SET due_at = now() - interval '1 hour'")
    await rig.acts.decline(await rig.dispatch(forwarded.dispatch_id), OFFICIAL, "Thuộc điện lực.", "")
    report = await rig.now(forwarded.report.id)
    assert (report.due_hat, report.late) == (Hat.MTTQ, True)


async def test_mttq_and_the_agency_write_to_each_other(rig: Rig) -> None:
    forwarded = await rig.forwarded()
    await rig.acts.ask(await rig.dispatch(forwarded.dispatch_id), OFFICIAL, "Số nhà bao nhiêu?")
    await rig.forwarding.tell_agency(forwarded.dispatch_id, "Số 5.", rig.officer)
    assert (await rig.kinds(forwarded.report.id))[-2:] == ["agency_asked", "told_agency"]
    with pytest.raises(ForwardingError):
        await rig.forwarding.tell_agency(forwarded.dispatch_id, "  ", rig.officer)


# Mail


async def test_a_mail_is_sent_once_and_carries_what_it_must(rig: Rig, server: MailServer) -> None:
    forwarded = await rig.forwarded(Way.EMAIL, "Đề nghị kiểm tra trong tuần.")
    key = await rig.key(forwarded)
    work = sender(rig, server)
    assert await work.send_due() == 1
    assert await work.send_due() == 0
    [(envelope_from, to, message)] = server.taken
    assert (envelope_from, to) == ("pccc@mttq.example.vn", ["congan@kimma.example.vn"])
    words = message.get_content()
    for part in (
        reference(forwarded.report.code),
        "Lối thoát nạn bị chặn",
        "ngõ 12 phố Nguyễn Thái Học, Phường Kim Mã, Thành phố Hà Nội",
        TEXT.splitlines()[1],
        "Đề nghị kiểm tra trong tuần.",
        f"{PUBLIC_URL}/co-quan/{key}",
        "gọi ngay 114",
        "Đề nghị báo tiếp nhận: chậm nhất ngày",
        "Đề nghị trả lời: trong 10 ngày làm việc kể từ ngày tiếp nhận, chậm nhất ngày",
    ):
        assert part in words
    assert forwarded.report.code not in f"{message['Subject']}\n{words}"  # with it the resident's part could be taken
    one = await rig.dispatch(forwarded.dispatch_id)
    assert (one.state, one.tries, one.printable) == (DispatchState.SENT, 1, False)
    assert one.sent_at is not None
    assert "mailed" in await rig.kinds(forwarded.report.id)
    assert (await rig.dispatches.behind(key)) is not None


async def test_many_senders_at_once_send_each_mail_once(rig: Rig, server: MailServer) -> None:
    for _ in range(6):
        await rig.forwarded(Way.EMAIL)
    await asyncio.gather(*(sender(rig, server).send_due() for _ in range(3)))
    assert len(server.taken) == 6
    assert len({str(message["Message-ID"]) for _, _, message in server.taken}) == 6


async def test_a_server_that_says_later_is_asked_later(rig: Rig, server: MailServer) -> None:
    forwarded = await rig.forwarded(Way.EMAIL)
    server.to_recipient = ["450 4.2.0 greylisted"]
    work = sender(rig, server)
    assert await work.send_due() == 1
    one = await rig.dispatch(forwarded.dispatch_id)
    assert (one.state, one.tries) == (DispatchState.WAITING, 1)
    assert "greylisted" in (one.error or "")
    assert await work.send_due() == 0  # it waits
    await make_due(rig)
    assert await work.send_due() == 1
    assert (await rig.dispatch(forwarded.dispatch_id)).state is DispatchState.SENT


async def test_after_six_tries_it_is_given_up_and_staff_are_told(rig: Rig, server: MailServer) -> None:
    forwarded = await rig.forwarded(Way.EMAIL)
    server.to_data = ["451 try again"] * 9
    told = Told()
    work = sender(rig, server, told)
    waits = []
    for _ in range(8):
        await work.send_due()
        waits.append(await value(rig.database, "SELECT round(EXTRACT(EPOCH FROM due_at - now()) / 60) FROM dispatch"))
        await make_due(rig)
    assert [int(one) for one in waits[:5]] == [1, 5, 30, 120, 480] == [int(w.total_seconds() / 60) for w in WAITS]
    assert server.tried == 6
    assert (await rig.dispatch(forwarded.dispatch_id)).state is DispatchState.FAILED
    assert len(told.words) == 1
    assert "mail_failed" in await rig.kinds(forwarded.report.id)


async def test_a_report_that_is_withdrawn_while_its_mail_is_made_is_not_sent_and_alarms_nobody(
    rig: Rig, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    forwarded = await rig.forwarded(Way.EMAIL)
    told = Told()
    key_of = rig.dispatches.key_of

    async def withdrawn_meanwhile(dispatch_id: int) -> str | None:
        key = await key_of(dispatch_id)
        await rig.reports.withdraw(forwarded.report.id)
        return key

    monkeypatch.setattr(rig.dispatches, "key_of", withdrawn_meanwhile)
    assert await sender(rig, server, told).send_due() == 1
    assert (server.taken, told.words) == ([], [])
    assert (await rig.dispatch(forwarded.dispatch_id)).state is DispatchState.REVOKED


async def test_mttq_may_reply_itself_to_an_opinion_that_the_agency_declined(rig: Rig) -> None:
    report = await rig.report(category=Category.LAW)
    forwarded = await rig.forwarding.forward(report.id, rig.agency.id, rig.officer, note="", way=Way.EXPORT)
    assert await rig.reports.to_reply() == []  # it is the agency's turn
    await rig.acts.decline(await rig.dispatch(forwarded.dispatch_id), OFFICIAL, "Không thuộc thẩm quyền.", "")
    assert [one.id for one in await rig.reports.to_reply()] == [report.id]
    replied = await rig.reports.act(report.id, Act.REPLY, rig.officer, "Mặt trận đã ghi nhận, chuyển ý kiến lên trên.")
    assert replied.state is State.ANSWERED
    assert (await rig.dispatch(forwarded.dispatch_id)).acting is False


async def undelivered(rig: Rig) -> list[str]:
    page = await ReportSearch(rig.database, lambda: datetime.now(UTC)).page(ReportFilter(undelivered=True))
    return [line.code for line in page.lines]


@pytest.mark.parametrize("lost", ["failed", "unknown"])
async def test_mail_that_did_not_arrive_is_found_until_somebody_deals_with_it(rig: Rig, lost: str) -> None:
    # Given a mail that arrived and one that did not
    arrived, missing = await rig.forwarded(Way.EMAIL), await rig.forwarded(Way.EMAIL)
    set_state = "UPDATE dispatch SET state = :state WHERE id = :id"
    await change(rig.database, set_state, state="sent", id=arrived.dispatch_id)
    assert await undelivered(rig) == []
    await change(rig.database, set_state, state=lost, id=missing.dispatch_id)
    assert await undelivered(rig) == [missing.report.code]
    # When it is sent once more, or the report is forwarded elsewhere, nothing is left to be done
    await rig.forwarding.resend(missing.dispatch_id, rig.officer)
    assert await undelivered(rig) == []
    await change(rig.database, set_state, state=lost, id=missing.dispatch_id)
    await rig.forwarding.forward(missing.report.id, rig.agency.id, rig.officer, note="", way=Way.EXPORT)
    assert await undelivered(rig) == []


async def test_an_address_that_is_refused_is_not_tried_again(rig: Rig, server: MailServer) -> None:
    forwarded = await rig.forwarded(Way.EMAIL)
    server.to_recipient = ["550 5.1.1 no such\x07 user"]
    told = Told()
    assert await sender(rig, server, told).send_due() == 1
    one = await rig.dispatch(forwarded.dispatch_id)
    assert one.state is DispatchState.FAILED
    assert "địa chỉ nhận bị từ chối" in (one.error or "")
    assert one.error is not None
    assert one.error.isprintable()
    assert len(told.words) == 1
    # When the address is mended, the same link goes out.
    key = await rig.key(forwarded)
    await rig.agencies.change(rig.agency.id, rig.agency.name, "00007", "moi@kimma.example.vn", rig.editor)
    await rig.forwarding.resend(forwarded.dispatch_id, rig.officer)
    assert await sender(rig, server).send_due() == 1
    assert server.taken[0][1] == ["moi@kimma.example.vn"]
    assert key in server.taken[0][2].get_content()


@pytest.mark.parametrize("taken", [True, False])
async def test_a_connection_that_breaks_after_the_mail_was_given_leaves_it_unknown(
    rig: Rig, server: MailServer, taken: bool
) -> None:
    forwarded = await rig.forwarded(Way.EMAIL)
    key = await rig.key(forwarded)
    server.drops_after_data, server.takes_dropped = 1, taken
    told = Told()
    work = sender(rig, server, told)
    await work.send_due()
    assert (await rig.dispatch(forwarded.dispatch_id)).state is DispatchState.UNKNOWN
    await make_due(rig)
    assert await work.send_due() == 0  # nobody sends it twice by themselves
    assert len(server.taken) == taken
    assert len(told.words) == 1
    # An officer may; the link stays, so that a mail that did arrive goes on working.
    await rig.forwarding.resend(forwarded.dispatch_id, rig.officer)
    assert await work.send_due() == 1
    assert key in server.taken[-1][2].get_content()


async def test_a_connection_that_breaks_before_is_tried_again(rig: Rig, server: MailServer) -> None:
    forwarded = await rig.forwarded(Way.EMAIL)
    server.drops_at_recipient = 1
    await sender(rig, server).send_due()
    assert (await rig.dispatch(forwarded.dispatch_id)).state is DispatchState.WAITING


async def test_a_server_that_is_silent_after_the_mail_leaves_it_unknown(rig: Rig, server: MailServer) -> None:
    forwarded = await rig.forwarded(Way.EMAIL)
    server.silent = True
    await sender(rig, server, seconds=0.3).send_due()
    one = await rig.dispatch(forwarded.dispatch_id)
    assert one.state is DispatchState.UNKNOWN
    assert "không trả lời kịp" in (one.error or "")


async def test_a_process_that_dies_while_sending_leaves_it_unknown(rig: Rig, server: MailServer) -> None:
    forwarded = await rig.forwarded(Way.EMAIL)
    assert await rig.dispatches.claim() is not None
    told = Told()
    work = sender(rig, server, told)
    assert await work.send_due() == 0  # another one may be at it
    await make_due(rig)  # as if its time had passed
    assert await work.send_due() == 0
    assert (await rig.dispatch(forwarded.dispatch_id)).state is DispatchState.UNKNOWN
    assert len(told.words) == 1
    assert server.taken == []


async def test_whoever_was_taken_for_dead_may_still_tell(rig: Rig) -> None:
    await rig.forwarded(Way.EMAIL)
    claimed = await rig.dispatches.claim()
    assert claimed is not None
    await make_due(rig)
    assert await rig.dispatches.tidy("chương trình dừng") == [claimed.id]
    assert await rig.dispatches.settle(claimed, DispatchState.SENT, "mailed", wait=timedelta())
    assert (await rig.dispatch(claimed.id)).state is DispatchState.SENT


async def test_mail_for_a_report_that_is_no_more_is_not_sent(rig: Rig, server: MailServer) -> None:
    withdrawn, elsewhere = await rig.forwarded(Way.EMAIL), await rig.forwarded(Way.EMAIL)
    await rig.reports.withdraw(withdrawn.report.id)
    other = await rig.agencies.add("UBND phường Kim Mã", "00007", None, rig.editor)
    await rig.forwarding.forward(elsewhere.report.id, other.id, rig.officer, note="", way=Way.EXPORT, version=None)
    assert await sender(rig, server).send_due() == 0
    for one in (withdrawn, elsewhere):
        assert (await rig.dispatch(one.dispatch_id)).state is DispatchState.REVOKED
        assert await rig.dispatches.key_of(one.dispatch_id) is None


async def test_mail_of_a_report_that_the_officer_answered_meanwhile_is_dropped(rig: Rig, server: MailServer) -> None:
    forwarded = await rig.forwarded(Way.EMAIL)
    await rig.reports.act(forwarded.report.id, Act.ANSWER, rig.officer, "Công an phường trả lời bằng công văn.")
    assert await sender(rig, server).send_due() == 0
    assert (await rig.dispatch(forwarded.dispatch_id)).state is DispatchState.REVOKED
    assert server.taken == []


async def test_a_mail_that_waits_is_not_sent_a_second_time_on_request(rig: Rig) -> None:
    forwarded = await rig.forwarded(Way.EMAIL)
    with pytest.raises(ForwardingError, match="đang chờ gửi"):
        await rig.forwarding.resend(forwarded.dispatch_id, rig.officer)


async def test_the_sender_ends_when_it_is_told_to(rig: Rig, server: MailServer) -> None:
    await rig.forwarded(Way.EMAIL)
    work = sender(rig, server)
    running = asyncio.create_task(work.run())
    async with asyncio.timeout(10):
        await server.arrived.wait()
        work.stop()
        await running


async def test_the_program_sends_beside_its_other_work(rig: Rig, server: MailServer) -> None:
    forwarded = await rig.forwarded(Way.EMAIL)
    settings = replace(
        Settings(),
        public_url=PUBLIC_URL,
        mail=MailSettings(
            host="127.0.0.1",
            port=server.port,
            security=Security.NONE,
            sender=Address("", addr_spec="pccc@mttq.example.vn"),
        ),
    )
    for lacking in (replace(settings, mail=None), replace(settings, public_url=None)):
        async with mail_sent(rig.database, SEALER, lacking, rig.reports, coded=coded):
            pass
    assert (await rig.dispatch(forwarded.dispatch_id)).state is DispatchState.WAITING
    async with asyncio.timeout(20), mail_sent(rig.database, SEALER, settings, rig.reports, coded=coded):
        await server.arrived.wait()
    # The end waits for what is on its way, so that it is known to be sent.
    assert (await rig.dispatch(forwarded.dispatch_id)).state is DispatchState.SENT


async def test_a_server_whose_certificate_nobody_trusts_gets_nothing(rig: Rig, server: MailServer) -> None:
    """TLS is demanded: a server that does not offer it is told nothing, least of all a password."""
    settings = MailSettings(
        host="127.0.0.1",
        port=server.port,
        security=Security.STARTTLS,
        sender=Address("", addr_spec="pccc@mttq.example.vn"),
        user="pccc",
        password="bí mật",
    )
    found = await Mailer(settings, tls=ssl.create_default_context(), seconds=5).reachable()
    assert found is not None
    assert server.logins == []
