"""The rotating token pair: one holder exchanges it, nothing is used before it is stored, nothing is ever logged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from bot.channels.zalo_oa.capabilities import Capabilities, Capability
from bot.channels.zalo_oa.client import Answer, NoAnswerError, NotSentError, ZaloClient
from bot.channels.zalo_oa.errors import GRANT_AGAIN, LOST, SETTING_UP, TOKEN_REFUSED, TOO_FAST
from bot.channels.zalo_oa.settings import ZaloOaSettings
from bot.store.channel_tokens import ChannelTokens, StoredPair, TokenPair, TokensBusyError
from bot.store.sealing import SealedDataError

REFRESH_AFTER: Final = timedelta(hours=12)
"""An access token lives for 25 hours, a refresh token for 3 months (docs of OAuth v4)."""
_LIFE: Final = timedelta(hours=25)
_LONGEST_LIFE: Final = timedelta(days=30)
_LOOK_AGAIN: Final = timedelta(hours=1)
_TRY_AGAIN: Final = timedelta(minutes=15)
_MARGIN_SECONDS: Final = 10.0
_SHARED_FOR: Final = timedelta(seconds=5)
"""How long a failure is everybody's, so that those who wait do not ask one after the other."""
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=1)
_LOG: Final = logging.getLogger(__name__)


class TokenError(Exception):
    """There is no access token to send with; the text says why and what to do, in Vietnamese."""


class NoGrantError(TokenError):
    """Nobody has granted a pair yet."""

    def __init__(self) -> None:
        super().__init__(f"Chưa có mã truy cập của OA. {GRANT_AGAIN}")


class GrantLostError(TokenError):
    """The refresh token is refused: only a person can grant a new pair."""


class RefreshLaterError(TokenError):
    """The pair could not be refreshed now; nothing says that it cannot be later."""


class RefusedForNowError(TokenError):
    """Zalo refuses to exchange the pair, for a reason that may pass; it is asked again after growing pauses."""


@dataclass(frozen=True)
class _Failure:
    """How the last exchange failed, when, and for how long nobody asks again."""

    error: TokenError
    at: datetime
    pause: timedelta

    def left(self, now: datetime) -> timedelta:
        """How much of the pause is left; none after a clock was put back."""
        gone = now - self.at
        return self.pause - gone if timedelta(0) <= gone < self.pause else timedelta(0)


@dataclass(frozen=True)
class Access:
    """An access token, and the version of the pair that it is of."""

    token: str = field(repr=False)
    version: int


