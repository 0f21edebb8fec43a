"""Heavy work is done in a process of its own, and nobody is left with half an answer."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from bot.console.charts import PLOTS, drawn
from bot.feedback.tables import Cell, Column, Row, Table
from bot.workshop import Workshop, WorkshopError

TABLE = Table(name="loai", title="", columns=(Column("Loại"), Column("Số")), rows=(Row((Cell("Hẻm"), Cell(3))),))


@pytest.fixture
async def workshop() -> AsyncIterator[Workshop]:
    made = Workshop(most=1)
    yield made
    await made.close()


async def test_work_is_done_in_another_process_of_lower_priority_that_is_kept(workshop: Workshop) -> None:
    first = await workshop.do(os.getpid)
    assert first != os.getpid()
    assert await workshop.do(os.getpid) == first
    assert await workshop.do(os.getpriority, os.PRIO_PROCESS, 0) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)


async def test_a_plot_is_the_same_wherever_it_is_drawn(workshop: Workshop) -> None:
    assert await workshop.do(drawn, PLOTS["loai"], TABLE) == drawn(PLOTS["loai"], TABLE)


async def test_what_is_printed_on_the_way_is_no_answer(workshop: Workshop) -> None:
    await workshop.do(print, "dòng này đi sang nhật ký")
    assert await workshop.do(len, "ba") == 2


async def test_a_failure_is_told_and_the_next_work_is_done(workshop: Workshop) -> None:
    with pytest.raises(WorkshopError, match="ValueError"):
        await workshop.do(int, "không phải số")
    assert await workshop.do(int, "7") == 7


async def test_a_process_that_ends_is_told_and_replaced(workshop: Workshop) -> None:
    with pytest.raises(WorkshopError, match="ended"):
        await workshop.do(os._exit, 3)
    assert await workshop.do(int, "7") == 7


async def test_who_leaves_in_the_middle_does_not_spoil_the_next_answer(workshop: Workshop) -> None:
    # Given work that does not end by itself: a pipe that nobody writes to is read
    first = await workshop.do(os.getpid)
    reading, writing = await workshop.do(os.pipe)
    waiting = asyncio.create_task(workshop.do(os.read, reading, 1))
    await asyncio.sleep(0)
    # When the one who asked leaves
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    # Then the next is answered by another process
    assert await workshop.do(int, "7") == 7
    assert await workshop.do(os.getpid) != first
    assert writing != reading
