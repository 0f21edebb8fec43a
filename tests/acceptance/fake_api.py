"""A stand-in for the assistant's web server: the real page, the real policy, the real streams, scripted replies.

It drives the page alone, and can misbehave on request: a text that begins with ``!429`` (or any
other status) gets that error, ``!slow`` waits until the test lets it go, ``!html`` answers with
text that tries to become markup. Without ``streaming`` no stream of events can be opened: ``streams`` holds every
attempt, ``opened`` those that were let through. While ``cutting``
it takes messages and breaks the connection instead of answering. ``material`` says how the offline guides are served:
"stalls" gives half of them and no more, "unkept" forbids keeping them (a cache refuses ``Vary: *``).
"""

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp import web

from bot.channels.web_events import EventStreams, LocalArrivals
from bot.channels.web_page import STATIC, Pages, security_headers
from bot.store.waiting import Look

HTML = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"

Json = dict[str, Any]

PASSAGES: dict[str, Json] = {
    "nd-106-2025/dieu-27-k4": {
        "document": "Nghị định 106/2025/NĐ-CP",
        "number": "106/2025/NĐ-CP",
        "title": "Xử phạt vi phạm hành chính phòng cháy, chữa cháy",
        "locator": "Điều 27 khoản 4",
        "status": "còn hiệu lực, đã được sửa đổi",
        "issued": "15/05/2025",
        "effective": "01/07/2025",
        "expires": None,
        "text": "Báo cháy giả, không báo cháy, lấn chiếm hoặc đặt vật cản xe chữa cháy:"
        " phạt 10–15 triệu đồng (cá nhân).",
        "url": "https://vanban.example/nghi-dinh-106",
        "publisher": None,
        "trust": None,
    },
    "kn-chung-cu/xuong-thang-bo": {
        "document": "Cục Cảnh sát PCCC và CNCH (C07)",
        "number": None,
        "title": "Kỹ năng thoát nạn ở chung cư",
        "locator": "Xuống thang bộ",
        "status": "tài liệu hướng dẫn",
        "issued": None,
        "effective": None,
        "expires": None,
        "text": "Thang bộ chưa có khói thì đi xuống.\n\nThang đã có khói thì quay vào căn hộ,"
        " đóng cửa, chèn khe và gọi 114.",
        "url": None,
        "publisher": "Cục Cảnh sát PCCC và CNCH",
        "trust": "các nguồn nói khác nhau",
    },
}


def citation(marker: int, passage: str) -> Json:
    stored = PASSAGES[passage]
    names = ("document", "title", "locator", "status", "trust", "url")
    return {"marker": marker, "passage": passage, **{name: stored[name] for name in names}}


ANSWER: Json = {
    "kind": "answer",
    "text": "Cháy ở tầng khác: đi xuống bằng thang bộ nếu thang chưa có khói. [1]\n\n"
    "1. Nghe loa và làm theo hướng dẫn của ban quản lý. [1]\n"
    "2. Ra khỏi căn hộ thì đóng cửa lại. [1]\n"
    "3. Thang đã có khói: quay vào căn hộ, đóng cửa, chèn khe và gọi 114. [1]\n\n"
    "✗ Không dùng thang máy. [1]\n✗ Không quay lại lấy đồ. [1]\n"
    "Lưu ý: Lời khuyên của các nước khác nhau về việc ở lại căn hộ. Báo cháy giả thì bị phạt. [2]",
    "buttons": [
        {"label": "Khói đã vào phòng thì làm gì?", "payload": "card:khoi-vao-phong"},
        {"label": "Nhà ống thì chạy lối nào?", "payload": "card:nha-ong"},
    ],
    "citations": [
        citation(1, "kn-chung-cu/xuong-thang-bo"),
        citation(2, "nd-106-2025/dieu-27-k4"),
    ],
}
EMERGENCY: Json = {
    "kind": "emergency",
    "text": "Gọi 114 ngay!\n\n"
    "1. Hô to cho mọi người trong nhà biết.\n"
    "2. Ra ngoài ngay, đóng cửa phòng đang cháy lại.\n"
    "3. Có khói thì cúi thấp, men theo tường.\n"
    "4. Đi thang bộ, không dùng thang máy.\n"
    "5. Đã ra ngoài thì không quay lại lấy đồ.\n\n"
    "Nói với 114 địa chỉ, tầng đang cháy và mốc gần nhất.",
    "buttons": [
        {"label": "Gọi 114", "url": "tel:114"},
        {"label": "Tôi đang kẹt trong khói", "payload": "emergency:trapped_by_smoke"},
    ],
    "citations": [],
}
SUGGEST: Json = {
    "kind": "suggest",
    "text": "Có phải bạn hỏi một trong các câu này?",
    "buttons": [
        {"label": "Bình chữa cháy để được bao lâu?", "payload": "card:han-binh"},
        {"label": "Nhà ở có bắt buộc có bình chữa cháy không?", "payload": "card:binh-nha-o"},
    ],
    "citations": [],
}
ABSTAIN: Json = {
    "kind": "abstain",
    "text": "Tôi chưa có câu trả lời có nguồn cho câu này. Câu hỏi đã được ghi lại để cán bộ xem.",
    "buttons": [],
    "citations": [],
}
MARKUP: Json = {
    "kind": "answer",
    "text": f"{HTML} [1]\n\n1. {HTML}\n✗ {HTML}\nLưu ý: {HTML}",
    "buttons": [
        {"label": HTML, "payload": "x"},
        {"label": "hiểm độc", "url": "javascript:document.title='hacked'"},
    ],
    "citations": [
        {
            "marker": 1,
            "document": HTML,
            "title": HTML,
            "locator": HTML,
            "status": HTML,
            "trust": HTML,
            "url": "javascript:document.title='hacked'",
            "passage": "markup",
        }
    ],
    "image": {"url": "https://elsewhere.example/x.png", "alt": HTML},
}
PASSAGES["markup"] = dict.fromkeys(PASSAGES["nd-106-2025/dieu-27-k4"], HTML) | {
    "url": "javascript:document.title='hacked'"
}
SUGGESTIONS: list[Json] = [
    {"label": "Chung cư cháy thì chạy lên hay chạy xuống?", "payload": "card:len-hay-xuong"},
    {"label": "Nhà ở có bắt buộc có bình chữa cháy không?", "payload": "card:binh-nha-o"},
    {"label": "Sạc xe điện trong nhà thế nào cho an toàn?", "text": "sạc xe điện trong nhà"},
    {"label": "Báo cháy giả bị phạt bao nhiêu?", "text": "báo cháy giả phạt bao nhiêu"},
]


