"""Where Rasa's Python is looked for, and what is said when there is none."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from intents import rasa_environment, rasa_training
from intents.rasa_environment import LOCK, NoRasaError, find_python, install, interpreter, quiet_environment

ROOT = Path(__file__).parents[2]


def program(path: Path, says: str, code: int = 0) -> Path:
    """Write a program that prints something."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_shim_that_only_complains_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3.10", "pyenv: command not found", 127)
    found = program(tmp_path / ".pyenv/versions/3.10.13/bin/python3.10", f"3 10 {tmp_path}/found")
    assert find_python({"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}) == tmp_path / "found"
    found.unlink()
    program(tmp_path / "bin" / "uv", str(program(tmp_path / "uv-python", "3 10 /uv/python3.10")))
    assert find_python({"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}) == Path("/uv/python3.10")


def test_the_named_one_is_taken_and_no_other(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3.10", "3 10 /usr/bin/python3.10")
    named = program(tmp_path / "mine", "3 10 /opt/mine")
    other = program(tmp_path / "other", "3 12 /opt/other")
    environment = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
    assert find_python({**environment, "RASA_PYTHON": str(named)}) == Path("/opt/mine")
    for wrong in (str(other), str(tmp_path / "nowhere"), "no-such-python"):
        with pytest.raises(NoRasaError, match="RASA_PYTHON"):
            find_python({**environment, "RASA_PYTHON": wrong})


def test_without_python_310_one_line_says_so_and_nothing_fails(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from intents import rasa_environment as r, __main__ as m; import sys\n"
        f"r.interpreter.__defaults__ = r.install.__defaults__ = (Path({str(tmp_path)!r}) / 'none',)\n"
        "sys.argv[1:] = ['environment']; sys.exit(m.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PATH": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "Rasa is left out: no Python 3.10 was found; install one, or name it in RASA_PYTHON. "
        "The assistant runs without it."
    ]


def test_an_install_that_fails_says_why(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/sh\nif [ "$1" = -c ]; then echo "3 10 $0"; else echo first >&2; echo no space left >&2; exit 1; fi\n'
    )
    python.chmod(0o755)
    with pytest.raises(NoRasaError, match="no space left"):
        install({"RASA_PYTHON": str(python), "PATH": ""}, tmp_path / "venv")
    assert interpreter(tmp_path / "venv") is None


def test_another_lock_means_another_environment(tmp_path: Path) -> None:
    (tmp_path / ".installed").write_text("of another lock")
    assert interpreter(tmp_path) is None
    (tmp_path / ".installed").write_text(rasa_environment._wanted())
    assert interpreter(tmp_path) == tmp_path / "bin" / "python"


def test_rasa_runs_quietly_and_reports_to_nobody() -> None:
    environment = quiet_environment({"PATH": "/bin", "RASA_TELEMETRY_ENABLED": "true"})
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"
    assert environment["PYTHONPATH"] == str(ROOT)
    assert environment["PATH"] == "/bin"


def test_every_package_of_the_lock_is_pinned() -> None:
    lines = [line for line in LOCK.read_text("ascii").splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if "==" not in line] == []
    assert "rasa==3.6.21" in lines


def test_finding_none_on_this_machine_is_no_error() -> None:
    assert interpreter(Path(os.devnull)) is None


def test_the_newest_models_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa_training, "MODELS", tmp_path)
    for age in range(5):
        path = tmp_path / f"nlu-{age}.tar.gz"
        path.touch()
        os.utime(path, (1000 - age, 1000 - age))
    rasa_training._forget_old_models()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["nlu-0.tar.gz", "nlu-1.tar.gz", "nlu-2.tar.gz"]


def test_the_fingerprint_follows_the_training_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rasa_training.fingerprint()
    shutil.copytree(rasa_training.NLU, tmp_path / "nlu")
    monkeypatch.setattr(rasa_training, "NLU", tmp_path / "nlu")
    assert rasa_training.fingerprint() == before
    with (tmp_path / "nlu" / "more.yml").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert rasa_training.fingerprint() != before
