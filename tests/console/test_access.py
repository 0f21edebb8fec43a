"""Every page with every role. The pages are those that are registered, so that one added later is looked at too."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.console import application
from bot.console.application import PAGES
from bot.console.permissions import GRANTS, Permission, Role
from bot.console.visits import Page
from bot.store.database import Database
from bot.understanding import Understanding
from tests.conftest import new_database
from tests.integration.stored import value

from .visiting import Console, Visitor, started

pytestmark = pytest.mark.asyncio(loop_scope="module")
BEFORE_SIGNING_IN = {
    "/console",
    "/console/sign-in",
    "/console/sign-in/code",
    "/console/sign-in/second-factor",
    "/console/sign-in/second-factor.svg",
    "/console/sign-in/password",
    "/console/sign-out",
    "/console/static/{version}/{name}",
}
FILLED = re.compile(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
ROLES = [(), *[(one,) for one in Role], (Role.VIEWER, Role.EDITOR)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def console(postgres_url: str, understanding: Understanding) -> AsyncIterator[Console]:
    """One console for all of them, with all that pages ask for."""
    with new_database(postgres_url) as url:
        database = Database(url)
        await database.migrate()
        one = await started(database, understanding=understanding)
        yield one
        await one.close()
        await database.close()


def address(page: Page) -> str:
    """An address of a page whose variable parts name nothing that there is."""
    return "/console" + FILLED.sub(_filled, page.path)


def _filled(part: re.Match[str]) -> str:
    """Something that the pattern of a variable part takes."""
    pattern = part[0][1:-1].partition(":")[2] or ".*"
    offered = ("99999", "9", "x", "00000000-0000-0000-0000-000000000000", *pattern.strip("()").split("|"))
    return next(one for one in offered if re.fullmatch(pattern, one))


def pages_of(console: Console) -> Iterator[Page]:
    yield from console.app[PAGES].values()


async def ask(visitor: Visitor, page: Page, *, csrf: str | None = None) -> int:
    if page.method == "POST":
        return (await visitor.post(address(page), csrf=csrf)).status
    return (await visitor.request(page.method, address(page))).status


@pytest.mark.parametrize("roles", ROLES, ids=lambda roles: "+".join(roles) or "none")
async def test_every_page_is_for_those_who_may_see_it(console: Console, roles: tuple[Role, ...]) -> None:
    """Who may is not refused, whatever else an empty form or an unknown number brings; who may not is, and no act
    gets as far as its handler."""
    visitor = await console.signed_in(*roles)
    granted = frozenset[Permission]().union(*(GRANTS[one] for one in roles))
    refused = 0
    for page in pages_of(console):
        status = await ask(visitor, page)
        what = f"{page.method} {page.path}: {status}"
        if page.permission in granted:
            assert status not in {401, 403, 405}, what
            assert status < 500, what
        else:
            assert status == 403, what
            refused += 1
    noted = await value(
        console.parts.database,
        "SELECT count(*) FROM audit WHERE act = 'refused' AND staff_id = :id",
        id=visitor.staff_id,
    )
    assert noted == refused


async def test_without_a_session_every_page_leads_to_the_sign_in(console: Console) -> None:
    visitor = console.visitor()
    for page in pages_of(console):
        answer = await visitor.request(page.method, address(page))
        assert (answer.status, answer.location.partition("?")[0]) == (303, "/console/sign-in"), page.path


@pytest.mark.parametrize("token", ["", "wrong", "é" * 10])
async def test_no_act_without_the_token_of_the_session(console: Console, token: str) -> None:
    visitor = await console.signed_in(*Role)
    other = await console.signed_in(*Role)
    for page in pages_of(console):
        if page.method != "GET":
            for given in (token, await other.csrf()):
                assert await ask(visitor, page, csrf=given) == 403, page.path


async def test_no_act_for_another_site(console: Console) -> None:
    visitor = await console.signed_in(*Role)
    for page in pages_of(console):
        if page.method != "GET":
            for name, there in (("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "null")):
                visitor.headers = {name: there}
                assert await ask(visitor, page) == 403, page.path
            visitor.headers = {"Origin": "https://evil.example"}
            assert await ask(visitor, page) == 403, page.path
            visitor.headers = {"Origin": console.address}
            assert await ask(visitor, page) != 403, page.path


async def test_a_half_signed_in_session_opens_no_page(console: Console) -> None:
    visitor = console.visitor()
    staff_id = await console.staff(*Role)
    visitor.cookies["console"] = await console.parts.sessions.begin(staff_id, confirmed=False)
    for page in pages_of(console):
        assert await ask(visitor, page) == 303, page.path


async def test_whoever_must_change_the_password_gets_to_no_page(console: Console) -> None:
    visitor = await console.signed_in(*Role)
    accounts = console.accounts
    assert visitor.staff_id is not None
    await console.signed_in(Role.ADMINISTRATOR)
    hashed = await accounts.passwords.hash("một mật khẩu cấp lần đầu")
    author = (await console.parts.sessions.find(visitor.cookies["console"])).author  # type: ignore[union-attr]
    await accounts.staff.give_password(visitor.staff_id, hashed, by=author, at=console.clock.now())
    visitor.cookies["console"] = await console.parts.sessions.begin(visitor.staff_id, confirmed=True)
    for page in pages_of(console):
        answer = await visitor.request(page.method, address(page))
        assert answer.location == "/console/sign-in/password", page.path


async def test_no_route_stands_outside_the_pages(console: Console) -> None:
    """What is served without a `Page` is known by name: signing in, and files that hold no data."""
    guarded = console.app[PAGES]
    outside = [route for route in console.app.router.routes() if route not in guarded]
    assert {route.resource.canonical for route in outside if route.resource is not None} == BEFORE_SIGNING_IN
    assert len(guarded) + len(outside) == len(list(console.app.router.routes()))


async def test_every_group_of_pages_is_registered() -> None:
    """A group of pages stands in the list of groups, or another group is made of it."""
    sources = {path: path.read_text(encoding="utf-8") for path in Path(application.__file__).parent.glob("*.py")}
    for path, source in sources.items():
        found = [cls for cls in re.split(r"^(?=class )", source, flags=re.MULTILINE) if "def pages(self)" in cls]
        names = [name for cls in found for name in re.findall(r"^class (\w+)", cls)]
        for name in names:
            others = "\n".join(text for other, text in sources.items() if other != path)
            assert re.search(rf"\b{name}\b", others), f"{path.name}: {name}"


async def test_every_page_that_changes_something_needs_more_than_being_signed_in(console: Console) -> None:
    assert [
        page.path for page in pages_of(console) if page.method != "GET" and page.permission is Permission.HOME
    ] == []
