"""The documentation is tested: what it names exists, what exists is documented."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.campaigns.lifecycle import diagram as diagram_of_campaigns
from bot.conversation.flows.lifecycle import diagram
from bot.feedback.lifecycle import diagram as diagram_of_reports

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOT_OURS = re.compile(r"\.(?!ci$|gitignore$).*|var|build|__pycache__|.*\.egg-info")
PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".ico", ".gif", ".woff2"}

# Written in two halves, so that this file does not name them either.
PACKAGE_INDEX_HOSTS = re.compile(
    "|".join(
        re.escape(first + second)
        for first, second in [
            ("pypi.", "org"),
            ("pypi.", "python.org"),
            ("python", "hosted.org"),
            ("download.", "pytorch.org"),
            ("registry.", "npmjs.org"),
            ("conda.", "anaconda.org"),
            ("index-", "url"),
        ]
    ),
    re.IGNORECASE,
)
PACKAGES = ("bot", "retrieval", "intents", "knowledge")
READS_A_SETTING = re.compile(
    r"""environ(?:ment)?(?:\.get\(|\[|,)\s*["']([A-Z][A-Z_]*)["']|["'](EMBEDDING_[A-Z_]+)["']"""
)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*$", re.MULTILINE)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def names(pages: list[Path]) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages]


def code_in(page: Path) -> str:
    """Return the code spans and code blocks of a page, one after the other."""
    return "\n".join(CODE.findall(read(page)))


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that a forge gives the headings of a page."""
    headings = HEADING.findall(FENCED.sub("", read(page)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def files_of_the_repository(folder: Path = ROOT) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if NOT_OURS.fullmatch(path.name):
            continue
        if path.is_dir():
            yield from files_of_the_repository(path)
        elif path.suffix not in PICTURES:
            yield path


def package_name(requirement: str) -> str:
    """Return the name in a requirement.

    >>> package_name("psycopg[binary]==3.3.9")
    'psycopg'
    """
    return re.split(r"[\[=<>!~; ]", requirement, maxsplit=1)[0]


def settings_read_by(code: str) -> set[str]:
    """Return the settings that code reads, by itself or through a function that is given the environment.

    >>> sorted(settings_read_by('environ["A"], environment.get("B"), one_of(environment, "C", D)'))
    ['A', 'B', 'C']
    """
    return {"".join(groups) for groups in READS_A_SETTING.findall(code)}


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", read(ROOT / "Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?<![\w./-])make(?: [A-Z]+=\S+)* ([a-z][\w-]*)", code_in(page)))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_module_that_a_page_runs_exists(page: Path) -> None:
    ours = [path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()]
    for name in re.findall(r"python -m ([\w.]+)", code_in(page)):
        if name.partition(".")[0] in ours:
            path = ROOT.joinpath(*name.split("."))
            assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), name


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for groups in LINK.findall(CODE.sub("", read(page))):
        target = "".join(groups)
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), target
        assert found.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors_of(found), target


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_file_of_ours_that_a_page_names_in_code_exists(page: Path) -> None:
    paths = re.findall(
        r"(?<![\w./-])(?:bot|knowledge|retrieval|intents|tests|docs|bench)/[\w./-]*[\w/](?![\w<*…])", code_in(page)
    )
    if page.name == "knowledge-format.md":  # its examples name files that do not exist
        return
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert missing == []


def test_every_direct_dependency_has_a_line_that_says_why() -> None:
    page = read(ROOT / "docs/dependencies.md")
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for requirement in (one for group in groups for one in group):
        assert re.search(rf"^\| `{re.escape(package_name(requirement))}` \| \S", page, re.MULTILINE), requirement


def test_the_page_of_dependencies_names_nothing_that_is_not_used() -> None:
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    direct = {package_name(requirement) for group in groups for requirement in group}
    listed = set(re.findall(r"^\| `([\w-]+)` \|", read(ROOT / "docs/dependencies.md"), re.MULTILINE))
    assert listed == direct


def test_every_direct_dependency_is_locked_at_its_version() -> None:
    locks = read(ROOT / "requirements.lock") + read(ROOT / "requirements-dev.lock")
    locked = set(locks.lower().replace("_", "-").split())
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    pinned = {re.sub(r"\[.*?\]", "", requirement).lower() for group in groups for requirement in group}
    assert pinned <= locked


def test_the_changelog_has_the_version() -> None:
    assert re.search(rf"^## {re.escape(PROJECT['version'])}\b", read(ROOT / "CHANGELOG.md"), re.MULTILINE)


def test_every_setting_that_the_code_reads_is_documented() -> None:
    page = read(ROOT / "docs/settings.md")
    names_of = {path: settings_read_by(read(path)) for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    missing = [f"{path}: {name}" for path, names in names_of.items() for name in names if f"`{name}`" not in page]
    assert missing == []
    found = set().union(*names_of.values())
    assert {"HOST", "PORT", "RASA_PYTHON", "EMBEDDING_MODEL", "TELEGRAM_TOKEN", "ZALO_OA_SECRETS"} <= found


def test_every_setting_that_the_documentation_lists_is_read_by_the_code() -> None:
    listed = set(re.findall(r"^\| `([A-Z][A-Z_]+)` \|", read(ROOT / "docs/settings.md"), re.MULTILINE))
    found = {
        name for package in PACKAGES for path in (ROOT / package).rglob("*.py") for name in settings_read_by(read(path))
    }
    assert listed <= found


def test_the_picture_of_the_architecture_names_every_package() -> None:
    picture = ROOT / "docs/architecture.svg"
    words = " ".join(ElementTree.fromstring(read(picture)).itertext())  # noqa: S314 - our own file
    for package in ("bot", "retrieval", "intents", "knowledge"):
        assert package in words


def test_no_file_names_a_package_index() -> None:
    """Where packages come from is the choice of whoever installs, in pip's own configuration."""
    naming = []
    for path in files_of_the_repository():
        found = PACKAGE_INDEX_HOSTS.search(path.read_text(encoding="utf-8", errors="replace"))
        if found:
            naming.append(f"{path.relative_to(ROOT)}: {found.group()}")
    assert naming == []


def test_the_picture_of_a_form_is_drawn_from_its_table() -> None:
    assert diagram() in read(ROOT / "docs/flows.md")


def test_the_picture_of_a_report_is_drawn_from_its_table() -> None:
    assert diagram_of_reports() in read(ROOT / "docs/reports.md")


def test_the_picture_of_a_campaign_is_drawn_from_its_table() -> None:
    assert diagram_of_campaigns() in read(ROOT / "docs/campaigns.md")
