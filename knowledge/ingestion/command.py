"""The commands `ingest` and `accept` of `python -m knowledge`."""

from __future__ import annotations

import getpass
import logging
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TextIO

from knowledge.documents import read_documents
from knowledge.faults import KnowledgeError
from knowledge.ingestion.accepting import accept_draft
from knowledge.ingestion.errors import AlreadyRegisteredError, RefusalError
from knowledge.ingestion.ingesting import Ingestion
from knowledge.ingestion.report import summary
from knowledge.loading import KNOWLEDGE_FOLDER


def run(
    paths: Sequence[Path],
    *,
    today: date,
    by: str | None = None,
    update: bool = False,
    replace: bool = False,
    data_dir: Path | None = None,
    folder: Path = KNOWLEDGE_FOLDER,
    out: TextIO | None = None,
) -> int:
    """Make a draft of each file and print its difference and summary; return 1 when any file was refused.

    `by`: who ingests, the system's user by default. `update`: take a new wording of a registered document.
    `replace`: overwrite a draft that stands. `data_dir`: $DATA_DIR, else var; drafts lie in its drafts/documents.
    """
    out = out or sys.stdout
    logging.getLogger("pdfminer").setLevel(logging.ERROR)  # it grumbles about every second PDF
    author = by or _system_user()
    if not author:
        print("Không biết ai đang nhập: hãy ghi tên bằng --by.", file=out)
        return 1
    documents, _ = read_documents(folder / "documents")
    ingestion = Ingestion(documents, folder / "documents", _drafts(data_dir), author=author, today=today)
    refused = 0
    for path in paths:
        try:
            drafted = ingestion.draft(path, update=update, replace=replace)
        except RefusalError as refusal:
            refused += 1
            if isinstance(refusal, AlreadyRegisteredError):
                print(refusal.difference, file=out)
            print(f"KHÔNG NHẬP {refusal}", file=out)
        else:
            print(drafted.difference, file=out)
            print(summary(drafted), file=out)
    return 1 if refused else 0


def accept(
    document_id: str,
    *,
    by: str,
    today: date,
    keep_unverified: bool = False,
    data_dir: Path | None = None,
    folder: Path = KNOWLEDGE_FOLDER,
    out: TextIO | None = None,
) -> int:
    """Move a reviewed draft into the knowledge base; return 1 and print the faults when it may not go in.

    `by`: who reviewed it, another person than who ingested it.
    """
    out = out or sys.stdout
    draft = _drafts(data_dir) / f"{Path(document_id).name.removesuffix('.md')}.md"
    try:
        target = accept_draft(draft, folder, reviewer=by, today=today, keep_unverified=keep_unverified)
    except KnowledgeError as error:
        print(error, file=out)
        print(f"Chưa duyệt được: {len(error.faults)} lỗi; không có gì thay đổi.", file=out)
        return 1
    print(f"Đã đưa vào kho: {target}. Chạy python -m knowledge check, rồi make build.", file=out)
    return 0


def _drafts(data_dir: Path | None) -> Path:
    return (data_dir or Path(os.environ.get("DATA_DIR") or "var")) / "drafts" / "documents"


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a name for its user
        return ""
