"""Looks at the bot for `python -m bot doctor`, and tells an operator in Vietnamese."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from telegram import Bot, User, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bot.channels.contract import Diagnosis, Mark
from bot.channels.telegram.settings import API, Mode, TelegramSettings
from knowledge.clock import VIET_NAM

_MANY_WAITING: Final = 100
_RECENT: Final = timedelta(hours=1)


async def diagnose(bot: Bot, settings: TelegramSettings, now: datetime) -> tuple[Diagnosis, ...]:
    """Ask the bot's name and its webhook, changing nothing. Raises nothing."""
    try:
        me = await bot.get_me()
        info = await bot.get_webhook_info()
    except InvalidToken:
        return (_REFUSED, *_route(settings))
    except (TelegramError, TimeoutError) as error:
        return (*_unreachable(settings, error), *_route(settings))
    except Exception as error:
        return (_unreadable(error), *_route(settings))
    return (*_about(me), *_updates(settings, info), *_trouble(info, now), *_route(settings))


_REFUSED: Final = Diagnosis(
    Mark.BAD,
    "Mã bot (TELEGRAM_TOKEN) bị Telegram từ chối.",
    "Lấy lại mã ở @BotFather (lệnh /mybots, chọn bot, API Token), đặt lại TELEGRAM_TOKEN rồi khởi động lại.",
)


def _about(me: User) -> Iterator[Diagnosis]:
    yield Diagnosis(Mark.GOOD, f"Mã bot dùng được: @{me.username} (mã số {me.id}).")
    if me.can_join_groups:
        yield Diagnosis(
            Mark.CAUTION,
            "Ai cũng thêm được bot vào nhóm, nhưng trợ lý chỉ trả lời khi trò chuyện riêng.",
            "Mở @BotFather, gửi /setjoingroups, chọn bot rồi chọn Disable.",
        )


def _updates(settings: TelegramSettings, info: WebhookInfo) -> Iterator[Diagnosis]:
    """Whether updates come in the way that is set."""
    if settings.mode is Mode.POLLING and info.url:
        yield Diagnosis(
            Mark.CAUTION,
            f"Đang đặt cách nhận tin là polling, nhưng Telegram còn gửi tin về {_host(info.url)}.",
            "Khởi động trợ lý: webhook cũ sẽ được gỡ. Nếu chương trình khác đang dùng bot này, hãy tạo bot riêng.",
        )
    elif settings.mode is Mode.POLLING:
        yield Diagnosis(Mark.GOOD, "Nhận tin bằng polling: trợ lý tự hỏi Telegram, không cần địa chỉ công khai.")
    elif info.url == settings.webhook_url:
        yield Diagnosis(Mark.GOOD, f"Telegram gửi tin về đúng địa chỉ {_host(info.url)}.")
    else:
        where = f"gửi tin về {_host(info.url)}" if info.url else "chưa biết gửi tin về đâu"
        yield Diagnosis(
            Mark.CAUTION,
            f"Telegram {where}, không phải TELEGRAM_WEBHOOK_URL.",
            "Khởi động trợ lý để đăng ký lại. Nếu vẫn vậy, xem có chương trình khác dùng cùng mã bot không.",
        )
    if info.pending_update_count > _MANY_WAITING:
        yield Diagnosis(
            Mark.CAUTION,
            f"{info.pending_update_count} tin đang chờ ở Telegram. Tin quá 24 giờ sẽ mất.",
            "Xem trợ lý có đang chạy không, và địa chỉ webhook có vào được từ Internet không.",
        )


def _trouble(info: WebhookInfo, now: datetime) -> Iterator[Diagnosis]:
    """The last trouble that Telegram had with our webhook, unless it is long past."""
    at = info.last_error_date
    if info.last_error_message and at is not None and now - at < _RECENT:
        yield Diagnosis(
            Mark.CAUTION,
            f"Lúc {at.astimezone(VIET_NAM):%H:%M} Telegram không gửi được tin về: {info.last_error_message}.",
            "403: TELEGRAM_SECRET vừa đổi, hãy khởi động lại. Lỗi chứng chỉ hay kết nối: kiểm tra HTTPS và tường lửa.",
        )


def _unreachable(settings: TelegramSettings, error: Exception) -> Iterator[Diagnosis]:
    host = urlsplit(settings.api).hostname
    yield Diagnosis(
        Mark.BAD,
        f"Không hỏi được Telegram ở {host} ({type(error).__name__}).",
        "Kiểm tra mạng, DNS và tường lửa của máy chủ. Máy chủ phải ra được Internet qua HTTPS.",
    )
    if settings.api == API:
        yield Diagnosis(
            Mark.CAUTION,
            "Từ năm 2025 một số nhà mạng ở Việt Nam chặn Telegram.",
            "Kiểm tra proxy trong TELEGRAM_PROXY còn chạy không."
            if settings.proxy
            else "Nếu cơ quan được phép dùng Telegram, đặt TELEGRAM_PROXY là proxy ra được Telegram.",
        )


def _unreadable(error: Exception) -> Diagnosis:
    return Diagnosis(
        Mark.BAD,
        f"Telegram trả lời nhưng không đọc được ({type(error).__name__}).",
        "Kiểm tra TELEGRAM_API có đúng là máy chủ Bot API không.",
    )


def _route(settings: TelegramSettings) -> Iterator[Diagnosis]:
    """How Telegram is reached, unless it is the ordinary way. Never a proxy's password."""
    if settings.proxy:
        yield Diagnosis(Mark.GOOD, f"Telegram được gọi qua proxy {_host(settings.proxy)}.")
    if settings.api != API:
        yield Diagnosis(
            Mark.CAUTION,
            f"Không dùng máy chủ chính thức của Telegram mà dùng {_host(settings.api)}.",
            "Đúng nếu đây là máy chủ Bot API của cơ quan hoặc để thử; nếu không, bỏ TELEGRAM_API.",
        )


def _host(url: str) -> str:
    """Host and port of an address; not its path, nor any password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
