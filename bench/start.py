"""`python -m bench.start`: seconds from start to first answer, and memory of the running assistant."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

QUESTION = "chung cu chay thi chay len hay chay xuong"
_GIVE_UP_SECONDS = 300


def main() -> None:
    """Start twice on one data folder: the first start builds the index, the second finds it."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("first start", "second start"):
            seconds, memory = _start(Path(folder))
            print(f"{name}: {seconds:.1f} s to the first answer, {memory:.0f} MB resident")


def _start(data_dir: Path) -> tuple[float, float]:
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "DATA_DIR": str(data_dir), "LOG_LEVEL": "WARNING"}
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "bot", "run"], env=environment)
    try:
        _first_answer(port, started, process)
        return time.perf_counter() - started, _resident_megabytes(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _first_answer(port: int, started: float, process: subprocess.Popen[bytes]) -> None:
    body = json.dumps({"text": QUESTION}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/messages", body, {"Content-Type": "application/json"}
    )
    while time.perf_counter() - started < _GIVE_UP_SECONDS and process.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
                json.load(response)
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise SystemExit("the assistant did not answer")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _resident_megabytes(pid: int) -> float:
    rows = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    kilobytes = next(int(row.split()[1]) for row in rows if row.startswith("VmRSS"))
    return kilobytes / 1024


if __name__ == "__main__":
    main()
