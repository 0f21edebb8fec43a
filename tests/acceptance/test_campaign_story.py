"""The kit of 04/10 from its plan to its results, on the started program: three channels, an author, an approver.

Nobody waits for the days of the kit: when something has been planned for a time, that time is moved to now, in the
plan that approval froze and in the queue (`comes`). The campaigns are warnings that an approver lets go at any hour, so
that it does not matter when the test runs. ``KEEP_SCREENSHOTS`` names the folder for pictures of each station.
"""

from __future__ import annotations

import csv
import io
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from bot.campaigns.content import CHANNELS
from bot.campaigns.lifecycle import STATES, State, Why
from knowledge.check import KnowledgeBase
from knowledge.clock import VIET_NAM
from knowledge.loading import load_for_service
from tests.conftest import new_database
from tests.fakes.telegram import TOKEN

from .acting import scrolls_sideways, serious_findings, until
from .conftest import Complaints
from .stories import LONG_ENOUGH, Camera, Chat, background_fixture, camera_fixture, first_sign_in
from .surroundings import Background, Follower, Resident, Started, channels, official_account, started

__all__ = ["background_fixture", "camera_fixture"]

pytestmark = pytest.mark.browser

PHONE, OFFICE = (360, 740), (1280, 800)
KIT, TITLE = "ngay-04-10", "Ngày toàn dân phòng cháy và chữa cháy 04/10"
OTHER_KIT = "tet"
TEASER, THE_DAY = "bao-truoc", "ngay-0410"
BEFORE, AFTER = "ngay-toan-dan-0410-truoc", "ngay-toan-dan-0410"
AN, AUTHORS_CHAT, BINH = 4711, 9001, "246845883529197922"
WARD = "00364"
WATCHED: Final = 45  # minutes: longer than any machine takes for the steps between
AUTHOR, APPROVER = ("binh.tran", "Trần Thị Bình"), ("cuong.le", "Lê Văn Cường")
PASSWORD: Final = "quả bưởi đi xe máy"
QUESTION: Final = "chung cư cháy thì chạy lên hay chạy xuống"
FATES_BY_CHANNEL: Final = {
    ("telegram", "sent", "None"): 9,
    ("telegram", "skipped", Why.CONDITION.value): 1,  # the reminder: they had finished the quiz
    ("web", "delivered", "None"): 10,
    ("zalo_oa", "read", "None"): 1,
    ("zalo_oa", "skipped", Why.NO_CONSENT.value): 9,
}
SUMS: Final = {
    "lượt gửi dự kiến": "30",
    "lượt đã gửi": "20",
    "người nhận ít nhất một tin": "3",
    "người có trả lời": "2",
    "người ngừng nhận sau tin": "1",
    "lượt báo tin sai": "0",
    "lượt không gửi": "10",
    "lượt gửi không được": "0",
    "lượt không rõ đã tới chưa": "0",
    "lượt còn chờ": "0",
}
CHANNEL_HEAD: Final = ("Kênh", "Dự kiến", "Đã gửi", "Đã tới máy", "Đã đọc", "Có trả lời", "Ngừng nhận", "Không gửi")
CHANNEL_ROWS: Final = {
    ("Telegram", "10", "9", "", "", "2", "0", "1"),
    ("Trang web", "10", "10", "10", "", "1", "0", "0"),
    ("Zalo OA", "10", "1", "1", "1", "0", "1", "9"),
}
FATE_ROWS: Final = """
    SELECT m.key, r.channel, r.state, r.reason FROM campaign_recipient r
    JOIN campaign_message m ON m.id = r.message_id WHERE m.campaign_id = {}
"""


