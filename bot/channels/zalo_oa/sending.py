"""Sends one part: by the way that suits the OA, with a token that is alive, and says what became of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from bot.channels.contract import (
    Outcome,
    Part,
    Permanent,
    QuotaSpent,
    Recipient,
    Sent,
    WindowClosed,
)
from bot.channels.zalo_oa.buttons import buttons_of, in_words, kind_of, kinds_of
from bot.channels.zalo_oa.capabilities import Capabilities, Capability
from bot.channels.zalo_oa.client import Answer, ZaloClient
from bot.channels.zalo_oa.errors import ODD_SHAPE, REFUSALS, UNSUITED, UPLOAD_EXPIRED
from bot.channels.zalo_oa.outcomes import before_it_left, outcome_of_answer, outcome_of_failure, plain
from bot.channels.zalo_oa.quota import QuotaNotes
from bot.channels.zalo_oa.tokens import Tokens
from bot.channels.zalo_oa.uploads import LeftOutError, Media, UploadError

WINDOW: Final = timedelta(days=7)
"""How long after a resident's last interaction a consultation message may be sent (error -230)."""
_PATHS: Final = {Capability.CS_V3: "/v3.0/oa/message/cs", Capability.CS_V2: "/v2.0/oa/message"}
_LOG: Final = logging.getLogger(__name__)


