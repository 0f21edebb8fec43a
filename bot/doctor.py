"""`python -m bot doctor`: what is configured, reachable, allowed and missing, with the next step, in Vietnamese."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, TextIO

from sqlalchemy.exc import SQLAlchemyError

from bot.app import database_url
from bot.campaign_diagnosis import diagnose_campaigns
from bot.channels.contract import Adapter, Diagnosis, Mark
from bot.conversing import now
from bot.gateway import adapters_of
from bot.mail_diagnosis import diagnose_mail
from bot.settings import Settings
from bot.store.database import Database
from bot.store.embedded import EmbeddedServerError
from bot.store.inbox import Inbox
from bot.store.key_check import check_key
from bot.store.leases import Leases
from bot.store.outbox import Outbox
from bot.store.sealing import DataKeyError, Sealer, sealer_for

_SIGNS: Final = {Mark.GOOD: "[ổn]", Mark.CAUTION: "[lưu ý]", Mark.BAD: "[hỏng]"}
_NAMES: Final = {"telegram": "Telegram", "zalo_oa": "Zalo OA", "zalo_bot": "Zalo Bot"}
_TOKENS: Final = {"telegram": "TELEGRAM_TOKEN", "zalo_oa": "ZALO_OA_ID", "zalo_bot": "ZALO_BOT_TOKEN"}
_MANUAL: Final = "xem từng bước trong docs/operations.md."


class UnwellError(Exception):
    """Có mục hỏng: xem các dòng [hỏng] ở trên."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


async def print_diagnoses(settings: Settings, out: TextIO) -> bool:
    """Print how everything stands; whether nothing is bad. Brings the tables up to date, as every start does."""
    found = [("Trang web", _pages(settings)), ("Thư gửi cơ quan", (await diagnose_mail(settings),))]
    try:
        async with _stored(settings) as (database, sealer):
            adapters = adapters_of(
                settings,
                database=database,
                sealer=sealer,
                pictures=lambda: settings.data_dir / "pictures",
                wall_clock=now,
            )
            found.append(("Cơ sở dữ liệu", await _delivery(database, sealer)))
            found.append(("Chiến dịch", await diagnose_campaigns(database, now())))
            found += [(_NAMES[one.account.channel], await one.diagnose()) for one in adapters]
            found += [(_NAMES[channel], (_off(channel),)) for channel in _NAMES if not _is_on(channel, adapters)]
    except (SQLAlchemyError, EmbeddedServerError, DataKeyError, OSError) as error:
        found.append(("Cơ sở dữ liệu", (_no_database(error),)))
    for title, diagnoses in found:
        print(f"\n{title}", file=out)
        for one in diagnoses:
            print(f"  {_SIGNS[one.mark]} {one.text}", file=out)
            if one.next_step:
                print(f"      → {one.next_step}", file=out)
    return not any(one.mark is Mark.BAD for _, diagnoses in found for one in diagnoses)


@asynccontextmanager
async def _stored(settings: Settings) -> AsyncIterator[tuple[Database, Sealer]]:
    database, sealer = Database(database_url(settings)), sealer_for(settings.data_key, settings.data_dir)
    try:
        await database.migrate()
        await check_key(database, sealer)
        yield database, sealer
    finally:
        await database.close()


def _is_on(channel: str, adapters: Sequence[Adapter]) -> bool:
    return any(one.account.channel == channel for one in adapters)


def _off(channel: str) -> Diagnosis:
    return Diagnosis(
        Mark.CAUTION,
        f"Kênh {_NAMES[channel]} đang tắt: chưa đặt {_TOKENS[channel]}.",
        f"Muốn bật kênh này: {_MANUAL}",
    )


def _pages(settings: Settings) -> tuple[Diagnosis, ...]:
    where = f"http://{settings.host}:{settings.port}"
    if settings.public_url is None:
        return (
            Diagnosis(
                Mark.CAUTION,
                f"Trang chat chạy ở {where}; chưa đặt PUBLIC_URL nên các kênh chưa có địa chỉ https để gọi vào.",
                "Chạy thử trên máy này thì không cần. Chạy thật: đặt PUBLIC_URL là địa chỉ https của máy chủ.",
            ),
        )
    return (Diagnosis(Mark.GOOD, f"Trang chat chạy ở {where}, người dân vào bằng {settings.public_url}."),)


async def _delivery(database: Database, sealer: Sealer) -> tuple[Diagnosis, ...]:
    inbox, outbox = await Inbox(database, sealer).counts(), await Outbox(database, sealer).open_counts()
    lines = [
        Diagnosis(
            Mark.GOOD,
            f"Kết nối được. Tin đến đang chờ: {inbox['waiting']}; tin đi đang chờ: {outbox['waiting']}.",
        )
    ]
    if inbox["set_aside"]:
        lines.append(
            Diagnosis(
                Mark.CAUTION,
                f"{inbox['set_aside']} tin nhắn không xử lý được, đã để riêng.",
                "Xem: python -m bot set-aside; thử lại: python -m bot set-aside --retry SỐ.",
            )
        )
    if outbox["unknown"]:
        lines.append(
            Diagnosis(
                Mark.CAUTION,
                f"{outbox['unknown']} tin không rõ đã tới người nhận hay chưa (mất kết nối giữa chừng); không gửi lại.",
            )
        )
    for account, why in (await Leases(database).halted()).items():
        lines.append(
            Diagnosis(Mark.BAD, f"{account} đang bị từ chối: {why.rstrip('.')}.", "Xem phần của kênh này ở dưới.")
        )
    return tuple(lines)


def _no_database(error: Exception) -> Diagnosis:
    why = str(error) if isinstance(error, EmbeddedServerError | DataKeyError) else type(error).__name__
    return Diagnosis(Mark.BAD, f"Không dùng được cơ sở dữ liệu: {why}.", "Xem lại DATABASE_URL, DATA_DIR, DATA_KEY.")
