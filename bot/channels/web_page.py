"""The chat page and what a browser needs to keep, install and embed it.

All files of the page are served under one version, a digest of all of them and of the sites that may embed it. So files
of two versions never meet: not in a page that is open while the program is upgraded, and not in what a browser has
kept, its headers among it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import resvg_py
from aiohttp import web

STATIC: Final = Path(__file__).parent / "static"
NAME: Final = "Trợ lý PCCC"
_TEMPLATES: Final = frozenset({"index.html", "sw.js", "embed.js"})
_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_GREEN: Final = "#00633d"  # as in icon.svg
_PAPER: Final = "#ffffff"
_VERSION_SIGNS: Final = 12

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PORT: Final = r"(?::[0-9]{1,5})?"
_ORIGIN: Final = re.compile(rf"https://(?:{_LABEL}\.)*{_LABEL}{_PORT}|http://localhost{_PORT}")
_LARGEST_PORT: Final = 65_535


def embed_origin(text: str) -> str:
    """Return the origin of a site that may embed the chat. Raises ValueError that says what is wrong with it.

    >>> embed_origin("https://Phuong.Example.vn")
    'https://phuong.example.vn'
    """
    origin = text.strip().lower()
    if not _ORIGIN.fullmatch(origin):
        raise ValueError(
            f"{text!r} is no origin that may embed the chat: expected https://name or https://name:port "
            "(or http://localhost for trying it out), without a path, a slash at the end or a wildcard"
        )
    port = origin.rpartition(":")[2]
    if port.isdigit() and not 0 < int(port) <= _LARGEST_PORT:
        raise ValueError(f"{text!r}: a port is a number from 1 to {_LARGEST_PORT}")
    return origin


def security_headers(ancestors: Sequence[str] = ()) -> dict[str, str]:
    """Return the headers that every response gets; pages of the sites `ancestors` may show it in a frame."""
    return {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
            f"frame-ancestors {' '.join(ancestors) or chr(39) + 'none' + chr(39)}"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(self), microphone=()",
    }


@dataclass(frozen=True)
class Asset:
    """A file as it is served."""

    content: bytes = field(repr=False)
    type: str


def answer(request: web.Request, asset: Asset, tag: str, headers: Mapping[str, str]) -> web.Response:
    """Return the file, or 304 where the browser has the one tagged `tag` already."""
    known = any(one.value in {tag, "*"} for one in request.if_none_match or ())
    response = web.Response(
        status=304 if known else 200,
        body=None if known else asset.content,
        content_type=asset.type,
        charset=None if asset.type == "image/png" else "utf-8",
        headers=headers,
    )
    response.etag = tag
    return response


class Pages:
    """Serves the page, its files, the service worker, the manifest and the script that embeds the chat."""

    def __init__(self, embed_origins: Sequence[str] = (), folder: Path = STATIC) -> None:
        """Read all files of `folder`. Raises ValueError for an origin that cannot be used."""
        self._origins = tuple(dict.fromkeys(embed_origin(one) for one in embed_origins))
        files = [path for path in sorted(folder.iterdir()) if path.suffix in _TYPES and path.name not in _TEMPLATES]
        self._assets = {path.name: _read(path) for path in files}
        self._assets |= _icons(self._assets["icon.svg"].content.decode("utf-8"))
        templates = {name: (folder / name).read_text(encoding="utf-8") for name in _TEMPLATES}
        self.version = _version(self._assets, templates, self._origins)
        kept = [f"/static/{self.version}/{name}" for name, one in self._assets.items() if one.type != "image/png"]
        filled = {
            "@version@": self.version,
            "@files@": " ".join(["/", "/manifest.webmanifest", *kept]),
            "@origins@": " ".join(self._origins),
        }
        self._pages = {name: _filled(name, text, filled) for name, text in templates.items()}
        manifest = json.dumps(_manifest(self.version), ensure_ascii=False)
        self._manifest = Asset(manifest.encode("utf-8"), "application/manifest+json")

    def routes(self) -> Iterable[web.RouteDef]:
        """Return what is served."""
        return (
            web.get("/", self.page),
            web.get(r"/static/{version:[0-9a-f]+}/{name:[a-z0-9.-]+}", self.asset),
            web.get("/sw.js", self.worker),
            web.get("/manifest.webmanifest", self.manifest),
            web.get("/embed.js", self.embed),
        )

    async def page(self, request: web.Request) -> web.Response:
        """The chat page."""
        headers = {**security_headers(self._origins), "Cache-Control": "no-cache"}
        return answer(request, self._pages["index.html"], self.version, headers)

    async def asset(self, request: web.Request) -> web.Response:
        """A file of the page. Of another version there is none: a page must not be put together of two."""
        found = self._assets.get(request.match_info["name"])
        if found is None or request.match_info["version"] != self.version:
            raise web.HTTPNotFound
        return answer(request, found, self.version, {"Cache-Control": _IMMUTABLE})

    async def worker(self, request: web.Request) -> web.Response:
        """The service worker."""
        headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/"}
        return answer(request, self._pages["sw.js"], self.version, headers)

    async def manifest(self, request: web.Request) -> web.Response:
        """What makes the page installable."""
        return answer(request, self._manifest, self.version, {"Cache-Control": "no-cache"})

    async def embed(self, request: web.Request) -> web.Response:
        """The script that puts the chat into another site's pages; there is none while no site may."""
        if not self._origins:
            raise web.HTTPNotFound
        headers = {"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"}
        return answer(request, self._pages["embed.js"], self.version, headers)


