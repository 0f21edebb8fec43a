"""Accounts in the console: adding, changing, switching off, giving anew; by administrators only."""

from __future__ import annotations

import re

import pytest

from bot.console.accounts import AccountError
from bot.console.permissions import Role
from bot.console.place_picker import found_places
from tests.integration.stored import outcomes, value

from .test_signing_in import BY, enrolled, with_password
from .visiting import Console, knowledge

NEW = {"name": "Trần Văn Minh", "position": "Phó Chủ tịch", "login": "minh.tran"}


async def test_an_account_is_added_and_its_password_shown_once(console: Console) -> None:
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    pairs = [*NEW.items(), ("role", "officer"), ("role", "editor"), ("place", "01"), ("place", "00004")]
    answer = await administrator.post("/console/staff/new", pairs)
    found = re.search(r'<code class="key">([a-z0-9-]{19})</code>', answer.text)
    assert found is not None
    account = await console.accounts.named("minh.tran")
    assert (account.roles, account.places) == (("officer", "editor"), ("01", "00004"))
    assert (await with_password(console.visitor(), "minh.tran", found[1])).status == 303
    shown = await administrator.get(f"/console/staff/{account.id}")
    assert found[1] not in shown.text
    assert "Thành phố Hà Nội" in shown.text
    assert found[1] not in await value(console.parts.database, "SELECT string_agg(a::text, '') FROM audit a")
    assert "Đã có tài khoản minh.tran" in (await administrator.post("/console/staff/new", pairs)).text


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"name": ""}, "Chưa nhập"),
        ({"name": "x" * 101}, "nhiều nhất 100"),
        ({"login": "ab"}, "3 đến 40"),
        ({"login": "lần"}, "3 đến 40"),
        ({"role": ""}, "ít nhất một vai trò"),
        ({"role": "boss"}, "Lựa chọn này không có"),
        ({"place": "99999"}, "99999"),
    ],
)
async def test_faults_are_named_and_nothing_typed_is_lost(
    console: Console, changed: dict[str, str], fault: str
) -> None:
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    answer = await administrator.post("/console/staff/new", {**NEW, "role": "officer", "place": "01", **changed})
    assert answer.status == 422
    assert fault in answer.text
    assert "Phó Chủ tịch" in answer.text
    assert await console.accounts.staff.by_login("minh.tran") is None


async def test_places_are_found_by_name_without_losing_what_was_typed(console: Console) -> None:
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    pairs = {**NEW, "role": "officer", "place": "01", "sought": "khuong dinh", "find": "1"}
    answer = await administrator.post("/console/staff/new", pairs)
    assert answer.status == 200
    assert "Phường Khương Đình, Thành phố Hà Nội" in answer.text
    for kept in ('value="Trần Văn Minh"', 'value="01" checked', 'value="officer" checked'):
        assert kept in answer.text
    staff_id = await console.staff(Role.OFFICER, places=["01"])
    answer = await administrator.post(f"/console/staff/{staff_id}/roles", {**pairs, "sought": "zzz"})
    assert "Không tìm thấy" in answer.text
    assert (await console.accounts.staff.by_id(staff_id)).places == ("01",)  # type: ignore[union-attr]


async def test_a_place_typed_and_not_ticked_is_not_all_of_the_country(console: Console) -> None:
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    staff_id = await console.staff(Role.OFFICER, places=["01"])
    for path, typed in (("/console/staff/new", NEW), (f"/console/staff/{staff_id}/roles", {})):
        refused = await administrator.post(path, {**typed, "role": "officer", "sought": "ba dinh"})
        assert refused.status == 422
        assert "Đã gõ “ba dinh” nhưng chưa chọn nơi nào, mà không chọn là phụ trách cả nước" in refused.text
        assert 'value="ba dinh"' in refused.text
    assert await console.accounts.staff.by_login("minh.tran") is None
    assert (await console.accounts.staff.by_id(staff_id)).places == ("01",)  # type: ignore[union-attr]
    ticked = {"role": "officer", "sought": "khuong dinh", "place": "00364"}
    assert (await administrator.post(f"/console/staff/{staff_id}/roles", ticked)).status == 303


def test_the_picker_knows_names_with_and_without_diacritics() -> None:
    places = knowledge().places
    assert found_places(places, "hà nội")[0].code == "01"
    assert found_places(places, "HA NOI")[0].code == "01"
    assert found_places(places, "01")[0].name == "Thành phố Hà Nội"
    assert [one.name for one in found_places(places, "khuong di")] == ["Phường Khương Đình"]
    assert {one.province for one in found_places(places, "tân an cần thơ")} == {"Thành phố Cần Thơ"}
    assert found_places(places, "  ") == []
    assert len(found_places(places, "a")) == 30


