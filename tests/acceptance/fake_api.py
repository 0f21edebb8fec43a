"""A stand-in for the assistant's web server: the real page, the real policy, scripted replies.

It drives the page alone, and can misbehave on request: a text that begins with ``!429`` (or any
other status) gets that error, ``!slow`` waits until the test lets it go, ``!html`` answers with
text that tries to become markup.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

STATIC = Path(__file__).parents[2] / "bot" / "channels" / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
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


class FakeApi:
    """What the page asked, and what it gets. ``received`` and ``ratings`` hold the request bodies."""

    def __init__(self) -> None:
        self.received: list[Json] = []
        self.ratings: list[Json] = []
        self.failures: list[int] = []
        self.waiting: list[Json] = []
        self.looked: list[str] = []
        self.released = threading.Event()

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]

    def application(self) -> web.Application:
        app = web.Application(middlewares=[_with_policy])
        app.router.add_get("/", self._index)
        app.router.add_static("/static", STATIC)
        app.router.add_post("/api/v1/messages", self._messages)
        app.router.add_get("/api/v1/conversations/{id}/waiting", self._waiting)
        app.router.add_get("/api/v1/passages/{id:.+}", self._passage)
        app.router.add_post("/api/v1/feedback", self._feedback)
        app.router.add_get("/api/v1/suggestions", self._suggestions)
        return app

    async def _index(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _messages(self, request: web.Request) -> web.Response:
        body: Json = await request.json()
        self.received.append(body)
        text = str(body.get("text", ""))
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
    words = {429: "Bạn gửi hơi nhiều. Đợi một phút rồi thử lại.", 413: "Tin nhắn dài quá."}
    error = {"code": str(status), "message": words.get(status, "Tạm thời chưa trả lời được.")}
    return web.json_response({"error": error}, status=status)


@web.middleware
async def _with_policy(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    response = await handler(request)
    response.headers["Content-Security-Policy"] = POLICY
    return response


@contextmanager
def serving(api: FakeApi) -> Iterator[str]:
    """Serve on a free loopback port from a thread of its own; yields the base address."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(api.application(), access_log=None, shutdown_timeout=0.1)

    async def start() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port: int = runner.addresses[0][1]
        return port

    thread = threading.Thread(target=loop.run_forever, name="fake-api", daemon=True)
    thread.start()
    try:
        port = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
