"""The log tells what failed and where, and quotes neither a resident nor a secret."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import psycopg
import pytest
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.contract import RefusedError
from bot.plain_log import PlainFormatter, set_up, type_name
from bot.store.database import Database
from tests.integration.stored import change

WORDS = "cháy ở nhà bà Tám hẻm 5"
TOKEN = "123456789:AAE-secret-token-of-the-bot"
LOG = logging.getLogger("bot.of_this_test")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], io.StringIO]]:
    """Sets the log up at a level; all that was set is as before at the end."""
    root, ours = logging.getLogger(), list[logging.Handler]()
    levels = {name: logging.getLogger(name).level for name in ("", "httpx", "httpcore")}
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    for hooks, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(hooks, name, getattr(hooks, name))

    def at(level: str) -> io.StringIO:
        root.handlers.clear()  # those of the test run: they would be closed
        stream = io.StringIO()
        set_up(level, stream)
        ours.extend(root.handlers)
        return stream

    yield at
    for handler in ours:
        root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def log(written: Callable[[str], io.StringIO]) -> io.StringIO:
    return written("INFO")


def fail(error: BaseException) -> None:
    raise error


async def test_what_the_database_quotes_is_not_logged(database: Database, log: io.StringIO) -> None:
    insert = "INSERT INTO account (channel, name) VALUES ('telegram', :words)"
    await change(database, insert, words=WORDS)
    with pytest.raises(SQLAlchemyError) as caught:
        await change(database, insert, words=WORDS)
    assert WORDS in str(caught.value)
    LOG.error("the turn of event %d failed", 7, exc_info=caught.value)
    LOG.error("the same: %s", caught.value)
    text = log.getvalue()
    assert WORDS not in text
    assert "ERROR bot.of_this_test: the turn of event 7 failed\n" in text
    assert "\npsycopg.errors.UniqueViolation\n" in text
    assert "\nsqlalchemy.exc.IntegrityError\n" in text
    assert "the same: sqlalchemy.exc.IntegrityError\n" in text
    assert f'File "{__file__}", line ' in text
    assert "in test_what_the_database_quotes_is_not_logged\n" in text


async def test_an_address_with_a_token_is_not_logged(log: io.StringIO) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.InvalidURL, match=TOKEN) as caught:
            await session.get(f"http:///bot{TOKEN}/getMe")
    LOG.error("not sent", exc_info=caught.value)
    assert TOKEN not in log.getvalue()
    assert "\naiohttp.client_exceptions.Invalid" in log.getvalue()


@pytest.mark.parametrize("level", ["INFO", "WARNING", "ERROR"])
async def test_the_last_words_of_asyncio_quote_nothing(written: Callable[[str], io.StringIO], level: str) -> None:
    log, loop = written(level), asyncio.get_running_loop()
    # A task whose exception nobody retrieves
    task = loop.create_task(_raising())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
    # A callback that raises, of arguments that quote
    loop.call_soon(fail, ValueError(WORDS))
    await asyncio.sleep(0)
    # What libraries tell the loop
    loop.call_exception_handler({"message": "Unclosed client session", "client_session": WORDS})
    text = log.getvalue()
    assert WORDS not in text
    assert "ERROR asyncio: Task exception was never retrieved\n" in text
    assert "ERROR asyncio: Exception in callback fail\n" in text
    assert "ERROR asyncio: Unclosed client session\n" in text
    assert text.count("\nValueError\n") == 2


async def _raising() -> None:
    raise ValueError(WORDS)


def test_a_warning_is_named_with_its_place(written: Callable[[str], io.StringIO]) -> None:
    for level, words_are_there in (("INFO", False), ("DEBUG", True)):
        log = written(level)
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(WORDS, ResourceWarning, stacklevel=1)
        assert (WORDS in log.getvalue()) is words_are_there
        assert f"WARNING py.warnings: {__file__}:" in log.getvalue()
        assert ": ResourceWarning" in log.getvalue()


def test_what_nobody_caught_is_logged_as_well(log: io.StringIO) -> None:
    thread = threading.Thread(target=fail, args=(ValueError(WORDS),))
    thread.start()
    thread.join()
    try:
        fail(LookupError(WORDS))
    except LookupError as error:
        sys.excepthook(type(error), error, error.__traceback__)

    class Ending:
        def __del__(self) -> None:
            raise OSError(WORDS)

    ending: Ending | None = Ending()
    del ending
    gc.collect()
    text = log.getvalue()
    assert WORDS not in text
    assert [one in text for one in ("\nValueError\n", "\nLookupError\n", "\nOSError\n")] == [True] * 3
    assert "CRITICAL bot.plain_log: the program ends" in text


def test_the_end_of_a_thread_that_was_meant_and_an_interrupt_are_no_faults(
    log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    thread = threading.Thread(target=fail, args=(SystemExit(3),))
    thread.start()
    thread.join()
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert log.getvalue() == ""
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_the_whole_chain_is_told_the_cause_first(log: io.StringIO) -> None:
    def parse() -> None:
        try:
            fail(psycopg.DataError(WORDS))
        except psycopg.DataError:
            fail(KeyError(WORDS))

    try:
        try:
            parse()
        except KeyError as error:
            raise RuntimeError(WORDS) from error
    except RuntimeError:
        LOG.exception("failed")
    text = log.getvalue()
    assert WORDS not in text
    order = ["psycopg.DataError\n", "in handling which there was:\n", "KeyError\n", "which caused:\n", "RuntimeError\n"]
    places = [text.index(one) for one in order]
    assert places == sorted(places)
    assert text.count(", in fail\n") == 2


def test_groups_circles_notes_and_depths(log: io.StringIO) -> None:
    first, second = ValueError(WORDS), TypeError(WORDS)
    first.__cause__, second.__cause__ = second, first
    first.add_note(WORDS)
    try:
        fail(ExceptionGroup(WORDS, [first, OSError(WORDS)]))
    except ExceptionGroup:
        LOG.exception("failed")

    def deep(levels: int) -> None:
        return deep(levels - 1) if levels else fail(ValueError(WORDS))

    try:
        deep(200)
    except ValueError:
        LOG.exception("failed")
    text = log.getvalue()
    assert WORDS not in text
    assert [one in text for one in ("ExceptionGroup\n", "  ValueError\n", "  TypeError\n", "  OSError\n")] == [True] * 4
    assert "  2 of 2:\n" in text
    assert "  (143 more)\n" in text


@pytest.mark.parametrize(
    ("message", "arguments", "expected"),
    [
        ("%s: %s", ("telegram", ValueError(WORDS)), "telegram: ValueError"),
        ("%(what)s", ({"what": ValueError(WORDS)},), "ValueError"),
        ("%r", (ValueError(WORDS),), "'ValueError'"),
        (ValueError(WORDS), (), "ValueError"),
        ("refused: %s", (RefusedError(403, "another account"),), "refused: another account"),
        ("50 %", (), "50 %"),
    ],
)
def test_exceptions_in_a_line_are_named(
    log: io.StringIO, message: Any, arguments: tuple[Any, ...], expected: str
) -> None:
    LOG.info(message, *arguments)
    assert log.getvalue().endswith(f"INFO bot.of_this_test: {expected}\n")


def test_debug_shows_what_exceptions_say(written: Callable[[str], io.StringIO]) -> None:
    log = written("DEBUG")
    try:
        fail(ValueError(WORDS))
    except ValueError as error:
        LOG.exception("failed: %s", error)
    assert f"failed: {WORDS}\n" in log.getvalue()
    assert f"ValueError: {WORDS}\n" in log.getvalue()


def test_addresses_in_lines_of_libraries_are_left_out_but_in_debug(written: Callable[[str], io.StringIO]) -> None:
    for level, there in (("INFO", False), ("DEBUG", True)):
        log = written(level)
        logging.getLogger("httpx").info("HTTP Request: POST https://example.vn/bot%s/getMe", TOKEN)
        assert (TOKEN in log.getvalue()) is there


def test_a_line_that_cannot_be_written_is_named_without_its_words(written: Callable[[str], io.StringIO]) -> None:
    log = written("INFO")
    LOG.error("%d", WORDS)
    assert WORDS not in log.getvalue()
    assert f"a line of {__file__}:" in log.getvalue()
    assert "cannot be written: TypeError\n" in log.getvalue()
    LOG.info("after")
    assert log.getvalue().endswith("INFO bot.of_this_test: after\n")


def test_what_another_handler_made_of_an_exception_is_not_taken_over() -> None:
    try:
        fail(ValueError(WORDS))
    except ValueError:
        record = LOG.makeRecord("a", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    assert WORDS in logging.Formatter().format(record)
    assert WORDS not in PlainFormatter().format(record)
    assert WORDS in logging.Formatter().format(record)


def test_the_full_name_of_a_type() -> None:
    assert type_name(KeyError()) == "KeyError"
    assert type_name(RefusedError(400, "")) == "bot.channels.contract.RefusedError"
