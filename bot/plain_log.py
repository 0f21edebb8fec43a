"""The log of this program: what failed and where, but neither a resident's words nor a secret.

The message of an exception may quote what it choked on: a database the value of a row, an HTTP client the address with
the token in it, a parser the text. So an exception is logged as its type and where it was raised, with all that led to
it. At `DEBUG` messages are shown as they are.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Final, TextIO, TypeAlias, cast

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_DEEPEST: Final = 60
"""Frames of one exception that are shown: the last ones, where the fault is."""
_QUOTES: Final = "(<{['\"\n"
"""With these begins what asyncio says about an object: arguments, results and exceptions."""
_QUOTERS: Final = ("httpx", "httpcore")
"""Libraries whose ordinary lines name addresses, in which a token may stand."""
_OURS: Final = frozenset({"bot", "intents", "knowledge", "retrieval"})
"""What the exceptions of these say is written for the log; it is shown where a line names one, not in a traceback."""
_LOG: Final = logging.getLogger(__name__)
_ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
_Arguments: TypeAlias = tuple[object, ...] | Mapping[str, object] | None


def set_up(level: str, stream: TextIO | None = None) -> None:
    """Log to standard error, or `stream`, from `level` on, and have Python's own last words go the same way.

    Those are warnings and exceptions that nobody caught: of the program, of a thread, of a finalizer. May be called
    again; then only the last call counts.
    """
    plain = logging.getLevelName(level) != logging.DEBUG
    handler = _Handler(stream)
    handler.setFormatter(PlainFormatter(_FORMAT) if plain else logging.Formatter(_FORMAT))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUOTERS:
        logging.getLogger(name).setLevel(logging.WARNING if plain else logging.NOTSET)
    warnings.showwarning = _warn_of(plain)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


class PlainFormatter(logging.Formatter):
    """Writes records without the messages of exceptions, wherever these stand in a record."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text; the record stays as it is for other handlers."""
        plain = logging.makeLogRecord(record.__dict__)
        plain.exc_text = None  # another handler may have put the messages there
        if record.name == "asyncio":
            plain.msg, plain.args = _without_objects(record.getMessage()), None
        else:
            plain.msg, plain.args = cast("str", _spoken(record.msg)), _all_spoken(record.args)
        return super().format(plain)

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - as its parent calls it
        """Return types and places of an exception and of all that led to it, the first one first."""
        return "\n".join(_told(ei[1], set())) if ei[1] is not None else "no exception"


def type_name(error: BaseException) -> str:
    """Return what an exception is, in full: "psycopg.errors.UniqueViolation"."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


class _Handler(logging.StreamHandler[TextIO]):
    """Says of a record that cannot be written where it comes from, and not what was to be written."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - as its parent calls it
        error = sys.exc_info()[1]
        what = type_name(error) if error is not None else "a fault"
        try:
            self.stream.write(f"a line of {record.pathname}:{record.lineno} cannot be written: {what}\n")
        except (OSError, ValueError):  # nobody is left to be told
            return


def _told(error: BaseException, seen: set[int]) -> Iterator[str]:
    """Lines that tell of an exception after what led to it."""
    seen.add(id(error))
    caused = error.__cause__ is not None
    before = error.__cause__ if caused or error.__suppress_context__ else error.__context__
    if before is not None and id(before) not in seen:
        yield from _told(before, seen)
        yield "which caused:" if caused else "in handling which there was:"
    frames = traceback.extract_tb(error.__traceback__)
    yield "Traceback (most recent call last):"
    if len(frames) > _DEEPEST:
        yield f"  ({len(frames) - _DEEPEST} more)"
    for frame in frames[-_DEEPEST:]:
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
    yield type_name(error)
    if isinstance(error, BaseExceptionGroup):
        for number, one in enumerate(error.exceptions, 1):
            yield f"  {number} of {len(error.exceptions)}:"
            yield from (f"  {line}" for line in _told(one, seen))


def _spoken(one: object) -> object:
    """A part of a line; in the place of a foreign exception, what it is rather than what it says."""
    if not isinstance(one, BaseException) or type(one).__module__.partition(".")[0] in _OURS:
        return one
    return type_name(one)


def _all_spoken(arguments: _Arguments) -> _Arguments:
    if isinstance(arguments, Mapping):
        return {name: _spoken(one) for name, one in arguments.items()}
    return arguments and tuple(map(_spoken, arguments))


def _without_objects(message: str) -> str:
    """What asyncio says, up to the first object that it shows: "Task exception was never retrieved"."""
    ends = [found for sign in _QUOTES if (found := message.find(sign)) >= 0]
    return message[: min(ends, default=None)].rstrip()


def _warn_of(plain: bool) -> Callable[..., None]:
    """What Python calls to show a warning: its kind and place and, if not `plain`, its words."""

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        _file: TextIO | None = None,
        _line: str | None = None,
    ) -> None:
        words = "" if plain else f": {message}"
        logging.getLogger("py.warnings").warning("%s:%d: %s%s", filename, lineno, category.__name__, words)

    return show


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _LOG.critical("the program ends for an exception that nobody caught", exc_info=(kind, error, trace))


def _uncaught_in_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None and not issubclass(ended.exc_type, SystemExit):
        _LOG.error("a thread ends for an exception that nobody caught", exc_info=ended.exc_value)


def _unraisable(ignored: sys.UnraisableHookArgs) -> None:
    _LOG.error("an exception that nobody can catch is ignored", exc_info=ignored.exc_value)
