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
        "phuong an phu hop",
        "",
        "ở đâu",
    ],
)
def test_words_that_only_look_like_a_place_are_none(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.find(text) == ()


def test_a_name_that_several_communes_bear_is_not_decided(gazetteer: Gazetteer) -> None:
    assert len(gazetteer.find("tôi ở xã Tân Phú")[0].units) == 5


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
