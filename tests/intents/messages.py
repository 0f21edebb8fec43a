"""What people type, grouped by how it must be understood: this folder's YAML and the data of training."""

from __future__ import annotations

from pathlib import Path

import yaml

from intents.training import read_messages as read_reviewed

FOLDER = Path(__file__).parent


def read_messages(name: str) -> list[tuple[str, str]]:
    """Return (group, message) pairs of a file such as "screening.yml"."""
    groups = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return [(group, message) for group, messages in groups.items() for message in messages]


def emergencies(source: str) -> list[tuple[str, str]]:
    """Return (situation, message) of the reviewed emergencies from one source."""
    return [(m.situation or "", m.text) for m in read_reviewed() if m.emergency and m.source == source]


def calm(source: str) -> list[str]:
    """Return the reviewed messages from one source that are no emergencies."""
    return [message.text for message in read_reviewed() if not message.emergency and message.source == source]
