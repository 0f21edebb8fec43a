"""Signing in: password, then a code; at first also setting up the code's app and choosing a password. Signing out.

A session that is not confirmed by a code leads nowhere but here. The key of the session is a new one after each step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from aiohttp import web

from bot.channels.rate_limit import RateLimiter
from bot.console import second_factor
from bot.console.accounts import member_of
from bot.console.attempts import WrongTries
from bot.console.doorway import Doorway, host_of, inside
from bot.console.forms import Fields
from bot.console.parts import Parts
from bot.console.passwords import WeakPasswordError, approve
from bot.console.rendering import MOUNTED, see
from bot.store.staff import Attempt, Author
from bot.store.staff_sessions import Session

_HOME: Final = f"{MOUNTED}/"
_SIGN_IN: Final = f"{MOUNTED}/sign-in"
_CODE: Final = f"{_SIGN_IN}/code"
_SET_UP: Final = f"{_SIGN_IN}/second-factor"
_CHANGE: Final = f"{_SIGN_IN}/password"
_LARGEST: Final = 8 * 1024
_PER_MINUTE: Final = 30
_BURST: Final = 60
_WRONG_BY_ADDRESS: Final = 40
_WRONG_BY_BROWSER: Final = 5
_QUARTER_HOUR: Final = 900.0
_HOUR: Final = 3600.0
_WRONG: Final = (
    "Tên đăng nhập hoặc mật khẩu không đúng, mật khẩu cấp lần đầu đã quá 7 ngày, hoặc tài khoản đang bị khóa. "
    "Sau 5 lần sai phải chờ ít nhất 15 phút."
)
_WRONG_CODE: Final = "Mã không đúng hoặc đã dùng rồi. Hãy chờ mã mới trên điện thoại rồi nhập lại."
_TOO_OFTEN: Final = "Quá nhiều lần thử từ địa chỉ mạng này. Hãy chờ 15 phút rồi thử lại."


@dataclass(frozen=True)
class _Try:
    """A try that was counted before it was checked: against the address and the browser, or the account."""

    visitor: str
    browser: str | None
    attempt: Attempt | None

    @property
    def admitted(self) -> bool:
        return self.browser is not None or self.attempt is not None


class SigningIn:
    """The pages before the pages."""

    def __init__(self, parts: Parts, doorway: Doorway, clock: Callable[[], float]) -> None:
        self._accounts = parts.accounts
        self._staff = parts.accounts.staff
        self._sessions = parts.sessions
        self._renderer = parts.renderer
        self._doorway = doorway
        self._requests = RateLimiter(_PER_MINUTE, _BURST, clock)
        self._by_address = WrongTries(_WRONG_BY_ADDRESS, _QUARTER_HOUR, clock)
        self._by_browser = WrongTries(_WRONG_BY_BROWSER, _HOUR, clock)

    def routes(self) -> Iterable[web.RouteDef]:
        """Return what is served to whoever is not signed in yet."""
        return (
            web.get("/sign-in", self.form),
            web.post("/sign-in", self.password),
            web.get("/sign-in/code", self.code_form),
            web.post("/sign-in/code", self.code),
            web.get("/sign-in/second-factor", self.set_up_form),
            web.post("/sign-in/second-factor", self.set_up),
            web.get("/sign-in/second-factor.svg", self.picture),
            web.get("/sign-in/password", self.change_form),
            web.post("/sign-in/password", self.change),
            web.post("/sign-out", self.sign_out),
        )

    async def form(self, request: web.Request) -> web.StreamResponse:
        """Ask for login and password."""
        session = await self._doorway.session(request)
        if session is not None:
            return see(_next_step(session, _wanted(request)))
        return self._form(_wanted(request))

    async def password(self, request: web.Request) -> web.StreamResponse:
        """Check a password; the same words and the same time for every reason to refuse."""
        visitor = self._doorway.visitor(request)
        if not self._requests.allows(visitor):
            return self._form(None, fault=_TOO_OFTEN, status=429)
        fields = await self._fields(request, None)
        login, password = fields.text("login", longest=100).lower(), fields.secret("password")
        wanted = inside(fields.as_typed().get("next"))
        if self._by_address.refuses(visitor):
            return self._form(wanted, login=login, fault=_TOO_OFTEN, status=429)
        found = await self._staff.secrets(login)
        account = found.account if found else None
        tried = await self._count(request, login, account.id if account else None)
        may = (
            found is not None and tried.admitted and found.account.active and not self._accounts.expired(found.account)
        )
        right = await self._accounts.passwords.check(found.password if found and may else None, password)
        if not right or found is None:
            await self._refused(request, tried, account.login if account else None, "password")
            return self._form(wanted, login=login, fault=_WRONG, status=401)
        await self._right(tried)
        if self._accounts.passwords.outdated(found.password):
            hashed = await self._accounts.passwords.hash(password)
            await self._staff.rehash(found.account.id, found.password, hashed)
        return await self._begin(request, found.account.id, wanted, confirmed=False)

    async def code_form(self, request: web.Request) -> web.StreamResponse:
        """Ask for a code."""
        session = await self._doorway.session(request)
        if session is None or session.confirmed or not session.account.has_second_factor:
            return see(_SIGN_IN if session is None else _next_step(session, _wanted(request)))
        return self._code_form(session, _wanted(request))

    async def code(self, request: web.Request) -> web.StreamResponse:
        """Check a code."""
        session = await self._doorway.session(request)
        if session is None or session.confirmed or not session.account.has_second_factor:
            return see(_SIGN_IN if session is None else _next_step(session, None))
        fields = await self._fields(request, session)
        wanted = inside(fields.as_typed().get("next"))
        account = session.account
        if self._by_address.refuses(self._doorway.visitor(request)):
            return self._code_form(session, wanted, fault=_TOO_OFTEN, status=429)
        tried = await self._count(request, account.login, account.id)
        if not tried.admitted:
            await self._sessions.end(session.digest)
            return self._form(wanted, fault=_WRONG, status=401)
        secret = await self._staff.second_factor(account.id)
        typed = fields.text("code", longest=20)
        step = second_factor.step_of(secret, typed, self._accounts.now()) if secret else None
        if step is None or not await self._staff.use_step(account.id, step):
            await self._refused(request, tried, account.login, "code")
            return self._code_form(session, wanted, fault=_WRONG_CODE, status=401)
        await self._right(tried)
        if tried.attempt is not None:
            await self._staff.forget_tries(account.id)
        return await self._confirmed(request, session, wanted)

    async def set_up_form(self, request: web.Request) -> web.StreamResponse:
        """Show the secret for an authenticator app."""
        session, key = await self._doorway.session(request), self._doorway.key(request)
        if session is None or key is None or session.account.has_second_factor:
            return see(_SIGN_IN if session is None else _next_step(session, _wanted(request)))
        return self._set_up_form(session, key, _wanted(request))

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """The secret as a QR code."""
        session, key = await self._doorway.session(request), self._doorway.key(request)
        if session is None or key is None or session.account.has_second_factor:
            raise web.HTTPNotFound
        drawn = second_factor.picture(second_factor.secret_for(key), session.account.login)
        return web.Response(body=drawn, content_type="image/svg+xml")

    async def set_up(self, request: web.Request) -> web.StreamResponse:
        """Take a second factor that a code of it proves."""
        session, key = await self._doorway.session(request), self._doorway.key(request)
        if session is None or key is None or session.account.has_second_factor:
            return see(_SIGN_IN if session is None else _next_step(session, None))
        fields = await self._fields(request, session)
        wanted = inside(fields.as_typed().get("next"))
        secret = second_factor.secret_for(key)
        step = second_factor.step_of(secret, fields.text("code", longest=20), self._accounts.now())
        if step is None:
            return self._set_up_form(session, key, wanted, fault="Mã không đúng. Hãy nhập mã đang hiện.", status=401)
        if not await self._staff.set_second_factor(session.account.id, secret, step, by=session.author):
            return see(_SIGN_IN)
        return await self._confirmed(request, session, wanted)

    async def change_form(self, request: web.Request) -> web.StreamResponse:
        """Ask for a new password."""
        session = await self._doorway.session(request)
        if session is None or not session.confirmed:
            return see(_SIGN_IN if session is None else _next_step(session, None))
        return self._change_form(session, {})

    async def change(self, request: web.Request) -> web.StreamResponse:
        """Take a new password; every other session ends, and this one gets a new key."""
        session = await self._doorway.session(request)
        if session is None or not session.confirmed:
            return see(_SIGN_IN if session is None else _next_step(session, None))
        fields = await self._fields(request, session)
        account = session.account
        password = fields.secret("new")
        tries = f"change {account.id}"
        if self._by_browser.refuses(tries):
            await self._sessions.end_all(account.id)
            return self._form(None, fault=_WRONG, status=401)
        await self._check_new(session, fields, password, tries)
        if not fields.fine:
            return self._change_form(session, fields.faults, status=422)
        hashed = await self._accounts.passwords.hash(password)
        await self._staff.choose_password(account.id, hashed, by=session.author, at=self._accounts.now())
        key = await self._sessions.begin(account.id, confirmed=True)
        response = see(_HOME)
        self._doorway.let_in(response, key)
        return response

    async def sign_out(self, request: web.Request) -> web.StreamResponse:
        """End the session, or with `everywhere` all of them."""
        session = await self._doorway.session(request)
        if session is not None:
            fields = await self._fields(request, session)
            everywhere = fields.flag("everywhere")
            await (self._sessions.end_all(session.account.id) if everywhere else self._sessions.end(session.digest))
            act = "sign-out.everywhere" if everywhere else "sign-out"
            await self._staff.tell(act, by=session.author, login=session.account.login)
        response = see(_SIGN_IN)
        self._doorway.let_out(response)
        return response

    async def _check_new(self, session: Session, fields: Fields, password: str, tries: str) -> None:
        """Note in the fields what speaks against a new password."""
        account, stored = session.account, await self._staff.secrets(session.account.login)
        check = self._accounts.passwords.check
        if not account.must_change:
            self._by_browser.wrong(tries)
            if stored is None or not await check(stored.password, fields.secret("current")):
                fields.faults["current"] = "Mật khẩu hiện nay không đúng."
                return
            self._by_browser.right(tries)
        try:
            approve(password, login=account.login, name=account.name)
        except WeakPasswordError as weak:
            fields.faults["new"] = str(weak)
            return
        if stored is not None and await check(stored.password, password):
            fields.faults["new"] = "Mật khẩu mới phải khác mật khẩu đang dùng."
        elif fields.secret("again") != password:
            fields.faults["again"] = "Hai lần nhập mật khẩu mới không giống nhau."

    async def _fields(self, request: web.Request, session: Session | None) -> Fields:
        return Fields(await self._doorway.form(request.clone(client_max_size=_LARGEST), session, _LARGEST))

    async def _count(self, request: web.Request, login: str, staff_id: int | None) -> _Try:
        """Count a try as a wrong one before it is checked."""
        visitor = self._doorway.visitor(request)
        self._by_address.wrong(visitor)
        browser = None if staff_id is None else self._doorway.known_browser(request, staff_id)
        if browser is not None and not self._by_browser.refuses(browser):
            self._by_browser.wrong(browser)
            return _Try(visitor, browser, None)
        return _Try(visitor, None, await self._staff.attempt(login, self._accounts.now()))

    async def _right(self, tried: _Try) -> None:
        self._by_address.right(tried.visitor)
        if tried.browser is not None:
            self._by_browser.right(tried.browser)
        if tried.attempt is not None:
            await self._staff.right(tried.attempt)

    async def _refused(self, request: web.Request, tried: _Try, login: str | None, what: str) -> None:
        """Note a refusal. A login that there is not is left out: it may be a password in the wrong field."""
        details = {
            "what": what,
            "from": self._doorway.visitor(request),
            "counted": tried.admitted,
            "locks": tried.attempt is not None and tried.attempt.lock is not None,
        }
        await self._staff.tell("sign-in.refused", by=Author(None, login or "?"), login=login or "?", **details)

    async def _begin(
        self, request: web.Request, staff_id: int, wanted: str | None, *, confirmed: bool
    ) -> web.StreamResponse:
        before = await self._doorway.session(request)
        key = await self._sessions.begin(
            staff_id, confirmed=confirmed, instead_of=before.digest if before is not None else None
        )
        session = await self._sessions.find(key)
        response = see(_SIGN_IN if session is None else _next_step(session, wanted))
        self._doorway.let_in(response, key)
        return response

    async def _confirmed(self, request: web.Request, session: Session, wanted: str | None) -> web.StreamResponse:
        account = session.account
        details = {"from": self._doorway.visitor(request)}
        await self._staff.tell("sign-in", by=session.author, login=account.login, **details)
        response = await self._begin(request, account.id, wanted, confirmed=True)
        self._doorway.know(request, response, account.id)
        return response

    def _form(
        self, wanted: str | None, *, login: str = "", fault: str | None = None, status: int = 200
    ) -> web.Response:
        return self._renderer.bare("sign-in.html", status=status, wanted=wanted, login=login, fault=fault)

    def _code_form(
        self, session: Session, wanted: str | None, *, fault: str | None = None, status: int = 200
    ) -> web.Response:
        return self._renderer.bare("sign-in-code.html", status=status, token=session.csrf, wanted=wanted, fault=fault)

    def _set_up_form(
        self, session: Session, key: str, wanted: str | None, *, fault: str | None = None, status: int = 200
    ) -> web.Response:
        secret = second_factor.readable(second_factor.secret_for(key))
        return self._renderer.bare(
            "second-factor.html",
            status=status,
            token=session.csrf,
            wanted=wanted,
            fault=fault,
            secret=secret,
            login=session.account.login,
        )

    def _change_form(self, session: Session, faults: dict[str, str], status: int = 200) -> web.Response:
        return self._renderer.bare(
            "password.html",
            status=status,
            token=session.csrf,
            faults=faults,
            first=session.account.must_change,
            member=member_of(session.account),
        )


def to_sign_in(request: web.Request) -> web.Response:
    """Send whoever is not signed in there, and afterwards back to the page they asked for."""
    if request.method in {"GET", "HEAD"}:
        wanted = inside(request.path_qs)
    else:
        referer = request.headers.get("Referer", "")
        ours = host_of(referer) == request.host
        wanted = inside(urlsplit(referer)._replace(scheme="", netloc="", fragment="").geturl()) if ours else None
    return see(_with(_SIGN_IN, wanted))


def _with(path: str, wanted: str | None) -> str:
    return path if wanted is None or wanted == _HOME else f"{path}?next={quote(wanted, safe='/')}"


def _next_step(session: Session, wanted: str | None) -> str:
    """Return where a session leads: to what is still missing, or to the page that was wanted."""
    if not session.confirmed:
        return _with(_CODE if session.account.has_second_factor else _SET_UP, wanted)
    return _CHANGE if session.account.must_change else wanted or _HOME


def _wanted(request: web.Request) -> str | None:
    return inside(request.query.get("next"))
