"""The events that the fake Zalo makes, signs and posts."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import aiohttp

from tests.fakes.zalo_oa_rules import QUERY

USER: Final = "246845883529197922"
RETRIES: Final = (30.0, 300.0, 900.0, 1800.0, 3600.0)
"""Seconds after which an event is posted again; after the last the webhook is disabled."""


@dataclass(frozen=True)
class SentMessage:
    """A message that a resident has got. `at` are seconds of a monotonic clock, `way` is "cs" or "v2"."""

    id: str
    user: str
    message: Mapping[str, Any]
    way: str
    at: float

    @property
    def text(self) -> str:
        """Its words."""
        return str(self.message.get("text", ""))

    @property
    def buttons(self) -> list[Mapping[str, Any]]:
        """Its buttons, as Zalo has them."""
        return list(self.message.get("attachment", {}).get("payload", {}).get("buttons", []))


class ZaloEvents:
    """The side of the fake that tells us of residents."""

    now: Callable[[], datetime]
    app_id: str
    oa_id: str
    webhook_secret: str
    webhook_disabled: bool
    _events: int

    def user_interacts(self, user: str, at: datetime | None = None) -> None:
        """Open the resident's window, as a message or a follow does."""
        raise NotImplementedError

    def user_leaves(self, user: str) -> None:
        """Close it for good."""
        raise NotImplementedError

    def event(self, name: str, user: str = USER, **fields: Any) -> dict[str, Any]:
        """Return an event of a resident, with `message` and whatever else is given."""
        self._events += 1
        body = {
            "app_id": self.app_id,
            "sender": {"id": user},
            "recipient": {"id": self.oa_id},
            "user_id_by_app": f"9{user}",
            "event_name": name,
            **fields,
            "timestamp": str(int(self.now().timestamp() * 1000) + self._events),
        }
        if name.startswith("user_send_"):
            body["message"] = {"msg_id": f"e{self._events:08d}", **body.get("message", {})}
            self.user_interacts(user)
        return body

    def user_writes(self, user: str, text: str) -> dict[str, Any]:
        """Return the event that a resident wrote something."""
        return self.event("user_send_text", user, message={"text": text})

    def user_sends_photo(self, user: str, url: str, text: str = "") -> dict[str, Any]:
        """Return the event that a resident sent a picture, with words or without."""
        attachments = [{"type": "image", "payload": {"url": url, "thumbnail": url}}]
        message: dict[str, Any] = {"attachments": attachments, **({"text": text} if text else {})}
        return self.event("user_send_image", user, message=message)

    def user_presses(self, sent: SentMessage, title: str) -> dict[str, Any]:
        """Return the event that the resident pressed a button of a message that they got."""
        [button] = [one for one in sent.buttons if one["title"] == title]
        assert button["type"] in QUERY
        return self.user_writes(sent.user, button["payload"])

    def user_follows(self, user: str, *, name: str = "follow") -> dict[str, Any]:
        """Return the event that a resident follows the OA or, with "unfollow", leaves it."""
        body = self.event(name, user, oa_id=self.oa_id, follower={"id": user}, source="oa_profile")
        del body["sender"], body["recipient"]
        if name == "follow":
            self.user_interacts(user)
        else:
            self.user_leaves(user)
        return body

    def clerk_writes(self, user: str, text: str, admin: str | None = "7700112233") -> dict[str, Any]:
        """Return the echo of what an official wrote in OA Manager; without `admin`, of what came through the API."""
        sender = {"id": self.oa_id, **({"admin_id": admin} if admin else {})}
        number = f"c{self._events:08d}"
        return self.event(
            "oa_send_text", user, sender=sender, recipient={"id": user}, message={"text": text, "msg_id": number}
        )

    def receipt(self, sent: Sequence[SentMessage], *, seen: bool) -> dict[str, Any]:
        """Return the event that messages have reached their resident, or were seen."""
        ids = [one.id for one in sent]
        name = "user_seen_message" if seen else "user_received_message"
        return self.event(name, sent[0].user, message={"msg_ids": ids} if seen else {"msg_id": ids[0]})

    def signed(self, body: Mapping[str, Any]) -> tuple[dict[str, str], bytes]:
        """Return the headers and the bytes of an event, as Zalo posts them."""
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        tail = f"{body.get('timestamp', '')}{self.webhook_secret}".encode()
        mac = hashlib.sha256(self.app_id.encode() + raw + tail).hexdigest()
        return {"X-ZEvent-Signature": f"mac={mac}", "Content-Type": "application/json"}, raw

    async def deliver(
        self,
        url: str,
        body: Mapping[str, Any],
        *,
        retries: Iterable[float] = RETRIES,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        session: aiohttp.ClientSession | None = None,
    ) -> list[int]:
        """Post an event until it is answered with 200 in 2 seconds; return the statuses, 0 for no answer.

        After the last repetition the webhook is disabled, and nothing is posted any more.
        """
        if session is None:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as own:
                return await self.deliver(url, body, retries=retries, sleep=sleep, session=own)
        statuses: list[int] = []
        headers, raw = self.signed(body)
        for number, pause in enumerate([0.0, *retries]):
            if self.webhook_disabled:
                return statuses
            if number:
                await sleep(pause)
            more = {"num_retry": str(number)} if number else {}
            statuses.append(await _posted(session, url, raw, {**headers, **more}))
            if statuses[-1] == 200:
                return statuses
        self.webhook_disabled = True
        return statuses

    async def deliver_many(
        self,
        url: str,
        bodies: Sequence[Mapping[str, Any]],
        *,
        shuffled: random.Random | None = None,
        duplicates: float = 0.0,
        at_once: int = 20,
    ) -> list[list[int]]:
        """Post events, several at once; with `shuffled`, in another order and that part of them twice."""
        order = list(bodies)
        if shuffled is not None:
            order += [one for one in bodies if shuffled.random() < duplicates]
            shuffled.shuffle(order)
        slots = asyncio.Semaphore(at_once)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:

            async def one(body: Mapping[str, Any]) -> list[int]:
                async with slots:
                    return await self.deliver(url, body, session=session)

            return list(await asyncio.gather(*map(one, order)))


async def _posted(session: aiohttp.ClientSession, url: str, raw: bytes, headers: Mapping[str, str]) -> int:
    try:
        async with session.post(url, data=raw, headers=headers) as response:
            return response.status
    except (aiohttp.ClientError, OSError):
        return 0
