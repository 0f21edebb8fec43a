"""Places: the package's units, our additions to them, and how messages name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.gazetteer import Gazetteer
from knowledge.loading import KNOWLEDGE_FOLDER
from knowledge.places import Places, read_places

CONTACT = """
contacts:
  - {{unit: {unit}, province: Thành phố Hà Nội, office: CA, phone: {phone}, confirmed_by: A, checked_on: 2026-11-21}}
"""
OLD_PROVINCE = """
checked_on: 2026-11-22
until: 2025-07-01
basis: [nq-202-2025-qh15]
trust: verified
provinces:
  - {name: Tỉnh Quảng Bình, now: Tỉnh Không Có}
"""
OLD_CITY = """
checked_on: 2026-11-22
until: 2025-07-01
basis: [luat-72-2025-qh15]
cities:
  Tỉnh Kiên Giang: [Rạch Giá]
"""


@pytest.fixture(scope="module")
def places() -> Places:
    """The project's own places."""
    found, faults = read_places(KNOWLEDGE_FOLDER / "places")
    assert not faults
    return found


@pytest.fixture(scope="module")
def gazetteer(places: Places) -> Gazetteer:
    return Gazetteer(places)


def test_all_present_units_are_known(places: Places) -> None:
    assert len(places.provinces) == 34
    assert len(places.communes) == 3321
    assert "Thành phố Đồng Nai" in {one.name for one in places.provinces}


def test_no_contact_point_is_invented(places: Places) -> None:
    assert places.contacts == ()


@pytest.mark.parametrize(
    ("text", "unit", "old"),
    [
        ("em ở phường Khương Đình", "Phường Khương Đình", "Quận Thanh Xuân"),
        ("nha em o p khuong dinh ha noi", "Phường Khương Đình", "Quận Thanh Xuân"),
        ("nhà tui ở Bạc Liêu", "Phường Bạc Liêu", "Tỉnh Bạc Liêu"),
        ("q. bac tu liem", "Phường Đông Ngạc", "Quận Bắc Từ Liêm"),
        ("tp sam son co ke hoach gi", "Phường Sầm Sơn", "Thành phố Sầm Sơn"),
        ("tra vinh nay thuoc tinh nao", "Phường Trà Vinh", "Tỉnh Trà Vinh"),
        ("xã Tân Phú, Đồng Nai", "Xã Tân Phú", None),
        ("ở hn phạt nhiêu", "Thành phố Hà Nội", None),
        ("sai gon co ap dung ko", "Thành phố Hồ Chí Minh", None),
        ("nhà em ở sài gòn", "Thành phố Hồ Chí Minh", None),
        ("em ở phường Sài Gòn", "Phường Sài Gòn", None),
        ("quảng bình", "Tỉnh Quảng Trị", "Tỉnh Quảng Bình"),
        ("tỉnh bình dương phạt bao nhiêu", "Thành phố Hồ Chí Minh", "Tỉnh Bình Dương"),
        ("que o phu yen", "Tỉnh Đắk Lắk", "Tỉnh Phú Yên"),
        ("em ở hòa bình", "Tỉnh Phú Thọ", "Tỉnh Hòa Bình"),
        ("tp hải dương", "Thành phố Hải Phòng", "Tỉnh Hải Dương"),
        ("phường dĩ an, bình dương", "Phường Dĩ An", None),
        ("xã bình dương tỉnh bình định", "Xã Bình Dương", None),
    ],
)
def test_a_place_is_found(gazetteer: Gazetteer, text: str, unit: str, old: str | None) -> None:
    place = gazetteer.find(text)[0]
    assert place.units[0].name == unit
    assert (place.old.old.name if place.old else None) == old


