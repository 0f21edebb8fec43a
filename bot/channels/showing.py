"""How each channel shows a reply, for those who look before it is sent: the words, the buttons, and how long it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.channels.contract import Part, Rendered
from bot.channels.rendering import units
from bot.channels.telegram import rendering as telegram
from bot.channels.web_format import reply_as_json
from bot.channels.zalo_bot import rendering as zalo_bot
from bot.channels.zalo_oa import buttons as zalo_buttons
from bot.channels.zalo_oa import rendering as zalo_oa
from bot.conversation.messages import Citation, Reply

_BETWEEN_PARTS: Final = "\n\n"


@dataclass(frozen=True)
class Shown:
    """One part as its reader sees it; `length` counts as the channel does, with what it must leave room for."""

    text: str
    buttons: tuple[str, ...]
    length: int


@dataclass(frozen=True)
class Rendering:
    """How one channel renders a reply and shows a part of it. `limit`: the longest part, None where there is none."""

    render: Callable[[Reply], Rendered]
    show: Callable[[Part], Shown]
    limit: int | None

    def __call__(self, reply: Reply) -> Rendered:
        """Return the reply as parts of the channel."""
        return self.render(reply)

    def shown(self, rendered: Rendered) -> Shown:
        """Return all parts as one."""
        parts = [self.show(one) for one in rendered.parts]
        between = len(_BETWEEN_PARTS) * (len(parts) - 1)
        return Shown(
            _BETWEEN_PARTS.join(one.text for one in parts if one.text),
            tuple(label for one in parts for label in one.buttons),
            sum(one.length for one in parts) + between,
        )


def web_rendering() -> Rendering:
    """The page: one part, without a limit, with sources and pictures of its own."""
    return Rendering(lambda reply: Rendered((Part(reply_as_json(reply, rateable=False)),)), _web, None)


def telegram_rendering() -> Rendering:
    """Telegram: 4,096 UTF-16 units."""
    return Rendering(telegram.render, _telegram, telegram.LONGEST_TEXT)


def zalo_oa_rendering() -> Rendering:
    """A Zalo OA: 2,000 signs, in which there must be room for buttons that it may refuse."""
    return Rendering(zalo_oa.render, _zalo_oa, zalo_oa.LONGEST_TEXT)


def zalo_bot_rendering(picture_url: Callable[[str], str | None]) -> Rendering:
    """A Zalo Bot: 2,000 signs, choices numbered in the text. `picture_url`: the public address of a picture."""
    return Rendering(lambda reply: zalo_bot.rendered(reply, picture_url), _zalo_bot, zalo_bot.LONGEST_TEXT)


def _web(part: Part) -> Shown:
    body = part.body
    lines = [Citation(**one).line for one in body["citations"]]
    sources = "\n".join(["Nguồn:", *lines]) if lines else ""
    picture = f"(Hình: {body['image']['alt']})" if body.get("image") else ""
    text = "\n\n".join(one for one in (body["text"], sources, picture) if one)
    return Shown(text, tuple(str(one["label"]) for one in body["buttons"]), units(text))


def _telegram(part: Part) -> Shown:
    rows = part.body.get("reply_markup", {}).get("inline_keyboard", [])
    text = str(part.body.get("plain") or part.body.get("caption") or "")
    return Shown(text, tuple(str(one["text"]) for row in rows for one in row), units(text))


def _zalo_oa(part: Part) -> Shown:
    message: Mapping[str, Any] = part.body["message"]
    buttons = zalo_buttons.buttons_of(message)
    text = str(message.get("text", ""))
    room = zalo_oa.units(zalo_buttons.in_lines(buttons)) + zalo_oa.BETWEEN if buttons else 0
    return Shown(text, tuple(str(one["title"]) for one in buttons), zalo_oa.units(text) + room)


def _zalo_bot(part: Part) -> Shown:
    text = str(part.body.get("text") or part.body.get("caption") or "")
    return Shown(text, (), units(text))
