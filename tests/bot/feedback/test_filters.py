"""A filter in an address: what it means, that it survives, and that nothing typed there breaks a page."""

from datetime import date
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from bot.feedback.filters import FLAGS, NOBODY, Order, ReportFilter
from bot.feedback.kinds import Category, ReportKind
from bot.feedback.lifecycle import OPEN, Hat, State

PLACES = st.sampled_from(["01", "00004", "khong", "01-khong"])
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
FILTERS = st.builds(
    ReportFilter,
    kinds=st.lists(st.sampled_from(ReportKind), unique=True).map(tuple),
    categories=st.lists(st.sampled_from(Category), unique=True).map(tuple),
    states=st.lists(st.sampled_from(State), unique=True).map(tuple),
    places=st.lists(PLACES, unique=True).map(tuple),
    channels=st.lists(st.sampled_from(["web", "telegram", "zalo_oa"]), unique=True).map(tuple),
    agency=st.none() | st.integers(1, 32_767),
    claimed_by=st.none() | st.integers(NOBODY, 32_767),
    turn=st.none() | st.sampled_from(Hat),
    first=st.none() | DAYS,
    words=st.sampled_from(["", "cửa thoát", "CH-7K2M-9QXD", "a & b = c, đ?"]),
    overdue=st.booleans(),
    stuck=st.booleans(),
    order=st.sampled_from(Order),
)


@given(FILTERS)
def test_an_address_gives_back_the_filter_of_which_it_was_made(wanted: ReportFilter) -> None:
    again = ReportFilter.from_query(wanted.as_query())
    assert again.faults == ()
    assert {**vars(again), "states": set(again.states)} == {**vars(wanted), "states": set(wanted.states)}


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *ReportFilter(kinds=()).as_query(),
                "loai",
                "tt",
                "noi",
                "tu",
                "den",
                "chu",
                "nguoi",
                "cq",
                "xep",
                "luot",
                "kenh",
                "muc",
                *FLAGS.values(),
            ]
        ),
        st.text(),
    )
)
def test_whatever_is_typed_into_an_address_gives_a_filter(query: dict[str, str]) -> None:
    wanted = ReportFilter.from_query(query)
    assert ReportFilter.from_query(wanted.as_query()) == wanted
    assert all(fault.endswith(".") for fault in wanted.faults)


def test_an_address_reads_as_it_is_written() -> None:
    query = {"loai": "hazard", "tt": "received,verified", "noi": "01", "tu": "2026-10-01", "den": "2026-10-31",
             "chu": " cua  thoat ", "qua-han": "1", "xep": "han", "sau": "1.2", "nguoi": "0"}  # fmt: skip
    assert ReportFilter.from_query(query) == ReportFilter(
        kinds=(ReportKind.HAZARD,),
        states=(State.RECEIVED, State.VERIFIED),
        places=("01",),
        first=date(2026, 10, 1),
        last=date(2026, 10, 31),
        words="cua thoat",
        overdue=True,
        order=Order.DUE,
        claimed_by=NOBODY,
    )


def test_a_parameter_may_be_repeated_as_forms_do() -> None:
    typed = MultiDict([("loai", "hazard"), ("loai", "question"), ("loai", ""), ("tu", ""), ("tu", "2026-10-01")])
    wanted = ReportFilter.from_query(typed)
    assert (wanted.kinds, wanted.first) == ((ReportKind.HAZARD, ReportKind.QUESTION), date(2026, 10, 1))


def test_all_open_states_have_one_word() -> None:
    wanted = ReportFilter.from_query({"tt": "mo"})
    assert set(wanted.states) == OPEN
    assert wanted.as_address() == "tt=mo"


@given(FILTERS)
def test_an_address_is_quoted_as_addresses_are(wanted: ReportFilter) -> None:
    assert wanted.as_address() == urlencode(wanted.as_query())


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("loai", "fire", "Không có loại phản ánh “fire”."),
        ("muc", "hazard", "Không có mục “hazard”."),
        ("tt", "open", "Không có trạng thái “open”."),
        ("noi", "1", "Mã nơi chốn không đúng: “1”."),
        ("noi", "٠١", "Mã nơi chốn không đúng: “٠١”."),
        ("kenh", "W'; --", "Không có kênh “W'; --”."),
        ("cq", "0", "Số của cơ quan không đúng: “0”."),
        ("cq", "9" * 5000, "Số của cơ quan không đúng: “" + "9" * 40 + "”."),
        ("nguoi", "-1", "Số của cán bộ không đúng: “-1”."),
        ("luot", "police", "Không có bên nào là “police”."),
        ("tu", "01/10/2026", "Ngày không đúng (cần dạng 2026-10-01): “01/10/2026”."),
        ("den", "2026-02-30", "Ngày không đúng (cần dạng 2026-10-01): “2026-02-30”."),
        ("den", "9999-12-31", "Ngày không đúng (cần dạng 2026-10-01): “9999-12-31”."),
        ("qua-han", "yes", "Giá trị của “qua-han” phải là 1 hoặc bỏ trống."),
        ("xep", "x", "Không có cách xếp “x”."),
    ],
)
def test_what_cannot_be_understood_is_named_and_left_out(name: str, value: str, fault: str) -> None:
    wanted = ReportFilter.from_query({name: value})
    assert wanted.faults == (fault,)
    assert wanted == ReportFilter()
    assert wanted.empty


def test_days_in_the_wrong_order_are_a_fault() -> None:
    wanted = ReportFilter.from_query({"tu": "2026-10-02", "den": "2026-10-01"})
    assert wanted.faults == ("Ngày bắt đầu phải trước hoặc trùng ngày kết thúc.",)
    assert (wanted.first, wanted.last) == (None, None)


def test_too_much_is_cut_and_said() -> None:
    wanted = ReportFilter.from_query({"chu": "cửa " * 100, "noi": ",".join(f"{n:05d}" for n in range(200))})
    assert len(wanted.words) <= 200
    assert len(wanted.places) == 60
    assert len(wanted.faults) == 2
