"""The part of the site behind agencies' links: an application of its own, with nothing in common with the console.

No account, no cookie, no script. Whoever has the key may read and answer, so the key is the one secret: it stands in
the address only, is told to no other site (no referrer), and every form carries a token that only its holder can know.
What does not exist, is not valid any more, or never was a key gets one and the same page.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web

from bot.agency.page import AgencyPage
from bot.agency.reading import UnreadableFormError
from bot.agency.rendering import Templates
from bot.channels.rate_limit import RateLimiter
from bot.channels.web_address import visitor_of

_STATIC: Final = Path(__file__).parent / "static"
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_SAME: Final = frozenset({"same-origin", "none"})
_LOG: Final = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MOUNTED_AT: Final = "/co-quan"


def agency_application(
    page: AgencyPage, templates: Templates, *, limiter: RateLimiter, posts: RateLimiter, trusted_proxies: int = 0
) -> web.Application:
    """Return the application, to be mounted at /co-quan. `posts` limits what is sent, `limiter` everything."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        visitor = visitor_of(request, trusted_proxies)
        try:
            if not limiter.allows(visitor) or (request.method == "POST" and not posts.allows(visitor)):
                response: web.StreamResponse = templates.told(429, "too_fast")
            elif request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") not in _SAME:
                response = templates.told(403, "elsewhere")
            else:
                response = await handler(request)
        except UnreadableFormError as error:
            response = templates.told(error.status, "too_large" if error.status == 413 else "unreadable")
        except web.HTTPException as error:
            response = templates.told(405, "unreadable") if error.status == 405 else templates.gone()
        except Exception:
            _LOG.exception("a request to an agency's page failed")  # without its address, which has the key
            response = templates.told(503, "trouble")
        response.headers.update(_HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    app = web.Application(middlewares=[guard])
    style, mark = (_STATIC / "agency.css").read_bytes(), (_STATIC / "mark.svg").read_bytes()

    async def stylesheet(_request: web.Request) -> web.Response:
        return web.Response(body=style, content_type="text/css", charset="utf-8", headers={"Cache-Control": "no-cache"})

    async def icon(_request: web.Request) -> web.Response:
        return web.Response(body=mark, content_type="image/svg+xml", headers={"Cache-Control": "no-cache"})

    app.add_routes([web.get("/agency.css", stylesheet), web.get("/mark.svg", icon), *page.routes()])
    return app
