"""Command line of the knowledge base: check it, audit it, take new documents in."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

from knowledge.audit import Question, as_text, audit, read_questions
from knowledge.clock import today
from knowledge.faults import KnowledgeError
from knowledge.ingestion import command as ingestion
from knowledge.loading import KNOWLEDGE_FOLDER, load_for_service, load_knowledge
from knowledge.pictures import render_all

_PATIENCE = 60  # seconds for reading the questions


def main() -> int:
    """Run a command; exit code 1 when there is a fault."""
    options = _parser().parse_args()
    try:
        run: int = options.run(options)
    except KnowledgeError as error:
        print(error, file=sys.stderr)
        print(f"{len(error.faults)} fault(s)", file=sys.stderr)
        return 1
    return run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m knowledge", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    checking = commands.add_parser("check", help="validate all files, naming file and line of each fault")
    checking.add_argument("--on", type=date.fromisoformat, default=today(), metavar="YYYY-MM-DD", help="as of that day")
    checking.set_defaults(run=_check)
    drawing = commands.add_parser("pictures", help="render the pictures that are not rendered yet")
    drawing.set_defaults(run=_pictures)
    auditing = commands.add_parser("audit", help="list what wants looking after, in Vietnamese")
    auditing.add_argument(
        "--questions", type=Path, metavar="FILE", help="unanswered questions as JSON lines; else asked"
    )
    auditing.set_defaults(run=_audit)
    ingesting = commands.add_parser("ingest", help="turn files into draft documents, shown as a diff")
    ingesting.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help=".pdf (with text), .docx, .html, .txt, .md"
    )
    ingesting.add_argument("--by", metavar="NAME", help="who takes it in; else the system's user")
    ingesting.add_argument("--update", action="store_true", help="draft a newer wording of a registered document")
    ingesting.add_argument("--replace", action="store_true", help="write over an existing draft")
    ingesting.set_defaults(run=_ingest)
    accepting = commands.add_parser("accept", help="move a reviewed draft into the documents")
    accepting.add_argument("id", metavar="ID", help="id of the draft")
    accepting.add_argument(
        "--by", required=True, metavar="NAME", help="who reviewed it: another person than took it in"
    )
    accepting.add_argument(
        "--keep-unverified", action="store_true", help="accept although its standing is not verified"
    )
    accepting.set_defaults(run=_accept)
    return parser


def _folder() -> Path:
    return Path(os.environ.get("KNOWLEDGE_DIR") or KNOWLEDGE_FOLDER)


def _check(options: argparse.Namespace) -> int:
    base = load_knowledge(options.on, _folder())
    passages = sum(1 for document in base.documents.values() for _ in document.passages())
    print(
        f"{len(base.documents)} documents, {passages} passages, {len(base.cards)} cards, "
        f"{len(base.emergencies)} emergency replies, {len(base.fines.rows)} fines, {len(base.pictures)} pictures, "
        f"{len(base.quizzes)} quizzes, {len(base.drills)} drills, {len(base.kits)} kits for campaigns, "
        f"{len(base.places.provinces)} provinces, {len(base.places.communes)} communes: no fault"
    )
    return 0


def _ingest(options: argparse.Namespace) -> int:
    return ingestion.run(
        options.files, today=today(), by=options.by, update=options.update, replace=options.replace, folder=_folder()
    )


def _accept(options: argparse.Namespace) -> int:
    kept = options.keep_unverified
    return ingestion.accept(options.id, by=options.by, today=today(), keep_unverified=kept, folder=_folder())


def _pictures(_options: argparse.Namespace) -> int:
    base = load_for_service(today(), _folder())
    folder = Path(os.environ.get("DATA_DIR") or "var") / "pictures"
    render_all(base.pictures, folder)
    print(f"{len(base.pictures)} pictures in {folder}")
    return 0


def _audit(options: argparse.Namespace) -> int:
    base = load_for_service(today(), _folder())
    print(as_text(audit(base, _questions(options.questions), today())))
    return 0


def _questions(path: Path | None) -> list[Question] | None:
    """The unanswered questions: from a file, or as the assistant's own command prints them; None if it cannot."""
    if path is not None:
        try:
            return read_questions(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line)
        except (OSError, ValueError, LookupError, TypeError) as error:
            print(f"{path}: unanswered questions could not be read: {error!r}", file=sys.stderr)
            return None
    command = [sys.executable, "-m", "bot", "questions"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=True)  # noqa: S603 - our own
    except (OSError, subprocess.SubprocessError) as error:
        print(f"unanswered questions could not be read: {error}", file=sys.stderr)
        return None
    return read_questions(json.loads(line) for line in found.stdout.splitlines() if line)


if __name__ == "__main__":
    sys.exit(main())
