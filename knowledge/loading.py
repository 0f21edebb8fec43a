"""Loads the whole knowledge base at once and refuses one with faults."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from knowledge.answers import read_cards
from knowledge.campaigns import read_kits
from knowledge.check import KnowledgeBase, check
from knowledge.documents import read_documents
from knowledge.drills import read_drills
from knowledge.emergencies import read_emergencies
from knowledge.faults import Fault, KnowledgeError
from knowledge.fines import read_fines
from knowledge.pictures import read_pictures
from knowledge.places import read_places
from knowledge.quizzes import read_quizzes

KNOWLEDGE_FOLDER: Final = Path(__file__).parent
_LOG: Final = logging.getLogger(__name__)


def load_knowledge(on: date, folder: Path = KNOWLEDGE_FOLDER) -> KnowledgeBase:
    """Load and validate everything below `folder` as of the day `on`.

    Raises `KnowledgeError` with every fault of every file, each naming file and line.
    """
    base, faults = _read(on, folder)
    if faults:
        raise KnowledgeError(faults)
    return base


def load_for_service(on: date, folder: Path = KNOWLEDGE_FOLDER) -> KnowledgeBase:
    """Load for answering: a card that rests on a document expired by `on` is left out, with a warning.

    So is a quiz, a drill or a kit for campaigns that rests on one. So no repealed law is shown as current, and a date
    alone does not stop the assistant. Raises `KnowledgeError` with every other fault.
    """
    base, faults = _read(on, folder)
    if lasting := [fault for fault in faults if not fault.outdated]:
        raise KnowledgeError(lasting)
    outdated = {fault.path for fault in faults}
    for fault in faults:
        _LOG.warning("left out: %s", fault)
    return replace(
        base,
        cards={id_: one for id_, one in base.cards.items() if one.source.path not in outdated},
        quizzes={id_: one for id_, one in base.quizzes.items() if one.file.path not in outdated},
        drills={id_: one for id_, one in base.drills.items() if one.file.path not in outdated},
        kits={id_: one for id_, one in base.kits.items() if one.source.path not in outdated},
    )


def _read(on: date, folder: Path) -> tuple[KnowledgeBase, list[Fault]]:
    documents, faults = read_documents(folder / "documents")
    cards, card_faults = read_cards(folder / "answers")
    emergencies, reply_faults = read_emergencies(folder / "emergencies")
    pictures, picture_faults = read_pictures(folder / "pictures")
    fines, fine_faults = read_fines(folder / "fines")
    places, place_faults = read_places(folder / "places")
    quizzes, quiz_faults = read_quizzes(folder / "quizzes")
    drills, drill_faults = read_drills(folder / "drills")
    kits, kit_faults = read_kits(folder / "campaigns")
    base = KnowledgeBase(
        documents=documents,
        cards=cards,
        emergencies=emergencies,
        pictures=pictures,
        fines=fines,
        places=places,
        quizzes=quizzes,
        drills=drills,
        kits=kits,
    )
    faults += card_faults + reply_faults + picture_faults + fine_faults + place_faults + quiz_faults + drill_faults
    return base, faults + kit_faults + check(base, on)
