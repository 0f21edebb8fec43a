"""What happened to a campaign, as its pages tell it: who wrote it, who sent it back, who took it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.campaigns.lifecycle import Act, State
from bot.console.visits import Member
from bot.store.campaign_records import Campaign, CampaignEvent

WITHDRAWN: Final = "Người soạn rút lại để sửa."
"""The words of an author who takes a campaign back from review without any."""
WITHDRAW: Final = "withdraw"
"""Stands for `Act.SEND_BACK` where it was one of the authors."""
_WROTE: Final = frozenset({"create", "save"})


def authors(campaign: Campaign, events: Sequence[CampaignEvent]) -> Mapping[int, str]:
    """Return the names, by number, of all who wrote in a campaign: none of them may approve it.

    A draft that a series has made is its author's, though the program stored it.
    """
    wrote = {one.staff_id: one.staff_name or "" for one in events if one.act in _WROTE and one.staff_id is not None}
    return {
        campaign.created_by: campaign.created_by_name,
        **wrote,
        campaign.changed_by: campaign.changed_by_name,
    }


def history(campaign: Campaign, events: Sequence[CampaignEvent]) -> list[CampaignEvent]:
    """Return the events, the latest first; an author who took it back did not send it back."""
    wrote = authors(campaign, events)
    return [_taken_back(one) if _is_theirs(one, wrote) else one for one in reversed(events)]


def taken_back(campaign: Campaign, events: Sequence[CampaignEvent], member: Member) -> tuple[str, str]:
    """Return who took a draft back from review and why, as `member` reads it; "" twice where an approver sent it back.

    Who took it back need not have said why.
    """
    acts = [one for one in events if one.act == Act.SEND_BACK]
    if campaign.state is not State.DRAFT or not acts or not _is_theirs(acts[-1], authors(campaign, events)):
        return "", ""
    who = "Bạn" if acts[-1].staff_id == member.id else acts[-1].staff_name or "Người soạn"
    return who, _taken_back(acts[-1]).text or ""


def _is_theirs(one: CampaignEvent, wrote: Mapping[int, str]) -> bool:
    return one.act == Act.SEND_BACK and one.staff_id in wrote


def _taken_back(one: CampaignEvent) -> CampaignEvent:
    return replace(one, act=WITHDRAW, text=None if one.text == WITHDRAWN else one.text)
