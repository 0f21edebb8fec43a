"""Photos and places on the web page: chosen, shown, taken out again, and sent."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from .acting import FAILED_LOAD, ask, screenshot, scrolls_sideways, serious_findings, until
from .conftest import Complaints, OpenPage
from .fake_api import FakeApi

pytestmark = pytest.mark.browser

ORIENTATION, GPS, LATITUDE = 0x0112, 0x8825, 2


@pytest.fixture
def photo(tmp_path: Path) -> Callable[..., Path]:
    """Makes a photo as a telephone does: turned by its EXIF data, with the place in them."""

    def make(name: str = "lối thoát.jpg", width: int = 2400, height: int = 1800) -> Path:
        image = Image.new("RGB", (width, height), (190, 60, 20))
        image.paste((20, 90, 60), (0, 0, width // 2, height))
        exif = Image.Exif()
        exif[ORIENTATION] = 6
        exif.get_ifd(GPS)[LATITUDE] = (10.0, 46.0, 12.0)
        path = tmp_path / name
        image.save(path, exif=exif, quality=90)
        return path

    return make


def choose(page: Page, *paths: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Thêm ảnh").click()
    chooser.value.set_files([str(path) for path in paths])


def test_a_photo_is_chosen_shown_and_sent_with_words(
    open_page: OpenPage, api: FakeApi, photo: Callable[..., Path], pictures: Path
) -> None:
    # Given somebody on a telephone who writes about an exit and chooses a photo of it
    page = open_page(width=360, height=740, has_touch=True)
    choose(page, photo())
    expect(page.locator(".tray .shot")).to_be_visible()
    until(page, lambda: api.uploads)
    page.get_by_label("Câu hỏi của bạn").fill("Lối thoát hiểm tầng 3 bị khóa")
    screenshot(page, pictures / "photo-1-chosen.png")
    assert not scrolls_sideways(page)
    assert serious_findings(page) == []
    # When they send it
    until(page, lambda: page.locator(".under-way").count() == 0)
    page.get_by_label("Câu hỏi của bạn").press("Enter")
    expect(page.locator(".reply")).to_have_count(1)
    # Then it stands in their own bubble, and the message names what was uploaded for its conversation
    expect(page.locator(".said .shot")).to_be_visible()
    expect(page.locator(".tray")).to_be_hidden()
    [(conversation, _)] = api.uploads
    [message] = api.received
    assert message["conversation"] == conversation
    assert message["photos"] == [f"{1:032x}"]
    assert message["text"] == "Lối thoát hiểm tầng 3 bị khóa"
    screenshot(page, pictures / "photo-2-sent.png")
    assert not scrolls_sideways(page)
    assert serious_findings(page) == []


def test_what_leaves_the_device_is_small_upright_and_tells_no_place(
    open_page: OpenPage, api: FakeApi, photo: Callable[..., Path]
) -> None:
    page = open_page()
    choose(page, photo(width=2400, height=1800))
    until(page, lambda: api.uploads)
    sent = Image.open(io.BytesIO(api.uploads[0][1]))
    assert sent.format == "JPEG"
    assert sent.size == (1200, 1600)  # it lay on its side
    assert dict(sent.getexif()) == {}
    assert b"Exif" not in api.uploads[0][1]


def test_a_photo_can_be_taken_out_again(open_page: OpenPage, api: FakeApi, photo: Callable[..., Path]) -> None:
    page = open_page()
    choose(page, photo("a.jpg"), photo("b.jpg"))
    expect(page.locator(".tray .shot")).to_have_count(2)
    page.get_by_role("button", name="Bỏ ảnh 1").click()
    expect(page.locator(".tray .shot")).to_have_count(1)
    expect(page.get_by_role("button", name="Thêm ảnh")).to_be_focused()
    until(page, lambda: len(api.uploads) == 2 and page.locator(".under-way").count() == 0)
    page.get_by_label("Câu hỏi của bạn").press("Enter")  # no words are needed beside a photo
    expect(page.locator(".reply")).to_have_count(1)
    assert [len(one["photos"]) for one in api.received] == [1]
    assert api.received[0]["text"] == ""


def test_no_more_than_a_report_takes(open_page: OpenPage, photo: Callable[..., Path]) -> None:
    page = open_page()
    choose(page, *(photo(f"{number}.jpg", 400, 300) for number in range(4)))
    expect(page.locator(".tray .shot")).to_have_count(3)
    expect(page.locator("#told")).to_have_text("Mỗi lần gửi được tối đa 3 ảnh.")


def test_words_do_not_wait_for_a_slow_photo(open_page: OpenPage, api: FakeApi, photo: Callable[..., Path]) -> None:
    # Given a photo on a slow network
    page = open_page()
    api.slow_uploads = True
    choose(page, photo())
    expect(page.locator(".tray .shot")).to_be_visible()
    # When words are sent meanwhile
    ask(page, "cuu voi nha em dang chay")
    # Then they are answered at once, and the photo follows
    expect(page.locator(".emergency")).to_be_visible()
    assert [one.get("photos") for one in api.received] == [None]
    api.released.set()
    expect(page.locator(".reply")).to_have_count(2)
    assert [len(one.get("photos", [])) for one in api.received] == [0, 1]


def test_what_is_no_photo_is_said_and_taken_out(
    open_page: OpenPage, api: FakeApi, complaints: Complaints, tmp_path: Path
) -> None:
    complaints.expect(FAILED_LOAD)
    api.upload_failures = [400]
    page = open_page()
    path = tmp_path / "anh.jpg"
    path.write_bytes(b"PK\x03\x04 no picture")
    choose(page, path)
    expect(page.locator("#told")).to_have_text("Tệp này không phải ảnh.")
    expect(page.locator(".tray")).to_be_hidden()


def test_a_photo_that_did_not_get_through_is_sent_again(
    open_page: OpenPage, api: FakeApi, complaints: Complaints, photo: Callable[..., Path]
) -> None:
    complaints.expect(FAILED_LOAD)
    api.upload_failures = [503, 503]
    page = open_page()
    choose(page, photo())
    until(page, lambda: len(api.upload_failures) == 1)
    page.get_by_label("Câu hỏi của bạn").press("Enter")
    expect(page.locator(".trouble")).to_be_visible()
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.locator(".reply")).to_have_count(1)
    assert len(api.uploads) == 1
    assert api.received[0]["photos"] == [f"{1:032x}"]


def test_a_place_is_sent_when_the_resident_asks_for_it(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(
        width=360,
        height=740,
        permissions=["geolocation"],
        geolocation={"latitude": 10.7768891, "longitude": 106.7008067},
    )
    page.get_by_role("button", name="Chia sẻ vị trí").click()
    expect(page.locator(".reply")).to_have_count(1)
    assert api.received[0]["pin"] == {"latitude": 10.77689, "longitude": 106.70081}
    assert api.received[0]["text"] == ""


def test_a_place_that_is_refused_is_asked_for_in_words(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(permissions=[])
    page.get_by_role("button", name="Chia sẻ vị trí").click()
    expect(page.locator("#told")).to_contain_text("Bạn gõ địa chỉ")
    assert api.received == []
