"""What the store may raise, and taking too long, as the one error that flows know."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from bot.conversation.flows.desk import DeskError
from bot.store.memories import MemoryTooLargeError
from bot.store.reports import PhotoGoneError
from bot.store.sealing import SealedDataError

_DESK_SECONDS: Final = 5.0


@asynccontextmanager
async def as_desk_errors() -> AsyncIterator[None]:
    """Turn what the store may raise, and taking more than five seconds, into `DeskError`."""
    try:
        async with asyncio.timeout(_DESK_SECONDS):
            yield
    except (SQLAlchemyError, OSError, TimeoutError, SealedDataError, MemoryTooLargeError, PhotoGoneError) as error:
        raise DeskError(type(error).__name__) from error
