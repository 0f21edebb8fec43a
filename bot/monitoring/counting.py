"""Counts all figures of a monitoring report, in the order in which the report has them."""

from __future__ import annotations

from datetime import datetime

from bot.monitoring.figures import Figures
from bot.monitoring.material import Material, Name
from bot.monitoring.place_figures import of_places
from bot.monitoring.reach_figures import of_reach
from bot.monitoring.report_figures import LISTED_KINDS, named, of_agencies, of_reports, of_times
from bot.monitoring.resident_figures import of_questions, of_residents


def figures_of(material: Material, taken_at: datetime, place_name: Name, topic_name: Name) -> Figures:
    """Count everything. `place_name` names a code, `topic_name` a topic of the knowledge."""
    found = (
        *of_reports(material),
        *of_places(material, place_name),
        *of_agencies(material),
        *of_times(material),
        *of_questions(material, topic_name),
        *of_residents(material),
        *of_reach(material),
    )
    return Figures(taken_at, tuple(found), {kind: named(material.now, kind) for kind in LISTED_KINDS})
