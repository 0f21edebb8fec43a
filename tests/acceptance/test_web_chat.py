"""The web chat page in a real browser, against a scripted server (``fake_api``)."""

from uuid import UUID

import pytest
from playwright.sync_api import expect

from .acting import DISTRESS, FAILED_LOAD, QUESTION, ask, focused, until
from .conftest import Complaints, OpenPage
from .fake_api import HTML, FakeApi

pytestmark = pytest.mark.browser


def test_opens_without_complaints_and_always_offers_114(open_page: OpenPage) -> None:
    page = open_page()

    expect(page.get_by_role("heading", name="Trợ lý PCCC", level=1)).to_be_visible()
    call = page.locator("#call-114")
    expect(call).to_have_attribute("href", "tel:114")
    expect(page.get_by_text("Trợ lý này không thay tổng đài 114")).to_be_visible()

    # And after a long conversation the number is still in view.
    for _ in range(4):
        ask(page, QUESTION)
    expect(page.locator(".reply")).to_have_count(4)
    page.mouse.wheel(0, 5_000)
    expect(call).to_be_in_viewport()


def test_loads_nothing_from_elsewhere(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, QUESTION)
    expect(page.locator(".reply")).to_be_visible()

    hosts = page.evaluate("performance.getEntriesByType('resource').map(e => new URL(e.name).host)")
    assert set(hosts) == {page.evaluate("location.host")}


