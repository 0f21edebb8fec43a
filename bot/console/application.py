"""The console: puts its pages together and lets nobody to one that may not see it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.console.accounts import member_of
from bot.console.agency_pages import AgencyPages
from bot.console.audit_pages import AuditPages
from bot.console.campaign_pages import CampaignPages
from bot.console.campaign_result_pages import CampaignResultPages
from bot.console.dashboard import Dashboard
from bot.console.doorway import Doorway, ForgedError, close_files
from bot.console.exports import Exports
from bot.console.home_page import HomePage
from bot.console.knowledge_pages import KnowledgePages
from bot.console.monitoring_pages import MonitoringPages
from bot.console.monitoring_rule_pages import MonitoringRulePages
from bot.console.parts import PageGroup, Parts
from bot.console.profile_page import ProfilePage
from bot.console.question_pages import QuestionPages
from bot.console.rendering import MOUNTED, see
from bot.console.report_pages import ReportPages
from bot.console.signing_in import SigningIn, to_sign_in
from bot.console.staff_pages import StaffPages
from bot.console.visits import NotFoundError, Page, RefusedError, Visit
from bot.store.staff_sessions import Session

GROUPS: Final[Sequence[Callable[[Parts], PageGroup]]] = (
    HomePage,
    ProfilePage,
    StaffPages,
    AgencyPages,
    AuditPages,
    QuestionPages,
    KnowledgePages,
    Dashboard,
    Exports,
    ReportPages,
    MonitoringPages,
    MonitoringRulePages,
    CampaignPages,
    CampaignResultPages,
)
"""Every group of pages. A new one is added here and, where people should find it, in bot/console/navigation.py."""

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with "no-referrer" a form's Origin is "null", which says nothing
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_STRICT_TRANSPORT: Final = "max-age=31536000"
_LOG: Final = logging.getLogger(__name__)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_WHAT: Final = {
    400: "Yêu cầu không đọc được. Hãy quay lại trang trước và thử lại.",
    403: "Tài khoản của bạn không có quyền xem hoặc làm việc này. Nếu cần, hãy nhờ quản trị viên.",
    404: "Không có trang này, hoặc nội dung không thuộc địa bàn của bạn.",
    405: "Trang này không nhận cách gửi như vậy. Hãy mở lại từ trang chính.",
    408: "Gửi quá chậm nên đã dừng. Hãy kiểm tra mạng rồi gửi lại.",
    413: "Nội dung hoặc tệp gửi lên quá lớn. Chưa có gì được lưu.",
    500: "Hệ thống gặp lỗi nên chưa làm được việc này. Hãy thử lại sau ít phút; nếu vẫn lỗi, báo người vận hành.",
}
_FORGED: Final = (
    "Trang đã mở từ phiên làm việc trước hoặc được gửi từ nơi khác nên không được nhận, và chưa có gì thay đổi. "
    "Hãy quay lại, sao chép nội dung đang viết, tải lại trang rồi gửi lại."
)


class Guard:
    """Stands before every page: session, permission, size, where a form came from, its token."""

    def __init__(self, parts: Parts, doorway: Doorway) -> None:
        self._parts = parts
        self._doorway = doorway

    def before(self, page: Page) -> _Handler:
        """Return what serves a page, with everything checked before its handler is called."""

        async def serve(request: web.Request) -> web.StreamResponse:
            request = request.clone(client_max_size=page.largest)
            read = page.method == "GET"
            shown = read and "text/html" in request.headers.get("Accept", "*/*")
            session = await self._doorway.session(request, take_notice=shown)
            if session is None or not session.confirmed:
                return to_sign_in(request)
            if session.account.must_change:
                return see(f"{MOUNTED}/sign-in/password")
            visit = _visit(request, session)
            if not visit.member.may(page.permission):
                await self._note_refusal(session, page)
                raise web.HTTPForbidden
            if read:
                return await page.handler(visit)
            posted = await self._doorway.form(request, session, page.largest)
            try:
                return await page.handler(visit)
            finally:
                close_files(posted)

        return serve

    async def _note_refusal(self, session: Session, page: Page) -> None:
        await self._parts.accounts.staff.tell(
            "refused", by=session.author, login=session.account.login, page=f"{page.method} {page.path}"
        )


def console(
    parts: Parts,
    *,
    clock: Callable[[], float],
    groups: Sequence[Callable[[Parts], PageGroup]] = GROUPS,
) -> web.Application:
    """Return the application to be mounted at /console. `clock`: seconds, for what is counted against guessing."""
    doorway = Doorway(parts.sessions, parts.sealer, parts.settings)
    pages = [page for group in groups for page in group(parts).pages()]
    parts.renderer.know([page.path for page in pages if page.method == "GET"])
    app = web.Application(middlewares=[_errors_as_pages(parts)])
    app.on_response_prepare.append(_headers(doorway))
    guard = Guard(parts, doorway)
    routes = app.add_routes([_route_of(page, guard.before(page)) for page in pages])
    app[PAGES] = dict(zip(routes, pages, strict=True))
    app.add_routes(SigningIn(parts, doorway, clock).routes())
    app.add_routes(
        [
            web.get("", _home),
            web.get(r"/static/{version:[0-9a-f]+}/{name:[a-z0-9.-]+}", parts.renderer.assets.serve),
        ]
    )
    return app


PAGES: Final = web.AppKey("pages", dict[web.AbstractRoute, Page])
"""Under this an application keeps which page stands behind which guarded route."""


def _route_of(page: Page, handler: _Handler) -> web.RouteDef:
    """One route for one page: what the browser would do with HEAD, it does with GET."""
    if page.method == "GET":
        return web.get(page.path, handler, allow_head=False)
    return web.route(page.method, page.path, handler)


async def _home(_request: web.Request) -> web.StreamResponse:
    return see(f"{MOUNTED}/")


def _visit(request: web.Request, session: Session) -> Visit:
    return Visit(
        request=request,
        member=member_of(session.account),
        csrf=session.csrf,
        session=session.digest,
        notice=session.notice,
    )


def _errors_as_pages(parts: Parts) -> Middleware:
    """Every error is a page in Vietnamese; no traceback leaves the server."""

    @web.middleware
    async def middleware(request: web.Request, handler: _Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            response = _failed(parts, error.status)
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
            return response
        except ConnectionError:
            raise
        except Exception as error:
            status, words = _meaning(error)
            if status == HTTPStatus.INTERNAL_SERVER_ERROR:
                _LOG.exception("request to %r failed", _route(request))
            if isinstance(error, RefusedError):
                return _failed(parts, status, words, back=error.back, kept=error.kept)
            return _failed(parts, status, words)

    return middleware


def _meaning(error: Exception) -> tuple[int, str | None]:
    """The status of an error, and words for people where those of the status do not do."""
    match error:
        case NotFoundError():
            return 404, None
        case RefusedError():
            return 409, str(error)
        case ForgedError():
            return 403, _FORGED
        case TimeoutError():
            return 408, None
    return 500, None


def _failed(parts: Parts, status: int, words: str | None = None, *, back: str = "", kept: str = "") -> web.Response:
    known = status if status in _WHAT else (400 if status < 500 else 500)
    return parts.renderer.bare(
        "error.html", status=status, words=words or _WHAT[known], code=status, back=back, kept=kept
    )


def _route(request: web.Request) -> str:
    """The address asked for, without what it carries."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


def _headers(doorway: Doorway) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    async def add(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(_HEADERS)  # over the chat's, which allows more
        response.headers.setdefault("Cache-Control", "no-store")
        if doorway.secure:
            response.headers["Strict-Transport-Security"] = _STRICT_TRANSPORT

    return add
