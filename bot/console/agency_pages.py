"""The list of agencies, for officers of their places; and the letter to one, to be printed."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import segno
from aiohttp import web
from markupsafe import Markup

from bot.console.agency_places import AgencyPlaces
from bot.console.forms import Fields
from bot.console.parts import Parts
from bot.console.permissions import Permission
from bot.console.visits import Member, NotFoundError, Page, RefusedError, Visit
from bot.dispatching import forwarding_on
from bot.feedback.agency_hints import HINTS, WHO_MANAGES
from bot.feedback.covering_letter import (
    NOT_A_FIRE_CALL,
    WHO_MAY_OPEN,
    WHOSE_DUTY,
    asked_of_agency,
    place_words,
)
from bot.feedback.kinds import CATEGORIES, KINDS
from bot.feedback.lifecycle import Hat
from bot.feedback.reports import Actor, Report, reference
from bot.store.agencies import (
    LONGEST_EMAIL,
    LONGEST_NAME,
    Agencies,
    Agency,
    AgencyEmailError,
    AgencyExistsError,
    AgencyNameError,
    Editor,
    UnknownAgencyError,
)
from bot.store.dispatches import Dispatch, Dispatches, Way
from bot.store.reports import Reports

_FAULTS: Final[Mapping[type[Exception], tuple[str, str]]] = {
    AgencyNameError: ("name", f"Ghi tên cơ quan, không quá {LONGEST_NAME} ký tự."),
    AgencyEmailError: ("email", "Địa chỉ thư chưa đúng. Ghi một địa chỉ như congan@phuong.example.vn."),
    AgencyExistsError: ("name", "Cơ quan tên này ở nơi này đã có trong danh sách."),
}


@dataclass(frozen=True)
class Line:
    """One agency in the list."""

    agency: Agency
    place: str
    mine: bool


class AgencyPages:
    """Lists, adds and changes agencies; prints the letters to them."""

    def __init__(self, parts: Parts) -> None:
        self._renderer = parts.renderer
        self._agencies = Agencies(parts.database)
        self._dispatches = Dispatches(parts.database, parts.sealer)
        self._reports = Reports(parts.database, parts.sealer, parts.settings.deadlines, clock=parts.now)
        self._forwarding = forwarding_on(
            parts.database, parts.sealer, parts.settings, self._reports, wall_clock=parts.now
        )
        self._deadlines = parts.settings.deadlines
        self._knowledge = parts.knowledge
        self._places = AgencyPlaces(lambda: parts.knowledge().places)

    def pages(self) -> Sequence[Page]:
        """Return the routes."""
        return (
            Page("GET", "/agencies", self.every, Permission.MANAGE_AGENCIES),
            Page("GET", "/agencies/new", self.new, Permission.MANAGE_AGENCIES),
            Page("POST", "/agencies/new", self.add, Permission.MANAGE_AGENCIES),
            Page("GET", r"/agencies/{agency:\d{1,9}}", self.one, Permission.MANAGE_AGENCIES),
            Page("POST", r"/agencies/{agency:\d{1,9}}", self.change, Permission.MANAGE_AGENCIES),
            Page("POST", r"/agencies/{agency:\d{1,9}}/switch", self.switch, Permission.MANAGE_AGENCIES),
            Page("GET", r"/dispatches/{dispatch:\d{1,18}}/print", self.again, Permission.HANDLE_REPORTS),
            Page("POST", r"/dispatches/{dispatch:\d{1,18}}/print", self.print, Permission.HANDLE_REPORTS),
        )

    async def every(self, visit: Visit) -> web.StreamResponse:
        """Show the agencies that concern the member."""
        lines = [
            Line(one, self._places.name(one.place_code), self._places.may_change(visit.member, one.place_code))
            for one in await self._agencies.every()
            if self._places.may_see(visit.member, one.place_code)
        ]
        return self._renderer.page(
            visit,
            "agencies/list.html",
            lines=lines,
            no_mail=self._forwarding.why_no_mail(),
            hints=[(CATEGORIES[category], "; ".join(kinds)) for category, kinds in HINTS.items()],
            who_manages=WHO_MANAGES,
        )

    async def new(self, visit: Visit) -> web.StreamResponse:
        """An empty form, or one with what an office has entered as its contact point."""
        values = {name: visit.request.query.get(name, "") for name in ("name", "email", "province", "commune")}
        if not values["province"] and len(provinces := self._places.provinces(visit.member)) == 1:
            values["province"] = next(iter(provinces))
        return self._form(visit, None, values, {})

    async def add(self, visit: Visit) -> web.StreamResponse:
        """Add an agency."""
        fields = Fields(await visit.request.post())
        name, email, place = self._read(visit.member, fields)
        if not fields.fine or fields.flag("show"):
            return self._form(visit, None, fields.as_typed(), {} if fields.flag("show") else fields.faults)
        try:
            added = await self._agencies.add(name, place, email, _editor(visit.member))
        except (AgencyNameError, AgencyEmailError, AgencyExistsError) as error:
            return self._form(visit, None, fields.as_typed(), dict([_FAULTS[type(error)]]))
        return await self._renderer.done(visit, "/console/agencies", f"Đã thêm {added.name}.")

    async def one(self, visit: Visit) -> web.StreamResponse:
        """One agency, to be changed."""
        agency = await self._mine(visit)
        values = {
            "name": agency.name,
            "email": agency.email or "",
            "province": self._places.province_of(agency.place_code) or "",
            "commune": agency.place_code if self._places.province_of(agency.place_code) != agency.place_code else "",
        }
        return self._form(visit, agency, {key: value or "" for key, value in values.items()}, {})

    async def change(self, visit: Visit) -> web.StreamResponse:
        """Change an agency; its new place must be the member's too."""
        agency = await self._mine(visit)
        fields = Fields(await visit.request.post())
        name, email, place = self._read(visit.member, fields)
        if not fields.fine or fields.flag("show"):
            return self._form(visit, agency, fields.as_typed(), {} if fields.flag("show") else fields.faults)
        try:
            changed = await self._agencies.change(agency.id, name, place, email, _editor(visit.member))
        except UnknownAgencyError:
            raise NotFoundError from None
        except (AgencyNameError, AgencyEmailError, AgencyExistsError) as error:
            return self._form(visit, agency, fields.as_typed(), dict([_FAULTS[type(error)]]))
        return await self._renderer.done(visit, "/console/agencies", f"Đã lưu {changed.name}.")

    async def switch(self, visit: Visit) -> web.StreamResponse:
        """Switch an agency off or on again."""
        agency = await self._mine(visit)
        active = Fields(await visit.request.post()).flag("active")
        await self._agencies.switch(agency.id, active=active, by=_editor(visit.member))
        told = f"Đã dùng lại {agency.name}." if active else f"Đã ngừng dùng {agency.name}. Phản ánh đang ở đó vẫn ở đó."
        return await self._renderer.done(visit, "/console/agencies", told)

    async def print(self, visit: Visit) -> web.StreamResponse:
        """The letter to be printed and handed over, with the link. That it was shown is logged."""
        dispatch, report = await self._dispatch(visit)
        if dispatch.way is not Way.EXPORT or not dispatch.acting:
            raise RefusedError("Lần chuyển này không giao bằng phiếu in, hoặc phản ánh không còn ở cơ quan này.")
        link = await self._forwarding.printable_link(dispatch.id, _actor(visit.member))
        return self._renderer.page(
            visit,
            "agencies/letter.html",
            number=reference(report.code),
            report=report,
            dispatch=dispatch,
            kind=KINDS[report.kind],
            category=CATEGORIES[report.category],
            place=place_words(report.where, self._knowledge().places.coded),
            asked=asked_of_agency(report, self._deadlines),
            link=link,
            qr=_qr(link) if link else None,
            not_a_fire_call=NOT_A_FIRE_CALL,
            who_may_open=WHO_MAY_OPEN,
            whose_duty=WHOSE_DUTY,
        )

    async def again(self, visit: Visit) -> web.StreamResponse:
        """Where the address of a letter is opened anew: back to its report, since each look at its link is logged."""
        _, report = await self._dispatch(visit)
        told = "Muốn xem lại phiếu chuyển, bấm “In phiếu chuyển”: mỗi lần mở phiếu được ghi vào nhật ký."
        return await self._renderer.done(visit, f"/console/reports/{report.code}", told)

    async def _mine(self, visit: Visit) -> Agency:
        agency = await self._agencies.by_id(_number(visit, "agency", 32_767))
        if agency is None or not self._places.may_change(visit.member, agency.place_code):
            raise NotFoundError
        return agency

    async def _dispatch(self, visit: Visit) -> tuple[Dispatch, Report]:
        dispatch = await self._dispatches.by_id(_number(visit, "dispatch", 2**63 - 1))
        report = await self._reports.by_id(dispatch.report_id) if dispatch else None
        if dispatch is None or report is None:
            raise NotFoundError
        if not visit.member.looks_after(report.where.province_code, report.where.commune_code):
            raise NotFoundError
        return dispatch, report

    def _read(self, member: Member, fields: Fields) -> tuple[str, str | None, str | None]:
        """Name, e-mail and place of a form."""
        name = fields.text("name", longest=LONGEST_NAME)
        email = fields.text("email", longest=LONGEST_EMAIL, required=False)
        province = fields.choice("province", self._places.provinces(member), required=False)
        communes = self._places.communes(member, province)
        commune = fields.text("commune", longest=5, required=False)
        if commune and commune not in communes:
            fields.faults["commune"] = "Xã, phường này không thuộc tỉnh, thành phố đã chọn. Chọn lại."
        place = commune or province
        if not self._places.may_change(member, place):
            key = "commune" if province else "province"
            fields.faults.setdefault(key, "Chọn nơi thuộc địa bàn bạn phụ trách.")
        return name, email or None, place

    def _form(
        self, visit: Visit, agency: Agency | None, values: Mapping[str, str], faults: Mapping[str, str]
    ) -> web.Response:
        typed: dict[str, Any] = {name: values.get(name, "") for name in ("name", "email", "province", "commune")}
        provinces = self._places.provinces(visit.member)
        province = typed["province"] if typed["province"] in provinces else None
        return self._renderer.page(
            visit,
            "agencies/form.html",
            status=422 if faults else 200,
            agency=agency,
            values=typed,
            faults=faults,
            provinces=provinces,
            communes=self._places.communes(visit.member, province),
            everywhere=not visit.member.places,
            whole_province=province is not None and self._places.may_change(visit.member, province),
            contacts=self._places.contacts(typed["commune"] or province),
            longest_name=LONGEST_NAME,
            longest_email=LONGEST_EMAIL,
        )


def _qr(link: str) -> Markup:
    """The link as a picture in the page: paths of an SVG, without a script or a style of its own."""
    drawn = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        drawn,
        kind="svg",
        xmldecl=False,
        svgns=True,
        scale=4,
        border=4,
        light="#fff",
        title="Mã QR của đường dẫn",
        omitsize=False,
    )
    return Markup(drawn.getvalue().decode("utf-8"))  # noqa: S704 - drawn by us, of an address of ours


def _number(visit: Visit, name: str, most: int) -> int:
    number = int(visit.request.match_info[name])
    if number > most:
        raise NotFoundError
    return number


def _editor(member: Member) -> Editor:
    return Editor(member.id, member.login)


def _actor(member: Member) -> Actor:
    return Actor(hat=Hat.MTTQ, who=member.login, staff_id=member.id)
