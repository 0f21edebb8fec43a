"""`python -m bot staff …` and `python -m bot audit check`: what is done from the machine itself, noted in the log."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bot.console.accounts import AccountError, Accounts, checked_login
from bot.console.passwords import Passwords
from bot.console.permissions import ROLES, Role
from bot.store.audit import Audit
from bot.store.database import Database
from bot.store.sealing import Sealer
from bot.store.staff import Account, Author, Staff
from knowledge.faults import KnowledgeError
from knowledge.places import Places, read_places

_BY: Final = Author(None, "python -m bot staff")
_ONCE: Final = "Mật khẩu này chỉ hiện một lần, dùng được trong 7 ngày và phải đổi khi đăng nhập lần đầu."


class BrokenLogError(Exception):
    """The log does not fit together; the message names the first row that does not."""


def add_parsers(commands: Any) -> None:  # noqa: ANN401 - argparse names no type for it
    """Add the commands to those of `python -m bot`."""
    staff = commands.add_parser("staff", help="accounts of the console: add, list, disable and more")
    acts = staff.add_subparsers(dest="act", required=True)
    add = acts.add_parser("add", help="make an account and print its one-time password")
    add.add_argument("login")
    add.add_argument("--name", required=True)
    add.add_argument("--position", default="")
    _entitling(add)
    acts.add_parser("list", help="print all accounts")
    for act, about in _ACTS.items():
        acts.add_parser(act, help=about).add_argument("login")
    roles = acts.add_parser("roles", help="give other roles and places, in place of those before")
    roles.add_argument("login")
    _entitling(roles)
    audit = commands.add_parser("audit", help="the log of what the staff did")
    audit.add_subparsers(dest="act", required=True).add_parser("check", help="say whether the log fits together")


def _entitling(parser: argparse.ArgumentParser) -> None:
    roles = ", ".join(one.value for one in Role)
    parser.add_argument("--role", action="append", default=[], help=f"one or several of: {roles}")
    parser.add_argument("--place", action="append", default=[], help="official code, 2 or 5 digits; none: all places")
    parser.add_argument("--everywhere", action="store_true", help="all places; says so where `roles` takes places away")


_ACTS: Final = {
    "disable": "switch an account off and end its sessions",
    "enable": "switch an account on again",
    "reset-password": "print a new one-time password",
    "reset-totp": "take the second factor away and print a new one-time password",
    "unlock": "lift the lock that wrong passwords brought",
}


async def staff_command(
    database: Database,
    sealer: Sealer,
    arguments: argparse.Namespace,
    *,
    knowledge_dir: Path,
    now: Callable[[], datetime],
    passwords: Passwords | None = None,
) -> str:
    """Do what was asked and return what to print. Raises `AccountError` and `KnowledgeError`."""
    if "place" in arguments:
        _check_places(arguments)
    accounts = Accounts(Staff(database, sealer), passwords or Passwords(), lambda: _places(knowledge_dir), now)
    if arguments.act == "list":
        return "\n".join(_line(one, now()) for one in await accounts.staff.every()) or "Chưa có tài khoản nào."
    if arguments.act == "add":
        password = await accounts.add(
            login=arguments.login,
            name=arguments.name,
            position=arguments.position,
            roles=arguments.role,
            places=arguments.place,
            by=_BY,
        )
        return _password(checked_login(arguments.login), password)
    account = await accounts.named(arguments.login)
    if arguments.act == "roles":
        if account.places and not arguments.place and not arguments.everywhere:
            raise AccountError(
                f"Tài khoản này đang phụ trách {', '.join(account.places)}. Thêm --place để nêu địa bàn, "
                "hoặc --everywhere để phụ trách cả nước."
            )
        await accounts.entitle(account, roles=arguments.role, places=arguments.place, by=_BY)
        return _line(await accounts.named(account.login), now())
    return await _act(accounts, account, arguments.act, now)


def _check_places(arguments: argparse.Namespace) -> None:
    """Raise `AccountError` where a place was meant and none came, as `--place "$EMPTY"`: no place is all of them."""
    if not all(one.strip() for one in arguments.place):
        raise AccountError("--place chưa có mã. Không nêu --place thì tài khoản phụ trách cả nước.")
    if arguments.place and arguments.everywhere:
        raise AccountError("Chỉ dùng một trong hai: --place hoặc --everywhere.")


async def _act(accounts: Accounts, account: Account, act: str, now: Callable[[], datetime]) -> str:
    if act == "reset-password":
        return _password(account.login, await accounts.reset_password(account, by=_BY))
    if act == "reset-totp":
        return _password(account.login, await accounts.reset_second_factor(account, by=_BY))
    if act == "unlock":
        await accounts.unlock(account, by=_BY)
    else:
        await accounts.switch(account, active=act == "enable", by=_BY)
    return _line(await accounts.named(account.login), now())


async def audit_command(database: Database) -> str:
    """Check the log and return what to print. Raises `BrokenLogError`."""
    found = await Audit(database).check()
    if found.broken is not None:
        raise BrokenLogError(
            f"Nhật ký không khớp từ dòng số {found.broken}: dòng này, hoặc dòng ngay trước nó, bị sửa, xóa hay chèn. "
            f"{found.rows} dòng trước đó khớp."
        )
    if found.last_id is None:
        return "Nhật ký chưa có dòng nào."
    return (
        f"Nhật ký khớp: {found.rows} dòng, dòng cuối số {found.last_id}, mã kiểm tra {found.last_digest.hex()}.\n"
        "Ghi lại số dòng và mã này ở nơi khác: lần sau, nếu số dòng ít đi, phần cuối nhật ký đã bị cắt."
    )


def _places(folder: Path) -> Places:
    places, faults = read_places(folder / "places")
    if faults:
        raise KnowledgeError(faults)
    return places


def _password(login: str, password: str) -> str:
    return f"Tài khoản: {login}\nMật khẩu dùng một lần: {password}\n{_ONCE}"


def _line(account: Account, now: datetime) -> str:
    names = {role.value: words for role, words in ROLES.items()}
    roles = ", ".join(f"{one} ({names.get(one, 'không rõ')})" for one in account.roles)
    states = [
        "" if account.active else "đã tắt",
        "đang khóa tạm" if account.locked_until is not None and account.locked_until > now else "",
        "chưa đổi mật khẩu cấp" if account.must_change else "",
        "" if account.has_second_factor else "chưa có mã xác thực",
    ]
    places = ", ".join(account.places) or "cả nước"
    parts = [account.login, account.name, account.position, roles, places, ", ".join(one for one in states if one)]
    return " | ".join(part for part in parts if part)


__all__ = ["AccountError", "BrokenLogError", "add_parsers", "audit_command", "staff_command"]
