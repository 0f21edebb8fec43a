"""Reads the message files of this folder: what people type, grouped by how it must be understood."""

from __future__ import annotations

from pathlib import Path

import yaml

FOLDER = Path(__file__).parent


def read_messages(name: str) -> list[tuple[str, str]]:
    """Return (group, message) pairs of a file such as "emergencies.yml"."""
    groups = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return [(group, message) for group, messages in groups.items() for message in messages]
