"""What a resident will read of an act, before it is done: made by the very words that will be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.console.report_forms import Form
from bot.console.report_reading import Typed
from bot.feedback.lifecycle import Hat
from bot.feedback.reports import Report
from bot.feedback.telling import WRITTEN, Listener, News, message


def preview(form: Form, report: Report, typed: Typed) -> Mapping[str, Any] | None:
    """Return the message as {"text", "buttons"}; None when the resident is told nothing of it."""
    return message(
        News(
            kind=form.act.value if form.act else WRITTEN,
            hat=Hat.MTTQ,
            code=report.code,
            category=report.category,
            sent_at=report.created_at,
            text=typed.text,
            agency=report.agency_name,
            reason=typed.reason.value if typed.reason else None,
        ),
        Listener.OWN,
    )
