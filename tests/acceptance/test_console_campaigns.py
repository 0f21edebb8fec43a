"""Campaigns in a real browser: from the calendar to the page on which the numbers move, on a phone and in an office."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from bot.campaigns.content import Variant
from tests.console.campaigning import LAW, PATH, TEXT, Bureau, bureau_of, message, plan
from tests.console.visiting import Visitor, knowledge
from tests.integration.stored import change

from .acting import scrolls_sideways, serious_findings
from .conftest import Complaints
from .running_console import OFFICE, PHONE, Running, context_fixture, running_fixture

__all__ = ["context_fixture", "running_fixture"]

pytestmark = pytest.mark.browser
CITING = replace(message("ngay-chinh"), texts={Variant.HOUSEHOLD: f"{TEXT} [1]"}, sources=(LAW,))


@pytest.fixture(scope="module", name="bureau")
def bureau_fixture(running: Running) -> Bureau:
    knowledge()  # read before somebody waits for a page
    return running.run(bureau_of(running.console))


def seen_by(visitor: Visitor, bureau: Bureau, context: BrowserContext) -> Page:
    """A window of somebody who is signed in."""
    url = f"{bureau.console.address}/console"
    context.clear_cookies()
    context.add_cookies([{"name": "console", "value": visitor.cookies["console"], "url": url}])
    return context.new_page()


def go(page: Page, bureau: Bureau, path: str) -> None:
    page.goto(f"{bureau.console.address}{path}")


def test_from_the_calendar_to_the_approval(
    running: Running, bureau: Bureau, context: BrowserContext, pictures: Path, complaints: Complaints
) -> None:
    complaints.expect("status of 409")
    running.run(bureau.subscribed(3))
    # Given an author begins with the kit of 04/10 in the calendar of the year
    page = seen_by(bureau.author, bureau, context)
    page.set_viewport_size({"width": OFFICE[0], "height": OFFICE[1]})
    go(page, bureau, f"{PATH}/calendar?nam=2027")
    page.get_by_role("link", name="Dùng bộ “Ngày toàn dân phòng cháy và chữa cháy 04/10”").click()
    page.get_by_role("button", name="Lập bản soạn").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("04/10")
    number = int(page.url.rsplit("/", 1)[1])
    # When they change a message, the count of characters follows every letter
    page.locator(".messages a").first.click()
    text = page.get_by_label("Hộ gia đình, và mọi người")
    before = len(text.input_value())
    text.press("Control+End")
    text.type(" Hẹn gặp!")
    expect(page.locator("#c-text-household")).to_contain_text(f"{before + 9} ký tự")
    page.get_by_role("button", name="Xem thử, chưa lưu").click()
    expect(page.locator(".looks")).to_contain_text("Hẹn gặp!")
    page.screenshot(path=pictures / "campaign-1-message.png", full_page=True)
    page.get_by_role("button", name="Lưu và về chiến dịch").click()
    expect(page.get_by_role("status")).to_contain_text("Đã lưu tin")
    page.get_by_role("button", name="Gửi duyệt").click()
    expect(page.get_by_role("status")).to_contain_text("Đã gửi duyệt")
    # Then another person ticks what is cited, one by one, and approves
    page = seen_by(bureau.approver, bureau, context)
    asked: list[str] = []

    def agrees(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", agrees)
    go(page, bureau, "/console/")
    page.get_by_role("link", name="Chiến dịch chờ bạn duyệt").click()
    page.get_by_role("link", name="Ngày toàn dân phòng cháy và chữa cháy 04/10").click()
    page.get_by_role("link", name="Xem và duyệt").click()
    page.get_by_role("button", name="Duyệt", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Chưa đánh dấu đã xem hết")
    for box in page.locator("input[name=checked]").all():
        box.check()
    page.screenshot(path=pictures / "campaign-2-review.png", full_page=True)
    page.get_by_role("button", name="Duyệt", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Đã duyệt")
    assert asked[-1].startswith("Duyệt gửi")
    assert "cả nước" in asked[-1]
    assert running.run(bureau.got(number)).approved_by == bureau.approver.staff_id


def test_the_numbers_move_by_themselves(
    running: Running, bureau: Bureau, context: BrowserContext, pictures: Path
) -> None:
    number = running.run(bureau.sending(plan(CITING), people=5))
    page = seen_by(bureau.approver, bureau, context)
    page.clock.install()
    go(page, bureau, f"{PATH}/{number}")
    expect(page.locator("#progress")).to_contain_text("0 trên")
    page.locator("#progress summary").click()
    # When two more have been sent to
    sent = (
        "UPDATE campaign_recipient SET state = 'sent', sent_at = :now WHERE id IN"
        " (SELECT r.id FROM campaign_recipient r JOIN campaign_message m ON m.id = r.message_id"
        " WHERE m.campaign_id = :campaign ORDER BY r.id LIMIT 2)"
    )
    running.run(change(running.database, sent, now=running.console.clock.at, campaign=number))
    # Then the page shows it without being loaded anew, and what was unfolded stays so
    for _ in range(3):
        page.clock.run_for(3_000)
        page.wait_for_timeout(300)
    expect(page.locator("#progress .big").first).to_contain_text("2 trên")
    expect(page.locator("#progress details")).to_have_attribute("open", "")
    page.screenshot(path=pictures / "campaign-3-live.png", full_page=True)
    # And when somebody else pauses, the buttons change
    other = context.new_page()
    go(other, bureau, f"{PATH}/{number}/acts/pause")
    other.get_by_label("Lý do").fill("Sai giờ")
    other.get_by_role("button", name="Tạm dừng").dblclick()
    expect(other.locator(".notice.fault")).to_contain_text("Sai giờ")
    page.clock.run_for(4_000)
    expect(page.get_by_role("link", name="Gửi tiếp")).to_be_visible()
    assert running.run(bureau.acts(number)).count("pause") == 1


def test_what_is_not_saved_is_asked_after(running: Running, bureau: Bureau, context: BrowserContext) -> None:
    number = running.run(bureau.written(plan(CITING)))
    page = seen_by(bureau.author, bureau, context)
    asked: list[str] = []

    def stays(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stays)
    path = f"{PATH}/{number}/messages/ngay-chinh"
    go(page, bureau, path)
    # When an author who has changed nothing leaves, nobody asks
    page.get_by_role("link", name=plan().title).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(plan().title)
    # When they have written and leave, they are asked, and stay with all they wrote
    go(page, bureau, path)
    text = page.get_by_label("Hộ gia đình, và mọi người")
    text.press("Control+End")
    text.type(" Hẹn gặp!")
    page.get_by_role("link", name=plan().title).click(no_wait_after=True)
    expect(text).to_have_value(re.compile("Hẹn gặp!"))
    assert asked == ["beforeunload"]
    # When they look for a card, which saves nothing, they are not asked; but when they leave then, they are
    page.get_by_placeholder("Chữ trong câu hỏi").fill("bao chay gia")
    page.get_by_placeholder("Chữ trong câu hỏi").press("Enter")
    expect(page.get_by_text("Tìm thấy, chọn rồi lưu:")).to_be_visible()
    assert asked == ["beforeunload"]
    page.get_by_label("Tên tin").click()  # browsers ask only whoever has touched the page
    page.get_by_role("link", name=plan().title).click(no_wait_after=True)
    expect(text).to_have_value(re.compile("Hẹn gặp!"))
    assert asked == ["beforeunload"] * 2
    # And when they save, they are not
    page.get_by_role("button", name="Lưu và về chiến dịch").click()
    expect(page.get_by_role("status")).to_contain_text("Đã lưu tin")
    assert asked == ["beforeunload"] * 2


def test_without_scripts(running: Running, bureau: Bureau, browser: Browser) -> None:
    number = running.run(bureau.written(plan(CITING)))
    with browser.new_context(java_script_enabled=False, locale="vi-VN") as context:
        context.set_default_timeout(5_000)
        page = seen_by(bureau.author, bureau, context)
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        go(page, bureau, f"{PATH}/{number}/messages/ngay-chinh")
        page.get_by_placeholder("Chữ trong câu hỏi").fill("bao chay gia")
        page.get_by_placeholder("Chữ trong câu hỏi").press("Enter")  # looks, and does not save
        page.get_by_label("Báo cháy giả, gọi 114 đùa bị phạt bao nhiêu?").check()
        page.get_by_label("Tên tin").fill("Đổi tên trước khi lưu")
        page.get_by_label("Tên tin").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Đổi tên trước khi lưu")
        go(page, bureau, f"{PATH}/{number}/acts/cancel")
        page.get_by_role("button", name="Hủy chiến dịch").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Đã hủy")
    [saved] = running.run(bureau.got(number)).plan.messages
    assert saved.cards == ("phat-bao-chay-gia",)


@pytest.mark.parametrize("size", [PHONE, OFFICE], ids=lambda size: str(size[0]))
def test_pages_fit_their_screen_and_axe_finds_nothing(
    running: Running, bureau: Bureau, context: BrowserContext, pictures: Path, size: tuple[int, int]
) -> None:
    draft = running.run(bureau.written(plan(CITING, message("sau", days=2))))
    waiting = running.run(bureau.submitted(plan(CITING)))
    live = running.run(bureau.scheduled(plan(CITING)))
    pages = [
        (bureau.author, path)
        for path in (
            "",
            "/calendar?nam=2027",
            "/calendar?nam=2025",
            "/new",
            *(
                f"/{draft}{one}"
                for one in ("", "/basics", "/audience", "/rules", "/messages/sau", "/previews", "/reach")
            ),
            f"/{draft}/try",
            f"/{live}",
        )
    ]
    pages += [(bureau.approver, f"/{waiting}/review"), (bureau.approver, f"/{live}/acts/cancel")]
    for place, (visitor, path) in enumerate(pages):
        page = seen_by(visitor, bureau, context)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        go(page, bureau, f"{PATH}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.screenshot(path=pictures / f"campaign-page-{place}-{size[0]}.png", full_page=True)
        assert not scrolls_sideways(page), path
        assert serious_findings(page) == [], path
        page.close()
