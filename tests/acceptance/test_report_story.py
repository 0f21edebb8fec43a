"""Two reports, from the chat to the monitoring report, on the started program.

A web page and Telegram, an officer's and an agency's browser, and the agency's mail. ``KEEP_SCREENSHOTS`` names the
folder for pictures of each station.
"""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final

import docx
import openpyxl
import pdfplumber
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from bot.conversation.flows.contact_words import SEND_ANONYMOUSLY
from bot.feedback.figure_tables import CHANNELS
from bot.feedback.lifecycle import STATES, State
from bot.feedback.reports import reference
from knowledge.clock import VIET_NAM
from tests.conftest import new_database
from tests.fakes.telegram import TOKEN

from .acting import scrolls_sideways, until
from .conftest import Complaints
from .stories import LONG_ENOUGH, Camera, Chat, a_file, background_fixture, camera_fixture, first_sign_in
from .surroundings import Background, Mailbox, Resident, Started, channels, link_in, started

__all__ = ["background_fixture", "camera_fixture"]

pytestmark = pytest.mark.browser

PHONE, OFFICE = (360, 740), (1280, 800)
CHAT = 4711
PLACE, COMMUNE = "01", "00364"
AGENCY = "Công an phường Khương Đình"
MAIL = "ca.khuongdinh@example.vn"
LOGIN, PASSWORD = "hai.le", "quả bưởi đi xe máy"
DOOR = "Cửa thoát hiểm tầng 3 bị khóa trái cả tuần nay, không ai giữ chìa."
DOOR_WHERE = "chung cư Bằng Lăng, phường Khương Đình, Hà Nội"
BOTTLE = "Bình chữa cháy dãy trọ hết hạn từ 2022, treo cạnh bụi hoa xuyến chi."
BOTTLE_WHERE = "sau nhà văn hóa tổ 17, phường Khương Đình, Hà Nội"
STILL_OLD = "Mới thay một bình, bình sát gốc dạ quỳnh vẫn cũ."
WORDS = ("xuyến chi", "xuyen", "nhà văn hóa tổ 17", "dạ quỳnh", "quynh")
"""What only the resident on Telegram has said, and how the search keeps it."""
Colour = tuple[int, int, int]
RED, BLUE, GREEN, YELLOW, VIOLET = (190, 40, 30), (30, 60, 190), (20, 140, 60), (220, 190, 30), (120, 40, 150)

OFFICE_WORDS: Final = {
    "Cơ quan cấp trên": "Ủy ban MTTQ Việt Nam thành phố Hà Nội",
    "Cơ quan ban hành": "Ban Thường trực Ủy ban MTTQ Việt Nam phường Khương Đình",
    "Ký hiệu sau số": "BC-MTTQ-BTT",
    "Địa danh": "Khương Đình",
    "Quyền hạn người ký": "TM. BAN THƯỜNG TRỰC",
    "Chức vụ người ký": "CHỦ TỊCH",
    "Nơi nhận": "Đảng ủy phường (b/c)\nLưu: VT",
}
EXPECTED: Final = {
    "pa.tong": "2",
    "pa.loai.hazard": "2",
    "pa.muc.hazard.locked-exit": "1",
    "pa.muc.hazard.equipment": "1",
    "pa.ket-qua.closed": "1",
    "pa.ket-qua.confirmed": "1",
    "pa.xong": "2",
    "pa.mo-lai": "1",
    "pa.kenh.web": "1",
    "pa.kenh.telegram": "1",
    f"pa.noi.{COMMUNE}": "2",
}
KEPT_TILL_ERASED: Final = {
    "report.search",
    "report.text",
    "report.where_text",
    "report_event.text",
    "report_photo.sealed",
    "report_photo.thumbnail",
}


