"""Pictures: uploaded once, used for as long as Zalo keeps them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bot.channels.contract import Halted, Outcome, Retryable, Throttled
from bot.channels.zalo_oa.capabilities import Capabilities, Capability
from bot.channels.zalo_oa.client import Answer, NoAnswerError, NotSentError, ZaloClient
from bot.channels.zalo_oa.errors import TOKEN_REFUSED, outcome_of
from bot.channels.zalo_oa.tokens import TokenError, Tokens
from bot.store.quotas import Quotas
from bot.store.uploads import Uploads
from knowledge.clock import VIET_NAM

KEPT_FOR: Final = timedelta(days=6)
"""Zalo keeps an upload for 7 days."""
A_MONTH: Final = 5_000
"""Uploads a month; Zalo does not say how many are left, so we count them."""
COUNTED: Final = "uploads"
"""The kind under which they are counted."""
LARGEST: Final = 1024 * 1024
"""Bytes of a picture."""
_PATH: Final = "/v2.0/oa/upload/image"
_TRY_AGAIN: Final = timedelta(seconds=5)
_REFUSED_FOR: Final = timedelta(hours=1)
_LOG: Final = logging.getLogger(__name__)


class LeftOutError(Exception):
    """This picture cannot be uploaded; the message goes without it. The text says why."""


class UploadError(Exception):
    """The upload did not come about, and the message waits or fails with it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(repr(outcome))
        self.outcome = outcome


@dataclass(frozen=True)
class _Picture:
    name: str
    media_type: str
    content: bytes
    digest: bytes


@dataclass(frozen=True)
class _Failure:
    """How an upload failed; who asks for the same soon after gets the same."""

    error: LeftOutError | UploadError
    at: datetime

    def holds(self, now: datetime) -> bool:
        pause = _REFUSED_FOR if isinstance(self.error, LeftOutError) else _TRY_AGAIN
        return timedelta(0) <= now - self.at < pause


class Media:
    """Finds the picture of a name and returns Zalo's reference of it, uploading it if that is needed.

    Those who need the same picture at once share one upload and its failure.
    """

    def __init__(
        self,
        client: ZaloClient,
        tokens: Tokens,
        uploads: Uploads,
        quotas: Quotas,
        account: int,
        *,
        capabilities: Capabilities,
        picture: Callable[[str], Path],
        now: Callable[[], datetime],
        throttle_seconds: float,
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._capabilities = capabilities
        self._uploads = uploads
        self._quotas = quotas
        self._account = account
        self._picture = picture
        self._now = now
        self._throttle_seconds = throttle_seconds
        self._under_way: dict[bytes, asyncio.Task[str]] = {}
        self._failed: dict[bytes, _Failure] = {}

    async def reference(self, name: str, *, stale: str | None = None) -> str:
        """Return the reference of a picture; `stale`: one that is no longer taken.

        Raises `LeftOutError`, `UploadError` and `TokenError`, and what the database raises.
        """
        picture = await asyncio.to_thread(self._read, name)
        known = await self._uploads.find(self._account, picture.digest, self._now())
        if known and known != stale:
            return known
        failure = self._failed.get(picture.digest)
        if failure is not None and failure.holds(self._now()):
            raise failure.error.with_traceback(None)
        if await self._capabilities.barred(Capability.UPLOADS):
            raise LeftOutError("Zalo has refused uploads lately")
        task = self._under_way.get(picture.digest)
        if task is None:
            task = self._under_way[picture.digest] = asyncio.ensure_future(self._shared(picture, stale))
            task.add_done_callback(lambda done: self._over(picture.digest, done))
        return await asyncio.shield(task)  # who is cancelled or out of time does not end it for the others

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _over(self, digest: bytes, task: asyncio.Task[str]) -> None:
        self._under_way.pop(digest, None)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, LeftOutError | UploadError):
            self._failed[digest] = _Failure(error, self._now())

    async def _shared(self, picture: _Picture, stale: str | None) -> str:
        known = await self._uploads.find(self._account, picture.digest, self._now())
        if known and known != stale:
            return known  # somebody else was at it meanwhile
        if known:
            await self._uploads.forget(self._account, picture.digest)
        return await self._upload(picture)

    async def _upload(self, picture: _Picture) -> str:
        now = self._now()
        if not await self._quotas.spend(self._account, COUNTED, A_MONTH, now, since=month_of(now)):
            raise LeftOutError("the month's uploads are used up")

        async def ask(token: str) -> Answer:
            return await self._client.upload(_PATH, token, picture.name, picture.media_type, picture.content)

        try:
            answer = await self._tokens.with_access(ask)
        except (NotSentError, TokenError) as error:
            await self._quotas.give_back(self._account, COUNTED)
            if isinstance(error, TokenError):
                raise
            raise _later(type(error).__name__) from None
        except NoAnswerError as error:
            raise _later(type(error).__name__) from None
        reference = answer.data.get("attachment_id")
        if answer.error == 0 and isinstance(reference, str) and reference:
            await self._uploads.keep(self._account, picture.digest, reference, now, now + KEPT_FOR)
            await self._capabilities.note(Capability.UPLOADS, can=True)
            return reference
        raise await self._failure(answer)

    async def _failure(self, answer: Answer) -> Exception:
        """Only what concerns all that is sent, or will pass, holds the message up; else it goes without its picture."""
        if answer.error is None:
            if answer.status == 429:
                return UploadError(Throttled(self._throttle_seconds, whole_account=True))
            if answer.status < 400 or answer.status >= 500:
                return _later(f"HTTP {answer.status}")
            return LeftOutError(f"the upload is answered with HTTP {answer.status}")
        outcome = outcome_of(answer.error, self._now(), self._throttle_seconds)
        if answer.error in TOKEN_REFUSED or isinstance(outcome, Throttled | Retryable):
            return UploadError(outcome)
        if isinstance(outcome, Halted):  # it is not this picture that is refused
            await self._capabilities.note(Capability.UPLOADS, can=False, code=answer.error)
        return LeftOutError(f"Zalo answers the upload with {answer.error}")

    def _read(self, name: str) -> _Picture:
        """Return a picture's bytes, media type and name. Raises `LeftOutError`."""
        try:
            path = self._picture(name)
            size = path.stat().st_size
            if size > LARGEST:
                raise LeftOutError(f"{name} has {size} bytes; {LARGEST} are allowed")
            content = path.read_bytes()
        except (OSError, LookupError, ValueError) as error:
            raise LeftOutError(f"{name} cannot be read ({type(error).__name__})") from None
        media_type = _media_type(content)
        if media_type is None:
            raise LeftOutError(f"{name} is of a kind that Zalo does not take")
        called = f"{Path(name).stem}{_ENDINGS[media_type]}"
        return _Picture(called, media_type, content, hashlib.sha256(content).digest())


_ENDINGS: Final = {"image/png": ".png", "image/jpeg": ".jpg"}


def _media_type(content: bytes) -> str | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "image/jpeg" if content.startswith(b"\xff\xd8\xff") else None


def _later(why: str) -> UploadError:
    return UploadError(Retryable(f"Không tải được ảnh lên Zalo ({why})."))


def month_of(now: datetime) -> datetime:
    """Return when the month began in Viet Nam."""
    return now.astimezone(VIET_NAM).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
