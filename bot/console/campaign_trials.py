"""Sending a message to oneself before anybody else gets it, and showing which chats are one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from bot.campaigns.content import CHANNELS, VARIANTS, Variant
from bot.campaigns.previews import UnfitMessageError
from bot.campaigns.trying import NoChatsError, Trials
from bot.console.campaign_office import ONE, PATH, CampaignOffice
from bot.console.campaign_pieces import message_of
from bot.console.forms import Fields
from bot.console.permissions import Permission
from bot.console.visits import Page, RefusedError, Visit
from bot.store.campaign_records import Campaign
from bot.store.staff_contacts import VALID

_SEE: Final = Permission.SEE_CAMPAIGNS
_MINUTES: Final = int(VALID.total_seconds() // 60)


class CampaignTrials:
    """The page of trials of a campaign."""

    def __init__(self, office: CampaignOffice) -> None:
        self._office = office

    def pages(self) -> Sequence[Page]:
        """Return the routes. Approvers try messages too, so whoever sees a campaign may."""
        return (
            Page("GET", f"{ONE}/try", self.form, _SEE),
            Page("POST", f"{ONE}/try", self.send, _SEE),
            Page("POST", f"{ONE}/try/code", self.code, _SEE),
            Page("POST", f"{ONE}/try/forget", self.forget, _SEE),
        )

    async def form(self, visit: Visit) -> web.Response:
        """The form, and the chats of whoever looks."""
        return await self._page(visit, await self._office.campaign(visit))

    async def send(self, visit: Visit) -> web.StreamResponse:
        """Send one message in one variant to the chats of whoever asks."""
        campaign = await self._office.campaign(visit)
        fields = Fields(await visit.request.post())
        message = message_of(campaign.plan, fields.text("message", longest=100))
        variant = fields.choice("variant", Variant)
        press = fields.text("press", longest=60, required=False)
        if message is None:
            fields.faults.setdefault("message", "Tin này không còn trong chiến dịch.")
        if message is None or variant is None or not fields.fine:
            return await self._page(visit, campaign, fields, status=422)
        accounts = await self._office.accounts()
        trials = Trials(
            contacts=self._office.contacts,
            tell=self._office.tell,
            renderings=self._office.renderings,
        )
        try:
            tried = await trials.send(
                visit.member.id,
                message,
                campaign.plan,
                self._office.base,
                variant=variant,
                now=self._office.now(),
                press=press,
                accounts=list(accounts.values()),
            )
        except NoChatsError:
            return await self._page(visit, campaign, fields, said=_NO_CHATS, status=409)
        except UnfitMessageError as error:
            said = " ".join(one.text for one in error.faults)
            return await self._page(visit, campaign, fields, said=said, status=409)
        where = ", ".join(dict.fromkeys(CHANNELS[one.channel] for one in tried.sent))
        notice = f"Đã gửi thử “{message.title}” tới {where} của bạn. Mở điện thoại để xem."
        if tried.left_out:
            others = ", ".join(dict.fromkeys(CHANNELS[one.channel] for one in tried.left_out))
            notice = f"{notice} Lúc này không gửi được tới: {others}."
        return await self._office.renderer.done(visit, f"{PATH}/{campaign.id}/try", notice)

    async def code(self, visit: Visit) -> web.StreamResponse:
        """Show a new code, once."""
        campaign = await self._office.campaign(visit)
        code = await self._office.contacts.give(visit.member.id, self._office.now())
        return await self._page(visit, campaign, code=code)

    async def forget(self, visit: Visit) -> web.StreamResponse:
        """Let a chat be one's own no longer."""
        campaign = await self._office.campaign(visit)
        contact = Fields(await visit.request.post()).whole("contact", 1, 10**9)
        if contact is None or not await self._office.contacts.forget(visit.member.id, contact):
            raise RefusedError("Nơi nhận này không còn trong danh sách của bạn.")
        return await self._office.renderer.done(visit, f"{PATH}/{campaign.id}/try", "Đã bỏ nơi nhận tin gửi thử.")

    async def _page(
        self,
        visit: Visit,
        campaign: Campaign,
        fields: Fields | None = None,
        *,
        code: str = "",
        said: str = "",
        status: int = 200,
    ) -> web.Response:
        office = self._office
        typed = {"message": "", "variant": Variant.HOUSEHOLD.value, **(fields.as_typed() if fields else {})}
        return office.renderer.page(
            visit,
            "campaigns/try.html",
            status=status,
            campaign=campaign,
            messages={one.key: one.title for one in campaign.plan.messages},
            variants={one.value: words for one, words in VARIANTS.items()},
            channels=CHANNELS,
            chats=await office.contacts.of(visit.member.id),
            there=set((await office.accounts()).values()),
            now=office.now(),
            typed=typed,
            faults=fields.faults if fields else {},
            said=said,
            code=code,
            minutes=_MINUTES,
            press=f"{campaign.id}-{campaign.version}-{office.now().timestamp():.0f}",
        )


_NO_CHATS: Final = (
    "Bạn chưa có nơi nhận tin gửi thử, hoặc nơi đó không nhận được lúc này (đã chặn, kênh đang tắt, hay Zalo quá 7 "
    "ngày chưa nhắn). Nhắn một tin trong khung trò chuyện, hoặc lấy mã và gõ vào đó."
)
