"""The python-telegram-bot application, and how it asks: errors are told apart by whether Telegram may have acted."""

from __future__ import annotations

import json
import logging
import ssl
from typing import Any, Final, TypeAlias

import httpx
from telegram import Update
from telegram.error import NetworkError
from telegram.ext import Application, ApplicationBuilder, ContextTypes, ExtBot, TypeHandler
from telegram.request import HTTPXRequest

from bot.channels.contract import Take
from bot.channels.foreign_answers import PAUSE_SECONDS
from bot.channels.telegram.parsing import event_of
from bot.channels.telegram.settings import TelegramSettings

Builder: TypeAlias = ApplicationBuilder[Any, Any, Any, Any, Any, Any]
App: TypeAlias = Application[Any, Any, Any, Any, Any, Any]

_TALKATIVE: Final = ("httpx", "httpcore", "telegram")
_SENT_NOTHING: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,  # the proxy refused to connect
    httpx.UnsupportedProtocol,
)


class NotSentError(NetworkError):
    """Telegram surely has not acted: it was not reached."""

    __slots__ = ()


class BrokenAnswerError(NetworkError):
    """Telegram may have acted: it says that it failed, as a server that restarts may of a message that is out."""

    __slots__ = ()


class PageError(NetworkError):
    """What answered, with an HTTP `status`, may be something in between."""

    __slots__ = ("status",)

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status} without an answer of the Bot API")
        self.status = status


class FloodError(NetworkError):
    """Too fast: try again after `seconds`.

    It stands for python-telegram-bot's RetryAfter, which warns of a deprecation whenever it is made.
    """

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        super().__init__(f"flood control, {seconds:g} s")
        self.seconds = seconds


class Asking(HTTPXRequest):
    """Requests whose answer counts only if it is the Bot API's JSON, and then by its own `ok` and `error_code`.

    A page of a proxy, a captive portal or a provider that blocks Telegram thus never looks like a verdict on a
    resident (403) or on the token (404).
    """

    closed = False

    async def initialize(self) -> None:
        """Open, also once more after a shutdown."""
        await super().initialize()
        self.closed = False

    async def shutdown(self) -> None:
        """Close the connections."""
        self.closed = True
        await super().shutdown()

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:  # noqa: ANN401
        """Ask once. Raises one of the errors above, or what the base class raises."""
        if self.closed:
            raise NotSentError("closed")
        try:
            status, body = await super().do_request(*args, **kwargs)
        except NetworkError as error:
            if sent_nothing(error):
                raise NotSentError(type(error.__cause__).__name__) from error.__cause__
            raise
        answer = _answer_in(body)
        if answer is None:
            raise PageError(status)
        return (200, body) if answer["ok"] is True else (_status_of(answer, status), body)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Decode an answer; unlike the base class's, never logging one, since it quotes what residents read."""
        answer = _answer_in(payload)
        if answer is None:
            raise BrokenAnswerError("not an answer of the Bot API")
        return answer


class QuietBot(ExtBot[None]):
    """A bot whose `repr` does not show its token."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Name the class only."""
        return "QuietBot"


def bot_of(settings: TelegramSettings, sending: Asking, polling: Asking) -> QuietBot:
    """Return the bot of the settings' token and API; `polling` is what would ask for updates."""
    api = settings.api.rstrip("/")
    return QuietBot(
        settings.token,
        base_url=f"{api}/bot",
        base_file_url=f"{api}/file/bot",
        request=sending,
        get_updates_request=polling,
    )


def sent_nothing(error: BaseException) -> bool:
    """Whether an error of python-telegram-bot says that the request never left."""
    return isinstance(error.__cause__, _SENT_NOTHING)


def asking(settings: TelegramSettings, *, connections: int) -> Asking:
    """Return what asks Telegram, with the settings' proxy and time-outs.

    Only the setting names a proxy, never the environment, as with the assistant's other requests.
    """
    limits = settings.timeouts
    # python-telegram-bot would take its own list of authorities; an operator's own stands in the system's.
    verify = ssl.create_default_context() if settings.api.startswith("https:") else False
    return Asking(
        connection_pool_size=connections,
        connect_timeout=limits.connect,
        read_timeout=limits.read,
        write_timeout=limits.write,
        media_write_timeout=limits.write,
        pool_timeout=limits.connect,
        proxy=settings.proxy,
        httpx_kwargs={"trust_env": False, "verify": verify},
    )


def build_application(builder: Builder, take: Take) -> App:
    """Return the application of a builder whose token, addresses and requests the caller has set.

    Every update is handed to `take` as an event. Telegram's own loops are left out: updates come from whoever drives
    the application, and what is sent goes through its `bot`.

    There is no AIORateLimiter: it knows no limit for one private chat, and one flood error makes it hold back every
    request, replies in an emergency among them. The core paces by `Pace` and decides after each `Throttled`.
    """

    async def hand_over(update: object, _context: ContextTypes.DEFAULT_TYPE) -> None:
        if isinstance(update, Update):
            await take((event_of(update.to_dict()),))

    application = builder.updater(None).build()
    application.add_handler(TypeHandler(object, hand_over))
    return application


def keep_secrets_out_of_logs() -> None:
    """Silence what would log each request's address, which holds the token, and what is sent to residents."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _answer_in(body: bytes) -> dict[str, Any] | None:
    """The Bot API's answer; None when the body is none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) and isinstance(answer.get("ok"), bool) else None


def _status_of(answer: dict[str, Any], status: int) -> int:
    """The status of a refusal by its own error code. Raises `FloodError`, and `BrokenAnswerError` for a failure."""
    code = answer.get("error_code")
    if isinstance(code, int) and 400 <= code < 600:
        status = code
    if status == 429:
        raise FloodError(_retry_after(answer))
    if status == 408 or status >= 500:
        raise BrokenAnswerError(f"error {status}")
    return status if status in {400, 401, 403, 404, 409} else 400


def _retry_after(answer: dict[str, Any]) -> float:
    parameters = answer.get("parameters")
    seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
    usable = isinstance(seconds, (int, float)) and 0 < seconds < 1e6
    return float(seconds) if usable and seconds is not None else PAUSE_SECONDS
