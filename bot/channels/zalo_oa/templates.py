"""Sends a message template that Zalo has approved: it needs no open window, and is not written by us.

`POST /v3.0/oa/message/template` takes {"user_id", "template_id", "template_data"}. Whether an OA may use it shows when
the first is sent. A refusal of templates as such halts nobody: replies go by another way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from bot.channels.contract import Outcome, Permanent, Recipient, Stopped
from bot.channels.zalo_oa.capabilities import Capability
from bot.channels.zalo_oa.errors import REFUSALS
from bot.channels.zalo_oa.granted_ways import GrantedWays

PATH: Final = "/v3.0/oa/message/template"
_RESTRICTED: Final = Stopped(REFUSALS[-244].reason)
"""The resident wants no messages of this kind: others may come all the same."""


class Templates:
    """Sends templates of one account."""

    def __init__(self, ways: GrantedWays) -> None:
        self._ways = ways

    async def send(self, recipient: Recipient, template: object) -> Outcome:
        """Send a template, once. Raises nothing."""
        if not _is_template(template):
            return Permanent("Tin mẫu không đúng dạng.")
        body = {
            "user_id": recipient.user,
            "template_id": template["template_id"],
            "template_data": dict(template["template_data"]),
        }
        outcome = await self._ways.send(Capability.TEMPLATE, PATH, body)
        return Permanent(_RESTRICTED.reason) if outcome == _RESTRICTED else outcome


def _is_template(given: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether it names a template and what is filled in, all in words."""
    if not isinstance(given, Mapping) or set(given) != {"template_id", "template_data"}:
        return False
    number, data = given["template_id"], given["template_data"]
    filled = isinstance(data, Mapping) and all(isinstance(one, str) for pair in data.items() for one in pair)
    return isinstance(number, str) and bool(number.strip()) and filled
