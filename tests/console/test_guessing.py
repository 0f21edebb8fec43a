"""Guessing passwords and codes, from one address and many, without locking out whoever the account belongs to."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from bot.console import doorway, second_factor
from bot.console.passwords import Passwords, WeakPasswordError, approve, one_time_password
from bot.console.permissions import Role
from bot.settings import Settings
from bot.store.database import Database
from tests.integration.stored import value

from .test_signing_in import BY, enrolled, with_code, with_password
from .visiting import CHEAP, PASSWORD, Console, Visitor, started


async def wrong(console: Console, times: int, login: str = "lan", visitor: Visitor | None = None) -> list[int]:
    return [(await with_password(visitor or console.visitor(), login, f"sai {n}")).status for n in range(times)]


async def test_five_wrong_passwords_lock_an_account_for_a_quarter_of_an_hour(console: Console) -> None:
    await console.staff(Role.VIEWER, login="lan")
    assert await wrong(console, 5) == [401] * 5
    assert (await with_password(console.visitor(), "lan")).status == 401
    console.clock.pass_by(minutes=14)
    assert (await with_password(console.visitor(), "lan")).status == 401
    console.clock.pass_by(minutes=2)
    assert (await with_password(console.visitor(), "lan")).status == 303


async def test_each_further_wrong_password_locks_twice_as_long_but_not_for_ever(console: Console) -> None:
    await console.staff(Role.VIEWER, login="lan")
    await wrong(console, 4)
    locks = []
    for _ in range(7):
        await wrong(console, 1)
        account = await console.accounts.named("lan")
        assert account.locked_until is not None
        locks.append((account.locked_until - console.clock.at).total_seconds() / 60)
        console.clock.at = account.locked_until
    assert locks == [15, 30, 60, 120, 240, 240, 240]
    console.clock.pass_by(days=1, minutes=1)
    await wrong(console, 4)
    assert (await with_password(console.visitor(), "lan")).status == 303


async def test_tries_at_once_count_one_by_one(console: Console) -> None:
    await console.staff(Role.VIEWER, login="lan")
    await asyncio.gather(*(wrong(console, 1) for _ in range(12)))
    noted = "SELECT count(*) FROM audit WHERE act = 'sign-in.refused' AND details ->> 'counted' = 'true'"
    assert await value(console.parts.database, noted) == 5


async def test_a_right_password_does_not_buy_more_codes(console: Console) -> None:
    """Whoever has the password cannot make wrong codes forgotten by giving it again and again."""
    _, staff_id = await enrolled(console)
    statuses = []
    for number in range(6):
        thief = console.visitor()
        await with_password(thief, "lan")
        statuses.append((await thief.post("/console/sign-in/code", {"code": f"{number:06}"})).status)
    assert statuses[:5] == [401] * 5
    assert statuses[5] == 303  # to the sign-in: the password is not even looked at
    thief = console.visitor()
    assert (await with_password(thief, "lan")).status == 401
    assert (await console.accounts.named("lan")).locked_until is not None
    console.clock.pass_by(minutes=16)
    await with_password(thief, "lan")
    assert (await with_code(console, thief, staff_id)).location == "/console/"


async def test_a_half_session_ends_when_codes_were_wrong_too_often(console: Console) -> None:
    _, staff_id = await enrolled(console)
    thief = console.visitor()
    await with_password(thief, "lan")
    for number in range(5):
        await thief.post("/console/sign-in/code", {"code": f"{number:06}"})
    answer = await with_code(console, thief, staff_id)
    assert answer.status == 401
    console.clock.pass_by(minutes=14)
    assert (await with_code(console, thief, staff_id)).location == "/console/sign-in"


async def test_a_stranger_cannot_lock_out_somebody_in_their_own_browser(console: Console) -> None:
    own, staff_id = await enrolled(console)
    await wrong(console, 5)
    assert (await with_password(console.visitor(), "lan")).status == 401
    assert (await with_password(own, "lan")).location == "/console/sign-in/code"
    assert (await with_code(console, own, staff_id)).location == "/console/"


async def test_a_stolen_browser_has_five_tries_too(console: Console) -> None:
    own, _ = await enrolled(console)
    for name in ("console", "console-known"):
        own.cookies.setdefault(name, "")
    assert await wrong(console, 12, visitor=own) == [401] * 12
    own.cookies.pop("console", None)
    assert (await with_password(own, "lan")).status == 401


async def test_a_browser_that_is_known_to_one_account_is_a_stranger_to_others(console: Console) -> None:
    own, _ = await enrolled(console)
    await console.staff(Role.VIEWER, login="minh")
    await wrong(console, 5, "minh")
    assert (await with_password(own, "minh")).status == 401


@pytest.mark.parametrize("planted", ["x", "é", "gAAAAABk", "{}"])
async def test_a_made_up_proof_of_a_browser_is_none(console: Console, planted: str) -> None:
    await console.staff(Role.VIEWER, login="lan")
    visitor = console.visitor()
    visitor.cookies["console-known"] = planted
    await wrong(console, 5)
    assert (await with_password(visitor, "lan")).status == 401


async def test_an_administrator_lifts_a_lock(console: Console) -> None:
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    staff_id = await console.staff(Role.VIEWER, login="lan")
    await wrong(console, 5)
    assert "Khóa tạm" in (await administrator.get(f"/console/staff/{staff_id}")).text
    await administrator.post(f"/console/staff/{staff_id}/unlock")
    assert (await with_password(console.visitor(), "lan")).status == 303


async def test_nobody_learns_which_accounts_there_are(console: Console) -> None:
    """One text and status for a wrong password, an unknown login, an account that is locked or switched off."""
    for login in ("lan", "khoa", "tat"):
        await console.staff(Role.VIEWER, login=login)
    await wrong(console, 5, "khoa")
    await console.parts.accounts.staff.switch((await console.accounts.named("tat")).id, active=False, by=BY)
    answers = {}
    for login in ("lan", "khong-co", "khoa", "tat"):
        answer = await with_password(console.visitor(), login, "sai mật khẩu")
        answers[login] = (answer.status, answer.text.replace(f'value="{login}"', "…"))
    assert len(set(answers.values())) == 1


async def test_an_unknown_login_costs_one_check_like_any_other(database: Database) -> None:
    """Counted, not timed: a check of argon2 for every try, whoever is meant."""
    checks = []

    class Counting(PasswordHasher):
        def verify(self, *what: Any) -> Any:
            checks.append(what)
            return super().verify(*what)

    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    console = await started(database)
    object.__setattr__(console.accounts.passwords, "hasher", hasher)
    await console.staff(Role.VIEWER, login="lan")
    await console.staff(Role.VIEWER, login="khoa")
    await wrong(console, 5, "khoa")
    for login in ("lan", "khong-co", "khoa"):
        checks.clear()
        await with_password(console.visitor(), login, "sai")
        assert len(checks) == 1, login
    await console.close()


async def test_one_address_is_stopped_after_many_wrong_tries_whoever_was_meant(console: Console) -> None:
    await console.staff(Role.VIEWER, login="lan")
    statuses = []
    for number in range(60):
        statuses += await wrong(console, 1, f"doan-{number}")
        console.clock.pass_by(seconds=5)
    assert 429 in statuses
    assert statuses.index(429) == 40
    assert (await with_password(console.visitor(), "lan")).status == 429
    console.clock.pass_by(minutes=15)
    assert (await with_password(console.visitor(), "lan")).status == 303


async def test_an_office_behind_one_address_signs_in_all_at_once(console: Console) -> None:
    for number in range(50):
        await console.staff(Role.VIEWER, login=f"can-bo-{number}")
    statuses = [(await with_password(console.visitor(), f"can-bo-{number}")).status for number in range(50)]
    assert statuses == [303] * 50


async def test_a_flood_of_one_address_leaves_others_alone(database: Database) -> None:
    console = await started(database, settings=replace(Settings(), trusted_proxies=1))
    await console.staff(Role.VIEWER, login="lan")
    flood, other = console.visitor(), console.visitor()
    flood.headers["X-Forwarded-For"], other.headers["X-Forwarded-For"] = "198.51.100.1", "203.0.113.9"
    assert 429 in await wrong(console, 61, "khong-co", visitor=flood)
    assert (await with_password(other, "lan")).status == 303
    await console.close()


async def test_many_addresses_share_the_tries_of_an_account(database: Database) -> None:
    console = await started(database, settings=replace(Settings(), trusted_proxies=1))
    await console.staff(Role.VIEWER, login="lan")
    for number in range(30):
        visitor = console.visitor()
        visitor.headers["X-Forwarded-For"] = f"198.51.100.{number}"
        await wrong(console, 1, visitor=visitor)
    counted = "SELECT count(*) FROM audit WHERE act = 'sign-in.refused' AND details ->> 'counted' = 'true'"
    assert await value(console.parts.database, counted) == 5
    await console.close()


async def test_wrong_present_passwords_end_the_session(console: Console) -> None:
    """Whoever sits down at an unlocked screen cannot guess the password there."""
    visitor = await console.signed_in(Role.VIEWER)
    fields = {"new": "một mật khẩu mới hẳn", "again": "một mật khẩu mới hẳn"}
    for _ in range(5):
        assert (await visitor.post("/console/sign-in/password", {**fields, "current": "sai"})).status == 422
    assert (await visitor.post("/console/sign-in/password", {**fields, "current": PASSWORD})).status == 401
    assert (await visitor.get("/console/")).status == 303


def test_passwords_are_kept_with_argon2id_at_the_recommended_cost() -> None:
    parameters = extract_parameters(Passwords().hasher.hash("x"))
    assert parameters.type is Type.ID
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (64 * 1024, 3, 4)
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)


async def test_a_hash_of_another_cost_is_made_anew_at_the_next_sign_in(console: Console) -> None:
    await console.staff(Role.VIEWER, login="lan")
    stored = "SELECT password FROM staff WHERE login = 'lan'"
    before = await value(console.parts.database, stored)
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    object.__setattr__(console.accounts.passwords, "hasher", stronger)
    assert (await with_password(console.visitor(), "lan")).status == 303
    after = await value(console.parts.database, stored)
    assert (CHEAP.check_needs_rehash(before), CHEAP.check_needs_rehash(after)) == (False, True)
    assert (await with_password(console.visitor(), "lan")).status == 303


@pytest.mark.parametrize(
    "password",
    [
        "ngắn quá",
        "a" * 201,
        "aaaaaaaaaaaa",
        "abababababab",
        "lan.nguyen12",
        "LanNguyen2026",
        "NguyenThiLan1",
        "nguyễn thị lan!",
        "matkhau12345",
        "Mật khẩu 2026",
        "123456789012",
        "phongchay2026",
        "Administrator",
    ],
)
def test_passwords_that_are_guessed_first_are_not_accepted(password: str) -> None:
    with pytest.raises(WeakPasswordError):
        approve(password, login="lan.nguyen", name="Nguyễn Thị Lan")


@pytest.mark.parametrize(
    "password",
    [PASSWORD, "quả bưởi đi xe máy", "Xk4!pQ9z#mW2", pytest.param(one_time_password(), id="one-time")],
)
def test_passwords_that_are_not_guessed_are_accepted(password: str) -> None:
    approve(password, login="lan.nguyen", name="Nguyễn Thị Lan")


def test_secrets_are_compared_in_constant_time() -> None:
    assert "hmac.compare_digest" in inspect.getsource(doorway.check_token)
    assert "hmac.compare_digest" in inspect.getsource(second_factor.step_of)
