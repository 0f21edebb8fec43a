"""The results of a campaign in a real browser: on a phone and an office screen, and for people who do not see it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from bot.console.permissions import Role
from tests.integration.recorded_campaigns import Recorded, after

from .acting import screenshot, scrolls_sideways, serious_findings
from .running_console import OFFICE, PHONE, Running, context_fixture, running_fixture

__all__ = ["context_fixture", "running_fixture"]

pytestmark = pytest.mark.browser
QUESTIONS = ("khoa-gas", "thap-nguoi", "cua-cuon")
PLACES = (("01", "00004"), ("01", "00008"), ("79", "26734"), ("48", None), (None, None))


async def held(recorded: Recorded) -> int:
    """A campaign of three messages with a hundred members, of whom thirty learnt something."""
    campaign = await recorded.campaign("Ngày toàn dân phòng cháy và chữa cháy 04/10", state="completed")
    rows = []
    for number, title in enumerate(("Tin báo trước", "Tin trong ngày 04/10", "Cảm ơn và kết quả")):
        begun = after(hours=5 * number)
        message = await recorded.message(
            campaign, f"tin-{number}", place=number, title=title, stage="done", begun_at=begun
        )
        for person in range(40):
            province, commune = PLACES[person % len(PLACES)]
            channel = ("telegram", "zalo_oa", "zalo_bot", "web")[person % 4]
            member = await recorded.member(
                campaign, uuid4(), channel=channel, province_code=province, commune_code=commune
            )
            state = ("sent", "read", "delivered", "sent", "skipped", "failed")[person % 6]
            if channel != "zalo_oa" and state in {"read", "delivered"}:
                state = "sent"
            reason = {"skipped": "window", "failed": "Forbidden: bot was blocked by the user"}.get(state)
            sent = begun + timedelta(minutes=7 * person)
            answered = sent + timedelta(minutes=20) if person % 5 == 1 else None
            moment = None if reason else sent
            rows.append(await recorded.row(message, member, state, reason=reason, sent_at=moment, answered_at=answered))
    for number, row in enumerate(rows[:30]):
        answers = {question: (number + place) % 3 == 0 for place, question in enumerate(QUESTIONS)}
        times = {"recipient_id": row, "finished_at": after(minutes=number)}
        await recorded.quiz("ngay-toan-dan-0410-truoc", "before", 1, 3, answers=answers, **times)
        answers = {question: (number + place) % 4 != 0 for place, question in enumerate(QUESTIONS)}
        times["finished_at"] = after(days=1)
        await recorded.quiz("ngay-toan-dan-0410", "after", 2, 3, answers=answers, **times)
        await recorded.drill("dien-tap-tai-nha", number % 5, 4, recipient_id=row)
    return campaign


@pytest.fixture(name="page")
def page_fixture(running: Running, context: BrowserContext) -> Page:
    visitor = running.run(running.console.signed_in(Role.OFFICER, name="Nguyễn Thị Hoài Thương"))
    address = running.console.address
    context.add_cookies([{"name": "console", "value": visitor.cookies["console"], "url": f"{address}/console"}])
    return context.new_page()


def test_results_are_read_on_any_screen(running: Running, page: Page, pictures: Path) -> None:
    campaign = running.run(held(Recorded(running.database)))
    for name, (width, height) in (("phone", PHONE), ("office", OFFICE)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{running.console.address}/console/campaigns/{campaign}/results")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Kết quả: Ngày toàn dân")
        for plot in page.locator("img.plot").all():
            plot.scroll_into_view_if_needed()
            expect(plot).to_have_js_property("complete", value=True)
            assert plot.evaluate("one => one.naturalWidth") > 0
        assert not scrolls_sideways(page)
        page.locator("details summary").first.click()
        screenshot(page, pictures / f"campaign-results-{name}.png")
        assert serious_findings(page) == []