class Sending:
    """Sends parts of one account. `ready_seconds`: how long a message may take before it leaves the machine."""

    def __init__(
        self,
        client: ZaloClient,
        tokens: Tokens,
        capabilities: Capabilities,
        media: Media,
        quotas: QuotaNotes,
        *,
        now: Callable[[], datetime],
        throttle_seconds: float,
        ready_seconds: float,
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._capabilities = capabilities
        self._media = media
        self._quotas = quotas
        self._now = now
        self._throttle_seconds = throttle_seconds
        self._ready_seconds = ready_seconds

    async def send(self, recipient: Recipient, part: Part) -> Outcome:
        """Send a part and return what became of it. Raises nothing."""
        if recipient.last_seen is not None and self._now() - recipient.last_seen > WINDOW:
            return WindowClosed(REFUSALS[-230].reason)
        if not _is_ours(part.body):
            return Permanent("Nội dung tin không đúng dạng.")
        ready_by = asyncio.get_running_loop().time() + self._ready_seconds
        try:
            async with asyncio.timeout_at(ready_by):
                message = await self._message(part.body)
        except Exception as error:
            return before_it_left(error)
        if not message:
            return Permanent("Tin không có nội dung.")
        return await self._sent(recipient.user, part.body, message, ready_by)

    async def _sent(self, user: str, body: Mapping[str, Any], message: dict[str, Any], ready_by: float) -> Outcome:
        try:
            return await self._deliver(user, body, message, ready_by)
        except Exception as error:
            return outcome_of_failure(error)

    async def _deliver(self, user: str, body: Mapping[str, Any], message: dict[str, Any], ready_by: float) -> Outcome:
        answer = await self._post(user, message, ready_by)
        if answer.error == UPLOAD_EXPIRED and "upload" in body and "attachment" in message:
            message = await self._message_anew(body, message, ready_by)
            answer = await self._post(user, message, ready_by) if message else answer
        if answer.error in ODD_SHAPE and "attachment" in message:
            answer = await self._post_in_words(user, message, answer, ready_by)
        elif answer.error == 0:
            for kind in kinds_of(message):
                await self._capabilities.note(kind, can=True)
        outcome = outcome_of_answer(answer, self._now(), self._throttle_seconds)
        if isinstance(outcome, Permanent):
            _LOG.warning("zalo_oa: a message is refused with %s (%s)", answer.error, plain(answer.message))
        if isinstance(outcome, Sent):
            await self._quotas.note(answer.data.get("quota"))
        elif isinstance(outcome, QuotaSpent) and outcome.whole_account:
            await self._quotas.spent()
        return outcome

    async def _post_in_words(self, user: str, message: Mapping[str, Any], refused: Answer, ready_by: float) -> Answer:
        """Send once more as bare text what was refused with its buttons or picture. It is no second message.

        If that is taken, what was likeliest refused and was never seen to work is remembered as refused.
        """
        bare = in_words(message, buttons_of(message))
        if not bare:
            return refused
        _LOG.warning("zalo_oa: refused with %s (%s), sent as bare text", refused.error, plain(refused.message))
        answer = await self._post(user, bare, ready_by)
        for kind in kinds_of(message) if answer.error == 0 else ():
            if not await self._capabilities.works(kind):
                await self._capabilities.note(kind, can=False, code=refused.error or 0)
                break
        return answer

    async def _post(self, user: str, message: Mapping[str, Any], ready_by: float) -> Answer:
        """Send by the way that suits; if it is refused as such, by the other one. That is no second message."""
        first = await self._capabilities.way()
        answer = await self._by(first, user, message, ready_by)
        if answer.error not in UNSUITED:
            return answer
        other = Capability.CS_V2 if first is Capability.CS_V3 else Capability.CS_V3
        if await self._capabilities.barred(other):
            return answer
        second = await self._by(other, user, message, ready_by)
        # That the other one is shut says nothing about this OA: the refusal of the first is what an operator needs.
        return answer if second.error in UNSUITED else second

    async def _by(self, way: Capability, user: str, message: Mapping[str, Any], ready_by: float) -> Answer:
        async def ask(token: str) -> Answer:
            body = {"recipient": {"user_id": user}, "message": dict(message)}
            return await self._client.post(_PATHS[way], token, body)

        answer = await self._tokens.with_access(ask, ready_by)
        if answer.error == 0:
            await self._capabilities.note(way, can=True)
        elif answer.error is not None and answer.error in UNSUITED:
            await self._capabilities.note(way, can=False, code=answer.error)
        return answer

    async def _message(self, body: Mapping[str, Any], stale: str | None = None) -> dict[str, Any]:
        """Return the message with its upload in place; in words where buttons or the upload cannot be had.

        `stale`: a reference of the upload that Zalo takes no more.
        """
        message = dict(body.get("message") or {})
        if refused := [one for one in buttons_of(message) if await self._capabilities.barred(kind_of(one))]:
            message = in_words(message, refused)
        upload = body.get("upload")
        if not upload or await self._capabilities.barred(Capability.PICTURES):
            return message
        try:
            reference = await self._media.reference(upload["name"], stale=stale)
        except LeftOutError as error:
            _LOG.warning("zalo_oa: sent without its picture: %s", error)
            return message
        return {**message, "attachment": _picture(reference)}

    async def _message_anew(
        self, body: Mapping[str, Any], message: Mapping[str, Any], ready_by: float
    ) -> dict[str, Any]:
        """Return the message with a new upload. Raises `UploadError` for any trouble: it surely was not sent."""
        try:
            async with asyncio.timeout_at(ready_by):
                return await self._message(body, stale=_reference(message))
        except Exception as error:
            raise UploadError(before_it_left(error)) from None


def _picture(reference: str) -> dict[str, Any]:
    element = {"media_type": "image", "attachment_id": reference}
    return {"type": "template", "payload": {"template_type": "media", "elements": [element]}}


def _reference(message: Mapping[str, Any]) -> str:
    """Return the reference of the picture that `_picture` put into a message."""
    return str(message["attachment"]["payload"]["elements"][0]["attachment_id"])


def _is_ours(body: Mapping[str, Any]) -> bool:
    """Whether it is a part that `render` made."""
    message, upload = body.get("message"), body.get("upload")
    if not isinstance(message, Mapping) or not (message or upload):
        return False
    return upload is None or (
        isinstance(upload, Mapping) and upload.get("kind") == "image" and isinstance(upload.get("name"), str)
    )
