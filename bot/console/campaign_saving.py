"""Saves one piece of a draft, so that two authors never overwrite each other's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.campaigns.lifecycle import STATES
from bot.console.campaign_pieces import Change, digest_of
from bot.console.visits import NotFoundError, RefusedError
from bot.store.campaign_errors import NotADraftError, StaleCampaignError, UnknownCampaignError
from bot.store.campaign_records import Campaign
from bot.store.campaigns import Campaigns
from bot.store.staff import Author

_TRIES: Final = 5
"""How often another piece may be saved by somebody else between our reading and our saving."""


@dataclass(frozen=True)
class Kept:
    """What became of saving: the campaign as it is now, and in words why nothing was saved, if so."""

    campaign: Campaign
    refused: str = ""

    @property
    def done(self) -> bool:
        """Whether it is saved."""
        return not self.refused


@dataclass(frozen=True)
class Saving:
    """What is to be saved: `base` is the digest of the piece as its author `by` saw it."""

    campaign: int
    piece: str
    base: str
    by: Author


async def keep(campaigns: Campaigns, saving: Saving, change: Change) -> Kept:
    """Change one piece of a draft.

    Pieces that others have saved meanwhile stay as they are. A piece that somebody else has changed is not saved.
    Raises `NotFoundError` where there is no such campaign.
    """
    for _ in range(_TRIES):
        newest = await campaigns.by_id(saving.campaign)
        if newest is None:
            raise NotFoundError
        if digest_of(newest.plan, saving.piece) != saving.base:
            return Kept(newest, _THEIRS)
        try:
            return Kept(await campaigns.save(newest.id, change(newest.plan), newest.version, saving.by))
        except NotADraftError:
            return Kept(newest, _NO_DRAFT.format(state=STATES[newest.state].lower()))
        except UnknownCampaignError as error:
            raise NotFoundError from error
        except StaleCampaignError:
            continue
    raise RefusedError(_BUSY)


_BUSY: Final = "Nhiều người đang lưu cùng lúc nên chưa lưu được. Hãy quay lại trang trước và bấm Lưu lần nữa."
_THEIRS: Final = (
    "Chưa lưu: phần này vừa được người khác sửa. Nội dung bạn nhập còn nguyên dưới đây, bản của người kia hiện bên "
    "cạnh. Xem lại, sửa cho khớp rồi bấm Lưu lần nữa."
)
_NO_DRAFT: Final = (
    "Chưa lưu: chiến dịch hiện {state}, không còn là bản soạn. Nội dung bạn nhập còn nguyên dưới đây để sao chép; "
    "muốn sửa, hãy mở trang chiến dịch và đưa về bản soạn trước."
)
