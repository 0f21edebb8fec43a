"""The page behind an agency's link: what it shows, and what can be sent from it.

Mail scanners open every link. So looking changes nothing; that a person has opened a report is known by the press of a
button, and until then the page shows neither words nor photos.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from bot.agency.acts import AgencyActs, Answer, Official
from bot.agency.reading import Form, read_form
from bot.agency.rendering import Templates
from bot.feedback.covering_letter import Coded, asked_of_agency, place_words
from bot.feedback.deadlines import Deadlines
from bot.feedback.kinds import CATEGORIES, KINDS
from bot.feedback.lifecycle import State, TransitionError
from bot.feedback.photos import Cleaned, NoPhotoError
from bot.feedback.reports import Happening, Report, reference
from bot.store.dispatches import Dispatch, Dispatches, DispatchState, GoneError
from bot.store.photos import Photos
from bot.store.reports import Reports, StaleReportError

LONGEST_ANSWER: Final = 4000
_LONGEST: Final = {"name": 80, "position": 120, "number": 60, "proposal": 200}
_LONGEST_REASON: Final = 1000
_MOST_QUESTIONS: Final = 20
_KEY: Final = "/{key:[A-Za-z0-9_-]{43}}"
_PHOTO: Final = "{photo:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}}"
_STORY: Final[Mapping[str, str]] = {
    "added": "Người dân gửi thêm",
    "reopen": "Người dân báo chưa xong",
    "take_up": "Cơ quan tiếp nhận",
    "answer": "Cơ quan trả lời",
    "declined": "Cơ quan báo không thuộc thẩm quyền",
    "agency_asked": "Cơ quan hỏi Mặt trận",
    "told_agency": "Mặt trận nhắn cơ quan",
}
"""What of a report's story an agency is shown; the rest is between residents and MTTQ, or inside MTTQ."""
_NOTICES: Final[Mapping[str, str]] = {
    "tiep-nhan": "Đã ghi nhận cơ quan tiếp nhận. Người dân được báo tin.",
    "tra-loi": "Đã gửi trả lời. Người dân được báo tin và được hỏi việc đã xong chưa.",
    "chuyen-tra": "Đã báo Mặt trận là không thuộc thẩm quyền. Mặt trận sẽ chuyển phản ánh tới nơi khác.",
    "hoi": "Đã gửi câu hỏi tới Mặt trận. Câu trả lời sẽ hiện ở trang này.",
}
_ELSEWHERE: Final = "Phản ánh vừa được rút, hoặc Mặt trận đã chuyển tới nơi khác hay tạo đường dẫn mới."
_DONE: Final = "Phản ánh này đã có trả lời, hoặc không còn chờ cơ quan xử lý."
_CHANGED: Final = "Phản ánh vừa có thông tin mới. Xem lại phần trên rồi bấm gửi lần nữa; ảnh đính kèm cần chọn lại."
_LOG: Final = logging.getLogger(__name__)

