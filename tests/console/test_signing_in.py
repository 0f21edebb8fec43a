"""Signing in, with a password and a code, and out; how long a session lasts and what its cookie is like."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.console.doorway import inside
from bot.console.permissions import Role
from bot.console.second_factor import code_at, secret_for
from bot.settings import Settings
from bot.store.database import Database
from bot.store.staff import Author
from tests.integration.stored import count, value

from .visiting import PASSWORD, Answer, Console, Visitor, started

BY = Author(None, "test")
NEW = "cầu vồng, cái thúng, số 7"


async def with_password(visitor: Visitor, login: str, password: str = PASSWORD, **more: str) -> Answer:
    return await visitor.post("/console/sign-in", {"login": login, "password": password, **more})


async def with_code(console: Console, visitor: Visitor, staff_id: int, path: str = "code", **more: str) -> Answer:
    secret = await console.accounts.staff.second_factor(staff_id)
    assert secret is not None
    return await visitor.post(f"/console/sign-in/{path}", {"code": code_at(secret, console.clock.at), **more})


async def set_up(console: Console, visitor: Visitor) -> Answer:
    code = code_at(secret_for(visitor.cookies["console"]), console.clock.at)
    return await visitor.post("/console/sign-in/second-factor", {"code": code})


async def enrolled(console: Console, *roles: Role) -> tuple[Visitor, int]:
    """An account with a second factor, and the browser in which it was set up, signed out again."""
    staff_id = await console.staff(*(roles or (Role.VIEWER,)), login="lan")
    visitor = console.visitor()
    await with_password(visitor, "lan")
    assert (await set_up(console, visitor)).location == "/console/"
    assert (await visitor.post("/console/sign-out")).location == "/console/sign-in"
    console.clock.pass_by(minutes=1)
    return visitor, staff_id


async def test_the_first_sign_in_sets_up_a_second_factor_and_changes_the_password(console: Console) -> None:
    # Given an account as an administrator makes it
    password = await console.accounts.add(
        login="Lan.Nguyen", name="Nguyễn Thị Lan", position="", roles=["officer"], places=["01"], by=BY
    )
    visitor = console.visitor()
    # When its one-time password is given, in capitals or not
    answer = await with_password(visitor, "LAN.nguyen", password, next="/console/profile")
    # Then the second factor comes first
    assert answer.location == "/console/sign-in/second-factor?next=/console/profile"
    page = await visitor.get("/console/sign-in/second-factor")
    shown = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page.text)
    assert shown is not None
    assert len(shown[1].replace(" ", "")) == 32
    picture = await visitor.get("/console/sign-in/second-factor.svg")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert b"<path" in picture.body
    # And a wrong code does not do
    assert (await visitor.post("/console/sign-in/second-factor", {"code": "000000"})).status == 401
    # And with the right one, the password must be changed
    before = visitor.cookies["console"]
    assert (await set_up(console, visitor)).location == "/console/sign-in/password"
    assert visitor.cookies["console"] != before
    assert (await visitor.get("/console/")).location == "/console/sign-in/password"
    before = visitor.cookies["console"]
    changed = await visitor.post("/console/sign-in/password", {"new": NEW, "again": NEW})
    assert changed.location == "/console/"
    assert visitor.cookies["console"] != before
    assert (await visitor.get("/console/")).status == 200
    # And the one-time password is of no use any more
    assert (await with_password(console.visitor(), "lan.nguyen", password)).status == 401


async def test_a_later_sign_in_asks_for_a_code_and_goes_where_one_wanted(console: Console) -> None:
    visitor, staff_id = await enrolled(console)
    answer = await with_password(visitor, "lan", next="/console/profile?a=1")
    assert answer.location == "/console/sign-in/code?next=/console/profile%3Fa%3D1"
    assert 'value="/console/profile?a=1"' in (await visitor.get(answer.location)).text
    answer = await with_code(console, visitor, staff_id, next="/console/profile?a=1")
    assert answer.location == "/console/profile?a=1"
    assert (await visitor.get("/console/sign-in")).location == "/console/"


async def test_a_code_is_accepted_once_and_none_before_it(console: Console) -> None:
    visitor, staff_id = await enrolled(console)
    secret = await console.accounts.staff.second_factor(staff_id)
    assert secret is not None
    code, earlier = (code_at(secret, console.clock.at), code_at(secret, console.clock.at.replace(minute=0, second=30)))
    await with_password(visitor, "lan")
    assert (await visitor.post("/console/sign-in/code", {"code": code})).location == "/console/"
    for used in (code, earlier):
        other = console.visitor()
        await with_password(other, "lan")
        assert (await other.post("/console/sign-in/code", {"code": used})).status == 401


@pytest.mark.parametrize(("off", "status"), [(-60, 401), (-30, 303), (0, 303), (30, 303), (60, 401)])
async def test_a_clock_may_be_half_a_minute_off(console: Console, off: int, status: int) -> None:
    visitor, staff_id = await enrolled(console)
    console.clock.pass_by(minutes=5)
    secret = await console.accounts.staff.second_factor(staff_id)
    assert secret is not None
    await with_password(visitor, "lan")
    console.clock.pass_by(seconds=off)
    code = code_at(secret, console.clock.at)
    console.clock.pass_by(seconds=-off)
    assert (await visitor.post("/console/sign-in/code", {"code": code})).status == status


async def test_a_second_factor_cannot_be_set_up_twice(console: Console) -> None:
    """Two browsers with the one-time password: the later one gets nowhere."""
    await console.staff(Role.VIEWER, login="lan")
    first, second = console.visitor(), console.visitor()
    for visitor in (first, second):
        await with_password(visitor, "lan")
    assert (await set_up(console, first)).location == "/console/"
    assert (await set_up(console, second)).location == "/console/sign-in/code"
    assert (await second.get("/console/sign-in/second-factor.svg")).status == 404
    assert (await second.get("/console/")).location == "/console/sign-in"


async def test_a_planted_session_key_is_not_kept(console: Console) -> None:
    """Session fixation: whatever key a browser brings along, it gets another at each step, and the old one is dead."""
    visitor, staff_id = await enrolled(console)
    planted = await console.parts.sessions.begin(staff_id, confirmed=False)
    visitor.cookies["console"] = planted
    await with_password(visitor, "lan", csrf="")
    half = visitor.cookies["console"]
    await with_code(console, visitor, staff_id)
    whole = visitor.cookies["console"]
    assert len({planted, half, whole}) == 3
    for dead in (planted, half):
        assert await console.parts.sessions.find(dead) is None
    thief = console.visitor()
    thief.cookies["console"] = "chosen-by-somebody-else"
    await with_password(thief, "lan")
    assert thief.cookies["console"] != "chosen-by-somebody-else"


async def test_only_digests_of_keys_are_stored(console: Console) -> None:
    visitor = await console.signed_in(Role.VIEWER)
    key = visitor.cookies["console"]
    assert len(key) >= 43  # 256 bits
    rows = await value(console.parts.database, "SELECT string_agg(s::text, ' ') FROM staff_session s")
    assert key not in rows


async def test_a_session_ends_when_nobody_uses_it(console: Console) -> None:
    visitor = await console.signed_in(Role.VIEWER)
    for _ in range(3):
        console.clock.pass_by(minutes=29)
        assert (await visitor.get("/console/")).status == 200
    console.clock.pass_by(minutes=30)
    assert (await visitor.get("/console/")).location == "/console/sign-in"


async def test_a_session_ends_after_twelve_hours(console: Console) -> None:
    visitor = await console.signed_in(Role.VIEWER)
    for _ in range(12 * 3 - 1):
        console.clock.pass_by(minutes=20)
        assert (await visitor.get("/console/")).status == 200
    console.clock.pass_by(minutes=20)
    assert (await visitor.get("/console/")).location == "/console/sign-in"


async def test_sessions_that_are_over_are_deleted(console: Console) -> None:
    await console.signed_in(Role.VIEWER)
    console.clock.pass_by(hours=1)
    await console.signed_in(Role.VIEWER)
    assert await count(console.parts.database, "staff_session") == 1


async def test_an_account_that_is_switched_off_is_out_at_once(console: Console) -> None:
    visitor = await console.signed_in(Role.VIEWER)
    account = await console.accounts.named(visitor.login)
    await console.accounts.switch(account, active=False, by=BY)
    assert (await visitor.get("/console/")).location == "/console/sign-in"
    assert (await with_password(console.visitor(), visitor.login)).status == 401
    await console.accounts.switch(account, active=True, by=BY)
    assert (await visitor.get("/console/")).location == "/console/sign-in"


async def test_signing_out_ends_one_session_or_all(console: Console) -> None:
    first = await console.signed_in(Role.VIEWER)
    assert first.staff_id is not None
    second, third = console.visitor(), console.visitor()
    for other in (second, third):
        other.cookies["console"] = await console.parts.sessions.begin(first.staff_id, confirmed=True)
    key = second.cookies["console"]
    answer = await second.post("/console/sign-out")
    assert answer.location == "/console/sign-in"
    assert second.cookies == {}
    second.cookies["console"] = key
    assert (await second.get("/console/")).status == 303
    assert (await first.get("/console/")).status == 200
    await third.post("/console/sign-out", {"everywhere": "1"})
    assert (await first.get("/console/")).status == 303


async def test_signing_out_needs_the_token(console: Console) -> None:
    visitor = await console.signed_in(Role.VIEWER)
    assert (await visitor.post("/console/sign-out", csrf="wrong")).status == 403
    assert (await visitor.get("/console/")).status == 200


async def test_a_password_is_changed_and_every_other_session_ends(console: Console) -> None:
    visitor = await console.signed_in(Role.VIEWER)
    assert visitor.staff_id is not None
    other = console.visitor()
    other.cookies["console"] = await console.parts.sessions.begin(visitor.staff_id, confirmed=True)
    path, fields = "/console/sign-in/password", {"current": PASSWORD, "new": NEW, "again": NEW}
    wrong = await visitor.post(path, {**fields, "current": "không phải"})
    assert (wrong.status, "hiện nay không đúng" in wrong.text) == (422, True)
    assert "không giống nhau" in (await visitor.post(path, {**fields, "again": "khác"})).text
    assert "ít nhất 12" in (await visitor.post(path, {**fields, "new": "ngắn", "again": "ngắn"})).text
    assert "phải khác" in (await visitor.post(path, {**fields, "new": PASSWORD, "again": PASSWORD})).text
    assert (await visitor.post(path, fields)).location == "/console/"
    assert (await visitor.get("/console/")).status == 200
    assert (await other.get("/console/")).status == 303
    assert (await with_password(console.visitor(), visitor.login)).status == 401
    assert (await with_password(console.visitor(), visitor.login, NEW)).status == 303


async def test_a_one_time_password_lasts_a_week(console: Console) -> None:
    password = await console.accounts.add(login="lan", name="Lan", position="", roles=["viewer"], places=[], by=BY)
    console.clock.pass_by(days=7, minutes=1)
    assert (await with_password(console.visitor(), "lan", password)).status == 401


async def test_signing_in_refuses_another_site(console: Console) -> None:
    await console.staff(Role.VIEWER, login="lan")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        visitor = console.visitor()
        visitor.headers = headers
        assert (await with_password(visitor, "lan")).status == 403
        assert visitor.cookies == {}


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/console/",
        "//evil.example/console/",
        "/\\evil.example",
        "/console/\\evil",
        "/console//evil.example",
        "/console/../api/v1/messages",
        "/consoles",
        "/",
        "javascript:alert(1)",
        "/console/\r\nSet-Cookie: a=b",
        "/console/" + "a" * 500,
        "/console/sign-out",
        "/console/é",
        " /console/",
        "",
    ],
)
async def test_after_signing_in_nobody_is_sent_elsewhere(console: Console, wanted: str) -> None:
    assert inside(wanted) is None
    visitor, staff_id = await enrolled(console)
    answer = await with_password(visitor, "lan", next=wanted)
    assert answer.location == "/console/sign-in/code"
    assert (await with_code(console, visitor, staff_id, next=wanted)).location == "/console/"


async def test_a_form_sent_after_the_session_leads_back_to_its_page(console: Console) -> None:
    visitor = console.visitor()
    sent = await visitor.request(
        "POST", "/console/staff/new", headers={"Referer": f"{console.address}/console/staff/new"}
    )
    assert sent.location == "/console/sign-in?next=/console/staff/new"
    sent = await visitor.request("POST", "/console/staff/new", headers={"Referer": "https://evil.example/console/x"})
    assert sent.location == "/console/sign-in"


async def test_cookies_without_https(console: Console) -> None:
    visitor, staff_id = await enrolled(console)
    answer = await with_password(visitor, "lan")
    cookie = answer.cookies["console"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/console", "")
    assert (cookie["max-age"], cookie["expires"], cookie["domain"]) == ("", "", "")
    await with_code(console, visitor, staff_id)
    assert set(visitor.cookies) == {"console", "console-known"}


@pytest.fixture
async def public(database: Database) -> AsyncIterator[Console]:
    """A console behind https."""
    one = await started(database, settings=replace(Settings(), public_url="https://pccc.example.vn"))
    yield one
    await one.close()


async def test_cookies_behind_https(public: Console) -> None:
    await public.staff(Role.VIEWER, login="lan")
    visitor = public.visitor()
    visitor.headers |= {"Origin": "https://pccc.example.vn"}
    answer = await with_password(visitor, "lan")
    cookie = answer.cookies["__Host-console"]
    # The prefix needs exactly this, or browsers refuse the cookie.
    assert (cookie["secure"], cookie["path"], cookie["domain"], cookie["httponly"]) == (True, "/", "", True)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    out = await visitor.post("/console/sign-out")
    assert "Secure" in out.headers["Set-Cookie"]


async def test_signing_in_and_out_is_noted_without_secrets(console: Console) -> None:
    visitor, staff_id = await enrolled(console)
    await with_password(visitor, "lan", "mật khẩu sai bí mật")
    await with_password(visitor, "mật khẩu gõ nhầm ô", "x")
    await with_password(visitor, "lan")
    await visitor.post("/console/sign-in/code", {"code": "123456"})
    await with_code(console, visitor, staff_id)
    database = console.parts.database
    acts = await value(database, "SELECT string_agg(act, ' ' ORDER BY id) FROM audit WHERE act LIKE 'sign%'")
    assert acts == "sign-in sign-out sign-in.refused sign-in.refused sign-in.refused sign-in"
    log = await value(database, "SELECT string_agg(a::text, ' ') FROM audit a")
    secret = await console.accounts.staff.second_factor(staff_id)
    assert secret is not None
    for hidden in (PASSWORD, "bí mật", "gõ nhầm ô", "123456", visitor.cookies["console"], secret.hex()):
        assert hidden not in log


async def test_the_second_factor_is_sealed(console: Console) -> None:
    _, staff_id = await enrolled(console)
    secret = await console.accounts.staff.second_factor(staff_id)
    assert secret is not None
    stored = await value(console.parts.database, "SELECT totp FROM staff WHERE id = :id", id=staff_id)
    assert secret not in stored
