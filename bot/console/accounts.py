"""Making and changing accounts, for the console and the command line alike; refusals in Vietnamese."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.console.passwords import Passwords, one_time_password
from bot.console.permissions import ROLES, Role
from bot.console.visits import Member
from bot.store.staff import Account, Author, LastAdministratorError, LoginTakenError, Staff
from knowledge.places import Places
from knowledge.vietnamese import clean

ONE_TIME_STAYS: Final = timedelta(days=7)
LONGEST_NAME: Final = 100
_LOGIN: Final = re.compile(r"[a-z][a-z0-9._-]{2,39}")


class AccountError(Exception):
    """An account cannot be made or changed so; the message is for people."""


class Accounts:
    """Looks after the accounts."""

    def __init__(
        self, staff: Staff, passwords: Passwords, places: Callable[[], Places], now: Callable[[], datetime]
    ) -> None:
        self.staff = staff
        self.passwords = passwords
        self.places = places
        self.now = now

    async def add(
        self, *, login: str, name: str, position: str, roles: Iterable[str], places: Iterable[str], by: Author
    ) -> str:
        """Make an account and return its one-time password. Raises `AccountError`."""
        login = checked_login(login)
        known, codes = checked_roles(roles), self.checked_places(places)
        password = one_time_password()
        try:
            await self.staff.add(
                login=login,
                name=checked_name(name, "Họ tên"),
                position=checked_name(position, "Chức vụ", needed=False),
                roles=[one.value for one in known],
                places=codes,
                password=await self.passwords.hash(password),
                by=by,
                at=self.now(),
            )
        except LoginTakenError:
            raise AccountError(f"Đã có tài khoản {login}.") from None
        return password

    async def named(self, login: str) -> Account:
        """Return the account with a login. Raises `AccountError`."""
        account = await self.staff.by_login(login.strip().lower())
        if account is None:
            raise AccountError(f"Không có tài khoản {login}.")
        return account

    async def describe(self, account: Account, *, name: str, position: str, by: Author) -> None:
        """Change name and position. Raises `AccountError`."""
        name, position = checked_name(name, "Họ tên"), checked_name(position, "Chức vụ", needed=False)
        await self.staff.describe(account.id, name=name, position=position, by=by)

    async def entitle(self, account: Account, *, roles: Iterable[str], places: Iterable[str], by: Author) -> None:
        """Change roles and places. Raises `AccountError`."""
        _not_oneself(account, by)
        known, codes = checked_roles(roles), self.checked_places(places)
        try:
            await self.staff.entitle(account.id, roles=[one.value for one in known], places=codes, by=by)
        except LastAdministratorError:
            raise AccountError(_LAST) from None

    async def switch(self, account: Account, *, active: bool, by: Author) -> None:
        """Let an account be used, or not. Raises `AccountError`."""
        _not_oneself(account, by)
        try:
            await self.staff.switch(account.id, active=active, by=by)
        except LastAdministratorError:
            raise AccountError(_LAST) from None

    async def reset_password(self, account: Account, *, by: Author) -> str:
        """Return a new one-time password. Raises `AccountError`."""
        _not_oneself(account, by)
        password = one_time_password()
        await self.staff.give_password(account.id, await self.passwords.hash(password), by=by, at=self.now())
        return password

    async def reset_second_factor(self, account: Account, *, by: Author) -> str:
        """Take the second factor away and return a new one-time password with which to set it up anew."""
        _not_oneself(account, by)
        password = one_time_password()
        await self.staff.take_second_factor(account.id, await self.passwords.hash(password), by=by, at=self.now())
        return password

    async def unlock(self, account: Account, *, by: Author) -> None:
        """Lift the lock that wrong passwords brought."""
        await self.staff.unlock(account.id, by=by)

    def checked_places(self, places: Iterable[str]) -> list[str]:
        """Return the official codes. Raises `AccountError` naming those that there are not."""
        codes = list(dict.fromkeys(one.strip() for one in places if one.strip()))
        unknown = [code for code in codes if self.places().coded(code) is None]
        if unknown:
            raise AccountError(
                f"Không có tỉnh, thành phố hay xã, phường nào mang mã {', '.join(unknown)} "
                "(mã tỉnh có 2 chữ số, mã xã có 5 chữ số)."
            )
        return codes

    def expired(self, account: Account) -> bool:
        """Whether the account waits for a first sign-in that comes too late."""
        return account.must_change and account.password_at + ONE_TIME_STAYS < self.now()


_LAST: Final = "Đây là quản trị viên cuối cùng đang hoạt động. Hãy thêm một quản trị viên khác trước."


def member_of(account: Account) -> Member:
    """Return the member whose account it is; roles that this version does not know grant nothing."""
    known = {one.value for one in Role}
    return Member(
        id=account.id,
        login=account.login,
        name=account.name,
        position=account.position,
        roles=tuple(Role(one) for one in account.roles if one in known),
        places=account.places,
    )


def checked_login(text: str) -> str:
    """Return a login in small letters. Raises `AccountError`."""
    login = text.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise AccountError(
            "Tên đăng nhập gồm 3 đến 40 ký tự: chữ cái không dấu, chữ số, dấu chấm, gạch nối; bắt đầu bằng chữ cái."
        )
    return login


def checked_name(text: str, what: str, *, needed: bool = True) -> str:
    """Return a name on one line. Raises `AccountError`."""
    name = " ".join(clean(text).split())
    if needed and not name:
        raise AccountError(f"{what}: chưa nhập.")
    if len(name) > LONGEST_NAME:
        raise AccountError(f"{what}: dài quá {LONGEST_NAME} ký tự.")
    return name


def checked_roles(roles: Iterable[str]) -> Sequence[Role]:
    """Return the roles, each once. Raises `AccountError`."""
    named = list(dict.fromkeys(one.strip() for one in roles if one.strip()))
    unknown = [one for one in named if one not in {role.value for role in Role}]
    if unknown or not named:
        choices = ", ".join(f"{role.value} ({ROLES[role]})" for role in Role)
        what = f"Không có vai trò {', '.join(unknown)}." if unknown else "Chưa chọn vai trò nào."
        raise AccountError(f"{what} Các vai trò: {choices}.")
    return [Role(one) for one in named]


def _not_oneself(account: Account, by: Author) -> None:
    if account.id == by.staff_id:
        raise AccountError("Không thể tự đổi quyền, khóa hay cấp lại cho chính mình. Hãy nhờ quản trị viên khác.")
