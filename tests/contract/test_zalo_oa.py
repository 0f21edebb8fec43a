"""The Zalo OA keeps to the contract of channels, against a Zalo that keeps to its documentation."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest

from bot.channels.contract import (
    Halted,
    Part,
    Permanent,
    QuotaSpent,
    Retryable,
    Sent,
    Stopped,
    Throttled,
    Unknown,
    WindowClosed,
)
from bot.channels.zalo_oa.adapter import ZaloOaAdapter
from bot.conversation.messages import Button, Image, Kind, Reply
from tests.bot.channels.zalo_oa.setting import CLOSED, HURRIED, NOW, Clock, memory, png_at, settings_for, zalo_setting
from tests.contract.channel_contract import ChannelContract, Headers, Running, SendCase
from tests.fakes.zalo_oa import APP_SECRET, OA_ID, USER, WEBHOOK_SECRET, FakeZaloOa, Fault

REFRESH: Final = "refresh-token-of-the-settings"
ACCESS: Final = "access-token-of-the-settings"


EMERGENCY: Final = Reply(
    kind=Kind.EMERGENCY,
    text="GỌI 114 NGAY.",
    buttons=(Button(label="Gọi 114", url="tel:114"), Button(label="Không phải cháy thật", payload="false-alarm")),
    image=Image(name="thoat-nan", alt="Cúi thấp, bò ra."),
)


def case(outcome: Any, *faults: Fault, recorded: int | None = 0, hurried: bool = False) -> SendCase[FakeZaloOa]:
    return SendCase(outcome, lambda fake: fake.fails("cs", *faults), recorded, hurried)


def told(outcome: Any, code: int) -> SendCase[FakeZaloOa]:
    return case(outcome, Fault.refusal(code))


def revoked(fake: FakeZaloOa) -> None:
    """Another program has spent the refresh token."""
    fake.grant()


def government(fake: FakeZaloOa) -> None:
    fake.government = True


def short_phones(code: int) -> Callable[[FakeZaloOa], None]:
    return lambda fake: setattr(fake, "refuses_short_phones", code)


def buttons_on_v2(fake: FakeZaloOa) -> None:
    fake.government, fake.refuses_buttons_on_v2 = True, -233


def uploads(code: int) -> Callable[[FakeZaloOa], None]:
    return lambda fake: setattr(fake, "refuses_uploads", code)


UNCONFIRMED: Final[Mapping[str, Callable[[FakeZaloOa], None]]] = {
    "nothing": lambda _fake: None,
    "short numbers": short_phones(-201),
    "short numbers, by another code": short_phones(-210),
    "buttons on v2": buttons_on_v2,
    **{f"uploads with {code}": uploads(code) for code in (-212, -221, -223, -224, -235, -201, -210, -99_999)},
}
"""What Zalo may refuse, since nobody has confirmed that it does not."""


class TestZaloOa(ChannelContract[FakeZaloOa]):
    secrets = (APP_SECRET, WEBHOOK_SECRET, REFRESH, ACCESS)
    needed_outcomes = frozenset(
        {Sent, Throttled, Stopped, WindowClosed, QuotaSpent, Permanent, Halted, Retryable, Unknown}
    )
    send_cases: ClassVar[Mapping[str, SendCase[Any]]] = {
        "well": case(Sent, recorded=1),
        "too fast": told(Throttled, -32),
        "too fast, says a proxy": case(Throttled, Fault.page(429)),
        "left": SendCase(Stopped, lambda fake: fake.user_leaves(USER)),
        "refused by the resident": SendCase(Stopped, lambda fake: fake.user_restricts(USER)),
        "window closed": SendCase(WindowClosed, lambda fake: fake.user_interacts(USER, NOW - timedelta(days=8))),
        "quota of the account": SendCase(QuotaSpent, lambda fake: setattr(fake, "quota_left", 0)),
        "quota of the resident": SendCase(QuotaSpent, lambda fake: fake.quotas_of_users.update({USER: 0})),
        "a wrong parameter": case(Permanent, Fault.refusal(-201), Fault.refusal(-201)),  # the words alone are too
        "against Zalo's rules": told(Permanent, -248),
        "a number that nobody knows": told(Permanent, -99_999),
        "the package": told(Halted, -224),
        "tokens revoked": SendCase(Halted, revoked),
        "access expired": SendCase(Sent, lambda fake: fake.expire_access(), 1),
        "a government OA": SendCase(Sent, government, 1),
        "not sent, says Zalo": told(Retryable, -200),
        "kept out by a proxy": case(Retryable, Fault.page(403)),
        "moved": case(Retryable, Fault.page(302)),
        "an error of the server, in Zalo's words": case(Retryable, Fault.refusal(-200, status=500)),
        "an error of the server that says success": case(Unknown, Fault(500, {"error": 0})),
        "an error page": case(Unknown, Fault.page(502)),
        "an error page after it was done": case(Unknown, Fault.page(502, done=True), recorded=1),
        "a page in place of JSON": case(Unknown, Fault.page(200)),
        "silence": case(Unknown, Fault.silence(done=False), hurried=True),
        "silence after it was done": case(Unknown, Fault.silence(done=True), recorded=1, hurried=True),
        "cut off": case(Unknown, Fault.reset(done=False)),
        "cut off after it was done": case(Unknown, Fault.reset(done=True), recorded=1),
    }

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Running[FakeZaloOa]]:
        async with zalo_setting(png_at(self.folder), **(HURRIED if self.hurried else {})) as it:
            yield Running(it.adapter, it.fake, it.recipient)

    def unconnected(self) -> ZaloOaAdapter:
        settings = settings_for(CLOSED, access_token=ACCESS, refresh_token=REFRESH)
        return ZaloOaAdapter(settings, memory().stores, picture=png_at(self.folder), now=Clock())

    def shown(self, part: Part) -> str:
        return str(part.body["message"].get("text", ""))

    def buttons(self, part: Part) -> list[tuple[str, str]]:
        buttons = part.body["message"].get("attachment", {}).get("payload", {}).get("buttons", [])
        return [(one["title"], _payload(one)) for one in buttons]

    def check(self, part: Part) -> None:
        """What else holds is seen by the fake, which is strict, in `test_every_hard_reply_is_taken_by_the_channel`."""
        assert set(part.body) <= {"message", "upload"}
        assert len(self.shown(part).encode("utf-16-le")) // 2 <= 2_000
        assert self.shown(part) or "upload" in part.body
        buttons = part.body["message"].get("attachment", {}).get("payload", {}).get("buttons", [])
        assert len(buttons) <= 5
        for button in buttons:
            assert 0 < len(button["title"]) <= 100
            assert len(_payload(button)) <= 1_000

    def recorded(self, fake: FakeZaloOa) -> int:
        return len(fake.sent())

    @pytest.mark.parametrize("trouble", UNCONFIRMED)
    async def test_an_emergency_with_buttons_and_a_picture_arrives_whatever_zalo_refuses(self, trouble: str) -> None:
        async with self.running() as it:
            UNCONFIRMED[trouble](it.fake)
            for _ in range(2):
                for part in it.adapter.render(EMERGENCY).parts:
                    assert isinstance(await it.adapter.send(it.recipient, part), Sent)
        for text, picture in zip(*[iter(it.fake.sent(USER))] * 2, strict=True):
            said = [text.text, *(one["title"] for one in text.buttons)]
            assert text.text.startswith("GỌI 114 NGAY.")
            assert "Gọi 114" in " ".join(said)
            assert "Không phải cháy thật" in " ".join(said)
            assert picture.text == "Cúi thấp, bò ra."

    absent = f"{CLOSED}/photos/a.jpg"

    def serve(self, fake: FakeZaloOa, content: bytes, *, chunked: bool = False) -> str:
        return fake.serves(content, chunked=chunked)

    def genuine(self) -> Sequence[tuple[Headers, bytes]]:
        fake = FakeZaloOa(now=Clock())
        image = {"attachments": [{"type": "image", "payload": {"url": "https://f1.photo.zdn.vn/a.jpg"}}]}
        place = {"type": "location", "payload": {"coordinates": {"latitude": "10.76", "longitude": "106.65"}}}
        card = {"type": "link", "payload": {"description": json.dumps({"phone": "0901234567"})}}
        bodies = [
            fake.user_writes(USER, "Xin chào"),
            fake.user_writes(USER, "#~card:bao-chay"),
            fake.user_writes(USER, "#sos"),
            fake.event("user_send_group_text", group_id="5", message={"text": "cả nhóm"}),
            fake.event("user_send_text", recipient={"id": "78"}, message={"text": "cho OA khác"}),
            {**fake.user_follows(USER), "oa_id": "78"},
            {**fake.user_writes(USER, "x"), "timestamp": "hôm qua"},
            fake.event("user_send_image", message={**image, "text": "cháy ở đây"}),
            fake.event("user_send_location", message={"attachments": [place]}),
            fake.event("user_send_business_card", message={"attachments": [card]}),
            *(fake.event(f"user_send_{kind}") for kind in ("link", "audio", "video", "sticker", "file", "gif")),
            fake.event("user_submit_info", info={"name": "A", "phone": "84901234567", "full_address": {}}),
            fake.user_follows(USER),
            fake.user_follows(USER, name="unfollow"),
            fake.event("user_click_chatnow"),
            fake.event("user_received_message", message={"msg_id": "m1"}),
            fake.event("user_seen_message", message={"msg_ids": ["m1", "m2"]}),
            fake.event("user_reacted_message", message={"msg_id": "m1", "react_icon": "/-strong"}),
            fake.clerk_writes(USER, "Tôi là cán bộ"),
            fake.clerk_writes(USER, "Trợ lý trả lời", admin=None),
            fake.event("anonymous_send_text", message={"text": "chào", "msg_id": "a1"}),
            fake.event("user_withdraw_consent"),
            {
                "event_name": "change_oa_daily_quota",
                "app_id": fake.app_id,
                "oa_id": OA_ID,
                "timestamp": "1795323600000",
            },
            fake.event("some_event_of_2027"),
        ]
        return [(_only_signature(headers), raw) for headers, raw in map(fake.signed, bodies)]

    def forged(self) -> Sequence[tuple[Headers, bytes]]:
        fake, other_app = (FakeZaloOa(now=Clock()) for _ in range(2))
        other_secret = FakeZaloOa(now=Clock(), webhook_secret="another")
        other_app.app_id = "77"
        timeless = {key: value for key, value in fake.user_writes(USER, "x").items() if key != "timestamp"}
        headers, raw = fake.signed(fake.user_writes(USER, "chào"))
        old = FakeZaloOa(now=Clock(NOW - timedelta(hours=25)))
        return [
            (headers, raw.replace("chào".encode(), "cháy".encode())),
            (headers, b"[]"),
            (headers, b"\xff"),
            other_secret.signed(other_secret.user_writes(USER, "x")),
            other_app.signed(other_app.user_writes(USER, "x")),
            fake.signed({**fake.user_writes(USER, "x"), "app_id": "77"}),
            fake.signed(timeless),
            old.signed(old.user_writes(USER, "x")),
        ]


def _only_signature(headers: Headers) -> Headers:
    return {"X-ZEvent-Signature": headers["X-ZEvent-Signature"]}


def _payload(button: Mapping[str, Any]) -> str:
    payload = button["payload"]
    if isinstance(payload, str):
        return payload.removeprefix("#~")
    return str(payload.get("url", payload.get("phone_code")))
