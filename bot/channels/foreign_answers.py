"""What an answer means that is not the channel's own: a page of a proxy, a firewall or a captive portal."""

from __future__ import annotations

from typing import Final

from bot.channels.contract import Outcome, Retryable, Throttled, Unknown

PAUSE_SECONDS: Final = 5.0
"""How long to wait after "too fast" when nobody says for how long."""
_TIMED_OUT: Final = 408
_TOO_FAST: Final = 429


def outcome_of_page(status: int) -> Outcome:
    """Return what became of a message that got such an answer: never a verdict on a resident or on the account.

    A page with 3xx or 4xx says that somebody in between did not pass the message on, except for 408: whoever gave up
    waiting may have waited for the channel's answer. One with 2xx or 5xx may stand in the place of that answer.
    """
    reason = f"HTTP {status} without an answer of the channel's own"
    if status == _TOO_FAST:
        return Throttled(PAUSE_SECONDS, whole_account=True)
    return Retryable(reason) if 300 <= status < 500 and status != _TIMED_OUT else Unknown(reason)