@pytest.mark.parametrize(
    "text",
    [
        "an toàn là gì",
        "ở nhà trọ cháy",
        "nhà ở xã hội",
        "phường",
        "mua hoa huệ",
        "nhà hai phòng ngủ",
        "bình đã nặng chưa",
        "bị thu đồ",
        "nhà cao bằng 3 tầng",
        "dien bien dam chay",
        "kiểm tra bình định kỳ",
        "cham soc o binh dinh ky",
        "việt nam định nghĩa cháy",
        "nhà tôi hòa bình lắm",
        "thuốc long an thần để gần bếp",
        "bình dương áp là gì",
        "tính bình thuận tiện hơn",
        "thị xã sơn tây",
        "phuong an phu hop",
        "",
        "ở đâu",
    ],
)
def test_words_that_only_look_like_a_place_are_none(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.find(text) == ()


def test_a_name_that_several_communes_bear_is_not_decided(gazetteer: Gazetteer) -> None:
    assert len(gazetteer.find("tôi ở xã Tân Phú")[0].units) == 5


def test_every_old_province_has_gone_into_a_present_one(places: Places) -> None:
    present = {one.name for one in places.provinces}
    old = {one.old.name for one in (*places.old_provinces, *places.old_units) if one.old.is_province}
    assert len(old - {"Tỉnh Hà Tây"}) == 63 - 34
    assert not old & present
    assert all(one.now[0].name in present for one in places.old_provinces)


def test_no_name_of_a_unit_has_two_blanks(places: Places) -> None:
    assert not [one.name for one in places.communes if "  " in one.name]
    assert "Phường Buôn Ma Thuột" in {one.name for one in places.communes}


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("gò vấp", ["Phường Gò Vấp"]),
        ("gò vấp tphcm", ["Phường Gò Vấp"]),
        ("p go vap tphcm", ["Phường Gò Vấp"]),
        ("tan binh tphcm", ["Phường Tân Bình"]),
        ("gần chợ gò vấp tphcm", ["Phường Gò Vấp"]),
        ("ba đình hà nội", ["Phường Ba Đình"]),
        ("Hà Nội, Ba Đình", ["Phường Ba Đình"]),
        ("da con o cau giay ha noi a", ["Phường Cầu Giấy"]),
        ("Hải Châu, Đà Nẵng", ["Phường Hải Châu"]),
        ("long đức, trà vinh", ["Phường Long Đức"]),
        ("ba vì hà tây", ["Xã Ba Vì"]),
        ("hoà bình vĩnh long", ["Xã Hòa Bình"]),
        ("giá rai", ["Phường Giá Rai"]),
        ("con cuông", ["Xã Con Cuông"]),
        ("ở sài gòn", ["Thành phố Hồ Chí Minh"]),
        ("hue", ["Thành phố Huế"]),
        ("xã sơn tây", ["Xã Sơn Tây", "Xã Sơn Tây"]),
        ("nhà ở đâu đó", []),
        ("", []),
    ],
)
def test_where_somebody_says_they_live(gazetteer: Gazetteer, text: str, units: list[str]) -> None:
    stated = gazetteer.stated(text)
    assert [one.name for one in stated.units] == units
    assert not stated.district
    assert not stated.missing


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("quận 7", ["Thành phố Hồ Chí Minh"]),
        ("q7", ["Thành phố Hồ Chí Minh"]),
        ("phường 17 quận gò vấp", ["Phường Gò Vấp"]),
        ("quận ba đình, hà nội", ["Phường Ba Đình", "Thành phố Hà Nội"]),
        ("huyện nhà bè", ["Xã Nhà Bè"]),
        ("thị xã sơn tây", ["Phường Sơn Tây"]),
        ("thành phố thủ đức", ["Phường Thủ Đức", "Thành phố Hồ Chí Minh"]),
        ("vinh nghệ an", None),
        ("đà lạt", None),
    ],
)
def test_a_district_or_city_is_no_unit_any_more(gazetteer: Gazetteer, text: str, units: list[str] | None) -> None:
    stated = gazetteer.stated(text)
    assert stated.district
    assert units is None or [one.name for one in stated.units] == units


def test_the_communes_of_a_city_bear_its_name(gazetteer: Gazetteer) -> None:
    *wards, province = gazetteer.stated("đà lạt").units
    assert len(wards) == 5
    assert all(one.name.endswith("Đà Lạt") for one in wards)
    assert province.name == "Tỉnh Lâm Đồng"
    assert "Vĩnh" not in " ".join(one.name for one in gazetteer.stated("tp vinh").units)


def test_a_province_without_such_a_commune_is_said(gazetteer: Gazetteer) -> None:
    stated = gazetteer.stated("xã tân hưng, hải phòng")
    assert (stated.missing, stated.missing_in) == ("xã Tân Hưng", "Thành phố Hải Phòng")
    assert [one.name for one in stated.units] == ["Phường Tân Hưng"]
    assert {one.province for one in gazetteer.stated("xã hòa phú, cần thơ").units} == {
        "Thành phố Hà Nội",
        "Tỉnh Đắk Lắk",
    }


def test_an_old_province_of_a_directive_offers_its_communes_and_the_present_one(gazetteer: Gazetteer) -> None:
    stated = gazetteer.stated("tui ở Bạc Liêu")
    assert stated.old is not None
    assert [stated.units[0].name, stated.units[-1].name] == ["Phường Bạc Liêu", "Tỉnh Cà Mau"]


def test_what_was_said_beside_a_province_is_not_lost_unseen(gazetteer: Gazetteer) -> None:
    assert gazetteer.stated("Hòa Hải, Đà Nẵng").unread  # a ward that no longer is one
    assert not gazetteer.stated("dạ em ở Đà Nẵng ạ").unread


def test_an_old_province_that_goes_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old_provinces.yml").write_text(OLD_PROVINCE, "utf-8")
    _, faults = read_places(tmp_path)
    assert [(fault.line, fault.message) for fault in faults] == [(7, "no present province 'Tỉnh Không Có'")]


def test_a_city_in_no_present_province_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old_cities.yml").write_text(OLD_CITY, "utf-8")
    _, faults = read_places(tmp_path)
    assert [fault.message for fault in faults] == ["no present province 'Tỉnh Kiên Giang'"]


def test_the_place_can_be_taken_out_of_a_message(gazetteer: Gazetteer) -> None:
    assert gazetteer.without_places("quận Thanh Xuân Hà Nội khoá van gas sao") == "khoá van gas sao"


def test_an_office_enters_its_contact_points(tmp_path: Path) -> None:
    (tmp_path / "contacts.yml").write_text(CONTACT.format(unit="Phường Khương Đình", phone="'024 111 222'"), "utf-8")
    found, faults = read_places(tmp_path)
    assert not faults
    unit = next(one for one in found.communes if one.name == "Phường Khương Đình")
    assert [one.phone for one in found.contacts_of(unit)] == ["024 111 222"]


@pytest.mark.parametrize(
    ("unit", "phone", "message"),
    [
        ("Phường Không Có", "'024 111 222'", "no present unit 'Phường Không Có'"),
        ("Phường Khương Đình", "'gọi em'", "phone"),
        ("Phường Khương Đình", "null", "a contact needs a phone"),
    ],
)
def test_a_wrong_contact_is_refused_with_its_line(tmp_path: Path, unit: str, phone: str, message: str) -> None:
    (tmp_path / "contacts.yml").write_text(CONTACT.format(unit=unit, phone=phone), "utf-8")
    _, faults = read_places(tmp_path)
    assert [fault.line for fault in faults] == [3]
    assert message in faults[0].message
