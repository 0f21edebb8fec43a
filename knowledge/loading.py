"""Loads the whole knowledge base at once and refuses one with faults."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from knowledge.answers import read_cards
from knowledge.check import KnowledgeBase, check
from knowledge.documents import read_documents
from knowledge.emergencies import read_emergencies
from knowledge.faults import KnowledgeError

KNOWLEDGE_FOLDER: Final = Path(__file__).parent


def load_knowledge(on: date, folder: Path = KNOWLEDGE_FOLDER) -> KnowledgeBase:
    """Load and validate everything below `folder` as of the day `on`.

    Raises `KnowledgeError` with every fault of every file, each naming file and line.
    """
    documents, faults = read_documents(folder / "documents")
    cards, card_faults = read_cards(folder / "answers")
    emergencies, reply_faults = read_emergencies(folder / "emergencies")
    base = KnowledgeBase(documents=documents, cards=cards, emergencies=emergencies)
    faults = faults + card_faults + reply_faults + check(base, on)
    if faults:
        raise KnowledgeError(faults)
    return base
