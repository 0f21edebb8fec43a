"""Asks Zalo to show an article to followers of the OA: to all, or to those of some provinces. Once, by the caller.

`POST /v2.0/oa/message` with `recipient.target` and an article that stands on the OA already. Zalo knows no ward, and
its numbers of provinces are of its own making, those of before July 2025: an operator copies them into
ZALO_OA_CITIES. Nothing is shown to more people than were meant: where a place has no number, it is not asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.channels.contract import Outcome, Permanent, QuotaSpent, UntargetableError
from bot.channels.zalo_oa.capabilities import Capability
from bot.channels.zalo_oa.granted_ways import GrantedWays

PATH: Final = "/v2.0/oa/message"
_EVERYBODY: Final[Mapping[str, str]] = {"gender": "0"}  # men and women, wherever they are
_PROVINCE: Final = 2  # digits of a province's code


class Broadcasting:
    """Asks for broadcasts of one account."""

    def __init__(self, ways: GrantedWays) -> None:
        self._ways = ways

    async def ask(self, article: str, target: Mapping[str, str]) -> Outcome:
        """Ask for a broadcast. `Sent` means that Zalo has taken it; it may still look at it first. Raises nothing."""
        if not article.strip():
            return Permanent("Chưa có mã bài viết của Zalo.")
        element = {"media_type": "article", "attachment_id": article.strip()}
        payload = {"template_type": "media", "elements": [element]}
        body = {
            "recipient": {"target": dict(target)},
            "message": {"attachment": {"type": "template", "payload": payload}},
        }
        outcome = await self._ways.send(Capability.BROADCAST, PATH, body)
        if isinstance(outcome, QuotaSpent) and outcome.whole_account:
            return QuotaSpent(outcome.reason)  # of broadcasts: messages to residents have another
        return outcome


def target_of(places: Sequence[str], cities: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """Return Zalo's target for these places (none: everybody). Raises `UntargetableError`, in Vietnamese.

    >>> target_of(["01"], {"01": ("4",), "79": ("1", "57")})
    {'gender': '0', 'cities': '4'}
    """
    if any(len(one) != _PROVINCE for one in places):
        raise UntargetableError("Zalo không chọn được tới phường, xã khi phát bài viết; chỉ chọn được tỉnh, thành phố.")
    if missing := [one for one in places if not cities.get(one)]:
        raise UntargetableError(
            f"Chưa khai mã tỉnh của Zalo cho mã {', '.join(missing)} (ZALO_OA_CITIES) nên không phát bài viết."
        )
    if not places:
        return dict(_EVERYBODY)
    return {**_EVERYBODY, "cities": ",".join(dict.fromkeys(city for one in places for city in cities[one]))}
