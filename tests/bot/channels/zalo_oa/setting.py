"""What the tests of the Zalo OA adapter share: stores without a database, pictures, an adapter at a fake Zalo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot.channels.contract import Recipient
from bot.channels.zalo_oa.adapter import Stores, ZaloOaAdapter
from bot.channels.zalo_oa.settings import ZaloOaSettings
from bot.store.accounts import Accounts
from bot.store.channel_tokens import ChannelTokens, StoredPair, TokenPair, digest_of
from bot.store.quotas import Quota, Quotas
from bot.store.uploads import Uploads
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, OA_ID, USER, WEBHOOK_SECRET, FakeZaloOa, Grant

NOW: Final = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
PNG: Final = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100
CLOSED: Final = "http://127.0.0.1:9"
HURRIED: Final[Mapping[str, Any]] = {"connect_seconds": 0.3, "answer_seconds": 0.3}
"""Settings for tests in which the channel never answers."""


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, by: timedelta) -> None:
        self.now += by


class MemoryAccounts(Accounts):
    """One account, in memory."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    async def number(self, channel: str, name: str) -> int:
        return 1

    async def find(self, channel: str, name: str) -> int | None:
        return 1

    async def capabilities(self, account: int) -> dict[str, Any]:
        return dict(self.found)

    async def note_capabilities(self, account: int, found: Mapping[str, Any]) -> None:
        self.found |= found


class MemoryTokens(ChannelTokens):
    """One pair, in memory."""

    def __init__(self) -> None:
        self.stored: StoredPair | None = None
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def alone(self, account: int, wait_seconds: float) -> AsyncIterator[None]:
        async with self._lock:
            yield

    async def load(self, account: int) -> StoredPair | None:
        return self.stored

    async def put(self, account: int, pair: TokenPair, now: datetime) -> None:
        known = self.stored.grants if self.stored else ()
        version = self.stored.version + 1 if self.stored else 1
        self.stored = StoredPair(pair, version, now, None, None, (*known, digest_of(pair.refresh)))

    async def begin(self, account: int, version: int, now: datetime) -> bool:
        since = self.stored.refreshing_since if self.stored else None
        return self._change(version, refreshing_since=since or now)

    async def not_begun(self, account: int, version: int) -> None:
        self._change(version, refreshing_since=None)

    async def replace(self, account: int, version: int, pair: TokenPair, now: datetime) -> bool:
        return self._change(
            version, pair=pair, version=version + 1, refreshed_at=now, refreshing_since=None, failure=None
        )

    async def fail(self, account: int, version: int, reason: str) -> bool:
        return self._change(version, failure=reason, refreshing_since=None)

    def _change(self, of: int, **fields: Any) -> bool:
        if self.stored is None or self.stored.version != of:
            return False
        self.stored = replace(self.stored, **fields)
        return True


class MemoryUploads(Uploads):
    """References, in memory."""

    def __init__(self) -> None:
        self.kept: dict[bytes, tuple[str, datetime]] = {}

    async def find(self, account: int, digest: bytes, now: datetime) -> str | None:
        reference, expires_at = self.kept.get(digest, ("", now))
        return reference if expires_at > now else None

    async def keep(self, account: int, digest: bytes, reference: str, now: datetime, expires_at: datetime) -> None:
        self.kept[digest] = (reference, expires_at)

    async def forget(self, account: int, digest: bytes) -> None:
        self.kept.pop(digest, None)


class MemoryQuotas(Quotas):
    """The ledger, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Quota] = {}

    async def note(self, account: int, quota: Quota) -> None:
        self.kept[quota.kind] = quota

    async def spend(self, account: int, kind: str, total: int, at: datetime, *, since: datetime) -> bool:
        kept = self.kept.get(kind)
        left = kept.remaining if kept and kept.read_at >= since else total
        assert left is not None
        if left > 0:
            self.kept[kind] = Quota(kind, left - 1, total, at)
        return left > 0

    async def give_back(self, account: int, kind: str) -> None:
        kept = self.kept[kind]
        assert kept.remaining is not None
        self.kept[kind] = replace(kept, remaining=kept.remaining + 1)

    async def drop(self, account: int, kind: str) -> None:
        self.kept.pop(kind, None)

    async def every(self, account: int) -> tuple[Quota, ...]:
        return tuple(self.kept[kind] for kind in sorted(self.kept))


@dataclass
class Memory:
    """Stores in memory, as themselves."""

    accounts: MemoryAccounts
    tokens: MemoryTokens
    uploads: MemoryUploads
    quotas: MemoryQuotas

    @property
    def stores(self) -> Stores:
        return Stores(self.accounts, self.tokens, self.uploads, self.quotas)


def memory() -> Memory:
    return Memory(MemoryAccounts(), MemoryTokens(), MemoryUploads(), MemoryQuotas())


@dataclass
class Setting:
    """A connected adapter at a fake Zalo whose window for `USER` is open."""

    fake: FakeZaloOa
    adapter: ZaloOaAdapter
    memory: Memory
    clock: Clock
    grant: Grant

    @property
    def recipient(self) -> Recipient:
        return Recipient(USER, self.clock())


def settings_for(url: str, **changes: Any) -> ZaloOaSettings:
    given: dict[str, Any] = {
        "app_id": APP_ID,
        "app_secret": APP_SECRET,
        "oa_id": OA_ID,
        "webhook_secrets": ("another-secret", WEBHOOK_SECRET),
        "verifier": "abc123",
        "api_url": url or CLOSED,
        "oauth_url": url or CLOSED,
        "media_hosts": ("zdn.vn", "127.0.0.1"),
        "connect_seconds": 30.0,
        "answer_seconds": 30.0,
    }
    return ZaloOaSettings(**{**given, **changes})


def png_at(folder: Path) -> Callable[[str], Path]:
    """Return what finds a small PNG for every name, in `folder`."""
    path = folder / "picture.png"
    path.write_bytes(PNG)
    return lambda _name: path


@asynccontextmanager
async def zalo_setting(
    picture: Callable[[str], Path], *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, **changes: Any
) -> AsyncIterator[Setting]:
    clock = Clock()
    async with FakeZaloOa(now=clock).running() as fake:
        grant = fake.grant()
        fake.user_interacts(USER)
        kept = memory()
        settings = settings_for(fake.url, **{"access_token": grant.access, "refresh_token": grant.refresh, **changes})
        adapter = ZaloOaAdapter(settings, kept.stores, picture=picture, now=clock, sleep=sleep)
        async with adapter.connected():
            yield Setting(fake, adapter, kept, clock, grant)