def test_a_question_gets_an_answer_with_its_sources(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    ask(page, f"  {QUESTION}\n")

    reply = page.locator(".reply")
    expect(reply.locator("ol > li")).to_have_count(3)
    expect(reply.locator("ul.dont > li")).to_have_count(2)
    expect(reply.get_by_role("heading", name="Lưu ý")).to_be_visible()
    expect(reply.locator(".source")).to_have_text(
        [
            "[1]Cục Cảnh sát PCCC và CNCH (C07), Xuống thang bộtài liệu hướng dẫncác nguồn nói khác nhau",
            "[2]Nghị định 106/2025/NĐ-CP, Điều 27 khoản 4còn hiệu lực, đã được sửa đổi",
        ]
    )
    expect(page.get_by_label("Câu hỏi của bạn")).to_have_value("")
    assert [body["text"] for body in api.received] == [QUESTION]


def test_the_conversation_goes_on_after_a_reload(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    ask(page, QUESTION)
    expect(page.locator(".reply")).to_have_count(1)
    page.reload()
    ask(page, "binh chua chay")
    expect(page.locator(".reply")).to_have_count(1)

    first, second = api.received
    assert second == {**second, "conversation": first["conversation"], "text": "binh chua chay"}
    assert second["message"] != first["message"]
    assert {UUID(first[name]).version for name in ("conversation", "message")} == {4}


def test_a_line_that_is_answered_with_the_next_leaves_no_trouble(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    ask(page, "!joined nha em")
    expect(page.locator(".waiting")).to_have_count(0)
    expect(page.locator(".trouble")).to_have_count(0)
    assert [body["text"] for body in api.received] == ["!joined nha em"]


def test_a_citation_opens_its_passage_and_gives_the_focus_back(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, QUESTION)
    marker = page.get_by_role("button", name="Nguồn [2]").first
    marker.click()

    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("phạt 10–15 triệu đồng")
    expect(dialog).to_contain_text("106/2025/NĐ-CP")
    expect(dialog).to_contain_text("15/05/2025")
    expect(dialog.get_by_role("link", name="Gọi 114")).to_have_attribute("href", "tel:114")

    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(marker).to_be_focused()


def test_a_passage_that_cannot_be_opened_can_be_tried_again(open_page: OpenPage, complaints: Complaints) -> None:
    complaints.expect(FAILED_LOAD)
    page = open_page()
    ask(page, QUESTION)
    page.context.set_offline(True)
    page.locator(".source").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Chưa mở được nguồn này")

    page.context.set_offline(False)
    dialog.get_by_role("button", name="Thử lại").click()
    expect(dialog).to_contain_text("Thang bộ chưa có khói thì đi xuống.")


def test_an_emergency_comes_first_and_looks_like_nothing_else(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, f"{DISTRESS} va hoi")

    replies = page.locator(".reply")
    expect(replies).to_have_count(2)
    first = replies.first
    expect(first).to_have_attribute("role", "alert")
    expect(first.locator(".words > :first-child")).to_have_text("Gọi 114 ngay!")
    expect(first.get_by_role("link", name="Gọi 114")).to_have_attribute("href", "tel:114")
    expect(first.get_by_role("link", name="Gọi 114")).to_be_in_viewport()
    colours = replies.evaluate_all("all => all.map(it => getComputedStyle(it).backgroundColor)")
    assert colours[0] != colours[1]


def test_buttons_send_their_payload_and_show_their_label(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    page.get_by_role("button", name="Nhà ở có bắt buộc có bình chữa cháy không?").click()
    expect(page.locator(".said")).to_contain_text("Nhà ở có bắt buộc có bình chữa cháy không?")
    page.locator(".reply").get_by_role("button", name="Nhà ống thì chạy lối nào?").click()
    expect(page.locator(".reply")).to_have_count(2)

    assert [body["payload"] for body in api.received] == ["card:binh-nha-o", "card:nha-ong"]
    assert len({body["conversation"] for body in api.received}) == 1


def test_an_answer_can_be_rated_and_the_rating_changed(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    ask(page, QUESTION)
    up = page.get_by_role("button", name="Hữu ích")
    down = page.get_by_role("button", name="Chưa ổn")
    up.click()
    expect(page.get_by_text("Cảm ơn bạn.")).to_be_visible()
    expect(up).to_have_attribute("aria-pressed", "true")
    down.click()
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(up).to_have_attribute("aria-pressed", "false")

    expect(page.get_by_text("chúng tôi sẽ xem lại")).to_be_visible()
    assert [rating["value"] for rating in api.ratings] == ["up", "down"]
    conversation = api.received[0]["conversation"]
    assert api.ratings[0] == {"conversation": conversation, "reply": "r1-0", "value": "up"}


def test_waiting_is_shown_and_does_not_hold_up_a_cry_for_help(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    ask(page, "!slow")
    expect(page.get_by_text("Đang tìm câu trả lời")).to_be_visible()
    ask(page, DISTRESS)
    expect(page.locator(".emergency")).to_be_visible()
    expect(page.get_by_text("Đang tìm câu trả lời")).to_be_visible()

    api.released.set()
    expect(page.get_by_text("Đang tìm câu trả lời")).to_be_hidden()
    # Each reply stands under its own question.
    expect(page.locator(".turn").first.locator(".reply")).to_have_attribute("data-kind", "answer")


def test_everything_works_from_the_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    assert focused(page, "it.textContent") == "Đến ô nhập câu hỏi"
    page.keyboard.press("Enter")
    assert focused(page, "it.id") == "message"
    page.keyboard.type(QUESTION)
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("tang 5")
    expect(page.locator(".said")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_have_text(f"Bạn hỏi: {QUESTION}\ntang 5", use_inner_text=True)
    expect(page.locator(".reply")).to_be_visible()

    # Back through the page to the last source: every stop can be seen.
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        outline = focused(page, "getComputedStyle(it).outlineStyle + getComputedStyle(it).outlineWidth")
        assert outline == "solid3px", focused(page, "it.outerHTML")
        if focused(page, "it.className") == "source":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    assert focused(page, "it.className") == "source"


def test_enter_that_ends_a_vietnamese_word_does_not_send(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    box = page.get_by_label("Câu hỏi của bạn")
    box.fill("cháy")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    expect(box).to_have_value("cháy")
    assert api.received == []


def test_blank_text_is_not_sent_and_long_text_is_counted(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    ask(page, " \n ")
    box = page.get_by_label("Câu hỏi của bạn")
    box.fill("a" * 1799)
    expect(page.locator("#counter")).to_be_hidden()
    box.fill("a" * 1950)
    expect(page.locator("#counter")).to_have_text("Còn 50 ký tự")
    box.press_sequentially("b" * 60)

    assert len(box.input_value()) == 2000
    assert api.received == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (429, "Bạn gửi hơi nhiều. Đợi một phút rồi thử lại."),
        (500, "Trợ lý đang gặp trục trặc."),
        (503, "Tạm thời chưa trả lời được."),
    ],
)
def test_a_passing_fault_is_told_politely_and_can_be_repeated(
    open_page: OpenPage, api: FakeApi, complaints: Complaints, status: int, words: str
) -> None:
    # Given a server that fails once
    complaints.expect(FAILED_LOAD)
    api.failures = [status]
    page = open_page()

    # When a question is asked
    ask(page, QUESTION)

    # Then the fault is told, 114 offered, the text kept
    trouble = page.locator(".trouble")
    expect(trouble).to_contain_text(words)
    expect(trouble.get_by_role("link", name="Gọi 114")).to_have_attribute("href", "tel:114")
    expect(page.locator(".said")).to_contain_text(QUESTION)

    # And sending it again works, under the same question and as the same message
    trouble.get_by_role("button", name="Gửi lại").click()
    expect(page.locator(".reply")).to_be_visible()
    expect(trouble).to_have_count(0)
    expect(page.locator(".said")).to_have_count(1)
    assert api.received[1] == api.received[0]


def test_a_refused_message_can_be_edited_but_not_repeated(open_page: OpenPage, complaints: Complaints) -> None:
    complaints.expect(FAILED_LOAD)
    page = open_page()
    ask(page, "!413 dài quá")
    expect(page.locator(".trouble")).to_contain_text("Tin nhắn dài quá.")
    expect(page.get_by_role("button", name="Gửi lại")).to_have_count(0)
    page.get_by_role("button", name="Sửa tin nhắn").click()
    expect(page.get_by_label("Câu hỏi của bạn")).to_have_value("!413 dài quá")
    expect(page.get_by_label("Câu hỏi của bạn")).to_be_focused()


def test_without_a_network_the_message_is_kept(open_page: OpenPage, complaints: Complaints) -> None:
    complaints.expect(FAILED_LOAD)
    page = open_page()
    page.context.set_offline(True)
    ask(page, QUESTION)
    expect(page.locator(".trouble")).to_contain_text("mất kết nối mạng")
    expect(page.locator(".trouble")).to_contain_text("chưa được gửi đi đâu")
    expect(page.locator(".said")).to_contain_text(QUESTION)

    page.context.set_offline(False)
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.locator(".reply")).to_be_visible()


def test_a_connection_that_breaks_leaves_open_whether_the_message_arrived(
    open_page: OpenPage, api: FakeApi, complaints: Complaints
) -> None:
    # Given a server that takes the message, and a connection that breaks before its answer
    complaints.expect(FAILED_LOAD)
    api.cutting = True
    page = open_page()
    ask(page, QUESTION)

    # Then nobody is told that it went nowhere
    trouble = page.locator(".trouble")
    expect(trouble).to_contain_text("Chưa biết tin nhắn đã tới hay chưa")
    expect(trouble).not_to_contain_text("chưa được gửi đi đâu")
    expect(trouble.locator(".urgent").get_by_role("link", name="Gọi 114")).to_be_visible()

    # And sending it again is sending the same message, so that the server does nothing twice
    api.cutting = False
    trouble.get_by_role("button", name="Gửi lại").click()
    expect(page.locator(".reply")).to_be_visible()
    assert len(api.received) >= 2
    assert all(one == api.received[0] for one in api.received)

    # And after a reload the conversation goes on, since it may have begun with that message
    page.reload()
    ask(page, "binh chua chay")
    expect(page.locator(".reply")).to_have_count(1)
    assert api.received[-1]["conversation"] == api.received[0]["conversation"]


def test_a_server_that_is_too_slow_may_have_taken_the_message(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(clock=True)
    ask(page, "!slow")
    expect(page.get_by_text("Đang tìm câu trả lời")).to_be_visible()
    until(page, lambda: api.received)
    page.clock.run_for(21_000)
    expect(page.locator(".trouble")).to_contain_text("Máy chủ trả lời quá chậm. Chưa biết tin nhắn đã tới hay chưa")
    api.released.set()
    page.get_by_role("button", name="Gửi lại").click()
    expect(page.locator(".reply")).to_be_visible()
    assert api.received[1] == api.received[0]


def test_a_browser_of_2021_can_ask(open_page: OpenPage) -> None:
    page = open_page(before="delete AbortSignal.timeout")
    ask(page, QUESTION)
    expect(page.locator(".reply")).to_be_visible()
    page.locator(".source").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Thang bộ chưa có khói thì đi xuống.")


def test_text_never_becomes_markup(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, f"!html {HTML}")
    reply = page.locator(".reply")
    expect(reply).to_contain_text(HTML)
    expect(page.locator(".said")).to_contain_text(HTML)
    reply.locator(".source").click()
    expect(page.get_by_role("dialog")).to_contain_text(HTML)

    assert page.locator("#log img, #log script, #passage img, #passage script").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.title() == "Trợ lý PCCC: hỏi đáp phòng cháy, chữa cháy"


def test_a_new_conversation_starts_empty_and_only_after_asking(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    ask(page, QUESTION)
    expect(page.locator(".reply")).to_have_count(1)
    page.get_by_role("button", name="Trò chuyện mới").click()
    page.get_by_role("button", name="Giữ lại").click()
    expect(page.locator(".turn")).to_have_count(1)
    page.get_by_role("button", name="Trò chuyện mới").click()
    page.get_by_role("button", name="Bắt đầu lại").click()
    expect(page.locator(".turn")).to_have_count(0)
    ask(page, "binh chua chay")
    expect(page.locator(".reply")).to_have_count(1)

    assert api.received[1]["conversation"] != api.received[0]["conversation"]


def test_without_javascript_the_page_tells_the_essentials(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    expect(page.locator(".noscript")).to_contain_text("không dùng thang máy")
    expect(page.locator(".noscript .call")).to_have_attribute("href", "tel:114")
    expect(page.locator("#composer")).to_be_hidden()


def test_who_types_as_soon_as_the_passage_is_closed_keeps_the_focus(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    ask(page, QUESTION)
    page.locator(".source").last.click()
    expect(page.get_by_role("dialog")).to_contain_text("10–15 triệu")
    # Closed and left for the box in one breath, before the event of the closing comes
    page.evaluate("document.querySelector('dialog[open]').close(); document.getElementById('message').focus()")
    page.evaluate("new Promise((done) => setTimeout(done, 50))")
    assert focused(page, "it.id") == "message"


def test_closing_the_passage_brings_the_focus_back_to_its_source(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    ask(page, QUESTION)
    page.locator(".source").last.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("10–15 triệu")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.evaluate("new Promise((done) => setTimeout(done, 50))")
    assert focused(page, "it.className").split()[0] == "source"
