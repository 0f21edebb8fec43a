"""When sending stops by itself: too much fails, too many leave, or somebody says that a message is not right."""

from __future__ import annotations

from bot.campaigns.content import StopRules
from bot.store.campaign_stages import Counts


def broken(rules: StopRules, counts: Counts, *, least: int) -> str | None:
    """Return which rule is broken, in Vietnamese, once `least` messages were tried; None if none is.

    A rule is broken when its share is reached; a rule of 0 % by the first. After a pause what failed is compared with
    what was tried since, but complaints and stops with all who ever got the message: any of them may do either.
    """
    for happened, tried, limit, what in (
        (counts.complained, counts.ever_tried, rules.complained, "báo tin không đúng"),
        (counts.stopped, counts.ever_tried, rules.stopped, "dừng nhận hoặc chặn sau khi nhận tin"),
        (counts.failed, counts.tried, rules.failed, "gửi không được"),
    ):
        if not happened or tried < max(least, 1):
            continue
        share = 100 * happened / tried
        if share >= limit:
            return f"{_percent(share)} {what} ({happened}/{tried} tin đã gửi, giới hạn {_percent(limit)})."
    return None


def _percent(share: float) -> str:
    """Return a share as it is written in Viet Nam.

    >>> _percent(2.5), _percent(3.0)
    ('2,5%', '3%')
    """
    return f"{share:.1f}".rstrip("0").rstrip(".").replace(".", ",") + "%"
