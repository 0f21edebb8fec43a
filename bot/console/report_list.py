"""The inbox of residents' reports and the list of those that are stuck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiDict, MultiMapping

from bot.console.permissions import Permission
from bot.console.rendering import Renderer, see
from bot.console.report_bulk import BULK, MOST_AT_ONCE
from bot.console.report_places import ReportPlaces
from bot.console.report_words import HATS, due_in_words, stuck_in_words
from bot.console.visits import Member, Page, Visit
from bot.feedback.deadlines import Deadlines
from bot.feedback.figure_tables import CHANNELS
from bot.feedback.filters import NOBODY, Order, ReportFilter
from bot.feedback.kinds import CATEGORIES, KINDS, Category, ReportKind
from bot.feedback.lifecycle import OPEN, STATES, Hat, State
from bot.store.agencies import Agencies
from bot.store.report_search import Cursor, ReportLine, ReportSearch
from bot.store.staff import Staff

SIZES: Final = (50, 200)
"""Reports of one page: the first unless more are asked for."""
_COUNTED: Final = 999
_STUCK_SHOWN: Final = 100
_ORDERS: Final[Mapping[str, str]] = {Order.NEWEST.value: "Mới gửi trước", Order.DUE.value: "Sắp hết hạn trước"}
_MARKS: Final[Mapping[str, str]] = {
    "qua-han": "Đang quá hạn",
    "tre": "Đã từng quá hạn",
    "mo-lai": "Đã mở lại",
    "anh": "Có ảnh",
    "dong-tinh": "Nhiều người cùng phản ánh",
    "thu-hong": "Thư chưa tới cơ quan",
}


@dataclass(frozen=True)
class View:
    """A saved view: its name, its address, and how many reports it holds."""

    name: str
    address: str
    count: str
    chosen: bool


@dataclass(frozen=True)
class Row:
    """A line of the list with what is said of it in words."""

    line: ReportLine
    category: str
    state: str
    place: str
    due: str
    turn: str


class ReportLists:
    """The pages that list reports."""

    def __init__(
        self,
        *,
        search: ReportSearch,
        staff: Staff,
        agencies: Agencies,
        places: ReportPlaces,
        deadlines: Deadlines,
        renderer: Renderer,
        clock: Callable[[], datetime],
    ) -> None:
        self._search = search
        self._staff = staff
        self._agencies = agencies
        self._places = places
        self._deadlines = deadlines
        self._renderer = renderer
        self._clock = clock

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("GET", "/reports", self.inbox, Permission.SEE_REPORTS),
            Page("GET", "/reports/stuck", self.stuck, Permission.SEE_REPORTS),
        )

    async def inbox(self, visit: Visit) -> web.StreamResponse:
        """The reports that the filter of the address lets through."""
        query = visit.request.query
        size = SIZES[1] if query.get("so") == str(SIZES[1]) else SIZES[0]
        from_form = "loc" in query
        wanted = _of_form(query) if from_form else ReportFilter.from_query(query)
        if from_form and not wanted.faults:  # on to the short address, which can be passed on
            return see(_address({**wanted.as_query(), **({"so": str(size)} if size != SIZES[0] else {})}))
        after = Cursor.read(query.get("sau", ""))
        page = await self._search.page(wanted, visit.member.places, after, size)
        kept = {**wanted.as_query(), **({"so": str(size)} if size != SIZES[0] else {})}
        province = self._province(wanted, visit.member)
        return self._renderer.page(
            visit,
            "reports/inbox.html",
            wanted=wanted,
            typed=kept,
            page=page,
            rows=[self._row(line) for line in page.lines],
            views=await self._views(visit.member, wanted),
            this_address=_address(kept),
            address=wanted.as_address(),
            next_address=_address({**kept, "sau": str(page.next)}) if page.next else None,
            first_address=_address(kept) if after else None,
            all_chosen=query.get("chon") == "tat-ca",
            choose_address=_address({**kept, "chon": "tat-ca", **({"sau": str(after)} if after else {})}),
            more_address=_address({**wanted.as_query(), "so": str(SIZES[1])}) if size == SIZES[0] else None,
            kinds=[(kind.value, name, _categories(kind)) for kind, name in KINDS.items()],
            states=[("mo", "Còn việc phải làm"), *((one.value, name) for one, name in STATES.items())],
            state=_chosen_state(wanted),
            provinces=self._places.provinces(visit.member),
            province=province,
            communes=self._places.communes(visit.member, province),
            officers=await self._officers(),
            agencies=await self._agencies.every(),
            channels=CHANNELS,
            turns={hat.value: name for hat, name in HATS.items() if hat is not Hat.SYSTEM},
            orders=_ORDERS,
            marks=_MARKS,
            more_open=_uses_more(wanted),
            bulk=BULK,
            most=MOST_AT_ONCE,
            may_handle=visit.member.may(Permission.HANDLE_REPORTS),
        )

    async def stuck(self, visit: Visit) -> web.Response:
        """What is stuck, by whose turn it is, the longest first."""
        now = self._clock()
        groups = []
        turns = (Hat.MTTQ, Hat.AGENCY, Hat.RESIDENT)
        lists = [
            (_UNDELIVERED, _UNDELIVERED_ADVICE, ReportFilter(undelivered=True, order=Order.DUE)),
            *((HATS[hat], _STUCK_ADVICE[hat], ReportFilter(stuck=True, turn=hat, order=Order.DUE)) for hat in turns),
        ]
        for name, advice, wanted in lists:
            page = await self._search.page(wanted, visit.member.places, None, _STUCK_SHOWN)
            if not page.lines and wanted.undelivered:
                continue
            rows = [(self._row(one), stuck_in_words(one, now, self._deadlines.working_days)) for one in page.lines]
            groups.append((name, advice, rows, page.total, wanted.as_address()))
        return self._renderer.page(visit, "reports/stuck.html", groups=groups, shown=_STUCK_SHOWN)

    def _row(self, line: ReportLine) -> Row:
        due = due_in_words(line.due_at, self._clock(), self._deadlines.working_days) if line.state in OPEN else ""
        place = self._places.name(line.province_code, line.commune_code) or "Chưa rõ xã, phường"
        turn = HATS[line.due_hat] if line.due_hat and due else ""
        return Row(line, CATEGORIES[line.category], STATES[line.state], place, due, turn)

    async def _views(self, member: Member, wanted: ReportFilter) -> list[View]:
        views = []
        for name, one in _saved(member):
            total = await self._search.count(one, member.places, _COUNTED)
            same = replace(one, order=wanted.order) == wanted
            views.append(View(name, _address(one.as_query()), str(total), same))
        return views

    def _province(self, wanted: ReportFilter, member: Member) -> str | None:
        if wanted.places:
            return self._places.province_of(wanted.places[0])
        provinces = self._places.provinces(member)
        return provinces[0][0] if len(provinces) == 1 else None

    async def _officers(self) -> list[tuple[int, str]]:
        return [(one.id, one.name) for one in await self._staff.every() if one.active and "officer" in one.roles]


_STUCK_ADVICE: Final[Mapping[Hat, str]] = {
    Hat.MTTQ: "Việc của Mặt trận: xác minh, chuyển, trả lời hoặc đóng.",
    Hat.AGENCY: "Cơ quan đã nhận mà chưa trả lời: gọi điện nhắc, ghi lại, hoặc chuyển cơ quan khác.",
    Hat.RESIDENT: "Người dân chưa cho biết đã xong chưa: xem minh chứng rồi đóng, hoặc hỏi lại.",
}
_UNDELIVERED: Final = "Thư chưa tới cơ quan"
_UNDELIVERED_ADVICE: Final = (
    "Thư không gửi được, hoặc không rõ đã tới chưa: mở phản ánh xem lý do, sửa rồi gửi lại, hoặc in phiếu chuyển."
)


def _saved(member: Member) -> list[tuple[str, ReportFilter]]:
    still_open = tuple(state for state in State if state in OPEN)
    return [
        ("Mới", ReportFilter(states=(State.RECEIVED,))),
        ("Của tôi", ReportFilter(states=still_open, claimed_by=member.id)),
        ("Chưa ai nhận", ReportFilter(states=still_open, claimed_by=NOBODY)),
        ("Quá hạn", ReportFilter(overdue=True)),
        ("Chờ chuyển", ReportFilter(states=(State.VERIFIED,))),
        ("Chờ cơ quan", ReportFilter(states=(State.FORWARDED, State.HANDLING))),
        ("Chờ người dân", ReportFilter(states=(State.ANSWERED,))),
        ("Báo chưa xong", ReportFilter(states=(State.REOPENED,))),
        ("Tất cả", ReportFilter()),
    ]


def _of_form(query: MultiMapping[str]) -> ReportFilter:
    """Read the fields of the filter's form: there a province and a commune have a field each."""
    typed = MultiDict(query)
    province, commune, before = (typed.pop(name, "") for name in ("tinh", "xa", "tinh-truoc"))
    # A commune of the list that was shown is meant only while its province is still chosen.
    typed["noi"] = commune if commune and province in {"", before} else province
    return ReportFilter.from_query(typed)


def _address(query: Mapping[str, str]) -> str:
    written = urlencode(query)
    return f"/console/reports?{written}" if written else "/console/reports"


def _categories(kind: ReportKind) -> list[tuple[str, str]]:
    return [(one.value, CATEGORIES[one]) for one in Category if one.kind is kind]


def _chosen_state(wanted: ReportFilter) -> str:
    return wanted.as_query().get("tt", "")


def _uses_more(wanted: ReportFilter) -> bool:
    """Whether the filter uses one of the fields that are folded away."""
    shown = replace(wanted, words="", states=(), kinds=(), categories=(), places=(), order=Order.NEWEST)
    return not shown.empty