OFFLINE: list[Json] = [
    {
        "id": "active_fire",
        "kind": "emergency",
        "title": "Đang cháy",
        "text": "Gọi 114 ngay!\n1. Hô to, gọi mọi người cùng ra. [1]\n2. Đi thang bộ, không đi thang máy. [1]",
        "call": ["114"],
        "sources": ["[1] Cục Cảnh sát PCCC và CNCH, Xuống thang bộ"],
    },
    {
        "id": "burn",
        "kind": "emergency",
        "title": "Vừa bị bỏng",
        "text": "Gọi 115!\n1. Xả nước sạch vào chỗ bỏng. [1]",
        "call": ["115"],
        "sources": ["[1] Cục Cảnh sát PCCC và CNCH"],
    },
    {
        "id": "gas_leak",
        "kind": "emergency",
        "title": "Rò gas, có mùi gas",
        "text": "Ra ngoài trước rồi gọi 114!\n1. Không bật, tắt công tắc nào. [1]\n2. Khóa van bình. [1]",
        "call": ["114"],
        "sources": ["[1] Cục Cảnh sát PCCC và CNCH, Rò gas"],
    },
    {
        "id": "mac-ket-trong-phong",
        "kind": "answer",
        "title": "Bị kẹt trong phòng, khói chặn lối ra thì làm gì?",
        "text": "Ở lại trong phòng, đóng cửa. [1]\n1. Chèn kín khe cửa. [1]\n✗ Không nhảy lầu. [1]",
        "call": [],
        "sources": ["[1] Cục Cảnh sát PCCC và CNCH, Mắc kẹt (các nguồn nói khác nhau)"],
    },
]


