"""The console on a real database, and people who visit it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher

from bot.console.accounts import Accounts
from bot.console.application import GROUPS, console
from bot.console.parts import Parts, parts_of
from bot.console.passwords import Passwords
from bot.console.permissions import Role
from bot.settings import Settings
from bot.store.database import Database
from bot.store.staff import Author
from bot.store.staff_sessions import digest_of
from bot.understanding import Understanding
from knowledge.check import KnowledgeBase
from knowledge.loading import load_for_service
from tests.integration.stored import SEALER, value

CHEAP: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
DAY: Final = date(2026, 11, 22)
PASSWORD: Final = "bốn từ chẳng liên quan"


class Clock:
    """A clock that stands until it is moved; begins on 22 November 2026, 8:00 in Viet Nam."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass(frozen=True)
class Answer:
    """A response, read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


class Visitor:
    """A browser: keeps its cookies, follows no redirection, and sends the token of its session along."""

    def __init__(self, address: str, database: Database, staff_id: int | None = None, login: str = "") -> None:
        self._address = address
        self._database = database
        self.staff_id = staff_id
        self.login = login
        self.cookies: dict[str, str] = {}
        self.headers: dict[str, str] = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}

    async def get(self, path: str, **headers: str) -> Answer:
        """Ask for "/console/…"."""
        return await self.request("GET", path, headers=headers)

    async def post(self, path: str, fields: Any = None, *, csrf: str | None = None, **more: Any) -> Answer:
        """Send a form: a mapping, pairs, or `aiohttp.FormData` for files; `csrf` replaces the right token."""
        token = await self.csrf() if csrf is None else csrf
        form = fields if isinstance(fields, aiohttp.FormData) else aiohttp.FormData()
        pairs = fields.items() if isinstance(fields, Mapping) else (fields or ())
        for name, one in [] if form is fields else [*pairs, *more.items()]:
            form.add_field(name, str(one))
        if token:
            form.add_field("csrf", token)
        return await self.request("POST", path, data=form)

    async def csrf(self) -> str:
        """The token of the session; "" without one."""
        key = self.cookies.get("console") or self.cookies.get("__Host-console")
        if key is None:
            return ""
        statement = "SELECT coalesce((SELECT csrf FROM staff_session WHERE digest = :digest), '')"
        return str(await value(self._database, statement, digest=digest_of(key)))

    async def request(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, data: Any = None
    ) -> Answer:
        sent = {**self.headers, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={one}" for name, one in self.cookies.items())
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(method, self._address + path, headers=sent, data=data, allow_redirects=False) as response,
        ):
            for name, morsel in response.cookies.items():
                if morsel.value and morsel["max-age"] != 0 and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
            return Answer(response.status, response.headers, await response.read(), response.cookies)


class Console:
    """A started console. `parts` can be used to look at, or to bring about, what pages show."""

    def __init__(self, parts: Parts, clock: Clock, server: TestServer, app: web.Application) -> None:
        self.parts = parts
        self.clock = clock
        self.app = app
        self._server = server
        self._people = 0

    @property
    def accounts(self) -> Accounts:
        return self.parts.accounts

    @property
    def address(self) -> str:
        return str(self._server.make_url("")).rstrip("/")

    def visitor(self) -> Visitor:
        """Somebody who is not signed in."""
        return Visitor(self.address, self.parts.database)

    async def staff(
        self, *roles: Role, places: Sequence[str] = (), name: str = "Nguyễn Thị Thử", login: str | None = None
    ) -> int:
        """Make an account with the password PASSWORD that need not be changed; return its number."""
        self._people += 1
        return await new_member(self.parts, login or f"thu-{self._people}", name, roles, places)

    async def signed_in(
        self, *roles: Role, places: Sequence[str] = (), name: str = "Nguyễn Thị Thử", login: str | None = None
    ) -> Visitor:
        """Make an account and a browser that is signed in to it, second factor and all."""
        staff_id = await self.staff(*roles, places=places, name=name, login=login)
        account = await self.parts.accounts.staff.by_id(staff_id)
        assert account is not None
        visitor = Visitor(self.address, self.parts.database, staff_id, account.login)
        key = await self.parts.sessions.begin(staff_id, confirmed=True)
        visitor.cookies["__Host-console" if self.parts.settings.public_url else "console"] = key
        return visitor

    async def close(self) -> None:
        await self._server.close()


async def new_member(parts: Parts, login: str, name: str, roles: Sequence[Role], places: Sequence[str]) -> int:
    """Make an account with the password PASSWORD that need not be changed; return its number."""
    password = await parts.accounts.passwords.hash(PASSWORD)
    staff, by = parts.accounts.staff, Author(None, "test")
    staff_id = await staff.add(
        login=login,
        name=name,
        position="Cán bộ",
        roles=[one.value for one in roles],
        places=places,
        password=password,
        by=by,
        at=parts.now(),
    )
    await staff.choose_password(staff_id, password, by=by, at=parts.now())
    return staff_id


@cache
def knowledge() -> KnowledgeBase:
    """The project's own knowledge, loaded once; without an index."""
    return load_for_service(DAY)


async def started(
    database: Database,
    *,
    settings: Settings | None = None,
    understanding: Understanding | None = None,
    groups: Any = GROUPS,
) -> Console:
    """Start a console on a migrated database. `understanding` only for pages that ask the index."""
    clock = Clock()

    def understood() -> Understanding:
        assert understanding is not None, "give started() an understanding"
        return understanding

    parts = parts_of(
        database=database,
        sealer=SEALER,
        settings=settings or Settings(),
        understanding=understood,
        now=clock.now,
        today=lambda: DAY,
        passwords=Passwords(CHEAP),
        knowledge=None if understanding else knowledge,
    )
    app = web.Application(client_max_size=64 * 1024)
    app.add_subapp("/console", mounted := console(parts, clock=clock.seconds, groups=groups))
    server = TestServer(app)
    await server.start_server()
    return Console(parts, clock, server, mounted)
