"""The program as an operator starts it, with all whom it talks to: residents on Telegram and Zalo, an agency's mail.

Also the search of everything that it stores, sealed or not.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final, TypeVar

import pdfplumber
import psycopg
from cryptography.fernet import Fernet
from psycopg import sql

from bot.store.sealing import SealedDataError, Sealer
from knowledge.vietnamese import fold
from tests.fakes.smtp import MailServer, mail_server
from tests.fakes.telegram import TOKEN, Call, FakeTelegram
from tests.fakes.telegram_people import a_size
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, OA_ID, WEBHOOK_SECRET, FakeZaloOa, SentMessage

from .test_started_program import ROOT, wait_until_ready

Given = TypeVar("Given")
Wait = Callable[[Callable[[], object]], None]
"""Looks again and again until something is true."""
_BUILT: Final = ("index", "pictures")  # by `make build`; what is missing is made at the start, which takes longer
_LINK: Final = re.compile(r"^http://\S+/co-quan/\S+(?=\s*$)", re.MULTILINE)


class Background:
    """An event loop in a thread of its own, since the browser has this one."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, what: Coroutine[Any, Any, Given]) -> Given:
        """Run something there and return what it gives."""
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(30)

    def call(self, what: Callable[[], Given]) -> Given:
        """Call something there and return what it gives."""

        async def called() -> Given:
            return what()

        return self.run(called())

    @contextmanager
    def serving(self, server: AbstractAsyncContextManager[Given]) -> Iterator[Given]:
        """Serve there as long as the context lasts."""
        yield self.run(server.__aenter__())
        self.run(server.__aexit__(None, None, None))

    def stop(self) -> None:
        """End the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class Correspondent(ABC):
    """Somebody who chats on a channel. What they `hear` is what has come since they last did something."""

    def __init__(self, wait: Wait) -> None:
        self._wait = wait
        self._mark = 0

    def writes(self, text: str, *heard: str) -> str:
        """Write, and return the message that says all of what is to be heard."""
        self._acts(lambda: self._write(text))
        return self.hears(*heard)

    def presses(self, label: str, *heard: str) -> str:
        """Press the newest button with these words, once it has come since they last did something.

        A long label has a number before it and may be cut on the button.
        """
        self._awaits(lambda: any(label in one for one in self._labels()), label, self._labels)
        whole = [one for one in self._labels() if label in one][-1]
        self._acts(lambda: self._press(whole))
        return self.hears(*heard)

    def presses_earlier(self, label: str, *heard: str) -> str:
        """Press the newest button with these words, whenever it came."""
        whole = next(each for one in reversed(self.got()) for each in map(self._label, one.buttons) if label in each)
        self._acts(lambda: self._press(whole))
        return self.hears(*heard)

    def hears(self, *words: str) -> str:
        """Return a message with all of these words, once it has come."""

        def found() -> str | None:
            return next((one.text for one in self._new() if all(each in one.text for each in words)), None)

        self._awaits(found, words, lambda: [one.text for one in self._new()])
        text = found()
        assert text is not None
        return text

    @abstractmethod
    def got(self) -> Sequence[Any]:
        """Return all messages that have come, each with its `text` and `buttons`."""

    @abstractmethod
    def _write(self, text: str) -> None: ...

    @abstractmethod
    def _press(self, label: str) -> None: ...

    @abstractmethod
    def _label(self, button: Mapping[str, Any]) -> str: ...

    def _awaits(self, holds: Callable[[], object], wanted: object, there: Callable[[], object]) -> None:
        try:
            self._wait(holds)
        except AssertionError:
            raise AssertionError(f"{wanted!r} not among {there()}") from None

    def _labels(self) -> list[str]:
        return [self._label(button) for one in self._new() for button in one.buttons]

    def _new(self) -> Sequence[Any]:
        return self.got()[self._mark :]

    def _acts(self, act: Callable[[], object]) -> None:
        self._mark = len(self.got())
        act()


class Resident(Correspondent):
    """Somebody on Telegram."""

    def __init__(self, background: Background, telegram: FakeTelegram, chat: int, wait: Wait) -> None:
        super().__init__(wait)
        self._background = background
        self._telegram = telegram
        self._chat = chat
        self._photos = 0

    def shows(self, photo: bytes, *heard: str) -> str:
        """Send a photo, which Telegram offers in two sizes."""
        self._photos += 1
        sizes = [a_size(f"photo-{self._photos}-{width}", width) for width in (90, 1280)]
        for size in sizes:
            self._telegram.serves(size["file_id"], photo)
        self._acts(lambda: self._background.call(lambda: self._telegram.user_sends(self._chat, photo=sizes)))
        return self.hears(*heard)

    def got(self) -> Sequence[Call]:
        """Return all messages that have come."""
        return self._telegram.sent(self._chat)

    def _write(self, text: str) -> None:
        self._background.call(lambda: self._telegram.user_writes(self._chat, text))

    def _press(self, label: str) -> None:
        self._background.call(lambda: self._telegram.user_presses(self._chat, label))

    def _label(self, button: Mapping[str, Any]) -> str:
        return str(button["text"])


class Follower(Correspondent):
    """Somebody on Zalo, whose events are posted to `webhook`."""

    def __init__(self, background: Background, zalo: FakeZaloOa, user: str, webhook: str, wait: Wait) -> None:
        super().__init__(wait)
        self._background = background
        self._zalo = zalo
        self._user = user
        self._webhook = webhook

    def follows(self, *heard: str) -> str:
        """Follow the official account."""
        self._acts(lambda: self._tell(self._zalo.user_follows(self._user)))
        return self.hears(*heard)

    def reads(self) -> None:
        """Let Zalo tell that the newest message has come, and that it was read."""
        newest = self.got()[-1:]
        self._tell(self._zalo.receipt(newest, seen=False))
        self._tell(self._zalo.receipt(newest, seen=True))

    def got(self) -> Sequence[SentMessage]:
        """Return all messages that have come."""
        return self._zalo.sent(self._user)

    def _write(self, text: str) -> None:
        self._tell(self._zalo.user_writes(self._user, text))

    def _press(self, label: str) -> None:
        having = (one for one in reversed(self.got()) if any(self._label(each) == label for each in one.buttons))
        self._tell(self._zalo.user_presses(next(having), label))

    def _label(self, button: Mapping[str, Any]) -> str:
        return str(button["title"])

    def _tell(self, event: Mapping[str, Any]) -> None:
        assert self._background.run(self._zalo.deliver(self._webhook, event))[-1] == 200


@dataclass
class Mailbox:
    """The mail of an agency, read in the order in which it comes."""

    server: MailServer
    wait: Wait
    read: int = 0

    def next(self) -> EmailMessage:
        """Return the next mail, once it has come."""
        self.wait(lambda: len(self.server.taken) > self.read)
        _, _, message = self.server.taken[self.read]
        self.read += 1
        return message


def link_in(mail: EmailMessage) -> str:
    """Return the link on a line of its own."""
    found = _LINK.findall(mail.get_content())
    assert len(found) == 1, found
    return str(found[0])


@dataclass(frozen=True)
class Started:
    """The running program."""

    address: str
    environment: Mapping[str, str]
    database_url: str
    log: Path
    data: Path
    sealer: Sealer = field(repr=False)

    def beginning(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command of the program, whose output can be read when it is needed."""
        line = [sys.executable, "-m", "bot", *arguments]
        return subprocess.Popen(line, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True)

    def values(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement, which may be of the queue's tables too, or change something."""
        with psycopg.connect(self.database_url, options="-c search_path=public,jobs") as connection:
            return connection.execute(statement.encode()).fetchall()

    def holding(self, *wanted: str | bytes) -> set[str]:
        """Return where one of these stands: columns of all tables, the files beside the database, and the log.

        Words are looked for as they are, without diacritics and as JSON escapes them; what is sealed, packed or a file
        of an office is opened. What `make build` makes is of the knowledge alone, which has words of its own.
        """
        needles = [each for one in wanted for each in _forms(one)]
        places = {f"{table}.{column}" for table, column, plain in self._stored() if _stands_in(plain, needles)}
        built = [self.data / one for one in _BUILT]
        files = [one for one in self.data.rglob("*") if one.is_file() and not set(built) & set(one.parents)]
        return places | {one.name for one in (*files, self.log) if _stands_in(one.read_bytes(), needles)}

    def _stored(self) -> Iterator[tuple[str, str, bytes]]:
        columns = (
            "SELECT c.table_schema, c.table_name, c.column_name, c.data_type = 'bytea'"
            " FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        with psycopg.connect(self.database_url) as connection:
            for schema, table, column, binary in connection.execute(columns).fetchall():
                read = sql.SQL("SELECT {column} FROM {table} WHERE {column} IS NOT NULL" if binary else
                               "SELECT {column}::text FROM {table} WHERE {column} IS NOT NULL")  # fmt: skip
                rows = connection.execute(
                    read.format(column=sql.Identifier(column), table=sql.Identifier(schema, table))
                )
                for (one,) in rows.fetchall():
                    for plain in self._opened(bytes(one)) if binary else [str(one).encode()]:
                        yield table, column, plain

    def _opened(self, stored: bytes) -> Iterator[bytes]:
        """What is stored, and what is in it."""
        yield stored
        with suppress(SealedDataError):
            yield self.sealer.open(stored)
        if stored.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(stored)) as packed:
                yield from map(packed.read, packed.namelist())
        elif stored.startswith(b"%PDF"):
            with pdfplumber.open(io.BytesIO(stored)) as printed:
                yield "\n".join(page.extract_text() for page in printed.pages).encode()
        else:
            with suppress(zlib.error):
                yield zlib.decompress(stored)


def _forms(wanted: str | bytes) -> list[bytes]:
    if isinstance(wanted, bytes):
        return [wanted]
    return [each.encode() for each in {wanted.lower(), fold(wanted), json.dumps(wanted.lower())[1:-1]}]


def _stands_in(plain: bytes, needles: Sequence[bytes]) -> bool:
    lower = plain.decode("utf-8", "replace").lower().encode()
    return any(one in plain or one in lower for one in needles)


@contextmanager
def started(folder: Path, database_url: str, **settings: str) -> Iterator[Started]:
    """Run the program on an empty database until the context ends. `settings`: more of its environment."""
    data = folder / "data"
    data.mkdir()
    for built in _BUILT:
        (data / built).mkdir()
        for one in (ROOT / "var" / built).glob("[!.]*"):
            (data / built / one.name).symlink_to(one)
    with socket.socket() as one_socket:
        one_socket.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{one_socket.getsockname()[1]}"
    key = Fernet.generate_key().decode()
    environment = {
        **os.environ,
        "PORT": address.rpartition(":")[2],
        "PUBLIC_URL": address,
        "DATA_DIR": str(data),
        "DATA_KEY": key,
        "DATABASE_URL": database_url,
        "RASA": "off",
        "LOG_LEVEL": "INFO",
        **settings,
    }
    log = folder / "log.txt"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"], cwd=ROOT, env=environment, stdout=written, stderr=written
        )
    try:
        wait_until_ready(address, process)
        yield Started(address, environment, database_url, log, data, Sealer([key]))
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()


@contextmanager
def channels(background: Background) -> Iterator[tuple[FakeTelegram, MailServer]]:
    """A Telegram and a mail server."""
    with background.serving(FakeTelegram(TOKEN)) as telegram, background.serving(mail_server()) as mail:
        yield telegram, mail


@contextmanager
def official_account(background: Background) -> Iterator[tuple[FakeZaloOa, Mapping[str, str]]]:
    """A Zalo with one official account, and the settings that lead the program there."""
    with background.serving(FakeZaloOa().running()) as zalo:
        pair = background.call(zalo.grant)
        yield (
            zalo,
            {
                "ZALO_OA_ID": OA_ID,
                "ZALO_OA_APP_ID": APP_ID,
                "ZALO_OA_APP_SECRET": APP_SECRET,
                "ZALO_OA_SECRETS": WEBHOOK_SECRET,
                "ZALO_OA_ACCESS_TOKEN": pair.access,
                "ZALO_OA_REFRESH_TOKEN": pair.refresh,
                "ZALO_OA_API": zalo.url,
                "ZALO_OA_OAUTH": zalo.url,
            },
        )
