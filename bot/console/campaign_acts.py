"""Acts on a campaign: each has a page that says what will happen, and is then done once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bot.campaigns.lifecycle import STATES, Act, CampaignActError, State, after
from bot.console.campaign_history import WITHDRAWN
from bot.console.campaign_office import ONE, PATH, CampaignOffice, author_of, refusing, version_of
from bot.console.campaign_scope import places_beyond
from bot.console.forms import Fields
from bot.console.permissions import Permission
from bot.console.visits import Member, Page, RefusedError, Visit
from bot.store.campaign_records import Campaign
from knowledge.places import Places

_LONGEST_WORDS: Final = 1_000


@dataclass(frozen=True)
class ActWords:
    """What is said of an act: on its button, on the page before it, and when it is done."""

    button: str
    about: str
    done: str
    kind: str = "quiet"
    asks_why: bool = False


ACTS: Final[Mapping[Act, ActWords]] = {
    Act.PAUSE: ActWords(
        "Tạm dừng",
        "Việc gửi dừng trong vòng một giây. Tin đã giao cho kênh thì không rút lại được; người chưa nhận vẫn còn trong "
        "danh sách và sẽ nhận khi gửi tiếp, nếu chưa quá hạn gửi.",
        "Đã tạm dừng.",
        "danger",
        asks_why=True,
    ),
    Act.RESUME: ActWords(
        "Gửi tiếp",
        "Những người chưa nhận sẽ được gửi tiếp, nếu tin chưa quá hạn. Nếu đang theo dõi nhóm đầu và đã đủ thời gian, "
        "tin sẽ tới mọi người còn lại.",
        "Đã cho gửi tiếp.",
        "",
    ),
    Act.RETRY: ActWords(
        "Gửi lại cho người gửi không được",
        "Chỉ gửi lại cho người chắc chắn chưa nhận được, và chỉ với tin chưa quá hạn. Người không rõ đã nhận hay chưa "
        "thì không gửi lại, để không ai nhận hai lần.",
        "Đã xếp gửi lại.",
    ),
    Act.REVISE: ActWords(
        "Đưa về bản soạn để sửa",
        "Lịch gửi và danh sách đã chốt sẽ bỏ. Sửa xong phải gửi duyệt lại từ đầu.",
        "Đã đưa về bản soạn.",
    ),
    Act.SEND_BACK: ActWords(
        "Rút lại để sửa",
        "Chiến dịch trở về bản soạn. Sửa xong phải gửi duyệt lại.",
        "Đã rút lại thành bản soạn.",
    ),
    Act.CANCEL: ActWords(
        "Hủy chiến dịch",
        "Không ai nhận thêm tin nào của chiến dịch này nữa. Hủy rồi thì không mở lại được; muốn gửi, phải lập chiến "
        "dịch khác. Tin đã gửi không rút lại được.",
        "Đã hủy chiến dịch.",
        "danger",
        asks_why=True,
    ),
}
_ORDER: Final = (Act.RESUME, Act.PAUSE, Act.RETRY, Act.REVISE, Act.SEND_BACK, Act.CANCEL)
_BY_WRITERS: Final = frozenset({Act.REVISE, Act.SEND_BACK})
_ANYWHERE: Final = frozenset({Act.PAUSE})
"""What may be done with campaigns for the places of others too: it is undone at once, and waiting may be worse."""
_EITHER: Final = (Permission.WRITE_CAMPAIGNS, Permission.APPROVE_CAMPAIGNS)
_NO_RIGHT: Final = "Việc này cần quyền soạn hoặc duyệt chiến dịch. Nếu cần dừng gấp, hãy gọi người có quyền."
_ELSEWHERE: Final = (
    "Chiến dịch gửi tới {places}, ngoài địa bàn bạn phụ trách, nên bạn không làm được việc này. Cần dừng gấp thì bấm "
    "“Tạm dừng” rồi báo người phụ trách chiến dịch."
)


def possible_acts(campaign: Campaign, member: Member, known: Places, *, begun: bool) -> list[Act]:
    """Return what this member may do with the campaign now. `begun`: whether a message of it has begun."""
    theirs = not places_beyond(member, campaign.plan.audience, known)
    return [
        one
        for one in _ORDER
        if _may(member, one) and (theirs or one in _ANYWHERE) and _follows(campaign.state, one, begun=begun)
    ]


class CampaignActs:
    """The pages before acts, and the acts."""

    def __init__(self, office: CampaignOffice) -> None:
        self._office = office

    def pages(self) -> Sequence[Page]:
        """Return the routes; who may do which act is asked of each, since some are for authors and approvers alike."""
        path = f"{ONE}/acts/{{act:{'|'.join(one.value for one in _ORDER)}}}"
        return (
            Page("GET", path, self.ask, Permission.SEE_CAMPAIGNS),
            Page("POST", path, self.do, Permission.SEE_CAMPAIGNS),
        )

    async def ask(self, visit: Visit) -> web.StreamResponse:
        """Say what will happen, and ask."""
        campaign, act = await self._office.campaign(visit), _act(visit)
        self._demand_right(visit.member, campaign, act)
        return self._page(visit, campaign, act)

    async def do(self, visit: Visit) -> web.StreamResponse:
        """Do it, once."""
        campaign, act = await self._office.campaign(visit), _act(visit)
        self._demand_right(visit.member, campaign, act)
        fields = Fields(await visit.request.post())
        words = fields.text("text", longest=_LONGEST_WORDS, required=False, lines=True)
        if not fields.fine:
            return self._page(visit, campaign, act, faults=fields.faults, words=words, status=422)
        if campaign.state in _ALREADY.get(act, ()):
            notice = f"Việc này đã được làm rồi: chiến dịch {STATES[campaign.state].lower()}."
            return await self._office.renderer.done(visit, f"{PATH}/{campaign.id}", notice)
        written = words
        if act is Act.SEND_BACK:
            words = words or WITHDRAWN
        await refusing(
            self._office.campaigns.act(campaign.id, act, author_of(visit), version=version_of(fields), text=words),
            campaign.id,
            kept=written,
        )
        return await self._office.renderer.done(visit, f"{PATH}/{campaign.id}", ACTS[act].done)

    def _demand_right(self, member: Member, campaign: Campaign, act: Act) -> None:
        if not _may(member, act):
            raise RefusedError(_NO_RIGHT)
        if act not in _ANYWHERE and (beyond := places_beyond(member, campaign.plan.audience, self._office.places)):
            raise RefusedError(_ELSEWHERE.format(places=beyond), back=f"{PATH}/{campaign.id}")

    def _page(
        self,
        visit: Visit,
        campaign: Campaign,
        act: Act,
        *,
        faults: Mapping[str, str] | None = None,
        words: str = "",
        status: int = 200,
    ) -> web.Response:
        possible = _follows(campaign.state, act, begun=False) or _follows(campaign.state, act, begun=True)
        return self._office.renderer.page(
            visit,
            "campaigns/act.html",
            status=status,
            campaign=campaign,
            act=act,
            words=ACTS[act],
            typed=words,
            faults=faults or {},
            possible=possible,
            state=STATES[campaign.state],
        )


_ALREADY: Final[Mapping[Act, frozenset[State]]] = {
    Act.PAUSE: frozenset({State.PAUSED}),
    Act.CANCEL: frozenset({State.CANCELLED}),
}
"""Where a second click finds what it wanted."""


def _act(visit: Visit) -> Act:
    return Act(visit.request.match_info["act"])


def _may(member: Member, act: Act) -> bool:
    needed = (Permission.WRITE_CAMPAIGNS,) if act in _BY_WRITERS else _EITHER
    return any(member.may(one) for one in needed)


def _follows(state: State, act: Act, *, begun: bool) -> bool:
    try:
        after(state, act, begun=begun)
    except CampaignActError:
        return False
    return True
