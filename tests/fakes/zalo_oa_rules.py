"""What the fake Zalo demands of a request to send something."""

from __future__ import annotations

import unicodedata
from typing import Any, Final

from aiohttp import web

_TARGETS: Final = {
    "ages": range(8),
    "gender": range(3),
    "locations": range(3),
    "cities": range(1, 64),
    "platform": range(1, 4),
}
"""What the numbers of a target may be."""
QUERY: Final = frozenset({"oa.query.show", "oa.query.hide"})


class RefusedRequestError(Exception):
    """The request is refused with a number, in HTTP 200."""

    def __init__(self, error: int, message: str) -> None:
        super().__init__(message)
        self.body = {"error": error, "message": message}


async def json_of(request: web.Request) -> dict[str, Any]:
    demand(request.content_type == "application/json", "Content-Type is invalid!")
    try:
        body = await request.json()
    except ValueError:
        raise RefusedRequestError(-201, "body is invalid!") from None
    demand(isinstance(body, dict), "body is invalid!")
    return dict(body)


async def file_of(request: web.Request) -> tuple[str, bytes]:
    demand(request.content_type == "multipart/form-data", "Content-Type is invalid!")
    form = await request.post()
    given = form.get("file")
    demand(set(form) == {"file"} and isinstance(given, web.FileField), "file is invalid!")
    assert isinstance(given, web.FileField)
    return given.filename, given.file.read()


def check_text(text: Any) -> None:
    demand(isinstance(text, str) and bool(text.strip()), "text is invalid!")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise RefusedRequestError(-201, "text is invalid!") from None
    # Counted in the way that gives more: whether Zalo counts an emoji as one or two is not known.
    demand(len(text.encode("utf-16-le")) // 2 <= 2_000, "text is too long!", -210)
    demand(unicodedata.is_normalized("NFC", text), "text is not in NFC!")


def check_buttons(buttons: Any) -> None:
    demand(isinstance(buttons, list) and 1 <= len(buttons) <= 5, "buttons is invalid!")
    for button in buttons:
        only(button, {"title", "type", "payload"}, {"title", "type", "payload"})
        title, payload = button["title"], button["payload"]
        demand(isinstance(title, str) and 0 < len(title.encode("utf-16-le")) // 2 <= 100, "title is invalid!")
        if button["type"] in QUERY:
            demand(isinstance(payload, str) and 0 < len(payload) <= 1_000, "payload is invalid!")
        elif button["type"] == "oa.open.url":
            only(payload, {"url"}, {"url"})
            demand(str(payload["url"]).lower().startswith(("https://", "http://")), "url is invalid!")
        elif button["type"] == "oa.open.phone":
            only(payload, {"phone_code"}, {"phone_code"})
            demand(str(payload["phone_code"]).isdigit(), "phone_code is invalid!")
        else:
            raise RefusedRequestError(-201, "type is invalid!")


def check_broadcast(body: Any) -> tuple[str, dict[str, str]]:
    """Return the article and the target of a request that is well formed."""
    only(body, {"recipient", "message"}, {"recipient", "message"})
    only(body["recipient"], {"target"}, {"target"})
    target = body["recipient"]["target"]
    only(target, {"ages", "gender", "locations", "cities", "platform"}, set())
    demand(bool(target), "target is invalid!")
    for name, value in target.items():
        numbers = value.split(",") if isinstance(value, str) else []
        allowed = _TARGETS[name]
        demand(bool(numbers) and all(one.isdigit() and int(one) in allowed for one in numbers), f"{name} is invalid!")
    only(body["message"], {"attachment"}, {"attachment"})
    attachment = body["message"]["attachment"]
    only(attachment, {"type", "payload"}, {"type", "payload"})
    payload = attachment["payload"]
    only(payload, {"template_type", "elements"}, {"template_type", "elements"})
    demand((attachment["type"], payload["template_type"]) == ("template", "media"), "type is invalid!")
    elements = payload["elements"]
    demand(isinstance(elements, list) and len(elements) == 1, "elements is invalid!")
    only(elements[0], {"media_type", "attachment_id"}, {"media_type", "attachment_id"})
    demand(elements[0]["media_type"] == "article", "media_type is invalid!")
    demand(isinstance(elements[0]["attachment_id"], str), "attachment_id is invalid!")
    return elements[0]["attachment_id"], dict(target)


def only(value: Any, allowed: set[str], needed: set[str]) -> None:
    demand(isinstance(value, dict), "an object is expected!")
    demand(needed <= set(value) <= allowed, f"{sorted(set(value) ^ needed)} is invalid!")


def demand(holds: bool, message: str, error: int = -201) -> None:
    if not holds:
        raise RefusedRequestError(error, message)
