"""Accounts of the staff, for administrators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from bot.console.accounts import LONGEST_NAME, AccountError
from bot.console.forms import Fields
from bot.console.parts import Parts
from bot.console.permissions import ROLES, Permission
from bot.console.place_picker import MOST, described, forgotten, found_places, named
from bot.console.visits import NotFoundError, Page, Visit
from bot.store.staff import Account, Author

_NEEDED = Permission.MANAGE_STAFF
_ROLES: Mapping[str, str] = {role.value: words for role, words in ROLES.items()}
_MOST_DIGITS = 5


class StaffPages:
    """Lists, makes and changes accounts. Nobody changes their own rights here."""

    def __init__(self, parts: Parts) -> None:
        self._renderer = parts.renderer
        self._accounts = parts.accounts
        self._places = parts.accounts.places
        self._now = parts.now

    def pages(self) -> Sequence[Page]:
        """Return the pages."""
        return (
            Page("GET", "/staff", self.every, _NEEDED),
            Page("GET", "/staff/new", self.new_form, _NEEDED),
            Page("POST", "/staff/new", self.add, _NEEDED),
            Page("GET", "/staff/{id}", self.one, _NEEDED),
            Page("POST", "/staff/{id}", self.describe, _NEEDED),
            Page("POST", "/staff/{id}/roles", self.entitle, _NEEDED),
            Page("POST", "/staff/{id}/active", self.switch, _NEEDED),
            Page("POST", "/staff/{id}/unlock", self.unlock, _NEEDED),
            Page("POST", "/staff/{id}/password", self.reset_password, _NEEDED),
            Page("POST", "/staff/{id}/second-factor", self.reset_second_factor, _NEEDED),
        )

    async def every(self, visit: Visit) -> web.StreamResponse:
        """Show all accounts."""
        accounts = await self._accounts.staff.every()
        units = named(self._places(), {code for one in accounts for code in one.places})
        return self._renderer.page(
            visit, "staff/list.html", accounts=accounts, units=units, roles=_ROLES, now=self._now()
        )

    async def new_form(self, visit: Visit) -> web.StreamResponse:
        """Show an empty form."""
        return self._new_form(visit, {}, {}, (), ())

    async def add(self, visit: Visit) -> web.StreamResponse:
        """Make an account and show its password, once; or find places for the form."""
        fields = Fields(await visit.request.post())
        values = {name: fields.text(name, longest=LONGEST_NAME, required=name != "position") for name in _TYPED}
        roles, places = fields.choices("role", _ROLES), fields.listed("place")
        sought = fields.text("sought", longest=100, required=False)
        if fields.flag("find"):
            return self._new_form(visit, fields.as_typed(), {}, roles, places, sought=sought)
        _check_rights(fields, roles, places, sought)
        if fields.fine:
            try:
                password = await self._accounts.add(**values, roles=roles, places=places, by=_author(visit))
            except AccountError as error:
                fields.faults["login"] = str(error)
            else:
                return self._handed_over(visit, values["login"].lower(), password, new=True)
        return self._new_form(visit, fields.as_typed(), fields.faults, roles, places, sought=sought, status=422)

    async def one(self, visit: Visit) -> web.StreamResponse:
        """Show an account."""
        account = await self._account(visit)
        return self._one(visit, account, account.roles, account.places)

    async def describe(self, visit: Visit) -> web.StreamResponse:
        """Change name and position."""
        account = await self._account(visit)
        fields = Fields(await visit.request.post())
        name = fields.text("name", longest=LONGEST_NAME)
        position = fields.text("position", longest=LONGEST_NAME, required=False)
        if not fields.fine:
            return self._one(
                visit, account, account.roles, account.places, faults=fields.faults, typed=fields.as_typed(), status=422
            )
        return await self._done(
            visit,
            account,
            lambda: self._accounts.describe(account, name=name, position=position, by=_author(visit)),
            f"Đã sửa tài khoản {account.login}.",
        )

    async def entitle(self, visit: Visit) -> web.StreamResponse:
        """Change roles and places; or find places for the form."""
        account = await self._account(visit)
        fields = Fields(await visit.request.post())
        roles, places = fields.choices("role", _ROLES), fields.listed("place")
        sought = fields.text("sought", longest=100, required=False)
        if fields.flag("find"):
            return self._one(visit, account, roles, places, sought=sought)
        _check_rights(fields, roles, places, sought)
        if not fields.fine:
            return self._one(visit, account, roles, places, sought=sought, faults=fields.faults, status=422)
        return await self._done(
            visit,
            account,
            lambda: self._accounts.entitle(account, roles=roles, places=places, by=_author(visit)),
            f"Đã đổi quyền của {account.login}. Người này phải đăng nhập lại.",
        )

    async def switch(self, visit: Visit) -> web.StreamResponse:
        """Let an account be used, or not."""
        account = await self._account(visit)
        active = Fields(await visit.request.post()).flag("active")
        done = f"Đã mở tài khoản {account.login}." if active else f"Đã tắt tài khoản {account.login}."
        return await self._done(
            visit, account, lambda: self._accounts.switch(account, active=active, by=_author(visit)), done
        )

    async def unlock(self, visit: Visit) -> web.StreamResponse:
        """Lift the lock that wrong passwords brought."""
        account = await self._account(visit)
        return await self._done(
            visit,
            account,
            lambda: self._accounts.unlock(account, by=_author(visit)),
            f"Đã bỏ khóa tạm của {account.login}.",
        )

    async def reset_password(self, visit: Visit) -> web.StreamResponse:
        """Show a new one-time password, once."""
        return await self._reset(visit, self._accounts.reset_password)

    async def reset_second_factor(self, visit: Visit) -> web.StreamResponse:
        """Take the second factor away and show a new one-time password, once."""
        return await self._reset(visit, self._accounts.reset_second_factor)

    async def _reset(self, visit: Visit, reset: Callable[..., Awaitable[str]]) -> web.StreamResponse:
        account = await self._account(visit)
        try:
            password = await reset(account, by=_author(visit))
        except AccountError as error:
            return self._refused(visit, account, error)
        return self._handed_over(visit, account.login, password, new=False)

    async def _done(
        self, visit: Visit, account: Account, act: Callable[[], Awaitable[None]], notice: str
    ) -> web.StreamResponse:
        try:
            await act()
        except AccountError as error:
            return self._refused(visit, account, error)
        return await self._renderer.done(visit, f"/console/staff/{account.id}", notice)

    async def _account(self, visit: Visit) -> Account:
        number = visit.request.match_info["id"]
        known = number.isascii() and number.isdigit() and len(number) < _MOST_DIGITS
        account = await self._accounts.staff.by_id(int(number)) if known else None
        if account is None:
            raise NotFoundError
        return account

    def _refused(self, visit: Visit, account: Account, error: AccountError) -> web.Response:
        return self._one(visit, account, account.roles, account.places, faults={"": str(error)}, status=409)

    def _handed_over(self, visit: Visit, login: str, password: str, *, new: bool) -> web.Response:
        return self._renderer.page(visit, "staff/password.html", login=login, password=password, new=new)

    def _new_form(
        self,
        visit: Visit,
        typed: Mapping[str, str],
        faults: Mapping[str, str],
        roles: Sequence[str],
        places: Sequence[str],
        *,
        sought: str = "",
        status: int = 200,
    ) -> web.Response:
        context = {"typed": typed, "faults": faults, **self._picking(roles, places, sought)}
        return self._renderer.page(visit, "staff/new.html", status=status, **context)

    def _one(
        self,
        visit: Visit,
        account: Account,
        roles: Sequence[str],
        places: Sequence[str],
        *,
        faults: Mapping[str, str] | None = None,
        sought: str = "",
        typed: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> web.Response:
        return self._renderer.page(
            visit,
            "staff/one.html",
            status=status,
            account=account,
            typed=typed or {"name": account.name, "position": account.position},
            faults=faults or {},
            now=self._now(),
            own=account.id == visit.member.id,
            **self._picking(roles, places, sought),
        )

    def _picking(self, roles: Sequence[str], places: Sequence[str], sought: str) -> dict[str, Any]:
        """What the form of roles and places shows."""
        known = self._places()
        found = [one for one in found_places(known, sought, MOST) if one.code not in places] if sought else []
        return {
            "all_roles": _ROLES,
            "roles": roles,
            "chosen": named(known, places),
            "sought": sought,
            "found": {str(one.code): described(one) for one in found},
        }


_TYPED = ("login", "name", "position")


def _check_rights(fields: Fields, roles: Sequence[str], places: Sequence[str], sought: str) -> None:
    """Leave in the faults that no role was chosen, or that a place was looked for and not ticked."""
    if not roles:
        fields.faults.setdefault("role", "Chọn ít nhất một vai trò.")
    if fault := forgotten(sought, places, "phụ trách cả nước"):
        fields.faults.setdefault("place", fault)


def _author(visit: Visit) -> Author:
    return Author(visit.member.id, visit.member.login)
