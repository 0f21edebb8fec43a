"""Monitoring reports as officers write and issue them, for the tests of their pages."""

from __future__ import annotations

import html
import re
from typing import Final

from tests.integration.monitored import HANOI

from .visiting import Answer, Visitor

CREATE: Final = {"kind": "month", "day": "2026-10-05", "place": HANOI}
OFFICE: Final = {
    "superior": "Ủy ban MTTQ Việt Nam thành phố Hà Nội",
    "issuer": "Ban Thường trực Ủy ban MTTQ Việt Nam phường Ba Đình",
    "symbol": "BC-MTTQ-BTT",
    "place_name": "Ba Đình",
    "authority": "TM. BAN THƯỜNG TRỰC",
    "position": "CHỦ TỊCH",
    "signer": "Trần Văn Ký",
    "recipients": "Thành ủy (b/c)\nLưu: VT",
}


async def drafted(visitor: Visitor, **changed: str) -> str:
    """Make a draft and return its address."""
    made = await visitor.post("/console/monitoring", {**CREATE, **changed})
    assert made.status == 303, made.text
    return made.location


def form(page: Answer) -> dict[str, str]:
    """What the editor's form would send, as it came."""
    fields = dict(re.findall(r'<input id="[^"]*" name="([^"]+)" type="text" value="([^"]*)"', page.text))
    fields |= dict(re.findall(r'<input type="hidden" name="(base-[^"]+)" value="([^"]*)"', page.text))
    fields |= dict(re.findall(r'<textarea id="[^"]*" name="([^"]+)"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL))
    fields |= dict.fromkeys(
        re.findall(r'<input type="checkbox" name="(tables-[^"]+)" value="1" checked>', page.text), "1"
    )
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version is not None
    return {name: html.unescape(text) for name, text in fields.items()} | {"version": version[1]}


async def edited(visitor: Visitor, address: str, act: str = "save", **changed: str) -> Answer:
    fields = form(await visitor.get(address))
    return await visitor.post(
        address, {**fields, **{name.replace("__", "-"): text for name, text in changed.items()}, "act": act}
    )


def unfinished_filled(fields: dict[str, str]) -> dict[str, str]:
    """The fields without the reminders that an officer must work off."""
    return {
        name: re.sub(r"[^.\n]*\. \[Cán bộ[^\]]*\]", "", re.sub(r"\[Cán bộ[^\]]*\]", "", text))
        for name, text in fields.items()
    }


async def issued(visitor: Visitor, address: str, number: str = "15") -> Answer:
    fields = {**unfinished_filled(form(await visitor.get(address))), **OFFICE}
    saved = await visitor.post(address, {**fields, "act": "save"})
    assert saved.status == 303, saved.text
    version = form(await visitor.get(address))["version"]
    return await visitor.post(
        f"{address}/issue",
        {"version": version, "number": number, "issued_on": "2026-11-20", "issued_signer": "Trần Văn Ký"},
    )