@dataclass
class Story:
    """Who takes part, and what has to be known of them later."""

    program: Started
    base: KnowledgeBase
    on_telegram: Resident
    authors_chat: Resident
    on_zalo: Follower
    author: Page
    approver: Page
    phone: Page
    camera: Camera
    wait: Callable[[Callable[[], object]], None]
    asked: list[str]  # what the approver was asked to confirm, and did
    kept: dict[str, int] = field(default_factory=dict)  # campaigns, by kit

    def looked_at(self, name: str, page: Page, *, full: bool = True, narrow: bool = False) -> None:
        """Take a picture; nothing may be wider than the screen, on a telephone neither where `narrow`."""
        self.camera.take(page, name, full=full)
        assert not scrolls_sideways(page), name
        if narrow:
            page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
            self.camera.take(page, f"{name}-narrow", full=full)
            assert not scrolls_sideways(page), name
            assert serious_findings(page) == []
            page.set_viewport_size({"width": OFFICE[0], "height": OFFICE[1]})

    def page_of(self, kit: str, page: Page, part: str = "") -> Page:
        """A page of the campaign that was made from a kit, as it is now."""
        page.goto(f"{self.program.address}/console/campaigns/{self.kept[kit]}{part}")
        return page

    def rows(self, kit: str, *columns: int) -> list[tuple[str, ...]]:
        """What became of each recipient: columns of message, channel, fate and reason, sorted."""
        rows = self.program.values(FATE_ROWS.format(self.kept[kit]))
        return sorted(tuple(str(row[one]) for one in columns) for row in rows)

    def stages(self, kit: str) -> dict[str, str]:
        """The stages of the messages, by their keys."""
        stages = f"SELECT key, stage FROM campaign_message WHERE campaign_id = {self.kept[kit]}"  # noqa: S608
        return dict(self.program.values(stages))

    def comes(self, kit: str, *keys: str) -> None:
        """Let the time of messages come, as far as the program can tell."""
        named = ", ".join(f"'{one}'" for one in keys)
        came = self.program.values(f"""
            WITH due AS (
                UPDATE campaign_message
                SET due_at = now() - interval '1 second', send_until = now() + (send_until - due_at)
                WHERE campaign_id = {self.kept[kit]} AND key IN ({named}) RETURNING id)
            UPDATE procrastinate_jobs j SET scheduled_at = now() FROM due
            WHERE j.task_name = 'campaigns.begin' AND (j.args ->> 'message')::bigint = due.id RETURNING due.id
        """)  # noqa: S608
        assert len(came) == len(keys)

    def watched_to_the_end(self, kit: str, *keys: str) -> None:
        """Let the time be over for which those are watched who got messages first."""
        self.wait(lambda: all(self.stages(kit)[one] == "watching" for one in keys))
        named = ", ".join(f"'{one}'" for one in keys)
        self.program.values(f"""
            UPDATE campaign_message SET first_done_at = first_done_at - interval '{WATCHED} minutes'
            WHERE campaign_id = {self.kept[kit]} AND key IN ({named}) RETURNING id
        """)  # noqa: S608

    def asked_to_begin(self, kit: str, key: str) -> bool:
        """Whether the queue holds that a message be begun."""
        asked = self.program.values(f"""
            SELECT j.id FROM procrastinate_jobs j
            JOIN campaign_message m ON j.task_name = 'campaigns.begin' AND (j.args ->> 'message')::bigint = m.id
            WHERE m.campaign_id = {self.kept[kit]} AND m.key = '{key}'
        """)  # noqa: S608
        return bool(asked)


