"""A message that reached nobody because its time was over is not quietly "done": it is told, and may be done anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.campaigns.content import Repeat
from bot.campaigns.lifecycle import Act, State
from bot.console.campaign_rules_form import LONGEST_TITLE
from bot.console.permissions import Role

from .campaigning import PATH, Bureau, _nobody, bureau_of, message, plan, shown
from .visiting import DAY, Console

SHORT = message(send_for=timedelta(minutes=5))


@pytest.fixture
async def bureau(console: Console) -> Bureau:
    return await bureau_of(console)


async def missed(bureau: Bureau) -> int:
    """A campaign whose only message was due while the program stood still, until after its time."""
    number = await bureau.scheduled(plan(SHORT, day=DAY, first=None, repeat=Repeat(rule="ngay-04-10")))
    only = (await bureau.office.campaigns.messages(number))[0]
    bureau.console.clock.at = only.send_until
    work = bureau.office.campaigning.work(list, _nobody)
    await work.begin(only.id)
    await work.watch(number)
    assert (await bureau.got(number)).state is State.COMPLETED
    return number


async def test_it_is_told_wherever_somebody_looks(bureau: Bureau) -> None:
    assert "quá hạn" not in (await bureau.author.get("/console/")).text
    number = await missed(bureau)
    assert shown(await bureau.author.get(f"{PATH}/{number}"), "không tới ai:", "chép thành chiến dịch mới")
    assert shown(await bureau.author.get(PATH), "1 tin quá hạn, không tới ai")
    assert shown(await bureau.approver.get("/console/"), "Chiến dịch có tin quá hạn, không tới ai")
    # A week later the first page has forgotten it
    bureau.console.clock.pass_by(days=8)
    fresh = await bureau.console.signed_in(Role.APPROVER)
    assert "quá hạn, không tới ai" not in (await fresh.get("/console/")).text


async def test_it_is_copied_as_a_new_draft(bureau: Bureau) -> None:
    number = await missed(bureau)
    before = await bureau.got(number)
    made = await bureau.author.post(f"{PATH}/{number}/copy")
    copy = await bureau.got(int(made.location.rsplit("/", 1)[1]))
    assert (made.status, copy.state, copy.id != number) == (303, State.DRAFT, True)
    title = f"{before.plan.title} (bản sao)"
    assert copy.plan == replace(before.plan, title=title, repeat=None)  # there are no two series
    # Who looks after a ward gets a copy for the ward
    ward = await bureau.console.signed_in(Role.AUTHOR, places=["00364"])
    theirs = await bureau.got(int((await ward.post(f"{PATH}/{number}/copy")).location.rsplit("/", 1)[1]))
    assert theirs.plan.audience.places == ("00364",)
    # And who only approves copies nothing
    assert (await bureau.approver.post(f"{PATH}/{number}/copy")).status == 403


async def test_the_name_of_a_copy_is_no_longer_than_names_may_be(bureau: Bureau) -> None:
    number = await bureau.written(plan(title="Dài " * 60))
    await bureau.office.campaigns.act(number, Act.CANCEL, bureau.by(bureau.author))
    assert shown(await bureau.author.get(f"{PATH}/{number}"), "Chép thành chiến dịch mới")
    made = await bureau.author.post(f"{PATH}/{number}/copy")
    title = (await bureau.got(int(made.location.rsplit("/", 1)[1]))).plan.title
    assert (len(title), title.endswith(" (bản sao)")) == (LONGEST_TITLE, True)
