"""Rasa's own environment: Rasa 3.6 needs Python 3.10 and old packages, so it cannot share the assistant's."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
FOLDER: Final = ROOT / ".venv-rasa"
LOCK: Final = ROOT / "requirements-rasa.lock"
SETTINGS: Final = {
    "RASA_TELEMETRY_ENABLED": "false",
    "RASA_MAX_CACHE_SIZE": "0",  # its cache does not notice when our component changes
    "PYTHONWARNINGS": "ignore",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "PYTHONUTF8": "1",
    "PYTHONHASHSEED": "0",
    "MPLCONFIGDIR": str(ROOT / "build" / "rasa"),
}
"""What keeps Rasa quiet, offline and repeatable."""
_ENOUGH_SECONDS: Final = 1800
_VERSION: Final = "import sys; print(sys.version_info[0], sys.version_info[1], sys.executable)"


class NoRasaError(Exception):
    """Rasa cannot be had here. The assistant goes on without it."""


def interpreter(folder: Path = FOLDER) -> Path | None:
    """Return the Python that has Rasa, as the lock wants it; None when it is not installed."""
    python = folder / "bin" / "python"
    return python if _mark(folder).is_file() and _mark(folder).read_text("ascii") == _wanted() else None


def install(environment: Mapping[str, str], folder: Path = FOLDER) -> Path:
    """Make the environment if it is not there as wanted; return its Python. Raises `NoRasaError` saying why not."""
    ready = interpreter(folder)
    if ready is not None:
        return ready
    python = find_python(environment)
    print("Rasa is being installed into its own environment, once; this takes some minutes", flush=True)
    _run(str(python), "-m", "venv", "--clear", str(folder))
    # fmt: off
    _run(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--no-deps", "-r", str(LOCK))
    # fmt: on
    _mark(folder).write_text(_wanted(), "ascii")
    return folder / "bin" / "python"


def find_python(environment: Mapping[str, str]) -> Path:
    """Return a Python 3.10: the one `RASA_PYTHON` names, else one on the path, of pyenv or of uv."""
    named = environment.get("RASA_PYTHON")
    if named:
        found = _is_python_310(_on_path(named, environment) or named)
        if found is None:
            raise NoRasaError(f"RASA_PYTHON={named!r} is no Python 3.10")
        return found
    for candidate in _candidates(environment):
        found = _is_python_310(candidate)
        if found is not None:
            return found
    raise NoRasaError("no Python 3.10 was found; install one, or name it in RASA_PYTHON")


def _candidates(variables: Mapping[str, str]) -> Iterator[str]:
    """Yield what may be a Python 3.10. The one on the path may be a shim of pyenv that only complains."""
    on_path = _on_path("python3.10", variables)
    if on_path:
        yield on_path
    pyenv = Path(variables.get("PYENV_ROOT") or Path(variables.get("HOME") or "/") / ".pyenv")
    yield from sorted(map(str, pyenv.glob("versions/3.10.*/bin/python3.10")), reverse=True)
    uv = _on_path("uv", variables)
    if uv:
        yield _said([uv, "python", "find", "3.10"])


def _on_path(name: str, variables: Mapping[str, str]) -> str | None:
    return shutil.which(name, path=variables.get("PATH"))


def _is_python_310(candidate: str) -> Path | None:
    """Return the interpreter's own path if it runs and is a Python 3.10."""
    major, _, rest = _said([candidate, "-c", _VERSION]).partition(" ") if candidate else ("", "", "")
    minor, _, executable = rest.partition(" ")
    return Path(executable) if (major, minor) == ("3", "10") else None


def _said(command: list[str]) -> str:
    """Return what a command prints, or nothing when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_ENOUGH_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoRasaError(f"its environment could not be made: {error}") from error
    if done.returncode != 0:
        raise NoRasaError(f"its environment could not be made: {last_line(done.stderr) or last_line(done.stdout)}")


def last_line(text: str) -> str:
    """Return the last line of `text` that says something, at most 300 characters of it."""
    return next((line.strip()[:300] for line in reversed(text.splitlines()) if line.strip()), "")


def quiet_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment in which Rasa runs: ours, with its settings, finding our component."""
    return {**(os.environ if environment is None else environment), **SETTINGS, "PYTHONPATH": str(ROOT)}


def _mark(folder: Path) -> Path:
    return folder / ".installed"


def _wanted() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()