@pytest.fixture
def story(
    postgres_url: str, tmp_path: Path, background: Background, browser: Browser, camera: Camera, complaints: Complaints
) -> Iterator[Story]:
    pages: list[Page] = []
    for width, height in (OFFICE, OFFICE, PHONE):
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="vi-VN", reduced_motion="reduce"
        )
        context.set_default_timeout(30_000)
        pages.append(context.new_page())
        complaints.listen(pages[-1])
    author, approver, phone = pages
    expect.set_options(timeout=30_000)
    complaints.expect(r"status of 409 \(Conflict\)")  # what the approver has not ticked yet

    asked: list[str] = []

    def agrees(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    approver.on("dialog", agrees)

    def wait(holds: Callable[[], object]) -> None:
        until(author, holds, 4 * LONG_ENOUGH)

    with (
        channels(background) as (telegram, _),
        official_account(background) as (zalo, zalos),
        new_database(postgres_url) as url,
    ):
        settings = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API": telegram.url, "ZALO_OA_PER_MINUTE": "2000", **zalos}
        with started(tmp_path, url, **settings) as program:
            yield Story(
                program=program,
                base=load_for_service(today()),
                on_telegram=Resident(background, telegram, AN, wait),
                authors_chat=Resident(background, telegram, AUTHORS_CHAT, wait),
                on_zalo=Follower(background, zalo, BINH, f"{program.address}/webhooks/zalo-oa", wait),
                author=author,
                approver=approver,
                phone=phone,
                camera=camera,
                wait=wait,
                asked=asked,
            )
            for page in pages:
                page.context.close()
            expect.set_options(timeout=5_000)
        log = program.log.read_text()
    assert complaints.unexpected() == []
    assert "Traceback" not in log
    assert "ERROR" not in log


def today() -> date:
    return datetime.now(VIET_NAM).date()


def subscribed(story: Story) -> None:
    """One on each channel; who is on Telegram lives in the ward that gets messages first."""
    one = story.on_telegram
    one.writes("đăng ký nhận tin", "Bạn muốn nhận tin nào?")
    one.presses("Tất cả", "Bạn ở phường, xã, tỉnh nào")
    one.writes("phường Khương Đình, Hà Nội", "Bạn thuộc nhóm nào dưới đây")
    one.presses("Người dân", "Bạn muốn nhận tin lúc nào")
    one.presses("Chỉ buổi tối", "đồng ý", "Khương Đình", "18")
    one.presses("Đồng ý", "Đã đăng ký", "DỪNG")
    other = story.on_zalo
    other.follows("Trợ lý")
    other.writes("đăng ký", "Bạn muốn nhận tin nào?")
    other.writes("3", "Bạn ở phường, xã, tỉnh nào")
    other.writes("TP.HCM", "Bạn thuộc nhóm nào dưới đây")
    other.writes("quản lý chung cư", "Bạn muốn nhận tin lúc nào")
    other.writes("đừng gửi từ 12h đến 14h", "đồng ý", "Hồ Chí Minh", "12", "14")
    other.writes("đồng ý", "Đã đăng ký")
    story.phone.goto(story.program.address)
    chat = Chat(story.phone)
    chat.writes("đăng ký nhận tin", "Bạn muốn nhận tin nào?")
    chat.presses("Tất cả", "Bạn ở phường, xã, tỉnh nào")
    chat.presses("Bỏ qua câu này", "Bạn thuộc nhóm nào dưới đây")
    chat.presses("Bỏ qua câu này", "Bạn muốn nhận tin lúc nào")
    chat.presses("Chỉ buổi sáng (7–12 giờ)", "đồng ý")
    story.looked_at("01-chat-consent", story.phone, full=False)
    chat.presses("Đồng ý", "Đã đăng ký")
    story.looked_at("02-chat-subscribed", story.phone, full=False)


def accounts_added(story: Story) -> list[subprocess.Popen[str]]:
    """Both may write and approve: what keeps somebody from approving is that they wrote it."""
    roles = (("--role", "author", "--role", "approver"), ("--role", "approver", "--role", "officer"))
    return [
        story.program.beginning("staff", "add", login, "--name", name, "--position", "Chuyên viên", *role)
        for (login, name), role in zip((AUTHOR, APPROVER), roles, strict=True)
    ]


def signed_in(story: Story, adding: list[subprocess.Popen[str]]) -> None:
    for (login, _), page, added in zip((AUTHOR, APPROVER), (story.author, story.approver), adding, strict=True):
        first_sign_in(page, story.program, added, login, PASSWORD, lambda _: None)
    story.looked_at("03-home", story.author, narrow=True)


def begun_from_the_calendar(story: Story) -> None:
    """The kit of next year's 04/10, which is never too near for its first message."""
    page = story.author
    page.get_by_role("link", name="Chiến dịch").first.click()
    story.looked_at("04-no-campaigns", page)
    page.get_by_role("link", name="Lịch trong năm", exact=True).click()
    page.get_by_role("link", name=f"Năm {today().year + 1}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Lịch chiến dịch năm {today().year + 1}")
    story.looked_at("05-calendar", page, narrow=True)
    page.get_by_role("link", name=f"Dùng bộ “{TITLE}”").click()
    expect(page.get_by_label("Ngày chính")).to_have_value(f"{today().year + 1}-10-04")
    story.looked_at("06-new", page, narrow=True)
    story.kept[KIT] = created(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{TITLE} (04/10/{today().year + 1})")


def created(page: Page) -> int:
    """Make the draft; return its number."""
    page.get_by_role("button", name="Lập bản soạn").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã lập bản soạn từ bộ soạn sẵn.")
    return int(page.url.rpartition("/")[2])


def shaped(story: Story, kit: str) -> None:
    """First one ward, which is watched; and a warning, which may go at any hour."""
    page = story.page_of(kit, story.author, "/rules")
    page.get_by_label("Gửi trước cho một địa bàn").check()
    page.get_by_label("Tìm địa bàn gửi trước").fill("khuong dinh")
    page.get_by_role("button", name="Tìm địa bàn").click()
    page.get_by_label("Địa bàn gửi trước", exact=True).select_option(value=WARD)
    page.get_by_label("Theo dõi nhóm này bao nhiêu phút").fill(str(WATCHED))
    page.get_by_label("Xin gửi khẩn").check()
    story.looked_at(f"07-rules-{kit}", page, narrow=kit == KIT)
    page.get_by_role("button", name="Lưu").last.click()
    expect(page.get_by_role("status").first).to_have_text("Đã lưu cách gửi.")


def looked_over(story: Story) -> None:
    """Previews on each channel, and the estimate, which names those who subscribed."""
    page = story.page_of(KIT, story.author)
    expect(page.locator(".next")).to_contain_text("Không còn lỗi")
    story.looked_at("08-draft", page, narrow=True)
    page.get_by_role("link", name="Xem thử tất cả").click()
    page.get_by_label("Bản viết cho").select_option(label="Chung cư")
    for channel in CHANNELS.values():
        phone = page.get_by_role("article", name=f"{channel}, Chung cư").first
        expect(phone).to_contain_text("Sắp tới 04/10")
        expect(phone).to_contain_text("DỪNG")
    story.looked_at("09-previews", page, narrow=True)
    story.page_of(KIT, page, "/messages/" + TEASER)
    story.looked_at("10-message", page, narrow=True)
    story.page_of(KIT, page, "/audience")
    story.looked_at("11-audience", page, narrow=True)
    story.page_of(KIT, page, "/reach")
    sums = [one.inner_text() for one in page.locator(".sums .figure").all()]
    assert sums == ["3", "3", "0", "1"]
    by_channel = page.get_by_role("table", name="Theo kênh")
    for channel in ("Telegram", "Zalo OA", "Trang web"):
        expect(by_channel.get_by_role("row", name=channel)).to_contain_text("1")
    story.looked_at("12-estimate", page, narrow=True)


def tried(story: Story) -> None:
    """A message to the author's own chat, shown by a code."""
    page = story.page_of(KIT, story.author, "/try")
    page.get_by_role("button", name="Lấy mã").click()
    code = page.locator(".key").inner_text()
    story.looked_at("13-trial-code", page, narrow=True)
    story.authors_chat.writes(code, f"nơi {AUTHOR[1]} nhận tin gửi thử")
    story.page_of(KIT, page, "/try")
    page.get_by_label("Bản viết cho").select_option(label="Chung cư")
    story.looked_at("14-trial", page, narrow=True)
    page.get_by_role("button", name="Gửi thử").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã gửi thử")
    story.authors_chat.hears("[THỬ]", "Sắp tới 04/10", "chung cư")
    assert len(story.on_telegram.got()) == len([one for one in story.on_telegram.got() if "[THỬ]" not in one.text])


def submitted(story: Story, kit: str) -> None:
    """Submit; whoever wrote it cannot approve it, not even past the page."""
    page = story.page_of(kit, story.author)
    page.get_by_role("button", name="Gửi duyệt").click()
    expect(page.locator(".next")).to_contain_text("không thể tự duyệt")
    page.goto(f"{page.url}/review")
    expect(page.get_by_text("nên không thể tự duyệt")).to_be_visible()
    expect(page.get_by_role("button", name="Duyệt", exact=True)).to_have_count(0)


def approved(story: Story, kit: str) -> None:
    """Another person looks, ticks each document, and lets it go as a warning."""
    page = story.page_of(kit, story.approver)
    page.get_by_role("link", name="Xem và duyệt").click()
    approve = page.get_by_role("button", name="Duyệt", exact=True)
    documents = page.locator("input[name='checked']")
    page.get_by_label("Cho gửi khẩn").check()
    documents.first.check()
    approve.click()
    expect(page.get_by_role("alert")).to_contain_text("đánh dấu")
    expect(documents.first).to_be_checked()
    expect(page.get_by_label("Cho gửi khẩn")).to_be_checked()
    story.looked_at(f"15-review-{kit}", page, narrow=kit == KIT)
    for one in documents.all():
        one.check()
    approve.click()
    expect(page.get_by_role("status").first).to_contain_text("Đã duyệt.")
    assert "người, cả nước, bắt đầu" in story.asked[-1]
    story.wait(lambda: state_of(story, kit) is State.SCHEDULED)


def state_of(story: Story, kit: str) -> State:
    [(state,)] = story.program.values(f"SELECT state FROM campaign WHERE id = {story.kept[kit]}")  # noqa: S608
    return State(state)


def acted(page: Page, act: str, why: str = "") -> None:
    """Press the button of an act, and once more on the page that says what it does."""
    page.get_by_role("main").get_by_role("link", name=act, exact=True).click()
    if why:
        page.get_by_label("Lý do").fill(why)
    page.get_by_role("button", name=act, exact=True).click()
    expect(page.get_by_role("status").first).to_be_visible()


def first_in_the_ward(story: Story) -> None:
    """The time of the teaser comes: those of the ward have it, nobody else; the author pauses, and nothing goes."""
    page = story.page_of(KIT, story.author)
    expect(page.get_by_role("heading", level=1)).to_contain_text(STATES[State.SCHEDULED])
    story.looked_at("16-scheduled", page, narrow=True)
    story.comes(KIT, TEASER)
    story.on_telegram.hears("Sắp tới 04/10")
    story.wait(lambda: story.stages(KIT)[TEASER] == "watching")
    story.page_of(KIT, page)
    expect(page.get_by_role("heading", level=1)).to_contain_text(STATES[State.SENDING])
    expect(page.get_by_text("đang theo dõi").first).to_be_visible()
    story.looked_at("17-first", page, narrow=True)
    acted(page, "Tạm dừng", "Chờ phường xem lại.")
    expect(page.get_by_text("Chờ phường xem lại.").first).to_be_visible()
    story.looked_at("18-paused", page, narrow=True)
    # The next message falls due, and the queue has looked at it: it does not begin.
    story.comes(KIT, THE_DAY)
    story.wait(lambda: not story.asked_to_begin(KIT, THE_DAY))
    story.watched_to_the_end(KIT, TEASER)
    assert story.rows(KIT, 1, 2) == [("telegram", "sent"), ("web", "pending"), ("zalo_oa", "pending")]
    assert story.stages(KIT)[THE_DAY] == "waiting"


def resumed(story: Story) -> None:
    """The others have the teaser; the page shows it by itself, and the next message goes to the ward."""
    acted(story.author, "Gửi tiếp")
    story.on_zalo.hears("Sắp tới 04/10", "DỪNG")
    expect(story.phone.locator(".reply").last).to_contain_text("Sắp tới 04/10")
    story.looked_at("19-chat-teaser", story.phone, full=False)
    story.wait(lambda: story.stages(KIT)[THE_DAY] == "watching")


def lived(story: Story) -> None:
    """One does both quizzes, one on the page does the first and asks, one on Zalo has read it and leaves."""
    one = story.on_telegram
    one.presses_earlier("Thử sức trước", "Câu 1/")
    does_the_quiz(story, BEFORE, lambda words, *heard: one.presses(words[:24], *heard), wrong=2)
    one.presses_earlier("Vào thi", "Câu 1/")
    does_the_quiz(story, AFTER, lambda words, *heard: one.presses(words[:24], *heard))
    chat = Chat(story.phone)
    chat.presses("Thử sức trước", "Câu 1/")
    story.looked_at("20-chat-quiz", story.phone, full=False)
    does_the_quiz(story, BEFORE, chat.presses, wrong=1)
    story.looked_at("21-chat-quiz-done", story.phone, full=False)
    chat.writes(QUESTION)
    story.on_zalo.reads()
    story.wait(lambda: ("zalo_oa", "read") in story.rows(KIT, 1, 2))
    story.on_zalo.writes("DỪNG", "Đã dừng")


def does_the_quiz(story: Story, quiz: str, answer: Callable[..., object], wrong: int = 0) -> None:
    """Answer all questions of a quiz, so many of them wrong."""
    questions = story.base.quizzes[quiz].questions
    for number, question in enumerate(questions, 1):
        options = list(question.options)
        right = options[question.right - 1]
        chosen = next(one for one in options if one != right) if number <= wrong else right
        following = f"Câu {number + 1}/" if number < len(questions) else f"{len(questions) - wrong}/{len(questions)}"
        answer(chosen, following)


def all_sent(story: Story) -> None:
    """The others get the day's message but who stopped; then comes all the rest, until the campaign is done."""
    page = story.author
    day = page.locator(".messages > li").filter(has=page.get_by_role("heading", name="04/10: Ngày toàn dân"))
    expect(day).to_contain_text("Đã gửi nhóm đầu")
    story.watched_to_the_end(KIT, THE_DAY)
    story.wait(lambda: story.stages(KIT)[THE_DAY] == "done")
    expect(day).to_contain_text("Đã gửi xong")  # the page looks by itself
    expect(story.phone.locator(".reply").last).to_contain_text("Hôm nay 04/10")
    rest = [key for key, stage in story.stages(KIT).items() if stage == "waiting"]
    story.comes(KIT, *rest)
    story.watched_to_the_end(KIT, *rest)
    story.wait(lambda: state_of(story, KIT) is State.COMPLETED)
    story.page_of(KIT, page)
    expect(page.get_by_role("heading", level=1)).to_contain_text(STATES[State.COMPLETED])
    story.looked_at("22-completed", page, narrow=True)


def cancelled_while_it_sends(story: Story) -> None:
    """Another campaign has gone to the ward only when it is cancelled: nobody else ever gets it."""
    page = story.author
    page.goto(f"{story.program.address}/console/campaigns/new?bo={OTHER_KIT}&ngay={today().year + 1}-12-20")
    story.kept[OTHER_KIT] = created(page)
    shaped(story, OTHER_KIT)
    submitted(story, OTHER_KIT)
    approved(story, OTHER_KIT)
    keys = list(story.stages(OTHER_KIT))
    story.comes(OTHER_KIT, keys[0])
    story.on_telegram.hears("ông Công ông Táo")
    story.wait(lambda: story.stages(OTHER_KIT)[keys[0]] == "watching")
    acted(story.page_of(OTHER_KIT, page), "Hủy chiến dịch", "Trùng với đợt của thành phố.")
    story.wait(lambda: not [row for row in story.rows(OTHER_KIT, 2) if row == ("pending",)])
    assert story.rows(OTHER_KIT, 1, 2, 3) == [
        ("telegram", "sent", "None"),
        ("web", "skipped", Why.CANCELLED.value),
    ]
    assert set(story.stages(OTHER_KIT).values()) == {"stopped"}
    story.page_of(OTHER_KIT, page)
    expect(page.get_by_role("heading", level=1)).to_contain_text(STATES[State.CANCELLED])
    story.looked_at("23-cancelled", page, narrow=True)
    assert "Táo" not in story.phone.locator(".reply").last.inner_text()


def sums_on(page: Page) -> dict[str, str]:
    """The figures above the results, by their names."""
    lines = [one.inner_text().split(maxsplit=1) for one in page.locator(".sums li").all()]
    return {name.strip(): figure for figure, name in lines}


def results_shown(story: Story) -> None:
    """The page and its files say what happened."""
    story.wait(lambda: ("web", "sent") not in story.rows(KIT, 1, 2))  # the page tells what it has shown
    assert Counter(story.rows(KIT, 1, 2, 3)) == FATES_BY_CHANNEL
    page = story.page_of(KIT, story.approver, "/results")
    assert sums_on(page) == SUMS
    for plot in page.locator("img.plot").all():
        plot.scroll_into_view_if_needed()
        expect(plot).not_to_have_js_property("naturalWidth", 0)
    story.looked_at("24-results", page, narrow=True)
    expect(page.locator("img.plot[src*='cau-hoi']")).to_have_count(0)  # one person has done both quizzes
    closed = page.locator("details:not([open]) > summary")
    while closed.count():
        closed.first.click()
    story.looked_at("25-results-tables", page, narrow=True)
    by_channel = table_of(page, "Theo kênh")
    assert {tuple(row[one] for one in CHANNEL_HEAD) for row in by_channel} == CHANNEL_ROWS
    by_place = {row["Địa bàn"]: (row["Dự kiến"], row["Đã gửi"]) for row in table_of(page, "Theo địa bàn")}
    assert by_place == {
        "Thành phố Hà Nội": ("10", "9"),
        "Thành phố Hồ Chí Minh": ("10", "1"),
        "Chưa cho biết nơi ở": ("10", "10"),
    }


def table_of(page: Page, title: str) -> list[dict[str, str]]:
    """Take a table as a file; return its rows by their columns. What it says of them stands in a line of its own."""
    with page.expect_download() as download:
        page.get_by_role("link", name=f"Tải bảng “{title}” (CSV)").click()
    rows = csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig")))
    return [row for row in rows if None not in row.values()]


def reported(story: Story) -> dict[str, str]:
    """Draft the monitoring report of this month; return its figures of campaigns, as they stand on the page."""
    page = story.approver
    page.goto(f"{story.program.address}/console/monitoring")
    page.get_by_label("Kỳ báo cáo").select_option(label="Tháng")
    page.get_by_label("Một ngày trong kỳ").fill(f"{today():%Y-%m-%d}")
    page.get_by_role("button", name="Soạn bản thảo").click()
    expect(page.get_by_role("status").first).to_have_text("Đã soạn bản thảo từ số liệu của kỳ.")
    rows = page.locator("tr[id^='so-td']").all()
    return {row.locator("code").inner_text(): row.locator("td").nth(1).inner_text() for row in rows}


def expected_in_report(story: Story, people: int) -> dict[str, str]:
    one, other = story.kept[KIT], story.kept[OTHER_KIT]
    return {
        "td.campaigns": "2",
        "td.sent": "21",
        "td.people": str(people),
        "td.quizzes": "2",
        "td.quiz-people": "2",
        f"td.cd.{one}.da-gui": "20",
        f"td.cd.{one}.nguoi": "3",
        f"td.cd.{one}.da-doc": "1",
        f"td.cd.{one}.tra-loi": "3",
        f"td.cd.{one}.ngung": "1",
        f"td.cd.{one}.khong-gui": "10",
        f"td.cd.{other}.da-gui": "1",
        f"td.cau-hoi.{BEFORE}.luot": "2",
        f"td.cau-hoi.{AFTER}.luot": "1",
    }


def erased_on_telegram(story: Story) -> None:
    """Of whom it was the ledger knows nothing any more; how much it was, all."""
    of_them = "SELECT count(*) FROM {} WHERE channel = 'telegram' AND num_nonnulls(conversation_id, contact_id) > 0"
    goes = "SELECT count(*) FROM quiz_attempt WHERE conversation_id IS NOT NULL"
    known = [*(of_them.format(table) for table in ("campaign_recipient", "campaign_member")), goes]
    assert [story.program.values(one) for one in known] == [[(11,)], [(2,)], [(3,)]]
    story.on_telegram.writes("xóa dữ liệu", "không lấy lại được")
    story.on_telegram.presses("Xóa hết", "Đã xóa hết")
    assert [story.program.values(one) for one in known] == [[(0,)], [(0,)], [(1,)]]
    assert Counter(story.rows(KIT, 1, 2, 3)) == FATES_BY_CHANNEL


def test_the_kit_of_0410_from_its_plan_to_its_results(story: Story) -> None:
    # Given residents who subscribed on three channels, an author and an approver
    adding = accounts_added(story)
    subscribed(story)
    signed_in(story, adding)
    # When the author makes the campaign of 04/10 from its kit, looks at it, tries it and submits it
    begun_from_the_calendar(story)
    shaped(story, KIT)
    looked_over(story)
    tried(story)
    submitted(story, KIT)
    # And another person approves it
    approved(story, KIT)
    first_in_the_ward(story)
    resumed(story)
    lived(story)
    all_sent(story)
    cancelled_while_it_sends(story)
    # Then the results say what happened, and so does the report of the month
    results_shown(story)
    assert expected_in_report(story, people=3).items() <= reported(story).items()
    story.looked_at("26-report-draft", story.approver)
    # And when one of them has their data erased, nothing is left of them but the counts
    erased_on_telegram(story)
    # (as nobody can tell any more that the somebody of one campaign was that of the other, they are two)
    assert expected_in_report(story, people=4).items() <= reported(story).items()
    assert sums_on(story.page_of(KIT, story.approver, "/results")) == SUMS