def picture(colour: Colour) -> bytes:
    """A photo as a telephone takes it, with the place in its EXIF data."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (20.0, 59.0, 42.0)
    drawn = io.BytesIO()
    Image.new("RGB", (1200, 900), colour).save(drawn, "JPEG", exif=exif)
    return drawn.getvalue()


def today() -> date:
    return datetime.now(VIET_NAM).date()


def code_in(text: str) -> str:
    found = re.search(r"Mã của bạn: ?([0-9A-Z-]+)", text)
    assert found, text
    return found[1]


@dataclass
class Story:
    """Who takes part, and what has to be known of them later."""

    program: Started
    resident: Resident
    mailbox: Mailbox
    officer: Page
    phone: Page
    agency: Page
    camera: Camera
    day: date
    door: str = ""
    bottle: str = ""
    bottle_photos: list[bytes] = field(default_factory=list)

    def on_page(self, code: str) -> Page:
        """The officer's page of a report, as it is now."""
        self.officer.goto(f"{self.program.address}/console/reports/{code}")
        return self.officer

    def looked_at(self, name: str, page: Page, *, full: bool = True) -> None:
        """Take a picture; nothing may be wider than the screen."""
        self.camera.take(page, name, full=full)
        assert not scrolls_sideways(page), name


@pytest.fixture
def story(
    postgres_url: str, tmp_path: Path, background: Background, browser: Browser, camera: Camera, complaints: Complaints
) -> Iterator[Story]:
    pages: list[Page] = []
    for size in (OFFICE, PHONE, OFFICE):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="vi-VN", reduced_motion="reduce"
        )
        context.set_default_timeout(15_000)
        pages.append(context.new_page())
        complaints.listen(pages[-1])
    officer, phone, agency = pages

    def wait(holds: Callable[[], object]) -> None:
        until(officer, holds, LONG_ENOUGH)

    with channels(background) as (telegram, mail), new_database(postgres_url) as url:
        settings = {
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API": telegram.url,
            "SMTP_URL": f"smtp://127.0.0.1:{mail.port}",
            "MAIL_FROM": "Ban Mặt trận <pccc@example.vn>",
        }
        with started(tmp_path, url, **settings) as program:
            resident = Resident(background, telegram, CHAT, wait)
            yield Story(program, resident, Mailbox(mail, wait), officer, phone, agency, camera, today())
            for page in pages:
                page.context.close()
        log = program.log.read_text()
    assert complaints.unexpected() == []
    assert "Traceback" not in log
    assert "ERROR" not in log


def reported_on_the_page(story: Story) -> None:
    """An anonymous hazard with a photo; its code is all that leads to it."""
    story.phone.goto(story.program.address)
    chat = Chat(story.phone)
    chat.writes("phản ánh", "viết việc muốn báo", "114")
    chat.writes(DOOR, "Có phải việc này là")
    chat.presses("Cửa thoát nạn bị khóa", "Việc này ở đâu")
    chat.writes(DOOR_WHERE, "Có ảnh thì bạn gửi vào đây")
    chat.shows(picture(RED), "Đã nhận ảnh (1/3)")
    chat.presses("Đủ ảnh rồi", "nhận tin thế nào")
    chat.presses(SEND_ANONYMOUSLY, "Cán bộ sẽ thấy đúng như sau", DOOR, "Phường Khương Đình", "Kèm 1 ảnh", "ẩn danh")
    story.looked_at("01-chat-preview", story.phone, full=False)
    story.door = code_in(chat.presses("Gửi", "Đã gửi", "giữ mã này").inner_text())
    story.looked_at("02-chat-sent", story.phone, full=False)


def reported_on_telegram(story: Story) -> None:
    """Another hazard with a photo, of a resident who wants to be told."""
    one = story.resident
    one.writes("phản ánh", "viết việc muốn báo")
    one.writes(BOTTLE, "Có phải việc này là")
    one.presses("Thiếu, hỏng bình, chuông báo cháy", "Việc này ở đâu")
    one.writes(BOTTLE_WHERE, "Có ảnh")
    one.shows(picture(BLUE), "Đã nhận ảnh (1/3)")
    one.presses("Đủ ảnh rồi", "nhận tin thế nào")
    one.presses("Báo tin cho tôi ở đây", "Cán bộ sẽ thấy đúng như sau", "xuyến chi", "Kèm 1 ảnh")
    story.bottle = code_in(one.presses("Gửi", "Đã gửi"))


