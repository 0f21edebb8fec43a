"""What the pages of campaigns share: the stores, what the knowledge says of a plan, and how refusals are told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from bot.campaigning import campaigning_of
from bot.campaigns.checking import faults
from bot.campaigns.content import Plan
from bot.campaigns.lifecycle import STATES, State
from bot.campaigns.occasions import OCCASIONS
from bot.campaigns.previews import Fault
from bot.channels.telegram.adapter import CHANNEL as TELEGRAM
from bot.channels.zalo_oa.adapter import CHANNEL as ZALO_OA
from bot.console.campaign_words import repeat_in_words
from bot.console.forms import Fields
from bot.console.parts import Parts
from bot.console.visits import NotFoundError, RefusedError, Visit
from bot.gateway import paces_of, renderings_of
from bot.settings import Settings
from bot.store.accounts import Accounts
from bot.store.campaign_broadcasts import CampaignBroadcasts
from bot.store.campaign_errors import (
    CampaignActError,
    CampaignError,
    ChangedTextsError,
    FaultyPlanError,
    NotADraftError,
    NothingToRetryError,
    NotInForceError,
    SamePersonError,
    StaleCampaignError,
    TooLateError,
    UncheckedError,
    UnknownCampaignError,
    WordsMissingError,
)
from bot.store.campaign_records import Campaign
from bot.store.campaign_results import Results
from bot.store.campaign_series import templates
from bot.store.quotas import Quotas
from bot.store.staff import Author
from bot.store.staff_contacts import StaffContacts
from knowledge.campaigns import Kit
from knowledge.check import KnowledgeBase
from knowledge.places import Places

PATH: Final = "/console/campaigns"
ONE: Final = r"/campaigns/{id:\d{1,15}}"
MOST_CHANGES: Final = 10**9
Given = TypeVar("Given")
_WHY: Final[Mapping[type[CampaignError], str]] = {
    StaleCampaignError: "Chiến dịch vừa thay đổi, do người khác hoặc do bấm hai lần, nên lần bấm này chưa làm gì. "
    "Hãy mở lại trang chiến dịch để xem tình trạng hiện nay.",
    ChangedTextsError: "Kho tri thức vừa được cập nhật nên nguồn dẫn trong tin có thể đã khác với bản bạn vừa xem; "
    "chưa duyệt gì. Trang này đã hiện nội dung mới: hãy xem lại rồi bấm duyệt lần nữa.",
    SamePersonError: "Người đã soạn hoặc sửa chiến dịch không được tự duyệt. Hãy nhờ người khác có quyền duyệt.",
    NotADraftError: "Chiến dịch không còn là bản soạn nên không sửa được. Hãy đưa về bản soạn trước.",
    WordsMissingError: "Ghi điều cần sửa để người soạn biết.",
    TooLateError: "Đã quá giờ gửi của tin đầu tiên nên không duyệt được nữa. Hãy trả lại để chọn giờ khác.",
    NothingToRetryError: "Không còn ai để gửi lại: mọi người đã nhận, hoặc tin đã quá hạn gửi.",
}
_UNKNOWN: Final = "Không làm được việc này. Hãy mở lại trang chiến dịch và thử lại."


class CampaignOffice:
    """One for all pages of campaigns."""

    def __init__(self, parts: Parts) -> None:
        self.renderer = parts.renderer
        self.now = parts.now
        self.today = parts.today
        self.heavy = parts.heavy
        self.tell = parts.tell
        self.renderings = renderings_of(parts.settings)
        self.paces = paces_of(parts.settings)
        self.campaigning = campaigning_of(parts.database, parts.sealer, parts.settings, parts.knowledge, parts.now)
        self.campaigns = self.campaigning.campaigns
        self.results = Results(parts.database, parts.now)
        self.quotas = Quotas(parts.database)
        self.broadcasts = CampaignBroadcasts(parts.database)
        self.contacts = StaffContacts(parts.database)
        self._database = parts.database
        self._knowledge = parts.knowledge
        self._accounts = Accounts(parts.database)
        self._settings = parts.settings

    @property
    def base(self) -> KnowledgeBase:
        """The knowledge that is in use."""
        return self._knowledge()

    @property
    def places(self) -> Places:
        """The present provinces and communes."""
        return self.base.places

    @property
    def occasions(self) -> Mapping[str, str]:
        """The names of the occasions of the year, by id."""
        return {one.id: one.name for one in OCCASIONS}

    def kits(self) -> Mapping[str, Kit]:
        """What is ready to begin a campaign from, by id."""
        return self.base.kits

    async def faults(self, plan: Plan) -> list[Fault]:
        """Return what is wrong with a plan now, and what is to be considered; in a thread, as it takes a moment.

        What no channel can show is among it, so that a page without faults is one that can be handed on.
        """
        known = replace(self.campaigning.judging.known(), renderings=self.renderings)
        return await asyncio.to_thread(faults, plan, self.base, self.now(), known)

    def titles(self) -> dict[str, str]:
        """What people call quizzes and drills, by id."""
        base = self.base
        return {
            **{one.id: one.title for one in base.quizzes.values()},
            **{one.id: one.title for one in base.drills.values()},
        }

    async def accounts(self) -> dict[str, int]:
        """The numbers of the accounts that are configured, by channel; one that never started has none yet."""
        found = {channel: await self._accounts.find(channel, name) for channel, name in _configured(self._settings)}
        return {channel: number for channel, number in found.items() if number is not None}

    async def repeats(self, campaign: Campaign) -> str:
        """Return when a campaign comes again; "" where it does not.

        What was cancelled is repeated by nothing, but other campaigns of its series may go on.
        """
        if campaign.plan.repeat is None or campaign.series_ended:
            return ""
        if campaign.state is not State.CANCELLED:
            return repeat_in_words(campaign.plan.repeat, self.occasions)
        series = campaign.repeats_id or campaign.id
        async with self._database.sessions() as session:
            found = next((one for one in await templates(session) if one.series == series), None)
        if found is None or found.plan.repeat is None:
            return ""
        return f"Kỳ này đã hủy; các kỳ khác vẫn lặp lại. {repeat_in_words(found.plan.repeat, self.occasions)}"

    async def campaign(self, visit: Visit) -> Campaign:
        """Return the campaign of the address. Raises `NotFoundError`."""
        found = await self.campaigns.by_id(int(visit.request.match_info["id"]))
        if found is None:
            raise NotFoundError
        return found


def author_of(visit: Visit) -> Author:
    """Return the member as the stores name them."""
    return Author(visit.member.id, visit.member.login)


def version_of(fields: Fields) -> int:
    """Return the version that the form was made from; a form without one is as old as can be."""
    return fields.whole("version", 0, MOST_CHANGES) or 0


async def refusing(change: Awaitable[Given], campaign: int, *but: type[CampaignError], kept: str = "") -> Given:
    """Return what an act on a campaign returns; what it refuses is told in words, except those named in `but`.

    With the refusal comes the way to the campaign as it is now, and `kept`: what was written for the act. Raises
    `RefusedError`, `NotFoundError` and what is named.
    """
    try:
        return await change
    except but:
        raise
    except UnknownCampaignError as error:
        raise NotFoundError from error
    except (CampaignError, CampaignActError) as error:
        raise RefusedError(why_not(error), back=f"{PATH}/{campaign}", kept=kept) from error


def why_not(error: Exception) -> str:
    """Return why an act on a campaign is refused, for people."""
    match error:
        case CampaignActError():
            return f"Chiến dịch hiện {STATES[error.state].lower()} nên không làm được. Có thể đã có người làm rồi."
        case FaultyPlanError():
            return f"Bản soạn còn lỗi: {_listed(error.faults)}"
        case UncheckedError():
            return "Chưa đánh dấu đã xem hết các văn bản được dẫn. Xem và đánh dấu từng văn bản rồi duyệt."
        case NotInForceError():
            return f"Có văn bản không còn hiệu lực vào ngày gửi: {_listed(error.documents)} Trả lại để người soạn thay."
    return next((words for kind, words in _WHY.items() if isinstance(error, kind)), _UNKNOWN)


def _listed(words: Sequence[str]) -> str:
    return " ".join(one if one.endswith(".") else f"{one}." for one in words)


def _configured(settings: Settings) -> list[tuple[str, str]]:
    """Channel and name of the accounts that are configured."""
    found = []
    if settings.telegram is not None:
        found.append((TELEGRAM, settings.telegram.bot_id))
    if settings.zalo_oa is not None:
        found.append((ZALO_OA, settings.zalo_oa.oa_id))
    if settings.zalo_bot is not None:
        account = settings.zalo_bot.account
        found.append((account.channel, account.id))
    return found
