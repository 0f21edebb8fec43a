"""Why something cannot be done with a campaign. What people read of it is written where it is shown."""

from __future__ import annotations

from collections.abc import Sequence

from bot.campaigns.lifecycle import CampaignActError

__all__ = [
    "CampaignActError",
    "CampaignError",
    "ChangedTextsError",
    "FaultyPlanError",
    "NotADraftError",
    "NotInForceError",
    "NothingToRetryError",
    "SamePersonError",
    "StaleCampaignError",
    "TooLateError",
    "UncheckedError",
    "UnknownCampaignError",
    "WordsMissingError",
]


class CampaignError(Exception):
    """An act on a campaign is refused; nothing of it has happened."""


class UnknownCampaignError(CampaignError, LookupError):
    """There is no such campaign."""


class StaleCampaignError(CampaignError):
    """It has been changed since it was read: by somebody else, or by the same click twice."""


class SamePersonError(CampaignError):
    """Who wrote in a campaign may not approve it."""


class NotADraftError(CampaignError):
    """A plan is changed while it is a draft only: what was submitted or approved is first made one again."""


class WordsMissingError(CampaignError):
    """A campaign is sent back with words only."""


class FaultyPlanError(CampaignError):
    """The plan has faults, in Vietnamese, so it can be neither submitted nor approved."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class UncheckedError(CampaignError):
    """The approver has not ticked all cited documents; `documents` are the ids of those that are missing."""

    def __init__(self, documents: Sequence[str]) -> None:
        super().__init__(", ".join(documents))
        self.documents = tuple(documents)


class NotInForceError(CampaignError):
    """Cited documents are not in force on the day of sending; `documents` name them as people know them."""

    def __init__(self, documents: Sequence[str]) -> None:
        super().__init__(", ".join(documents))
        self.documents = tuple(documents)


class ChangedTextsError(CampaignError):
    """The texts are no more what the approver was shown: the knowledge that they cite has been exchanged since."""


class TooLateError(CampaignError):
    """The time of a message has passed, or of an urgent one the time until which it may go."""


class NothingToRetryError(CampaignError):
    """There is no recipient whom it surely did not reach and to whom it may still go."""