def account_added(story: Story) -> subprocess.Popen[str]:
    """On the machine itself, while the residents write."""
    add = ("staff", "add", LOGIN, "--name", "Lê Thị Hai", "--position", "Phó Chủ tịch", "--role", "officer")
    return story.program.beginning(*add, "--place", PLACE)


def signed_in(story: Story, adding: subprocess.Popen[str]) -> None:
    def show(name: str) -> None:
        story.looked_at(f"{'03' if name == 'second-factor' else '04'}-{name}", story.officer)

    first_sign_in(story.officer, story.program, adding, LOGIN, PASSWORD, show)
    expect(story.officer.get_by_role("heading", level=1)).to_have_text("Chào Lê Thị Hai")


def agency_added(story: Story) -> None:
    page = story.officer
    page.goto(f"{story.program.address}/console/agencies/new")
    page.get_by_label("Tên cơ quan").fill(AGENCY)
    page.get_by_label("Phục vụ tỉnh, thành phố").select_option(value=PLACE)
    page.get_by_role("button", name="Hiện xã, phường").click()
    page.get_by_label("Phục vụ xã, phường").select_option(value=COMMUNE)
    page.get_by_label("Địa chỉ thư điện tử").fill(MAIL)
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("table").first).to_contain_text(MAIL)
    story.looked_at("05-agencies", page)


def found_and_verified(story: Story, words: str, code: str, colour: Colour) -> list[bytes]:
    """Search without diacritics, look at the photo, claim and verify; return the photo and its thumbnail."""
    page = story.officer
    page.goto(f"{story.program.address}/console/reports")
    expect(page.get_by_role("heading", level=2, name="2 phản ánh")).to_be_visible()
    page.get_by_label("Tìm theo chữ hoặc mã").fill(words)
    page.get_by_role("button", name="Tìm", exact=True).click()
    expect(page.get_by_role("heading", level=2, name="1 phản ánh")).to_be_visible()
    story.looked_at(f"06-inbox-{words[:3]}", page)
    page.get_by_role("link", name=code).click()
    shown = photos_on(page, page.get_by_role("region", name="Nội dung phản ánh"), colour)
    following = page.locator(".next")
    following.get_by_role("button", name="Nhận xử lý").click()
    expect(page.get_by_role("status")).to_have_text("Bạn đang xử lý phản ánh này.")
    story.looked_at(f"07-claimed-{words[:3]}", page)
    following.get_by_role("button", name="Xác minh").click()
    expect(page.get_by_role("status")).to_have_text("Đã xác minh.")
    return shown


def photos_on(page: Page, part: Locator, *colours: Colour) -> list[bytes]:
    """Return the photos with their thumbnails; they are those that were taken, without what a telephone adds."""
    images = part.locator(".photos img")
    expect(images).to_have_count(len(colours))
    shown = []
    for number, colour in enumerate(colours):
        image = images.nth(number)
        image.scroll_into_view_if_needed()
        expect(image).not_to_have_js_property("naturalWidth", 0)
        large = image.locator("xpath=..").get_attribute("href")
        for path in (large, image.get_attribute("src")):
            answer = page.request.get(page.url.split("/console")[0].split("/co-quan")[0] + str(path))
            assert answer.status == 200
            assert looks_like(answer.body(), colour)
            shown.append(answer.body())
    return shown


def looks_like(photo: bytes, colour: Colour) -> bool:
    with Image.open(io.BytesIO(photo)) as image:
        assert dict(image.getexif()) == {}
        middle = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(middle, tuple)
    return all(abs(one - other) < 16 for one, other in zip(middle, colour, strict=True))


