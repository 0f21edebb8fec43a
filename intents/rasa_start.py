"""Starts Rasa inside its own environment (Python 3.10): `python -m intents.rasa_start PORT MODEL CREDENTIALS`.

Rasa takes its token as an argument, which every user of the machine could read in the list of processes. Here the
token is the first line of standard input. That pipe's end is also how Rasa learns that the assistant is gone.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux


def main() -> None:
    port, model, credentials = sys.argv[1:4]
    token = sys.stdin.readline().strip()
    _end_with_the_assistant()
    # fmt: off
    sys.argv = [
        "rasa", "run", "--enable-api", "-i", "127.0.0.1", "-p", port, "--auth-token", token, "-m", model,
        "--credentials", credentials,
    ]
    # fmt: on
    from rasa.__main__ import main as rasa  # noqa: PLC0415 - it takes seconds, and the parent may be gone by then

    rasa()


def _end_with_the_assistant() -> None:
    """End when the parent ends, however it does: by its signal on Linux, elsewhere when its pipe closes."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    threading.Thread(target=_wait_for_the_end, daemon=True).start()


def _wait_for_the_end() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