class Tokens:
    """Hands out the access token of one account and has the pair exchanged when it is time, by one holder only.

    Within the process all who need a new pair share one exchange and its failure; among processes a lock of the
    database keeps others waiting, longer than a request may take. Who has waited finds the new pair and does not ask
    again. `capabilities` keep that Zalo refuses an exchange, for `python -m bot doctor`.
    """

    def __init__(
        self,
        settings: ZaloOaSettings,
        client: ZaloClient,
        store: ChannelTokens,
        account: int,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        capabilities: Capabilities | None = None,
    ) -> None:
        self._settings = settings
        self._client = client
        self._store = store
        self._account = account
        self._now = now
        self._sleep = sleep
        self._capabilities = capabilities
        self._wait_seconds = settings.connect_seconds + settings.answer_seconds + _MARGIN_SECONDS
        self._known: StoredPair | None = None
        self._unstored: tuple[int, TokenPair] | None = None  # came for this version, and the database was not there
        self._exchange: asyncio.Task[Access] | None = None
        self._failed: _Failure | None = None
        self._refusals = 0  # in a row
        self._seeded = False

    async def current(self) -> Access:
        """Return an access token that has not expired. Raises `TokenError`."""
        stored = self._known
        if stored is None or not self._alive(stored):
            stored = self._known = await self._seeded_pair()
        if not self._alive(stored):
            return await self.renewed(stored.version)
        return Access(stored.pair.access, stored.version)

    async def renewed(self, stale: int, *, after_failure: bool = False) -> Access:
        """Return the token of a pair after version `stale`, exchanging that one if nobody else has.

        A pair whose refresh was refused for good is not tried again, unless `after_failure`. Raises `TokenError`.
        """
        if self._known is not None and self._known.version > stale and self._alive(self._known):
            return Access(self._known.pair.access, self._known.version)
        failed = self._failed
        if failed is not None and failed.left(self._now()):
            stored = await self._load()  # another process may have had more luck
            if stored.version <= stale or not self._alive(stored):
                raise failed.error.with_traceback(None)
            self._known, self._failed = stored, None
            return Access(stored.pair.access, stored.version)
        access = await self._exchanged(stale, after_failure)
        # An exchange that was under way already may have been of the version before.
        return access if access.version != stale else await self._exchanged(stale, after_failure)

    async def _exchanged(self, stale: int, after_failure: bool) -> Access:
        """Join the exchange that is under way, or begin one."""
        if self._exchange is None or self._exchange.done():
            self._exchange = asyncio.ensure_future(self._renew(stale, after_failure))
            self._exchange.add_done_callback(self._ended)
        # Shielded: a shutdown that cuts an exchange off would lose the pair that is on its way.
        return await asyncio.shield(self._exchange)

    def _ended(self, exchange: asyncio.Task[Access]) -> None:
        """Note how an exchange ended; its callers may be gone."""
        error = None if exchange.cancelled() else exchange.exception()
        if isinstance(error, RefusedForNowError):
            pause = min(_FIRST_PAUSE * 2 ** min(self._refusals, 10), _LONGEST_PAUSE)
            self._refusals += 1
        else:
            pause, self._refusals = _SHARED_FOR, 0 if error is None else self._refusals
        later = isinstance(error, RefusedForNowError | RefreshLaterError)
        self._failed = _Failure(error, self._now(), pause) if later and isinstance(error, TokenError) else None

    async def with_access(self, ask: Callable[[str], Awaitable[Answer]], ready_by: float | None = None) -> Answer:
        """Return what `ask` is answered with an access token; once more with a new one if the token is refused.

        `ready_by`: the loop's time until which a token must be there. Raises `TokenError` and whatever `ask` raises.
        """
        access = await _in_time(self.current(), ready_by)
        answer = await ask(access.token)
        if answer.error in TOKEN_REFUSED:
            answer = await ask((await _in_time(self.renewed(access.version), ready_by)).token)
        return answer

    async def close(self) -> None:
        """Wait for an exchange that is under way, and try once more to store a pair that could not be stored."""
        if self._exchange is not None:
            await asyncio.wait([self._exchange])
        if self._unstored is not None:
            try:
                await self._keep(*self._unstored)
            except (SQLAlchemyError, OSError) as error:
                _LOG.error("zalo_oa: the last token pair is lost, it could not be stored (%s)", type(error).__name__)

    async def seed(self) -> None:
        """Bring in the settings' pair, if there is none yet or a person has granted a new one since.

        A refresh token that was brought in before is known again and ignored: it is long spent. Raises `TokenError`.
        """
        refresh = (self._settings.refresh_token or "").strip()
        if refresh and not self._seeded:
            try:
                async with self._store.alone(self._account, self._wait_seconds):
                    await self._bring_in(refresh)
            except (TokensBusyError, SQLAlchemyError, OSError) as error:
                raise _later(error) from None
        self._seeded = True

    async def _bring_in(self, refresh: str) -> None:
        if await self._was_brought_in(refresh):
            return
        now = self._now()
        access = (self._settings.access_token or "").strip()
        pair = TokenPair(access, refresh, now + _LIFE if access else now)
        await self._store.put(self._account, pair, now)
        self._known = self._failed = None

    async def _was_brought_in(self, refresh: str) -> bool:
        try:
            stored = await self._store.load(self._account)
        except SealedDataError:
            return False  # a pair that nobody can open is nothing to lose
        return stored is not None and stored.knows(refresh)

    async def keep_fresh(self) -> None:
        """Exchange the pair about every 12 hours, for ever. Ends when cancelled.

        A pair that was refused is tried again too, so that an app that was switched on again recovers by itself.
        """
        while True:
            await self._sleep((await self._freshen()).total_seconds())

    async def _freshen(self) -> timedelta:
        """Exchange the pair if it is time; return how long to wait."""
        try:
            stored = await self._seeded_pair()
            due = stored.refreshed_at + REFRESH_AFTER
            if stored.refreshing_since is not None and stored.failure is None:
                due = self._now()  # somebody died at it, or is at it: then we only wait and find the new pair
            self._known = stored
            if due > self._now():
                return min(due - self._now(), _LOOK_AGAIN)
            await self.renewed(stored.version, after_failure=True)
        except NoGrantError:
            return _LOOK_AGAIN
        except GrantLostError as error:
            _LOG.error("zalo_oa: the token pair cannot be refreshed: %s", error)
            return REFRESH_AFTER
        except TokenError as error:
            _LOG.warning("zalo_oa: the token pair could not be refreshed now: %s", error)
            refused = self._failed if isinstance(error, RefusedForNowError) else None
            return max(refused.left(self._now()), _SHARED_FOR) if refused is not None else _TRY_AGAIN
        return _LOOK_AGAIN

    def _alive(self, stored: StoredPair) -> bool:
        return bool(stored.pair.access) and self._now() < stored.pair.expires_at

    async def _seeded_pair(self) -> StoredPair:
        """Return the stored pair; before, bring the settings' pair in if that did not come about at the start."""
        if not self._seeded:
            await self.seed()
        return await self._load()

    async def _load(self) -> StoredPair:
        try:
            stored = await self._stored()
        except (SQLAlchemyError, OSError) as error:
            raise _later(error) from None
        if stored is None:
            raise NoGrantError
        return stored

    async def _stored(self) -> StoredPair | None:
        try:
            return await self._store.load(self._account)
        except SealedDataError:
            raise GrantLostError(f"Không mở được mã truy cập đã lưu (khóa DATA_KEY khác). {GRANT_AGAIN}") from None

    async def _renew(self, stale: int, after_failure: bool) -> Access:
        try:
            async with self._store.alone(self._account, self._wait_seconds):
                stored = await self._load()
                if stored.version == stale or not self._alive(stored):
                    if stored.failure is not None and not after_failure:
                        raise GrantLostError(f"{stored.failure} {GRANT_AGAIN}")
                    await self._refresh(stored)
                    stored = await self._load()
        except (TokensBusyError, SQLAlchemyError, OSError) as error:
            raise _later(error) from None
        self._known = stored
        return Access(stored.pair.access, stored.version)

    async def _refresh(self, stored: StoredPair) -> None:
        """Spend the refresh token and store what comes for it. Raises `TokenError`, and what the database raises."""
        if self._unstored is not None and self._unstored[0] == stored.version:
            await self._keep(*self._unstored)
            return
        interrupted = stored.refreshing_since is not None
        if interrupted:
            _LOG.warning("zalo_oa: an earlier refresh did not come to its end; its refresh token is tried once more")
        if not await self._store.begin(self._account, stored.version, self._now()):
            return  # another pair was granted just now
        try:
            status, body = await self._client.oauth(
                {
                    "refresh_token": stored.pair.refresh,
                    "app_id": self._settings.app_id,
                    "grant_type": "refresh_token",
                }
            )
        except NotSentError as error:
            if not interrupted:
                await self._store.not_begun(self._account, stored.version)
            raise _later(error) from None
        except NoAnswerError as error:
            raise _later(error) from None  # the note stays: the pair may have been exchanged over there
        pair = _pair(body, self._now())
        if pair is not None:
            await self._keep(stored.version, pair)
            await self._note(can=True)
            return
        await self._refuse(stored, status, body, interrupted)

    async def _keep(self, version: int, pair: TokenPair) -> None:
        """Store the pair that came for a version. It is not forgotten here before the database has it."""
        self._unstored = (version, pair)
        await self._store.replace(self._account, version, pair, self._now())
        self._unstored = None
        _LOG.info("zalo_oa: the token pair is refreshed, version %d", version + 1)

    async def _refuse(self, stored: StoredPair, status: int, body: Mapping[str, Any], interrupted: bool) -> None:
        """Raise what it means that no pair came; return if another pair was granted meanwhile."""
        code, reason = _code(body), _refused(status, body)
        if not body or status >= 500:  # perhaps exchanged all the same: the note of the beginning stays
            raise RefreshLaterError("Máy chủ cấp quyền của Zalo đang trục trặc, sẽ thử lại.")
        if code in LOST:
            why = "Lần đổi mã truy cập trước bị ngắt giữa chừng nên mã mới đã mất. " if interrupted else ""
            if await self._store.fail(self._account, stored.version, f"{why}{reason}"):
                raise GrantLostError(f"{why}{reason} {GRANT_AGAIN}")
            return
        if code is not None and not interrupted:  # surely refused: the refresh token is not spent
            await self._store.not_begun(self._account, stored.version)
        if code == TOO_FAST:
            raise RefreshLaterError("Máy chủ cấp quyền của Zalo báo quá nhiều yêu cầu, sẽ thử lại.")
        await self._note(can=False, code=code or 0)
        raise RefusedForNowError(f"{reason} Hệ thống sẽ tự thử lại.")

    async def _note(self, *, can: bool, code: int = 0) -> None:
        if self._capabilities is not None:
            await self._capabilities.note(Capability.OAUTH, can=can, code=code)


