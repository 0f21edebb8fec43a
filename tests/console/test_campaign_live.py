"""The page of a campaign that was approved, and what is done there: once, by whoever may, with kind words."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.campaigns.content import First, Repeat
from bot.campaigns.lifecycle import Act, Fate, State
from bot.campaigns.tally import Tally
from bot.console.campaign_live import BAR_WIDTH, bar, left_in_words
from bot.console.permissions import Role
from bot.store.accounts import Accounts
from tests.integration.stored import change, value

from .campaigning import PATH, Bureau, bureau_of, message, plan, shown
from .filled_forms import form_with, press
from .visiting import Console

BOTH = plan(message("mot"), message("hai", days=2))


@pytest.fixture
async def bureau(console: Console) -> Bureau:
    return await bureau_of(console)


async def settle(bureau: Bureau, state: Fate, many: int, reason: str | None = None) -> None:
    """Let so many rows of the ledger that are pending have become that."""
    await change(
        bureau.console.parts.database,
        "UPDATE campaign_recipient SET state = :state, reason = :reason, settled_at = :now, sent_at = :sent"
        " WHERE id IN (SELECT id FROM campaign_recipient WHERE state = 'pending' ORDER BY id LIMIT :many)",
        state=state.value,
        reason=reason,
        many=many,
        now=bureau.console.clock.at,
        sent=bureau.console.clock.at if state in {Fate.SENT, Fate.READ} else None,
    )


async def test_how_far_each_message_is(bureau: Bureau) -> None:
    number = await bureau.sending(BOTH, people=10)
    await settle(bureau, Fate.SENT, 3)
    await settle(bureau, Fate.READ, 1)
    await settle(bureau, Fate.FAILED, 2, "kênh từ chối")
    await settle(bureau, Fate.SKIPPED, 1, "left")
    await settle(bureau, Fate.FAILED, 1, "Forbidden: bot was blocked by the user")
    page = await bureau.approver.get(f"{PATH}/{number}")
    assert shown(
        page,
        "<strong>4</strong> trên 20 lượt đã gửi",  # two messages for ten people
        "Đã đọc <strong>1</strong>",
        "Gửi không được <strong>3</strong>",
        "Người dân đã chặn trên Telegram (1)",
        "Không gửi <strong>1</strong>",
        "Trang web: Đã chặn hoặc bỏ theo dõi (1)",
        "Trang web: kênh từ chối (2)",
        "Chưa đến giờ",
        "Bắt đầu gửi một tin",
        "Lê Văn Cường",
        "Gửi lại cho người gửi không được",
        f"{PATH}/{number}/results",
    )


async def test_what_became_of_its_articles(bureau: Bureau) -> None:
    number = await bureau.sending(BOTH, people=2)
    database = bureau.console.parts.database
    account = await Accounts(database).number("zalo_oa", "9")
    await change(
        database,
        "INSERT INTO campaign_broadcast (message_id, account_id, article, target, state, reason)"
        " SELECT id, :account, '4402', '{}', 'failed', 'Không lọc được <theo> loại nhà.' FROM campaign_message"
        " WHERE key = 'mot'",
        account=account,
    )
    page = await bureau.approver.get(f"{PATH}/{number}")
    told = "Tin mot, Zalo OA: phát không được. Không lọc được &lt;theo&gt; loại nhà."
    assert shown(page, "Bài viết phát trên kênh", told)


async def test_the_script_asks_for_the_numbers_alone(bureau: Bureau) -> None:
    number = await bureau.sending(BOTH, people=2)
    answer = await bureau.approver.get(f"{PATH}/{number}/progress.json")
    told = json.loads(answer.body)
    assert (answer.status, told["version"], told["every"]) == (200, (await bureau.got(number)).version, 3)
    assert "<strong>0</strong> trên 4 lượt đã gửi" in told["part"]
    assert "<html" not in told["part"]
    page = await bureau.approver.get(f"{PATH}/{number}")
    assert f'data-version="{told["version"]}"' in page.text
    # What is over is not asked for again
    await bureau.office.campaigns.act(number, Act.CANCEL, bureau.by(bureau.approver))
    over = json.loads((await bureau.approver.get(f"{PATH}/{number}/progress.json")).body)
    assert (over["every"], over["version"] > told["version"]) == (0, True)


async def test_pausing_asks_first_and_happens_once(bureau: Bureau) -> None:
    number = await bureau.sending()
    path = f"{PATH}/{number}/acts/pause"
    asked = await bureau.author.get(path)
    assert shown(asked, "Việc gửi dừng trong vòng một giây", "đang gửi")
    form = form_with(asked, "Tạm dừng").with_(text="Sai giờ")
    # When the button is pressed twice
    one = await press(bureau.author, asked, path, "Tạm dừng", form)
    two = await press(bureau.author, asked, path, "Tạm dừng", form)
    # Then it was done once, and the second is told so, kindly
    assert (one.status, two.status) == (303, 303)
    page = await bureau.author.get(two.location)
    assert shown(page, "Việc này đã được làm rồi", "Sai giờ", "Tạm dừng")
    assert (await bureau.acts(number)).count("pause") == 1
    # And it goes on again
    path = f"{PATH}/{number}/acts/resume"
    asked = await bureau.approver.get(path)
    assert (await press(bureau.approver, asked, path, "Gửi tiếp")).status == 303
    assert (await bureau.got(number)).state is State.SENDING
    stale = await press(bureau.second, asked, path, "Gửi tiếp")
    assert (stale.status, "Có thể đã có người làm rồi" in stale.text or "vừa thay đổi" in stale.text) == (409, True)


async def test_pausing_is_not_refused_for_an_old_page(bureau: Bureau) -> None:
    number = await bureau.sending()
    path = f"{PATH}/{number}/acts/pause"
    asked = await bureau.author.get(path)
    await bureau.office.campaigns.act(number, Act.PAUSE, bureau.by(bureau.approver))
    await bureau.office.campaigns.act(number, Act.RESUME, bureau.by(bureau.approver))
    assert (await press(bureau.author, asked, path, "Tạm dừng")).status == 303
    assert (await bureau.got(number)).state is State.PAUSED


async def test_cancelling_lasts(bureau: Bureau) -> None:
    number = await bureau.sending(BOTH)
    path = f"{PATH}/{number}/acts/cancel"
    asked = await bureau.author.get(path)
    form = form_with(asked, "Hủy chiến dịch").with_(text="Có thông tin sai")
    for _ in range(2):
        assert (await press(bureau.author, asked, path, "Hủy chiến dịch", form)).status == 303
    page = await bureau.author.get(f"{PATH}/{number}")
    assert shown(page, "Đã hủy", "Có thông tin sai")
    assert "/acts/" not in page.text
    assert (await bureau.acts(number)).count("cancel") == 1
    resume = await bureau.author.get(f"{PATH}/{number}/acts/resume")
    assert shown(resume, "Ở trạng thái này không làm được")


async def test_sending_again_is_offered_where_it_helps(bureau: Bureau) -> None:
    number = await bureau.sending(people=4)
    page = await bureau.author.get(f"{PATH}/{number}")
    assert "/acts/retry" not in page.text
    path = f"{PATH}/{number}/acts/retry"
    asked = await bureau.author.get(path)
    nobody = await press(bureau.author, asked, path, "Gửi lại cho người gửi không được")
    assert (nobody.status, "Không còn ai để gửi lại" in nobody.text) == (409, True)
    # Given two whom it surely did not reach, and one of whom nobody knows
    await settle(bureau, Fate.FAILED, 2, "kênh từ chối")
    await settle(bureau, Fate.UNKNOWN, 1)
    asked = await bureau.author.get(path)
    assert (await press(bureau.author, asked, path, "Gửi lại cho người gửi không được")).status == 303
    counted = "SELECT string_agg(state || ' ' || n, ', ' ORDER BY state) FROM (SELECT state, count(*) n FROM"
    statement = f"{counted} campaign_recipient GROUP BY 1) c"
    assert await value(bureau.console.parts.database, statement) == "pending 3, unknown 1"


async def test_what_was_approved_is_written_anew(bureau: Bureau) -> None:
    number = await bureau.scheduled(BOTH)
    page = await bureau.author.get(f"{PATH}/{number}")
    assert shown(page, "Đã lên lịch", "Chưa đến giờ")
    path = f"{PATH}/{number}/acts/revise"
    asked = await bureau.author.get(path)
    assert (await press(bureau.author, asked, path, "Đưa về bản soạn để sửa")).status == 303
    assert shown(await bureau.author.get(f"{PATH}/{number}"), "Đang soạn", "2 tin")
    # But not once something was sent
    begun = await bureau.sending(plan(message("x"), title="Đang gửi rồi"))
    await bureau.office.campaigns.act(begun, Act.PAUSE, bureau.by(bureau.approver))
    assert "/acts/revise" not in (await bureau.author.get(f"{PATH}/{begun}")).text
    asked = await bureau.author.get(f"{PATH}/{begun}/acts/revise")
    refused = await press(bureau.author, asked, f"{PATH}/{begun}/acts/revise", "Đưa về bản soạn để sửa")
    assert (refused.status, (await bureau.got(begun)).state) == (409, State.PAUSED)


async def test_an_author_takes_it_back(bureau: Bureau) -> None:
    number = await bureau.submitted(BOTH)
    path = f"{PATH}/{number}/acts/send_back"
    for words, told in (("", "đã rút lại để sửa</strong>."), ("Sai giờ", "đã rút lại để sửa</strong>: ")):
        asked = await bureau.author.get(path)
        form = form_with(asked, "Rút lại để sửa").with_(text=words)
        assert (await press(bureau.author, asked, path, "Rút lại để sửa", form)).status == 303
        mine, theirs = await bureau.author.get(f"{PATH}/{number}"), await bureau.other.get(f"{PATH}/{number}")
        assert shown(mine, f"<strong>Bạn {told}", "<strong>Rút lại để sửa</strong>")
        assert shown(theirs, f"<strong>Trần Thị Bình {told}")
        assert "trả lại" not in mine.text.lower()
        await bureau.office.campaigns.act(number, Act.SUBMIT, bureau.by(bureau.author))
    assert "Sai giờ" in mine.text
    # But what an approver sends back is sent back
    await bureau.office.campaigns.act(number, Act.SEND_BACK, bureau.by(bureau.approver), text="Thiếu nguồn")
    assert shown(await bureau.author.get(f"{PATH}/{number}"), "Người duyệt trả lại:", "Thiếu nguồn", "Trả lại để sửa")


async def test_at_night_all_wait_for_the_morning(bureau: Bureau) -> None:
    # Given a message that goes to its first few, of which nobody was looked at
    number = await bureau.sending(BOTH, people=6)
    bureau.console.clock.at = bureau.console.clock.at.replace(hour=16, minute=30)  # 23:30 in Viet Nam
    await change(
        bureau.console.parts.database,
        "UPDATE campaign_message SET send_until = :until WHERE key = 'mot'",
        until=bureau.console.clock.at + timedelta(days=1),
    )
    reader = await bureau.console.signed_in(Role.OFFICER)
    page = await reader.get(f"{PATH}/{number}")
    assert shown(page, "Ngoài giờ gửi 7:00–21:59: 6", "sớm nhất 07:00", "gửi sớm nhất lúc 07:00")
    # And an urgent one waits for nothing
    await change(bureau.console.parts.database, "UPDATE campaign SET urgent = true")
    assert "Ngoài giờ gửi" not in (await reader.get(f"{PATH}/{number}")).text


@pytest.mark.parametrize(
    ("alone", "then"), [(True, "thì tự gửi tiếp cho 5 người"), (False, "chờ người bấm “Gửi tiếp”")]
)
async def test_the_first_few_are_watched_until_when_and_what_then(bureau: Bureau, alone: bool, then: str) -> None:
    number = await bureau.sending(replace(BOTH, first=First(alone=alone)), people=25)
    await settle(bureau, Fate.SENT, 19)
    await settle(bureau, Fate.FAILED, 1, "kênh từ chối")
    await change(
        bureau.console.parts.database,
        "UPDATE campaign_message SET stage = 'watching', first_done_at = :now WHERE key = 'mot'",
        now=bureau.console.clock.at,
    )
    page = await bureau.approver.get(f"{PATH}/{number}")
    assert shown(
        page,
        "theo dõi tới <strong>08:40 ",  # it began at 8:10
        then,
        "gửi không được: 1 trên 20 (5 %, giới hạn 10 %)",
        "báo tin không đúng: 0 trên 20 (0 %, giới hạn 0,5 %)",
    )


async def test_what_was_cancelled_before_it_began_says_how_many_got_nothing(bureau: Bureau) -> None:
    number = await bureau.scheduled(replace(plan(), repeat=Repeat(rule="month:4", ahead=9)), people=6)
    await bureau.office.campaigns.act(number, Act.CANCEL, bureau.by(bureau.approver))
    page = await bureau.author.get(f"{PATH}/{number}")
    assert shown(page, "Đã hủy: <strong>6</strong> lượt không gửi", "Không gửi <strong>6</strong>")
    assert "Chưa có người nhận" not in page.text
    assert "hằng tháng" not in page.text
    # But if another campaign of its series goes on, it says so
    later = await bureau.scheduled(replace(plan(), repeat=Repeat(rule="month:4", ahead=9)))
    await change(
        bureau.console.parts.database, "UPDATE campaign SET repeats_id = :of WHERE id = :id", of=number, id=later
    )
    page = await bureau.author.get(f"{PATH}/{number}")
    assert shown(page, "Kỳ này đã hủy; các kỳ khác vẫn lặp lại. Ngày 4 dương lịch hằng tháng", "Ngừng lặp lại</button>")


async def test_what_repeats_can_be_ended(bureau: Bureau) -> None:
    number = await bureau.scheduled(replace(BOTH, repeat=Repeat(rule="month:4", ahead=9)))
    page = await bureau.author.get(f"{PATH}/{number}")
    assert shown(page, "Ngày 4 dương lịch hằng tháng")
    for _ in range(2):  # a second click changes nothing
        assert (await press(bureau.author, page, "", "Ngừng lặp lại")).status == 303
    assert (await bureau.acts(number)).count("series_end") == 1
    after = await bureau.author.get(f"{PATH}/{number}")
    assert shown(after, "Ngừng tự lặp lại")
    assert "Ngừng lặp lại</button>" not in after.text


async def test_officers_look_and_touch_nothing(bureau: Bureau) -> None:
    number = await bureau.sending()
    officer = await bureau.console.signed_in(Role.OFFICER)
    page = await officer.get(f"{PATH}/{number}")
    assert shown(page, "lượt đã gửi")
    assert "/acts/" not in page.text
    for act in ("pause", "resume", "cancel", "retry", "revise", "send_back"):
        assert (await officer.get(f"{PATH}/{number}/acts/{act}")).status == 409
        refused = await officer.post(f"{PATH}/{number}/acts/{act}", {"version": "9"})
        assert (refused.status, "cần quyền soạn hoặc duyệt" in refused.text) == (409, True)
    assert (await bureau.got(number)).state is State.SENDING


@pytest.mark.parametrize("act", ["revise", "send_back"])
async def test_approvers_do_not_act_as_authors(bureau: Bureau, act: str) -> None:
    number = await bureau.submitted()
    assert (await bureau.approver.post(f"{PATH}/{number}/acts/{act}", {"version": "2"})).status == 409
    assert (await bureau.got(number)).state is State.IN_REVIEW


async def test_the_words_why_have_an_end(bureau: Bureau) -> None:
    number = await bureau.sending()
    long = await bureau.author.post(f"{PATH}/{number}/acts/pause", {"version": "1", "text": "a" * 1001})
    assert (long.status, "Dài 1001 ký tự" in long.text, "a" * 1001 in long.text) == (422, True, True)
    assert (await bureau.got(number)).state is State.SENDING


def test_a_bar_is_filled_from_end_to_end() -> None:
    tally = Tally({Fate.SENT: 1, Fate.PENDING: 2, Fate.FAILED: 1})
    slices = bar(tally)
    assert [(one.fate, one.at, one.width) for one in slices] == [
        ("sent", 0, 250),
        ("pending", 250, 500),
        ("failed", 750, 250),
    ]
    assert sum(one.width for one in slices) == BAR_WIDTH
    assert bar(Tally()) == []


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(seconds=59), "dưới 1 phút"),
        (timedelta(minutes=60), "khoảng 1 giờ"),
        (timedelta(hours=30, minutes=5), "khoảng 30 giờ 5 phút"),
    ],
)
def test_how_long_it_takes(left: timedelta, words: str) -> None:
    assert left_in_words(left) == words
