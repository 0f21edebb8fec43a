"""Messages that come later, such as an official's answer, in a real browser on real streams of events."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .acting import FAILED_LOAD, QUESTION, ask, later, serious_findings, until
from .conftest import Complaints, OpenPage
from .fake_api import FakeApi

pytestmark = pytest.mark.browser

ANSWER = "Công an phường trả lời."


def begun(page: Page) -> None:
    """Ask once, so that there is a conversation to which something can come."""
    ask(page, QUESTION)
    expect(page.locator(".reply")).to_have_count(1)


def confirmed(api: FakeApi, number: int) -> str:
    return f"/api/v1/conversations/{api.received[0]['conversation']}/waiting?after={number}"


def test_what_officials_answer_is_shown_at_once_and_confirmed(open_page: OpenPage, api: FakeApi) -> None:
    # Given a conversation that has begun
    page = open_page()
    begun(page)

    # When an official answers
    api.waiting = [later(7, ANSWER, buttons=[{"label": "Xem thêm", "payload": "card:x"}])]

    # Then it appears by itself, in the region that screen readers announce, with its button
    expect(page.get_by_role("log").locator(".turn").last).to_contain_text(ANSWER)
    expect(page.get_by_text("Tin mới", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Xem thêm")).to_be_visible()
    assert serious_findings(page) == []

    # And the server is told that it was shown
    until(page, lambda: api.looked)
    expect(page.locator(".reply")).to_have_count(2)
    assert api.looked == [confirmed(api, 7)]


def test_what_came_while_nobody_looked_is_shown_once(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    begun(page)
    address = page.url
    page.goto("about:blank")
    api.waiting = [later(7, ANSWER)]
    page.goto(address)
    expect(page.locator(".reply")).to_contain_text(ANSWER)

    page.reload()
    expect(page.get_by_role("button", name="Gửi")).to_be_visible()
    until(page, lambda: api.streams[-1].endswith("/events?after=7"))
    page.wait_for_timeout(300)
    expect(page.locator(".reply")).to_have_count(0)


def test_a_message_that_comes_twice_is_shown_once(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    begun(page)
    api.waiting = [later(7, ANSWER)]
    expect(page.locator(".reply")).to_have_count(2)

    # When the page comes back to the front, it asks for what comes after, and another message is there
    api.waiting.append(later(9, "Cán bộ bổ sung."))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".reply")).to_have_count(3)
    page.wait_for_timeout(200)
    expect(page.locator(".reply")).to_have_count(3)
    expect(page.locator(".reply").last).to_contain_text("Cán bộ bổ sung.")


def test_a_page_in_the_background_holds_no_stream(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    begun(page)
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(200)
    api.waiting = [later(7, ANSWER)]
    page.wait_for_timeout(300)
    expect(page.locator(".reply")).to_have_count(1)

    page.evaluate("delete document.hidden")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".reply")).to_have_count(2)


def test_where_streams_fail_the_page_asks_by_itself(open_page: OpenPage, api: FakeApi, complaints: Complaints) -> None:
    # Given a server (or something in between) that lets no stream through
    complaints.expect(FAILED_LOAD)
    complaints.expect("EventSource")
    api.streaming = False
    page = open_page(clock=True)
    begun(page)

    # When three attempts have failed, and then a message comes
    def time_goes_by(enough: Callable[[], bool]) -> bool:
        page.clock.run_for(5_000)
        page.wait_for_timeout(100)  # the network takes its own time; a longer leap would look as if it took too long
        return enough()

    until(page, lambda: time_goes_by(lambda: len(api.streams) >= 3))
    api.waiting = [later(7, ANSWER)]

    # Then it is shown all the same, since the page asks by itself
    until(page, lambda: time_goes_by(lambda: page.locator(".reply").count() == 2))
    expect(page.locator(".reply").last).to_contain_text(ANSWER)
    until(page, lambda: confirmed(api, 7) in api.looked)

    # And once a stream gets through, that goes on after it
    api.streaming = True
    until(page, lambda: time_goes_by(lambda: bool(api.opened)))
    assert api.opened[-1].endswith("after=7")
    api.waiting.append(later(8, "Tin qua luồng."))
    expect(page.locator(".reply").last).to_contain_text("Tin qua luồng.")


def test_a_device_that_slept_opens_its_stream_afresh(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(clock=True)
    begun(page)
    before = len(api.streams)
    page.clock.fast_forward(3_600_000)
    page.clock.run_for(11_000)
    until(page, lambda: len(api.streams) > before)


def test_a_message_that_comes_while_one_reads_elsewhere_moves_nothing(open_page: OpenPage, api: FakeApi) -> None:
    # Given somebody who reads far above the end
    page = open_page(height=500)
    for _ in range(3):
        ask(page, QUESTION)
    expect(page.locator(".reply")).to_have_count(3)
    page.evaluate("scrollTo(0, 0)")

    # When a message comes
    api.waiting = [later(7, ANSWER)]
    note = page.get_by_role("button", name="Có tin mới")
    expect(note).to_be_visible()

    # Then the page stays where it is until it is asked
    assert page.evaluate("scrollY") == 0
    note.click()
    expect(page.locator(".turn").last).to_be_in_viewport()
    expect(note).to_be_hidden()


def test_a_new_conversation_does_not_get_what_came_to_the_old_one(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page()
    begun(page)
    page.get_by_role("button", name="Trò chuyện mới").click()
    page.get_by_role("button", name="Bắt đầu lại").click()
    api.waiting = [later(7, ANSWER)]
    page.wait_for_timeout(300)
    expect(page.locator(".reply")).to_have_count(0)