def _read(path: Path) -> Asset:
    return Asset(path.read_bytes(), _TYPES[path.suffix])


def _filled(name: str, text: str, values: Mapping[str, str]) -> Asset:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return Asset(text.encode("utf-8"), _TYPES[Path(name).suffix])


def _version(assets: Mapping[str, Asset], templates: Mapping[str, str], origins: Sequence[str]) -> str:
    digest = hashlib.sha256(f"{' '.join(origins)}\n".encode())
    parts = [*((name, one.content) for name, one in assets.items()), *((n, t.encode()) for n, t in templates.items())]
    for name, content in sorted(parts):
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:_VERSION_SIGNS]


def _icons(icon: str) -> dict[str, Asset]:
    """Return the PNGs that launchers ask for: the icon itself, and filled to the edge where launchers cut a shape."""
    whole = _on_green(icon, 0.9)
    drawings = {
        "icon-192.png": (icon, 192),
        "icon-512.png": (icon, 512),
        "maskable-512.png": (_on_green(icon, 0.72), 512),  # launchers may cut a circle of 80 % out of it
        "apple-touch-icon.png": (whole, 180),
    }
    return {name: Asset(_png(drawing, width), "image/png") for name, (drawing, width) in drawings.items()}


def _on_green(icon: str, share: float) -> str:
    """Return the icon at `share` of the width in the middle of its own ground."""
    start = icon.index(">") + 1
    side, edge = 64 * share, 32 * (1 - share)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" fill="{_GREEN}"/>'
        f'<svg x="{edge}" y="{edge}" width="{side}" height="{side}" viewBox="0 0 64 64">{icon[start:]}</svg>'
    )


def _png(drawing: str, width: int) -> bytes:
    return bytes(resvg_py.svg_to_bytes(svg_string=drawing, width=width, skip_system_fonts=True))


def _manifest(version: str) -> dict[str, Any]:
    def icon(name: str, size: int, purpose: str) -> dict[str, str]:
        source = f"/static/{version}/{name}"
        return {"src": source, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}

    return {
        "id": "/",
        "name": f"{NAME}: hỏi đáp phòng cháy, chữa cháy",
        "short_name": NAME,
        "description": "Hỏi đáp về phòng cháy, thoát nạn và quy định phòng cháy, chữa cháy. Đang có cháy: gọi 114.",
        "lang": "vi",
        "dir": "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": _PAPER,
        "theme_color": _GREEN,
        "categories": ["education", "government", "utilities"],
        "icons": [
            icon("icon-192.png", 192, "any"),
            icon("icon-512.png", 512, "any"),
            icon("maskable-512.png", 512, "maskable"),
        ],
        "shortcuts": [
            {
                "name": "Đang có cháy: việc cần làm ngay",
                "short_name": "Khẩn cấp",
                "url": "/?khan-cap=1",
                "icons": [icon("icon-192.png", 192, "any")],
            }
        ],
    }
