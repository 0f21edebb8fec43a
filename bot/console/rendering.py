"""Makes HTML of templates. Everything that goes into a template is escaped; what a template misses is an error."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.channels.web_page import Asset, answer
from bot.console.navigation import links_of
from bot.console.permissions import ROLES, Permission
from bot.console.visits import Visit
from bot.store.staff_sessions import StaffSessions
from knowledge.clock import VIET_NAM

TEMPLATES: Final = Path(__file__).parent / "templates"
STATIC: Final = Path(__file__).parent / "static"
MOUNTED: Final = "/console"
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_VERSION_SIGNS: Final = 12


class Renderer:
    """Renders pages of the console and keeps what they say after an act."""

    def __init__(self, sessions: StaffSessions, folder: Path = TEMPLATES) -> None:
        self._sessions = sessions
        self._assets = Assets()
        self._paths: Collection[str] = ()
        self._templates = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters |= {"moment": moment, "day": day, "number": number, "query": query}
        self._templates.globals |= {"asset": self._assets.path, "MAY": Permission, "ROLE_NAMES": ROLES}

    def know(self, paths: Collection[str]) -> None:
        """Take the paths of all pages that are registered: the head links to those only."""
        self._paths = frozenset(paths)

    @property
    def assets(self) -> Assets:
        """The files beside the pages."""
        return self._assets

    def page(self, visit: Visit, template: str, *, status: int = 200, **context: object) -> web.Response:
        """Return a page for a member; templates get `visit`, `member`, `csrf` and what is in `context`."""
        links = links_of(visit.member, self._paths)
        return self._response(template, status, {**context, "visit": visit, "links": links, "here": visit.request.path})

    def bare(self, template: str, *, status: int = 200, **context: object) -> web.Response:
        """Return a page for somebody who is not signed in."""
        return self._response(template, status, {**context, "visit": None, "links": [], "here": ""})

    def make_ready(self) -> None:
        """Compile all templates, which takes a second or two of a processor; else each waits for its first visitor."""
        for name in self._templates.list_templates():
            self._templates.get_template(name)

    def text(self, template: str, **context: object) -> str:
        """Return a rendered template that is no page of its own: a part, an export."""
        return self._templates.get_template(template).render(context)

    async def done(self, visit: Visit, path: str, notice: str) -> web.Response:
        """Send the browser on to a page that says, once, what was done. `path` begins with /console/."""
        await self._sessions.say(visit.session, notice)
        return see(path)

    def _response(self, template: str, status: int, context: Mapping[str, Any]) -> web.Response:
        html = self._templates.get_template(template).render(context)
        return web.Response(text=html, status=status, content_type="text/html", charset="utf-8")


def see(path: str) -> web.Response:
    """Return a redirection to a path of this console, to be asked for with GET."""
    return web.Response(status=303, headers={"Location": path})


class Assets:
    """Style sheet and script, under a path that changes with them."""

    def __init__(self, folder: Path = STATIC) -> None:
        files = [path for path in sorted(folder.iterdir()) if path.suffix in _TYPES]
        self._files = {path.name: Asset(path.read_bytes(), _TYPES[path.suffix]) for path in files}
        digest = hashlib.sha256()
        for name, one in self._files.items():
            digest.update(f"{name} {len(one.content)}\n".encode() + one.content)
        self.version = digest.hexdigest()[:_VERSION_SIGNS]

    def path(self, name: str) -> str:
        """Return where a file is served. Raises `KeyError` for one that is not there."""
        if name not in self._files:
            raise KeyError(name)
        return f"{MOUNTED}/static/{self.version}/{name}"

    async def serve(self, request: web.Request) -> web.Response:
        """Serve a file; of another version there is none."""
        found = self._files.get(request.match_info["name"])
        if found is None or request.match_info["version"] != self.version:
            raise web.HTTPNotFound
        return answer(request, found, self.version, {"Cache-Control": _IMMUTABLE})


def moment(value: datetime | None) -> str:
    """Return a time as people in Viet Nam write it.

    >>> from datetime import UTC
    >>> moment(datetime(2026, 11, 22, 1, 5, tzinfo=UTC)), moment(None)
    ('08:05 ngày 22/11/2026', '')
    """
    return "" if value is None else value.astimezone(VIET_NAM).strftime("%H:%M ngày %d/%m/%Y")


def day(value: date | datetime | None) -> str:
    """Return a day as people in Viet Nam write it.

    >>> day(date(2026, 11, 2))
    '02/11/2026'
    """
    if isinstance(value, datetime):
        value = value.astimezone(VIET_NAM).date()
    return "" if value is None else value.strftime("%d/%m/%Y")


def number(value: float) -> str:
    """Return a number with points between thousands and a comma before decimals.

    >>> number(1234567), number(0.5)
    ('1.234.567', '0,5')
    """
    return f"{value:,}".translate(str.maketrans(",.", ".,"))


def query(values: Mapping[str, Any], **changed: object) -> str:
    """Return the values, some of them changed, as the query of an address, "?" included; None and "" are left out.

    >>> query({"a": 1, "b": ["x", "y"]}, a=None)
    '?b=x&b=y'
    """
    kept = {key: value for key, value in {**values, **changed}.items() if value not in (None, "", [], ())}
    return f"?{urlencode(kept, doseq=True)}" if kept else ""