def forwarded(story: Story, code: str, note: str) -> str:
    """Forward a report by mail; return the link that the agency gets."""
    page = story.on_page(code)
    following = page.locator(".next")
    following.get_by_label("Cơ quan nhận").select_option(label=AGENCY)
    following.get_by_label("Gửi thư").check()
    following.locator("#forward-text").fill(note)
    following.get_by_role("button", name="Chuyển", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Đã chuyển cơ quan.")
    mail = story.mailbox.next()
    assert mail["To"].addresses[0].addr_spec == MAIL
    assert "chuyển phản ánh" in mail["Subject"]
    assert code not in str(mail)  # whoever has the code could withdraw the report
    assert code not in mail.get_content()
    assert note in mail.get_content()
    link = link_in(mail)
    assert link.startswith(story.program.address)
    return link


def answered(story: Story, link: str, answer: str, colour: Colour, name: str, *shown: Colour) -> None:
    """The agency opens the link, takes the report up, and answers with a photo."""
    page = story.agency
    page.goto(link)
    story.looked_at(f"{name}-1-agency-before-opening", page)
    page.get_by_role("button", name="Mở phản ánh").click()
    photos_on(page, page.get_by_role("main").locator("section").first, *shown)
    story.looked_at(f"{name}-2-agency-opened", page)
    fill_official(page.locator("#tiep-nhan"))
    page.get_by_role("button", name="Đã tiếp nhận").click()
    expect(page.locator(".state")).to_contain_text("Cơ quan đã tiếp nhận")
    part = page.locator("#tra-loi")
    fill_official(part)
    part.get_by_label("Nội dung trả lời").fill(answer)
    part.get_by_label("Ảnh sau khi xử lý").set_input_files([a_file("sau khi xử lý.jpg", picture(colour))])
    part.get_by_role("button", name="Gửi trả lời").click()
    expect(page.locator(".state")).to_contain_text("Quý cơ quan đã trả lời")
    story.looked_at(f"{name}-3-agency-answered", page)


def fill_official(part: Locator) -> None:
    part.get_by_label("Họ tên người điền").fill("Trần Văn Bình")
    part.get_by_label("Chức vụ, đơn vị").fill("Phó Trưởng Công an phường")


def told_on_telegram(story: Story) -> None:
    """Each step came by itself; then "Chưa xong" with a photo."""
    one = story.resident
    for words in ("đã đọc và xác minh", f"đã chuyển tới {AGENCY}", "đã tiếp nhận và đang xử lý"):
        one.hears(story.bottle, words)
    one.hears(story.bottle, "Đã thay bình mới", "Việc này đã xong chưa?")
    one.presses("Chưa xong", "Còn điều gì chưa xong")
    one.writes(STILL_OLD, "Có ảnh")
    one.shows(picture(YELLOW), "Đã nhận ảnh (1/3)")
    one.presses("Đủ ảnh rồi", "Đã ghi")


def seen_reopened(story: Story) -> None:
    page = story.on_page(story.bottle)
    expect(page.locator(".next")).to_contain_text("Người dân báo chưa xong")
    steps = page.get_by_role("region", name="Diễn biến")
    assert steps.locator(".happening strong").all_inner_texts() == [
        "Mở lại",
        "Trả lời của cơ quan",
        "Cơ quan tiếp nhận",
        "Cơ quan mở đường dẫn",
        "Đã gửi thư cho cơ quan",
        "Chuyển cơ quan",
        "Xác minh",
        "Nhận xử lý",
        "Gửi phản ánh",
    ]
    photos_on(page, page.get_by_role("region", name="Nội dung phản ánh"), BLUE)
    newest = steps.locator(".story > li").filter(has_text=STILL_OLD)
    story.bottle_photos += photos_on(page, newest, YELLOW)
    story.looked_at("11-reopened", page)


def confirmed_on_telegram(story: Story) -> None:
    one = story.resident
    one.hears(story.bottle, "Đã thay nốt bình còn lại", "Việc này đã xong chưa?")
    one.presses("Đã xong", "Có ảnh sau khi xong")
    one.presses("👍 Hài lòng", "đã được ghi là xong")
    expect(story.on_page(story.bottle).locator(".next")).to_contain_text("Người dân đã xác nhận")


def followed_by_code(story: Story) -> None:
    """Who sent it anonymously looks with the code, also on another telephone."""
    reply = Chat(story.phone).writes(story.door, "đã có trả lời", "Đã mở khóa cửa tầng 3", "Việc này đã xong chưa?")
    expect(reply.get_by_role("button", name="Chưa xong", exact=True)).to_be_visible()
    story.looked_at("13-chat-by-code", story.phone, full=False)


def closed_with_evidence(story: Story) -> None:
    page = story.on_page(story.door)
    following = page.locator(".next")
    expect(following).to_contain_text("Xem kết quả rồi đóng, kèm minh chứng")
    following.get_by_label("Kết quả, người dân đọc được").fill("Đã xem tại chỗ: cửa tầng 3 mở được từ bên trong.")
    following.get_by_label("Ảnh minh chứng").set_input_files([a_file("minh chứng.jpg", picture(VIOLET))])
    following.get_by_role("button", name="Đóng phản ánh").click()
    expect(page.get_by_role("status")).to_have_text("Đã đóng phản ánh.")
    story.looked_at("14-closed", page)
    Chat(story.phone).writes(story.door, "mở được từ bên trong")
    story.looked_at("15-chat-closed", story.phone, full=False)


def drafted(story: Story) -> dict[str, str]:
    """Draft the report of this month in the console; return its figures by id, as they stand on the page."""
    page = story.officer
    page.goto(f"{story.program.address}/console/monitoring")
    page.get_by_label("Kỳ báo cáo").select_option(label="Tháng")
    page.get_by_label("Một ngày trong kỳ").fill(f"{story.day:%Y-%m-%d}")
    page.get_by_role("button", name="Soạn bản thảo").click()
    expect(page.get_by_role("status").first).to_have_text("Đã soạn bản thảo từ số liệu của kỳ.")
    rows = page.locator("tr[id^='so-']").all()
    return {row.locator("code").inner_text(): row.locator("td").nth(1).inner_text() for row in rows}


def finished(story: Story) -> None:
    """Fill in the office, and take out what the draft asks an officer to add."""
    page = story.officer
    page.get_by_text("Thể thức: cơ quan, người ký, nơi nhận").click()
    for label, words in OFFICE_WORDS.items():
        page.get_by_label(label).fill(words)
    for area in page.locator("textarea[name^='text-']").all():
        area.fill(re.sub(r"\s*\[Cán bộ[^\]]*\]", "", area.input_value()))
    page.get_by_role("button", name="Lưu bản thảo").first.click()
    expect(page.get_by_role("status").first).to_have_text("Đã lưu bản thảo.")
    story.looked_at("16-draft", page)


def issued(story: Story) -> str:
    """Issue the report; return its address."""
    page = story.officer
    page.get_by_label("Số báo cáo").fill("15")
    page.get_by_label("Ngày ban hành").fill(f"{story.day:%Y-%m-%d}")
    page.locator("#f-issued_signer").fill("Trần Văn Ký")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Phát hành", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Đã phát hành.")
    story.looked_at("17-issued", page)
    return page.url


