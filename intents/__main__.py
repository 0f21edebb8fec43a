"""Command line: `python -m intents nlu-check | environment | train-nlu | evaluate`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time

import aiohttp

from intents.client import NluClient
from intents.nlu_check import faults, read_examples, read_held_out
from intents.nlu_evaluation import judged, report
from intents.rasa import nlu_service
from intents.rasa_environment import NoRasaError, install, interpreter
from intents.rasa_training import current_model, train
from intents.service import NO_SERVICE, NluService

_START_SECONDS = 120


def main() -> int:
    """Run a command. Setting Rasa up never fails the build: without it a line on standard error says why."""
    arguments = _parser().parse_args()
    try:
        return int(_COMMANDS[arguments.command](arguments))
    except NoRasaError as error:
        print(f"Rasa is left out: {error}. The assistant runs without it.", file=sys.stderr)
        return 1 if arguments.command == "evaluate" else 0
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m intents", description="What a message wants")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("nlu-check", help="check the training data")
    commands.add_parser("environment", help="install Rasa into .venv-rasa, if Python 3.10 is there")
    commands.add_parser("train-nlu", help="train the Rasa model, if anything has changed")
    evaluate = commands.add_parser("evaluate", help="send the held-out messages to a real Rasa")
    evaluate.add_argument("--markdown", action="store_true", help="print only the tables of docs/rasa.md")
    return parser


def _check(_arguments: argparse.Namespace) -> int:
    found = faults()
    for fault in found:
        print(fault, file=sys.stderr)
    if not found:
        print(f"{len(read_examples())} examples of intents are sound")
    return 1 if found else 0


def _environment(_arguments: argparse.Namespace) -> int:
    if _is_ours():
        install(os.environ)
    return 0


def _train(_arguments: argparse.Namespace) -> int:
    if not _is_ours() or current_model() is not None:
        return 0
    python = interpreter()
    if python is not None:
        started = time.perf_counter()
        model = train(python)
        print(f"{model.name}: trained in {time.perf_counter() - started:.0f} s")
    return 0


def _is_ours() -> bool:
    """Whether this machine is to have a Rasa of its own."""
    return os.environ.get("RASA", "").lower() != "off" and not os.environ.get("RASA_URL")


def _evaluate(arguments: argparse.Namespace) -> int:
    url, token = os.environ.get("RASA_URL"), os.environ.get("RASA_TOKEN", "")
    service = nlu_service(wanted=True, url=url, token=token, clock=time.monotonic)
    if service is NO_SERVICE:
        raise NoRasaError("there is none to evaluate; run make build")
    asyncio.run(_evaluate_with(service, markdown=arguments.markdown))
    return 0


async def _evaluate_with(service: NluService, *, markdown: bool) -> None:
    await service.start()
    try:
        async with asyncio.timeout(_START_SECONDS):
            while service.address is None:  # noqa: ASYNC110 - it tells nobody when it is ready
                await asyncio.sleep(0.1)
        async with aiohttp.ClientSession() as session:
            rows = await judged(NluClient(service, session, time.monotonic), read_held_out())
    finally:
        await service.stop()
    for line in report(rows, markdown=markdown):
        print(line)


_COMMANDS = {"nlu-check": _check, "environment": _environment, "train-nlu": _train, "evaluate": _evaluate}


if __name__ == "__main__":
    sys.exit(main())
