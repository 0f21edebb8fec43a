"""An office that plans and sends campaigns, for the tests of their pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Final
from uuid import uuid4

from bot.campaigns.content import First, Message, Moment, Plan, Source, Variant
from bot.campaigns.lifecycle import Act, State
from bot.console.campaign_office import CampaignOffice
from bot.console.permissions import Role
from bot.store.campaign_records import Campaign
from bot.store.staff import Author
from tests.integration.stored import change

from .visiting import DAY, Answer, Console, Visitor

PATH: Final = "/console/campaigns"
DAY_OF_ALL: Final = date(2027, 10, 4)
TEXT: Final = "Khi có cháy: gọi 114 ngay.\n\nCả nhà hẹn nhau một chỗ ngoài ngõ."
LAW: Final = Source(document="luat-55-2024-qh15", locator="dieu-8-k2")


def message(key: str = "ngay-chinh", *, days: int = 0, **more: object) -> Message:
    """A message without a fault."""
    held = Message(
        key=key, title=f"Tin {key}", when=Moment(days=days, hour=time(8, 10)), texts={Variant.HOUSEHOLD: TEXT}
    )
    return replace(held, **more)  # type: ignore[arg-type]


def plan(*messages: Message, title: str = "Ngày toàn dân 04/10", **more: object) -> Plan:
    """A plan without a fault."""
    held = Plan(
        title=title,
        goal="Ai cũng nhớ 114.",
        occasion="ngay-04-10",
        day=DAY_OF_ALL,
        messages=messages or (message(),),
        first=First(watch=timedelta(minutes=30)),
    )
    return replace(held, **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Bureau:
    """Two authors, two approvers, and what pages stand on."""

    console: Console
    office: CampaignOffice
    author: Visitor
    other: Visitor
    approver: Visitor
    second: Visitor

    def by(self, visitor: Visitor) -> Author:
        """A visitor as the stores name them."""
        return Author(visitor.staff_id, visitor.login)

    async def written(self, held: Plan | None = None) -> int:
        """A draft of the author's; its number."""
        return await self.office.campaigns.create(held or plan(), self.by(self.author))

    async def submitted(self, held: Plan | None = None) -> int:
        """A campaign that waits for approval."""
        number = await self.written(held)
        await self.office.campaigns.act(number, Act.SUBMIT, self.by(self.author))
        return number

    async def scheduled(self, held: Plan | None = None, people: int = 4) -> int:
        """A campaign that was approved and frozen for some people on the page."""
        await self.subscribed(people)
        number = await self.submitted(held)
        cited = self.office.campaigning.judging.cited((await self.got(number)).plan, DAY_OF_ALL)
        approved = await self.office.campaigns.act(
            number, Act.APPROVE, self.by(self.approver), checked=[one.document for one in cited]
        )
        work = self.office.campaigning.work(list, _nobody)
        await work.freeze(number, approved.version)
        assert (await self.got(number)).state is State.SCHEDULED
        return number

    async def sending(self, held: Plan | None = None, people: int = 4) -> int:
        """A campaign of today whose first message is being sent; the clock stands at its hour, 10 minutes on."""
        number = await self.scheduled(replace(held or plan(), day=DAY), people)
        messages = await self.office.campaigns.messages(number)
        self.console.clock.at = messages[0].due_at
        await self.office.campaigning.work(list, _nobody).begin(messages[0].id)
        assert (await self.got(number)).state is State.SENDING
        return number

    async def subscribed(self, people: int) -> None:
        """So many residents who want to be told of campaigns on the page."""
        for _ in range(people):
            conversation = uuid4()
            await change(
                self.console.parts.database,
                "INSERT INTO conversation (id, channel) VALUES (:id, 'web')",
                id=conversation,
            )
            await change(
                self.console.parts.database,
                "INSERT INTO subscription (conversation_id, topics, consent_version, consent_channel)"
                " VALUES (:id, ARRAY['campaigns'], '2026-11', 'web')",
                id=conversation,
            )

    async def got(self, number: int) -> Campaign:
        """A campaign as it is stored."""
        found = await self.office.campaigns.by_id(number)
        assert found is not None
        return found

    async def acts(self, number: int) -> list[str]:
        """What happened to a campaign, oldest first."""
        return [one.act for one in await self.office.campaigns.events(number)]


async def bureau_of(console: Console) -> Bureau:
    """An office on a console."""
    return Bureau(
        console,
        CampaignOffice(console.parts),
        await console.signed_in(Role.AUTHOR, name="Trần Thị Bình", login="binh"),
        await console.signed_in(Role.AUTHOR, Role.APPROVER, name="Phạm Minh", login="minh"),
        await console.signed_in(Role.APPROVER, name="Lê Văn Cường", login="cuong"),
        await console.signed_in(Role.APPROVER, name="Đỗ Thu Hà", login="ha"),
    )


async def _nobody(_matter: str, _words: str) -> None:
    """Nobody is told."""


def shown(page: Answer, *words: str) -> bool:
    """Whether a page was shown, with all these words."""
    return page.status == 200 and all(one in page.text for one in words)


def titles(page: Answer, among: Sequence[str]) -> list[str]:
    """Which of these stand on a page."""
    return [one for one in among if one in page.text]