def files_of(story: Story, report: str) -> dict[str, bytes]:
    """Download the three files of an issued report, by their kinds."""
    page = story.officer
    page.goto(report)
    expect(page.locator("article")).to_contain_text("đã nhận 2 phản ánh của người dân")
    files = {}
    for label in ("Tải PDF", "Tải .docx", "Tải dữ liệu .xlsx"):
        with page.expect_download() as download:
            page.get_by_role("link", name=label).click()
        path = download.value.path()
        files[Path(download.value.suggested_filename).suffix] = path.read_bytes()
    return files


def check_files(story: Story, files: dict[str, bytes]) -> None:
    """All three say what happened, and nobody's words."""
    written = docx.Document(io.BytesIO(files[".docx"]))
    paragraphs = "\n".join(one.text for one in written.paragraphs)
    cells = [[cell.text for cell in row.cells] for table in written.tables for row in table.rows]
    assert "đã nhận 2 phản ánh của người dân" in paragraphs
    assert any("Số: 15/BC-MTTQ-BTT" in cell for row in cells for cell in row)
    with pdfplumber.open(io.BytesIO(files[".pdf"])) as printed:
        text = "\n".join(page.extract_text() for page in printed.pages)
    assert "Số: 15/BC-MTTQ-BTT" in text
    assert "đã nhận 2 phản ánh của người dân" in " ".join(text.split())
    book = openpyxl.load_workbook(io.BytesIO(files[".xlsx"]))
    figures = {row[0]: row[2] for row in book["Số liệu"].iter_rows(min_row=5, values_only=True)}
    assert {name: str(figures[name]) for name in EXPECTED} == EXPECTED
    assert figures["pa.dang-mo"] == 0
    names = {row[0]: row[1] for row in book["Số liệu"].iter_rows(min_row=5, values_only=True)}
    for figure, counted in EXPECTED.items():  # each with its definition and its number, in the appendix
        told = f"{names[figure]} (phản ánh)"
        assert any(told in row[1] and row[2] == counted for row in cells if len(row) > 2), figure
    head, *rows = book["Phản ánh"].iter_rows(values_only=True)
    records = {str(row[0]): dict(zip(head, row, strict=True)) for row in rows}
    assert set(records) == {reference(story.door), reference(story.bottle)}
    for code, channel, state, reopened in (
        (story.door, "web", State.CLOSED, 0),
        (story.bottle, "telegram", State.CONFIRMED, 1),
    ):
        record = records[reference(code)]
        assert record["Kênh"] == CHANNELS[channel]
        assert record["Trạng thái"] == STATES[state]
        assert record["Số lần mở lại"] == reopened
        assert str(record["Xã, phường"]).startswith("Phường Khương Đình")


