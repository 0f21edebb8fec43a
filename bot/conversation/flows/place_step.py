"""The step that asks where somebody lives, for all flows that do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.conversation.flows.forms import Accepted, Prompt, Reading, Refused, Step, Values
from bot.conversation.flows.place_reading import Named, PlaceReading

STEP: Final = "place"
_OPTIONS: Final = "place.options"
_NOTE: Final = "place.note"


class PlaceAsking:
    """Asks for a present commune or province, in `question`, and reads it."""

    def __init__(self, reading: PlaceReading, question: str) -> None:
        self._reading = reading
        self._question = question

    def step(self, applies: Callable[[Values], bool] = lambda _values: True) -> Step:
        """Return the step; it may be skipped."""
        return Step(name=STEP, ask=self._ask, read=self._read, optional=True, applies=applies)

    @staticmethod
    def noted(values: Values, question: str) -> str:
        """Return the next question after what is said of a place that was taken otherwise than it was named."""
        return f"{values.get(_NOTE, '')} {question}".strip()

    def _ask(self, values: Values) -> Prompt:
        return Prompt(self._question, self._reading.choices(values.get(_OPTIONS, "").split(",")))

    def _read(self, answer: str, _values: Values) -> Reading:
        read = self._reading.read(answer)
        if isinstance(read, Named):
            return Accepted({STEP: read.code, _NOTE: read.note})
        return Refused(read.why, {_OPTIONS: ",".join(read.codes)})
