"""Reads the trained classifier out of Rasa's model and asks it in process, for messages that Rasa does not answer.

Rasa is killed, hangs or starts for some seconds now and then. The model it serves holds our classifier as JSON and
npz, so the same intents can be told without it; only what Rasa adds (entities, the fallback) is missing.
"""

from __future__ import annotations

import logging
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import Final

from intents.classifier import IntentClassifier
from intents.intents import Intent
from intents.understanding import Understanding

_LOG: Final = logging.getLogger(__name__)
_FILES: Final = frozenset({"words.json", "weights.npz", "families.yml"})
_LARGEST: Final = 64 * 1024 * 1024  # bytes of one file of the model


class StandIn:
    """Names the intents of a message in a millisecond or two."""

    def __init__(self, classifier: IntentClassifier) -> None:
        self._classifier = classifier

    @classmethod
    def of(cls, model: Path | None) -> StandIn | None:
        """Return the classifier inside a model archive; None, with a line in the log, where there is none to read."""
        if model is None:
            return None
        try:
            with tempfile.TemporaryDirectory() as folder:
                _extract(model, Path(folder))
                classifier = IntentClassifier.load(Path(folder))
                for label in classifier.labels:
                    Intent(label)  # ValueError: the model is not of this version
                stand_in = cls(classifier)
                stand_in.parse("thử đọc một câu")
                return stand_in
        except Exception as error:  # whatever is wrong with the file: the assistant does without
            _LOG.warning("the classifier cannot be read from %s: %s", model.name, type(error).__name__)
            return None

    def parse(self, text: str) -> Understanding | None:
        """Return what `text` wants; None for a text without letters. Raises nothing."""
        if not any(map(str.isalnum, text)):
            return None
        ranking = tuple((Intent(name), share) for name, share in self._classifier.ranking(text))
        return Understanding(*ranking[0], ranking)


def _extract(model: Path, folder: Path) -> None:
    """Write the classifier's files, found by their names, into `folder`; nothing else of the archive is touched."""
    with tarfile.open(model) as archive:
        for member in archive:
            name = PurePosixPath(member.name).name
            if name in _FILES and member.isfile() and member.size <= _LARGEST:
                content = archive.extractfile(member)
                if content is not None:
                    (folder / name).write_bytes(content.read())