Clean = Callable[[bytes], Awaitable[Cleaned]]
Handle = Callable[[web.Request, Dispatch, Form, Official], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Entry:
    """One line of the story as an agency reads it."""

    at: datetime
    title: str
    who: str
    text: str
    proposal: str
    document: str
    photos: tuple[UUID, ...]


class AgencyPage:
    """Handlers of the page."""

    def __init__(
        self,
        *,
        dispatches: Dispatches,
        reports: Reports,
        photos: Photos,
        acts: AgencyActs,
        clean: Clean,
        templates: Templates,
        coded: Coded,
        deadlines: Deadlines,
        today: Callable[[], date],
    ) -> None:
        """`clean` draws a photo anew or raises `NoPhotoError`; `coded` finds units by their official codes."""
        self._dispatches = dispatches
        self._reports = reports
        self._photos = photos
        self._acts = acts
        self._clean = clean
        self._templates = templates
        self._coded = coded
        self._deadlines = deadlines
        self._today = today

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes below the place at which the application is mounted."""
        return [
            web.get(_KEY, self.look),
            web.post(_KEY + "/mo", self.open),
            web.post(_KEY + "/tiep-nhan", self._posted(self.take_up)),
            web.post(_KEY + "/tra-loi", self._posted(self.answer)),
            web.post(_KEY + "/chuyen-tra", self._posted(self.decline)),
            web.post(_KEY + "/hoi", self._posted(self.ask)),
            web.get(_KEY + "/anh/" + _PHOTO, self.photo),
            web.get(_KEY + "/anh-nho/" + _PHOTO, self.photo),
        ]

    async def look(self, request: web.Request) -> web.StreamResponse:
        """Show the report, or before it was opened only what it is. Changes nothing."""
        one = await self._shown(request)
        report = await self._reports.by_id(one.report_id) if one else None
        if one is None or report is None:
            return self._templates.gone()
        if one.opened_at is None:
            key = _key(request)
            return self._templates.page(
                "closed_door.html", number=reference(report.code), dispatch=one, key=key, token=token_of(key)
            )
        return await self._page(request, one, report, notice=_NOTICES.get(request.query.get("xong", ""), ""))

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Note that a person has opened the report, and show it."""
        one = await self._shown(request)
        if one is None or not _has_token(request, await read_form(request)):
            return self._templates.gone()
        if one.opened_at is None:
            await self._dispatches.opened(one)
        return _to(request)

    async def photo(self, request: web.Request) -> web.StreamResponse:
        """A photo of the report, once the report was opened."""
        one = await self._shown(request)
        photo = UUID(request.match_info["photo"])
        report = await self._reports.by_id(one.report_id) if one and one.opened_at else None
        if one is None or report is None or photo not in await self._visible(one, report):
            return self._templates.gone()
        small = "/anh-nho/" in request.path
        jpeg = await (self._photos.thumbnail(photo) if small else self._photos.open(photo))
        if jpeg is None:
            return self._templates.gone()
        return web.Response(body=jpeg, content_type="image/jpeg")

    async def take_up(self, request: web.Request, one: Dispatch, form: Form, official: Official) -> web.StreamResponse:
        """The agency has taken the report up."""
        if form.faults:
            return await self._again(request, one, form)
        try:
            await self._acts.take_up(one, official)
        except TransitionError:
            report = await self._reports.by_id(one.report_id)
            if report is None or report.state is not State.HANDLING:  # pressed twice: it is as they want it
                return self._kept(request, "Chưa ghi nhận được", _DONE, 409)
        return _to(request, "tiep-nhan")

    async def answer(self, request: web.Request, one: Dispatch, form: Form, official: Official) -> web.StreamResponse:
        """The agency answers, perhaps with photos of what was done."""
        answer = await self._answer_in(form)
        report = await self._reports.by_id(one.report_id)
        if report is None or form.faults:
            return await self._again(request, one, form)
        told = await self._told(one)
        try:
            if form.fields.get("seen") != str(_last(told)):
                raise StaleReportError
            await self._acts.answer(one, official, answer, report.version)
        except StaleReportError:
            if not await self._acting(one):
                return self._kept(request, "Trả lời chưa được lưu", _DONE, 409, answer.text)
            form.faults["answer"] = _CHANGED
            return await self._again(request, one, form, status=409)
        except TransitionError:
            return self._kept(request, "Trả lời chưa được lưu", _DONE, 409, answer.text)
        return _to(request, "tra-loi")

    async def decline(self, request: web.Request, one: Dispatch, form: Form, official: Official) -> web.StreamResponse:
        """The agency says that it is not the one."""
        reason = form.text("reason", _LONGEST_REASON, lines=True, required="Ghi vì sao không thuộc thẩm quyền.")
        proposal = form.text("proposal", _LONGEST["proposal"])
        if form.faults:
            return await self._again(request, one, form)
        await self._acts.decline(one, official, reason, proposal)
        return _to(request, "chuyen-tra")

    async def ask(self, request: web.Request, one: Dispatch, form: Form, official: Official) -> web.StreamResponse:
        """The agency asks MTTQ something."""
        question = form.text("question", _LONGEST_REASON, lines=True, required="Ghi điều cần hỏi Mặt trận.")
        asked = await self._reports.happenings(one.report_id, public_only=False)
        if sum(_is_of(each, one) and each.kind == "agency_asked" for each in asked) >= _MOST_QUESTIONS:
            form.faults["question"] = "Đã gửi nhiều câu hỏi. Liên hệ trực tiếp cán bộ Mặt trận đã chuyển phản ánh."
        if form.faults:
            return await self._again(request, one, form)
        await self._acts.ask(one, official, question)
        return _to(request, "hoi")

    def _posted(self, handle: Handle) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Let only who holds a link that still stands do something, and tell whoever comes too late."""

        async def handler(request: web.Request) -> web.StreamResponse:
            one = await self._dispatches.behind(_key(request))
            if one is None:
                return self._templates.gone()
            form = await read_form(request)
            if not _has_token(request, form):
                return self._templates.gone()
            typed = "\n\n".join(form.fields.get(name, "") for name in ("answer", "reason", "question")).strip()
            if not one.shown:
                return self._kept(request, "Chưa lưu được", _ELSEWHERE, 410, typed)
            if not one.acting:
                return self._kept(request, "Chưa lưu được", _DONE, 409, typed)
            official = Official(
                form.text("name", _LONGEST["name"], required="Ghi họ tên người trả lời."),
                form.text("position", _LONGEST["position"], required="Ghi chức vụ."),
            )
            try:
                return await handle(request, one, form, official)
            except GoneError:
                return self._kept(request, "Chưa lưu được", _ELSEWHERE, 410, typed)

        return handler

    async def _answer_in(self, form: Form) -> Answer:
        text = form.text("answer", LONGEST_ANSWER, lines=True, required="Ghi nội dung trả lời.")
        number = form.text("number", _LONGEST["number"])
        day = form.day("day", self._today())
        photos = []
        for raw in form.photos if not form.faults else ():
            try:
                photos.append(await self._clean(raw))
            except NoPhotoError as error:
                form.faults["photos"] = error.reason
        return Answer(text=text, number=number, day=day, photos=photos)

    async def _shown(self, request: web.Request) -> Dispatch | None:
        one = await self._dispatches.behind(_key(request))
        return one if one is not None and one.shown else None

    async def _acting(self, one: Dispatch) -> bool:
        now = await self._dispatches.by_id(one.id)
        return now is not None and now.acting

    async def _again(self, request: web.Request, one: Dispatch, form: Form, status: int = 422) -> web.StreamResponse:
        """The page with what was typed and what is wrong with it; photos must be chosen anew, as browsers want it."""
        if form.photos and "photos" not in form.faults:
            form.faults["photos"] = "Chọn lại ảnh trước khi gửi."
        report = await self._reports.by_id(one.report_id)
        if report is None:
            return self._templates.gone()
        return await self._page(request, one, report, form=form, status=status)

    async def _page(
        self,
        request: web.Request,
        one: Dispatch,
        report: Report,
        *,
        form: Form | None = None,
        notice: str = "",
        status: int = 200,
    ) -> web.StreamResponse:
        happenings = await self._reports.happenings(report.id, public_only=False)
        told = [each for each in happenings if _is_shown(each, one)]
        key = _key(request)
        return self._templates.page(
            "report.html",
            status=status,
            key=key,
            token=token_of(key),
            number=reference(report.code),
            report=report,
            dispatch=one,
            kind=KINDS[report.kind],
            category=CATEGORIES[report.category],
            place=place_words(report.where, self._coded),
            asked=asked_of_agency(report, self._deadlines),
            own_photos=_own_photos(report, happenings),
            story=[_entry(each) for each in told],
            seen=_last(told),
            values=_values(form, told, one),
            faults=form.faults if form else {},
            open_form=request.path.rsplit("/", 1)[-1] if form else "",
            taken_up=report.state is not State.FORWARDED,
            declined=one.state is DispatchState.DECLINED,
            notice=notice,
            today=self._today().isoformat(),
            longest=LONGEST_ANSWER,
        )

    async def _visible(self, one: Dispatch, report: Report) -> set[UUID]:
        happenings = await self._reports.happenings(report.id, public_only=False)
        told = (photo for each in happenings if _is_shown(each, one) for photo in each.photos)
        return {*_own_photos(report, happenings), *told}

    async def _told(self, one: Dispatch) -> list[Happening]:
        happenings = await self._reports.happenings(one.report_id, public_only=False)
        return [each for each in happenings if _is_shown(each, one)]

    def _kept(self, request: web.Request, title: str, words: str, status: int, typed: str = "") -> web.Response:
        return self._templates.page(
            "kept.html", status=status, title=title, words=words, typed=typed, key=_key(request)
        )


def token_of(key: str) -> str:
    """What every form carries: only who holds the key can know it, and the key cannot be found from it."""
    return hmac.new(key.encode("ascii"), b"form of an agency", hashlib.sha256).hexdigest()


def _has_token(request: web.Request, form: Form) -> bool:
    sent = form.fields.get("token", "").encode("utf-8", "replace")
    return hmac.compare_digest(sent, token_of(_key(request)).encode("ascii"))


def _key(request: web.Request) -> str:
    return request.match_info["key"]


def _to(request: web.Request, done: str = "") -> web.Response:
    """Back to the page, which is then asked for with GET: loading it anew sends nothing twice."""
    address = f"/co-quan/{_key(request)}{'?xong=' + done if done else ''}"
    return web.Response(status=303, headers={"Location": address})


def _is_of(each: Happening, one: Dispatch) -> bool:
    return each.details.get("dispatch") == str(one.id)


def _is_shown(each: Happening, one: Dispatch) -> bool:
    return each.kind in _STORY and (each.public or _is_of(each, one))


def _own_photos(report: Report, happenings: Sequence[Happening]) -> list[UUID]:
    """The photos with which the report was sent; what came later stands where it came, or is not for the agency."""
    later = {photo for each in happenings if each.kind != "sent" for photo in each.photos}
    return [photo for photo in report.photos if photo not in later]


def _last(told: Sequence[Happening]) -> int:
    """The newest thing that an agency has seen: an answer to what has changed since would miss the point."""
    return max((each.id for each in told), default=0)


def _entry(each: Happening) -> Entry:
    official = ", ".join(one for one in (each.details.get("name"), each.details.get("position")) if one)
    number, day = each.details.get("document_number", ""), each.details.get("document_date", "")
    document = f"Văn bản số {number}" if number else "Văn bản" if day else ""
    if day:
        document += f" ngày {date.fromisoformat(day):%d/%m/%Y}"
    return Entry(
        each.at, _STORY[each.kind], official, each.text, each.details.get("proposal", ""), document, each.photos
    )


def _values(form: Form | None, told: Sequence[Happening], one: Dispatch) -> dict[str, Any]:
    """What stands in the fields: what was just typed, otherwise who filled in the form before."""
    names = ("name", "position", "answer", "number", "day", "reason", "proposal", "question")
    if form is not None:
        return {name: form.fields.get(name, "") for name in names}
    before = next((each.details for each in reversed(told) if _is_of(each, one) and "name" in each.details), {})
    return {**dict.fromkeys(names, ""), "name": before.get("name", ""), "position": before.get("position", "")}