async def test_new_rights_hold_at_once_and_end_the_sessions(console: Console) -> None:
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    officer = await console.signed_in(Role.OFFICER, places=["01"])
    answer = await administrator.post(f"/console/staff/{officer.staff_id}/roles", {"role": "administrator"})
    assert answer.location == f"/console/staff/{officer.staff_id}"
    assert "phải đăng nhập lại" in (await administrator.get(answer.location)).text
    assert (await officer.get("/console/")).status == 303
    account = await console.accounts.named(officer.login)
    assert (account.roles, account.places) == (("administrator",), ())


async def test_switching_off_and_on(console: Console) -> None:
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    viewer = await console.signed_in(Role.VIEWER)
    path = f"/console/staff/{viewer.staff_id}/active"
    await administrator.post(path, {"active": ""})
    assert (await viewer.get("/console/")).status == 303
    assert "Đã tắt" in (await administrator.get("/console/staff")).text
    await administrator.post(path, {"active": "1"})
    assert (await with_password(console.visitor(), viewer.login)).status == 303


async def test_a_lost_telephone_takes_password_and_codes_anew(console: Console) -> None:
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    own, staff_id = await enrolled(console)
    await with_password(own, "lan")
    answer = await administrator.post(f"/console/staff/{staff_id}/second-factor")
    found = re.search(r'<code class="key">([a-z0-9-]{19})</code>', answer.text)
    assert found is not None
    # The old password alone does not lead to a second factor of somebody else's.
    assert (await with_password(console.visitor(), "lan")).status == 401
    assert (await own.get("/console/sign-in/code")).location == "/console/sign-in"
    answer = await with_password(console.visitor(), "lan", found[1])
    assert answer.location == "/console/sign-in/second-factor"


async def test_a_password_given_anew_keeps_the_second_factor(console: Console) -> None:
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    _, staff_id = await enrolled(console)
    answer = await administrator.post(f"/console/staff/{staff_id}/password")
    found = re.search(r'<code class="key">([a-z0-9-]{19})</code>', answer.text)
    assert found is not None
    assert (await with_password(console.visitor(), "lan", found[1])).location == "/console/sign-in/code"


async def test_nobody_changes_their_own_rights(console: Console) -> None:
    await console.signed_in(Role.ADMINISTRATOR)
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    own = f"/console/staff/{administrator.staff_id}"
    acts = {"roles": {"role": "viewer"}, "active": {"active": ""}, "password": {}, "second-factor": {}}
    for act, fields in acts.items():
        answer = await administrator.post(f"{own}/{act}", fields)
        assert (answer.status, "chính mình" in answer.text) == (409, True)
    account = await console.accounts.named(administrator.login)
    assert (account.active, account.roles) == (True, ("administrator",))
    assert (await administrator.post(own, {"name": "Tên Mới"})).status == 303
    assert "Tên Mới" in (await administrator.get("/console/profile")).text


async def test_an_administrator_is_always_left(console: Console) -> None:
    """Two administrators who take each other's rights at the same moment: one of them stays."""
    accounts = console.accounts
    for login in ("mot", "hai"):
        await console.staff(Role.ADMINISTRATOR, login=login)
    first, second = await accounts.named("mot"), await accounts.named("hai")
    results = await outcomes(
        accounts.entitle(first, roles=["viewer"], places=[], by=BY), accounts.switch(second, active=False, by=BY)
    )
    assert [type(one) for one in results if one is not None] == [AccountError]
    left = [one for one in await accounts.staff.every() if one.active and "administrator" in one.roles]
    assert len(left) == 1
    with pytest.raises(AccountError, match="cuối cùng"):
        await accounts.switch(left[0], active=False, by=BY)


@pytest.mark.parametrize("number", ["0", "99999", "999999999999", "-1", "x", "%00", "١"])
async def test_an_account_that_is_not_there(console: Console, number: str) -> None:
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    assert (await administrator.get(f"/console/staff/{number}")).status == 404
    assert (await administrator.post(f"/console/staff/{number}/active", {"active": ""})).status == 404


async def test_whose_campaigns_may_go_everywhere_is_said_in_the_list(console: Console) -> None:
    await console.signed_in(Role.OFFICER, login="mat-tran")
    administrator = await console.signed_in(Role.ADMINISTRATOR)
    words = "Gửi được chiến dịch tới cả nước"
    assert words not in (await administrator.get("/console/staff")).text
    await console.signed_in(Role.AUTHOR, login="soan-tin")
    assert (await administrator.get("/console/staff")).text.count(words) == 1
