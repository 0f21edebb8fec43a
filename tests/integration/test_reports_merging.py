"""Merging: one head, no chains, everybody told, and all of it undone with nothing lost."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from bot.feedback.lifecycle import Act, Hat, State, TransitionError
from bot.feedback.reports import RESIDENT, Report
from bot.store.database import Database
from bot.store.reports import MergeError, TextMissingError, UnknownReportError
from tests.integration.reporting import Office
from tests.integration.stored import value


@pytest.fixture
async def office(database: Database) -> Office:
    return await Office.of(database)


async def merged(office: Office, report: Report, into: Report) -> Report:
    return await office.reports.act(report.id, Act.MERGE, office.lan, "cùng một cửa", into=into.id)


async def parted(office: Office, report: Report) -> Report:
    return await office.reports.act(report.id, Act.PART, office.lan)


async def supporters(office: Office, *reports: Report) -> list[int]:
    return [(await office.found(one.code)).supporters for one in reports]


async def heads(office: Office, *reports: Report) -> list[str | None]:
    return [(await office.found(one.code)).duplicate_of for one in reports]


async def voices(office: Office, report: Report, number: int) -> list[UUID]:
    conversations = [uuid4() for _ in range(number)]
    for one in conversations:
        assert await office.reports.support(report.id, one)
    return conversations


async def test_a_merged_report_stands_behind_its_head_and_its_resident_is_told_of_the_heads_steps(
    office: Office,
) -> None:
    first, second = uuid4(), uuid4()
    head, twin = await office.sent(first), await office.sent(second)
    behind = await merged(office, twin, head)
    assert (behind.state, behind.duplicate_of, behind.due_at, behind.due_hat) == (
        State.DUPLICATE, head.code, None, None,
    )  # fmt: skip
    assert (await office.found(head.code)).duplicates == (twin.code,)
    assert await office.story(head) == ["sent", "merge_of"]
    [told] = await office.told(second)
    assert "gộp lại" in told["text"]
    await office.through(head, Act.VERIFY, Act.FORWARD, Act.TAKE_UP, Act.ANSWER, Act.CONFIRM)
    texts = await office.texts(second)
    assert [one.split("\n")[1][:24] for one in texts[1:]] == [
        "Mặt trận Tổ quốc đã chuy",
        "Công an phường đã tiếp n",
        "Công an phường trả lời:",
        "Người dân ở nơi đó cho b",
    ]
    assert all(twin.code in one and head.code not in one for one in texts)
    assert all(not one["buttons"] for one in await office.told(second))
    seen = await office.reports.happenings(twin.id, public_only=True)
    assert head.code not in str(seen)
    assert "cùng một cửa" not in str(seen)


async def test_there_are_no_chains_and_no_circles(office: Office) -> None:
    head, twin, third = [await office.sent() for _ in range(3)]
    for into in (head, await merged(office, twin, head)):
        with pytest.raises(MergeError):
            await merged(office, head, into)
    assert (await merged(office, third, twin)).duplicate_of == head.code  # into what stands behind: to its head
    with pytest.raises(TransitionError):
        await merged(office, third, head)
    with pytest.raises(UnknownReportError):
        await office.reports.act(head.id, Act.MERGE, office.lan, "a", into=77)
    with pytest.raises(MergeError):
        await office.reports.act(head.id, Act.MERGE, office.lan, "a")
    other = await office.sent()
    with pytest.raises(TextMissingError):
        await office.reports.act(head.id, Act.MERGE, office.lan, " ", into=other.id)
    closed = await office.through(await office.answered(), Act.CONFIRM)
    with pytest.raises(MergeError):
        await merged(office, head, closed)


async def test_a_head_is_merged_with_all_behind_it_and_comes_back_with_them(office: Office) -> None:
    # Given a head with two reports behind it and voices for each, and another head with one
    top, head, twin, third, own = [await office.sent(uuid4()) for _ in range(5)]
    for report, number in ((top, 1), (head, 2), (twin, 3), (third, 0), (own, 1)):
        await voices(office, report, number)
    alone = await supporters(office, top, head, twin, third, own)
    assert alone == [1, 2, 3, 0, 1]
    await merged(office, own, top)
    await merged(office, twin, head)
    await merged(office, third, head)
    before = await supporters(office, top, head, twin, third, own)
    assert before == [1 + 2, 2 + 4 + 1, 3, 0, 1]
    # When it is merged into the other, all stand behind that one
    await merged(office, head, top)
    assert await heads(office, head, twin, third, own) == [top.code] * 4
    assert await supporters(office, top, head, twin, third, own) == [3 + 3 + 4 + 1, 2, 3, 0, 1]
    # And when one of them is parted by itself, then only that one goes
    await parted(office, third)
    assert await heads(office, head, twin, third, own) == [top.code, top.code, None, top.code]
    # And when the head is parted, what came along and is still there goes back with it
    back = await parted(office, head)
    assert (back.state, back.due_hat) == (State.RECEIVED, Hat.MTTQ)
    assert await heads(office, head, twin, third, own) == [None, head.code, None, top.code]
    assert await supporters(office, top, head, twin, third, own) == [3, 2 + 4, 3, 0, 1]
    # And with the last ones parted, all is as it was
    await parted(office, twin)
    await parted(office, own)
    assert await supporters(office, top, head, twin, third, own) == alone
    assert await heads(office, top, head, twin, third, own) == [None] * 5


async def test_nothing_of_a_merged_report_is_lost(office: Office) -> None:
    author = uuid4()
    photo = await office.photo(author)
    head, twin = await office.sent(), await office.sent(author, photos=[photo])
    await merged(office, twin, head)
    await office.reports.add(twin.id, "còn khóa", RESIDENT)
    assert (await office.story(head))[-1] == "duplicate_added"
    assert "còn khóa" not in str(await office.reports.happenings(head.id, public_only=False))
    back = await parted(office, twin)
    assert (back.text, back.where, back.photos, back.told) == (twin.text, twin.where, (photo,), True)
    assert await office.story(twin) == ["sent", "merge", "added", "part"]
    assert "xem xét việc này riêng" in (await office.texts(author))[-1]


async def test_me_too_of_a_merged_report_counts_for_its_head(office: Office) -> None:
    author, friend = uuid4(), uuid4()
    head, twin = await office.sent(), await office.sent(author)
    assert await office.reports.support(twin.id, friend)
    await merged(office, twin, head)
    assert not await office.reports.support(head.id, friend)  # said so of the other one already
    assert not await office.reports.support(head.id, author)  # sent the other one
    assert await office.reports.support(twin.id, uuid4())
    assert await supporters(office, head, twin) == [3, 1]
    await office.through(head, Act.VERIFY, Act.FORWARD, Act.ANSWER)
    assert len(await office.told(friend)) == 1


async def test_when_the_head_is_withdrawn_those_behind_it_stand_for_themselves_again(office: Office) -> None:
    author, friend = uuid4(), uuid4()
    head, twin = await office.sent(author), await office.sent(friend)
    await merged(office, twin, head)
    await office.reports.withdraw(head.id)
    again = await office.found(twin.code)
    assert (again.state, again.duplicate_of, again.due_hat) == (State.RECEIVED, None, Hat.MTTQ)
    assert "xem xét việc này riêng" in (await office.texts(friend))[-1]
    assert await office.story(twin) == ["sent", "merge", "part"]


async def test_a_merged_report_may_be_withdrawn_and_its_resident_is_told_no_more(office: Office) -> None:
    author = uuid4()
    head, twin = await office.sent(), await office.sent(author)
    await merged(office, twin, head)
    withdrawn = await office.reports.withdraw(twin.id)
    assert (withdrawn.state, withdrawn.text, withdrawn.duplicate_of) == (State.WITHDRAWN, "", None)
    told = len(await office.told(author))
    await office.through(head, Act.VERIFY, Act.FORWARD, Act.ANSWER)
    assert len(await office.told(author)) == told
    assert (await office.found(head.code)).duplicates == ()


async def test_who_sent_both_is_told_once(office: Office) -> None:
    author = uuid4()
    head, twin = await office.sent(author), await office.sent(author)
    await merged(office, twin, head)
    before = len(await office.told(author))
    await office.through(head, Act.VERIFY, Act.FORWARD, Act.ANSWER)
    told = (await office.told(author))[before:]
    assert [head.code in one["text"] for one in told] == [True] * 3
    assert len(told[-1]["buttons"]) == 2
    assert await value(office.database, "SELECT count(*) FROM waiting_message WHERE sealed IS NULL") == 0
