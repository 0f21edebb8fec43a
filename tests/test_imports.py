"""The direction of imports: contracts hold, and every module can be imported first, so there is no hidden cycle."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = CONFIGURATION["tool"]["importlinter"]["root_packages"]

# Between two imports all modules of ours are forgotten and those of others kept: as good as a fresh
# interpreter for finding cycles, and one start of numpy for a package instead of one for each module.
IMPORT_EACH_ALONE = """
import importlib, sys, traceback
names, ours = sys.argv[1].split(), tuple(sys.argv[2].split())
failed = 0
for name in names:
    for loaded in [one for one in sys.modules if one.partition(".")[0] in ours]:
        del sys.modules[loaded]
    try:
        importlib.import_module(name)
    except BaseException:
        failed += 1
        print(name, traceback.format_exc(limit=-3), sep=": ", file=sys.stderr)
sys.exit(failed and 1)
"""
ELSEWHERE = {"intents.components"}
"""Imported by Rasa's own interpreter only, in which the integration tests train and run it."""

LOADED_AFTER = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def modules_of(package: str) -> list[str]:
    """Return the dotted names of all modules below `package`; migrations are run by Alembic, not imported."""
    names = []
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if "migrations" not in parts:
            names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return [name for name in names if name not in ELSEWHERE]


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a fresh interpreter in the project's folder."""
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def loaded_after_importing(module: str) -> set[str]:
    """Return the top-level names that are loaded once `module` is imported."""
    done = run_python("-c", LOADED_AFTER, module)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_imports_on_its_own(package: str) -> None:
    names = modules_of(package)
    assert len(names) > 1, f"{package} has no modules"
    done = run_python("-c", IMPORT_EACH_ALONE, " ".join(names), " ".join(PACKAGES))
    assert done.returncode == 0, done.stderr


def test_the_contracts_of_import_linter_hold() -> None:
    done = run_python("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_spelling_of_vietnamese_needs_the_standard_library_only() -> None:
    """The Rasa component imports it on an interpreter that has none of our packages."""
    foreign = loaded_after_importing("knowledge.vietnamese") - set(sys.stdlib_module_names) - {"__main__", "knowledge"}
    assert {name for name in foreign if not name.startswith(("_", "sitecustomize"))} == set()


def test_starting_the_assistant_does_not_load_torch() -> None:
    """Importing it takes seconds, for which the first answer must not wait."""
    assert not loaded_after_importing("bot.__main__") & {"torch", "transformers", "sentence_transformers"}