def erased_on_telegram(story: Story) -> None:
    one = story.resident
    one.writes("xóa dữ liệu", "không lấy lại được")
    one.presses("Xóa hết", "Đã xóa hết")


def nothing_is_left(story: Story) -> None:
    """Neither in a table nor in a file; but the count, and that it was erased, are."""
    program = story.program
    assert program.holding(*WORDS, *story.bottle_photos) == set()
    assert program.holding("khóa trái") == {"report.text"}  # of the other resident, who erased nothing
    [(channel, counts)] = program.values("SELECT channel, counts FROM erasure")
    assert channel == "telegram"
    assert counts["reports"] == 1
    assert counts["photos"] == 4  # two of the resident, two in the agency's answers
    page = story.on_page(story.bottle)
    expect(page.get_by_role("main")).to_contain_text("Nội dung đã được xóa theo yêu cầu của người dân.")
    expect(page.locator("img[src*='photos']")).to_have_count(0)
    story.looked_at("18-erased", page)


def test_two_reports_from_the_chat_to_the_issued_report(story: Story) -> None:
    # Given two hazards, one sent anonymously on the page, one on Telegram, and an officer who signs in at first
    adding = account_added(story)
    reported_on_the_page(story)
    reported_on_telegram(story)
    signed_in(story, adding)
    agency_added(story)
    # When the officer finds and forwards both, and the agency answers
    found_and_verified(story, "cua thoat hiem khoa trai", story.door, RED)
    link = forwarded(story, story.door, "Đề nghị kiểm tra cửa tầng 3.")
    answered(story, link, "Đã mở khóa cửa tầng 3.", GREEN, "08", RED)
    story.bottle_photos = found_and_verified(story, "binh chua chay het han", story.bottle, BLUE)
    link = forwarded(story, story.bottle, "Đề nghị kiểm tra bình của dãy trọ.")
    answered(story, link, "Đã thay bình mới.", GREEN, "09", BLUE)
    # Then the resident is told of each step and says that it is not done; the next time it is
    told_on_telegram(story)
    seen_reopened(story)
    link = forwarded(story, story.bottle, "Đề nghị thay nốt bình còn lại.")
    answered(story, link, "Đã thay nốt bình còn lại.", GREEN, "12", BLUE)
    confirmed_on_telegram(story)
    # And who sent the other reads the answer by its code; the officer closes that one with evidence
    followed_by_code(story)
    closed_with_evidence(story)
    # And both stand in the report of the month, whose numbers are those of what happened
    assert EXPECTED.items() <= drafted(story).items()
    finished(story)
    report = issued(story)
    files = files_of(story, report)
    check_files(story, files)
    # When the resident on Telegram has their data erased
    assert story.program.holding(*WORDS, *story.bottle_photos) == KEPT_TILL_ERASED
    erased_on_telegram(story)
    # Then nothing of their words and photos is left; the counts and the issued report stay
    nothing_is_left(story)
    assert EXPECTED.items() <= drafted(story).items()
    assert files_of(story, report) == files