async def _in_time(asked: Coroutine[Any, Any, Access], ready_by: float | None) -> Access:
    """Return what is asked for. Raises `RefreshLaterError` when it does not come in time."""
    try:
        async with asyncio.timeout_at(ready_by):
            return await asked
    except TimeoutError:
        raise RefreshLaterError("Máy chủ cấp quyền của Zalo trả lời quá chậm, sẽ thử lại.") from None


def _pair(body: Mapping[str, Any], now: datetime) -> TokenPair | None:
    """Return the pair of an answer; None unless both tokens are there. Errors come with HTTP 200 as well."""
    access, refresh = body.get("access_token"), body.get("refresh_token")
    if not isinstance(access, str) or not isinstance(refresh, str) or not access.strip() or not refresh.strip():
        return None
    try:
        life = timedelta(seconds=int(str(body.get("expires_in"))))  # it is a string
    except (ValueError, OverflowError):
        life = _LIFE
    return TokenPair(access, refresh, now + (life if timedelta(0) < life <= _LONGEST_LIFE else _LIFE))


def _refused(status: int, body: Mapping[str, Any]) -> str:
    """Say in Vietnamese why no pair came, without a word of the answer that might hold a secret."""
    code = _code(body)
    if code in SETTING_UP:
        return SETTING_UP[code]
    shown = str(code) if code is not None else f"HTTP {status}"
    return f"Zalo không đổi mã truy cập (lỗi {shown})."


def _code(body: Mapping[str, Any]) -> int | None:
    try:
        return int(str(body.get("error")))
    except ValueError:
        return None


def _later(error: Exception) -> RefreshLaterError:
    return RefreshLaterError(f"Chưa lấy được mã truy cập lúc này ({type(error).__name__}), sẽ thử lại.")
