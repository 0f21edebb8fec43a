"""Trains the Rasa model when its data, its configuration or its code have changed, and finds the one there is."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

from intents.lookups import lookup_training_data
from intents.rasa_environment import LOCK, ROOT, NoRasaError, last_line, quiet_environment

BUILD: Final = ROOT / "build" / "rasa"
MODELS: Final = BUILD / "models"
NLU: Final = ROOT / "intents" / "nlu"
CONFIG: Final = ROOT / "config.yml"
DOMAIN: Final = ROOT / "intents" / "domain.yml"
_INPUTS: Final = (
    "domain.yml",
    "families.yml",
    "families.py",
    "classifier.py",
    "classifier_training.py",
    "components.py",
    "lookups.py",
    "slips.py",
)
_ENOUGH_SECONDS: Final = 900
_KEPT_MODELS: Final = 3


def fingerprint() -> str:
    """Return 16 letters that change with anything that the model is made from."""
    digest = hashlib.sha256(version("vietnam-provinces").encode())
    inputs = [ROOT / "intents" / name for name in _INPUTS]
    for path in (CONFIG, LOCK, ROOT / "knowledge" / "vietnamese.py", *inputs, *sorted(NLU.glob("*.yml"))):
        digest.update(f"\0{path.name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def current_model() -> Path | None:
    """Return the model of the present data, configuration and code; None when it is not trained."""
    path = MODELS / f"nlu-{fingerprint()}.tar.gz"
    return path if path.is_file() else None


def train(python: Path) -> Path:
    """Train with Rasa's `python` unless the model is there; return it. Raises `NoRasaError` when that fails."""
    model = MODELS / f"nlu-{fingerprint()}.tar.gz"
    if not model.is_file():
        MODELS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="training-", dir=BUILD) as folder:
            made = _train_in(Path(folder), python, model.name.removesuffix(".tar.gz"))
            made.replace(model)
        _forget_old_models()
    return model


def _forget_old_models() -> None:
    """Keep the newest few: an assistant that still runs with the last one may have to start Rasa again with it."""
    for older in sorted(MODELS.glob("nlu-*.tar.gz"), key=lambda path: -path.stat().st_mtime)[_KEPT_MODELS:]:
        older.unlink(missing_ok=True)


def _train_in(folder: Path, python: Path, name: str) -> Path:
    """Train in a folder of its own, so that a model is there wholly or not at all."""
    shutil.copytree(NLU, folder / "data")
    (folder / "data" / "lookups.json").write_text(lookup_training_data(NLU / "lookups.yml"), "utf-8")
    # fmt: off
    command = [
        str(python), "-m", "rasa", "train", "nlu", "--nlu", "data", "--config", str(CONFIG), "--domain", str(DOMAIN),
        "--out", ".", "--fixed-model-name", name,
    ]
    # fmt: on
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and files
            command,
            cwd=folder,
            env=quiet_environment(),
            capture_output=True,
            text=True,
            timeout=_ENOUGH_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoRasaError(f"training failed: {error}") from error
    made = folder / f"{name}.tar.gz"
    if done.returncode != 0 or not made.is_file():
        raise NoRasaError(f"training failed: {last_line(done.stderr) or last_line(done.stdout)}")
    return made