class FakeApi:
    """What the page asked, and what it gets. ``received`` and ``ratings`` hold the request bodies."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget what was asked and what is scripted."""
        self.received: list[Json] = []
        self.ratings: list[Json] = []
        self.uploads: list[tuple[str, bytes]] = []
        self.upload_failures: list[int] = []
        self.failures: list[int] = []
        self.waiting: list[Json] = []
        self.looked: list[str] = []
        self.streams: list[str] = []
        self.opened: list[str] = []
        self.streaming = True
        self.cutting = False
        self.slow_uploads = False
        self.material = ""
        self.released = threading.Event()

    async def look(self, _conversation: UUID, last_id: int) -> Look:
        found = tuple((one["number"], one["reply"]) for one in self.waiting if one["number"] > last_id)
        return Look(found, found[-1][0] if found else last_id)

    def application(self, embed_origins: Sequence[str] = (), folder: Path = STATIC) -> web.Application:
        app = web.Application(client_max_size=11 * 1024 * 1024)
        streams = EventStreams(self, LocalArrivals(), time.monotonic, _soon, most_per_visitor=100)
        app.on_shutdown.append(streams.close)
        app.on_response_prepare.append(_with_policy)
        app.add_routes(Pages(embed_origins, folder).routes())
        app.router.add_get("/api/v1/offline.json", self._offline)

        async def events(request: web.Request) -> web.StreamResponse:
            self.streams.append(request.path_qs)
            if not self.streaming:
                return _error(503)
            self.opened.append(request.path_qs)
            after = int(request.headers.get("Last-Event-ID") or request.query["after"])
            return await streams.serve(request, UUID(request.match_info["id"]), after, "one")

        app.router.add_get("/api/v1/conversations/{id}/events", events)
        app.router.add_post("/api/v1/messages", self._messages)
        app.router.add_post("/api/v1/photos", self._photos)
        app.router.add_get("/api/v1/conversations/{id}/waiting", self._waiting)
        app.router.add_get("/api/v1/passages/{id:.+}", self._passage)
        app.router.add_post("/api/v1/feedback", self._feedback)
        app.router.add_get("/api/v1/suggestions", self._suggestions)
        return app

    async def _offline(self, request: web.Request) -> web.StreamResponse:
        body = json.dumps({"on": "2026-11-20", "entries": OFFLINE}).encode()
        if self.material != "stalls":
            headers = {"Vary": "*"} if self.material == "unkept" else None
            return web.Response(body=body, content_type="application/json", headers=headers)
        half = web.StreamResponse(headers={"Content-Type": "application/json"})
        half.content_length = len(body)
        await half.prepare(request)
        await half.write(body[: len(body) // 2])
        await asyncio.to_thread(self.released.wait, 10)
        return half

    async def _messages(self, request: web.Request) -> web.Response:
        body: Json = await request.json()
        self.received.append(body)
        text = str(body.get("text", ""))
        if self.cutting and request.transport is not None:
            request.transport.abort()
        if text.startswith("!joined"):
            return web.json_response({"conversation": body["conversation"], "replies": []})
        if self.failures:
            return _error(self.failures.pop(0))
        if text.startswith("!slow"):
            await asyncio.to_thread(self.released.wait, 10)
        if text.startswith("!") and text[1:4].isdigit():
            return _error(int(text[1:4]))
        replies = [{"id": f"r{len(self.received)}-{at}", **reply} for at, reply in enumerate(_replies(text))]
        return web.json_response({"conversation": body.get("conversation", "c1"), "replies": replies})

    async def _photos(self, request: web.Request) -> web.Response:
        content = await request.read()
        if self.slow_uploads:
            await asyncio.to_thread(self.released.wait, 10)
        if self.upload_failures:
            return _error(self.upload_failures.pop(0))
        self.uploads.append((request.query["conversation"], content))
        return web.json_response({"photo": f"{len(self.uploads):032x}"}, status=201)

    async def _waiting(self, request: web.Request) -> web.Response:
        self.looked.append(request.path_qs)
        after = int(request.query["after"])
        return web.json_response({"messages": [one for one in self.waiting if one["number"] > after]})

    async def _passage(self, request: web.Request) -> web.Response:
        passage = PASSAGES.get(request.match_info["id"])
        return web.json_response(passage) if passage else _error(404)

    async def _feedback(self, request: web.Request) -> web.Response:
        self.ratings.append(await request.json())
        return web.Response(status=204)

    async def _suggestions(self, request: web.Request) -> web.Response:
        return web.json_response({"suggestions": SUGGESTIONS})


def _replies(text: str) -> list[Json]:
    if text.startswith("!html"):
        return [MARKUP]
    if "cuu voi" in text:
        # The wrong way round on purpose: the page must still put the emergency first.
        return [ABSTAIN, EMERGENCY] if "va hoi" in text else [EMERGENCY]
    if "binh" in text:
        return [SUGGEST]
    return [ABSTAIN] if "thoi tiet" in text else [ANSWER]


def _error(status: int) -> web.Response:
    if status == 500:
        return web.Response(status=500, text="Internal Server Error")
    words = {
        429: "Bạn gửi hơi nhiều. Đợi một phút rồi thử lại.",
        413: "Tin nhắn dài quá.",
        400: "Tệp này không phải ảnh.",
    }
    error = {"code": str(status), "message": words.get(status, "Tạm thời chưa trả lời được.")}
    return web.json_response({"error": error}, status=status)


async def _soon(_seconds: float) -> None:
    await asyncio.sleep(0.05)


async def _with_policy(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in security_headers().items():
        response.headers.setdefault(name, value)


@contextmanager
def serving(application: web.Application, port: int = 0) -> Iterator[str]:
    """Serve on a loopback port, a free one if none is named, from a thread of its own; yields the base address."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)

    async def start() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        bound: int = runner.addresses[0][1]
        return bound

    thread = threading.Thread(target=loop.run_forever, name="fake-api", daemon=True)
    thread.start()
    try:
        bound = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        yield f"http://127.0.0.1:{bound}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
