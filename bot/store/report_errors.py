"""Why something cannot be done with a report. Nothing was changed then."""

from __future__ import annotations


class ReportError(Exception):
    """A report cannot be changed so."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class UnknownReportError(ReportError):
    """There is no such report."""


class StaleReportError(ReportError):
    """Somebody has changed the report since it was read."""


class TextMissingError(ReportError):
    """This needs words: an answer, or why it is done."""


class EvidenceMissingError(ReportError):
    """A report is closed with evidence: a photo of an official, or a document named in the details."""


class ReasonMissingError(TextMissingError):
    """A report is not taken for one of the reasons of the list, named in the details as "reason"."""


class AgencyMissingError(ReportError):
    """A report is forwarded to an agency that is there and active."""


class PhotoGoneError(ReportError):
    """A photo is not staged any more, or belongs to somebody else."""


class MergeError(ReportError):
    """A report is merged into another one that somebody still works on, not into itself."""


class ClaimedError(ReportError):
    """Somebody else has claimed the report."""


class ModerationError(ReportError):
    """There is nothing to change at that place, or nothing would change."""
