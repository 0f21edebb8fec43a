"""Where the process that understands intents can be reached: what its client and its supervision share."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol


class State(StrEnum):
    """How the understanding of intents fares; it stands on the health page."""

    OFF = "off"  # not wanted, or not installed: the assistant does without it
    STARTING = "starting"  # not ready yet, or starting again
    READY = "ready"
    BROKEN = "broken"  # it failed again and again; it is still being tried


@dataclass(frozen=True)
class Address:
    """Where to ask. `model` names the model that answers there: another name means that answers may differ."""

    url: str
    token: str = field(default="", repr=False)
    model: str = ""


class NluService(Protocol):
    """A process that can be asked, now or later; an asynchronous context keeps it running."""

    @property
    def address(self) -> Address | None:
        """Where it can be asked now; None while it cannot."""

    @property
    def state(self) -> State:
        """How it fares."""

    async def start(self) -> None:
        """Begin to keep it running; returns at once."""

    async def stop(self) -> None:
        """End it; returns when it is gone."""


@dataclass(frozen=True)
class FixedService:
    """One that is not ours to run: somebody else's, or none at all."""

    address: Address | None
    state: State

    async def start(self) -> None:
        """Nothing is to be started."""

    async def stop(self) -> None:
        """Nothing is to be stopped."""


NO_SERVICE: Final = FixedService(None, State.OFF)
"""Every message is understood without it."""


def service_at(url: str, token: str = "") -> FixedService:
    """Return the one that an operator runs and looks after at `url`."""
    return FixedService(Address(url.rstrip("/"), token, url), State.READY)
