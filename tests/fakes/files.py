"""Files of a channel, served over real HTTP: whole, in pieces without a length, never, or from elsewhere."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web


@dataclass(frozen=True)
class Served:
    """One file and how it is served. `moved`: the address to which a request is redirected instead."""

    content: bytes = b""
    chunked: bool = False
    silent: bool = False
    moved: str | None = None
    status: int = 200


class Files:
    """What lies under a path, and how often each was asked for."""

    def __init__(self) -> None:
        self.kept: dict[str, Served] = {}
        self.asked: list[str] = []
        self.over = asyncio.Event()

    def put(
        self, content: bytes = b"", *, chunked: bool = False, silent: bool = False, moved: str | None = None,
        status: int = 200,
    ) -> str:  # fmt: skip
        """Keep a file; return its path."""
        path = f"photos/file_{len(self.kept)}.jpg"
        self.kept[path] = Served(content, chunked, silent, moved, status)
        return path

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Serve what lies under the request's `path`."""
        path = request.match_info["path"]
        self.asked.append(path)
        found = self.kept.get(path)
        if found is None:
            return web.Response(status=404)
        if found.moved is not None:
            return web.Response(status=302, headers={"Location": found.moved})
        if found.silent:
            await self.over.wait()
        if not found.chunked:
            return web.Response(status=found.status, body=found.content, content_type="image/jpeg")
        response = web.StreamResponse(status=found.status)
        response.enable_chunked_encoding()
        await response.prepare(request)
        for at in range(0, len(found.content), 1000):
            await response.write(found.content[at : at + 1000])
        return response
