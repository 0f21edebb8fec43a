"""Sends parts through a bot of python-telegram-bot and says what became of each."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypedDict

from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.channels.contract import (
    Halted,
    Outcome,
    Part,
    Permanent,
    Recipient,
    Retryable,
    Sent,
    Stopped,
    Throttled,
    Unknown,
)
from bot.channels.foreign_answers import outcome_of_page
from bot.channels.rendering import is_blank
from bot.channels.telegram.application import FloodError, NotSentError, PageError, sent_nothing
from bot.channels.telegram.settings import Timeouts

_CHAT: Final = re.compile(r"[1-9]\d{0,18}")
_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
_CANNOT_PARSE: Final = "can't parse entities"
_GONE: Final = ("chat not found", "user not found", "user is deactivated", "peer_id_invalid", "user_is_blocked")
_LOG: Final = logging.getLogger(__name__)


class _Limits(TypedDict):
    connect_timeout: float
    read_timeout: float
    write_timeout: float
    pool_timeout: float


@dataclass(frozen=True)
class _Text:
    html: str
    plain: str
    keyboard: InlineKeyboardMarkup | None = None


@dataclass(frozen=True)
class _Photo:
    picture: str
    caption: str


class Sender:
    """Sends to private chats. `picture` finds the PNG of a picture's name."""

    def __init__(self, bot: Bot, picture: Callable[[str], Path], timeouts: Timeouts) -> None:
        self._bot = bot
        self._picture = picture
        self._total = timeouts.total
        self._limits = _Limits(
            connect_timeout=timeouts.connect,
            read_timeout=timeouts.read,
            write_timeout=timeouts.write,
            pool_timeout=timeouts.connect,
        )
        self._uploaded: dict[bytes, str] = {}  # Telegram's file id of a picture, by the digest of its content

    async def send(self, recipient: Recipient, part: Part) -> Outcome:
        """Send a part once. Raises nothing."""
        if not _CHAT.fullmatch(recipient.user):
            return Permanent("not the id of a private chat")
        try:
            message = _read(part.body)
        except (KeyError, TypeError, ValueError, TelegramError):
            return Permanent("not a part of Telegram")
        chat = int(recipient.user)
        try:
            async with asyncio.timeout(self._total):
                sent = await (self._photo(chat, message) if isinstance(message, _Photo) else self._text(chat, message))
        except Exception as error:
            return outcome_of(error)
        return sent if isinstance(sent, Permanent) else Sent(str(sent.message_id))

    async def _text(self, chat: int, text: _Text) -> Message:
        try:
            return await self._say(chat, text.html, ParseMode.HTML, text.keyboard)
        except BadRequest as error:
            if _CANNOT_PARSE not in error.message.lower():
                raise
            # It was refused, so this is not a second message.
            _LOG.warning("telegram: a message was not understood as HTML and goes as plain text")
            return await self._say(chat, text.plain, None, text.keyboard)

    async def _say(self, chat: int, text: str, mode: str | None, keyboard: InlineKeyboardMarkup | None) -> Message:
        return await self._bot.send_message(
            chat, text, parse_mode=mode, reply_markup=keyboard, link_preview_options=_NO_PREVIEW, **self._limits
        )

    async def _photo(self, chat: int, photo: _Photo) -> Message | Permanent:
        """Send a picture; its words alone when there is no such picture, or Telegram does not take it."""
        try:
            content = await asyncio.to_thread(self._picture(photo.picture).read_bytes)
        except (OSError, LookupError, ValueError) as error:
            _LOG.warning("telegram: picture %r cannot be read (%s)", photo.picture, type(error).__name__)
            return await self._instead(chat, photo)
        key = hashlib.sha256(content).digest()
        known = self._uploaded.get(key)
        try:
            sent = await self._again(chat, photo, known, key) if known else None
            if sent is None:
                sent = await self._show(chat, photo, content)
        except BadRequest as error:
            if _is_gone(error):
                raise
            _LOG.warning("telegram: picture %r is not taken: %s", photo.picture, error.message)
            return await self._instead(chat, photo)
        if sent.photo:
            self._uploaded[key] = sent.photo[-1].file_id
        return sent

    async def _again(self, chat: int, photo: _Photo, known: str, key: bytes) -> Message | None:
        """Send a picture by its file id; None where that is refused, so that it is uploaded, once, as no second one."""
        try:
            return await self._show(chat, photo, known)
        except BadRequest as error:
            if _is_gone(error):
                raise
            if self._uploaded.get(key) == known:  # others may have found out, or uploaded it, meanwhile
                self._uploaded.pop(key, None)
            return None

    async def _show(self, chat: int, photo: _Photo, picture: bytes | str) -> Message:
        name = f"{Path(photo.picture).stem}.png"
        return await self._bot.send_photo(chat, picture, caption=photo.caption, filename=name, **self._limits)

    async def _instead(self, chat: int, photo: _Photo) -> Message | Permanent:
        if is_blank(photo.caption):
            return Permanent("a picture that cannot be sent, and has no words")
        return await self._say(chat, f"(Hình: {photo.caption})", None, None)


def outcome_of(error: Exception) -> Outcome:
    """Return what an error says of a message that was being sent. A message that may have gone out is `Unknown`."""
    outcome: Outcome
    match error:
        case FloodError():
            outcome = Throttled(error.seconds)
        case RetryAfter():  # of a bot that does not ask by `Asking`
            outcome = Throttled(_seconds(error))
        case Forbidden():  # "bot was blocked by the user", "user is deactivated", "bot can't initiate conversation…"
            outcome = Stopped(error.message)
        case BadRequest():
            outcome = Stopped(error.message) if _is_gone(error) else Permanent(error.message)
        case ChatMigrated():
            outcome = Permanent("the chat has become another one")
        case InvalidToken():  # its own text may quote the token
            outcome = Halted("the token is refused")
        case PageError():
            outcome = outcome_of_page(error.status)
        case Conflict() | NotSentError():
            outcome = Retryable(error.message)
        case TelegramError() if sent_nothing(error):
            outcome = Retryable(type(error.__cause__).__name__)
        case _:
            outcome = Unknown(type(error).__name__)
    return outcome


def _seconds(error: RetryAfter) -> float:
    with warnings.catch_warnings():  # the attribute warns that it will become a timedelta
        warnings.simplefilter("ignore")
        after = error.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()


def _is_gone(error: BadRequest) -> bool:
    return any(words in error.message.lower() for words in _GONE)


def _read(body: Mapping[str, Any]) -> _Text | _Photo:
    """Read what `render` made. Raises KeyError, TypeError or ValueError when it is none."""
    match body["method"]:
        case "sendPhoto":
            return _Photo(_string(body["picture"]), _string(body["caption"]))
        case "sendMessage":
            keyboard = body.get("reply_markup")
            markup = InlineKeyboardMarkup.de_json(dict(keyboard), None) if keyboard else None
            return _Text(_string(body["html"]), _string(body["plain"]), markup)
        case _:
            raise ValueError


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
