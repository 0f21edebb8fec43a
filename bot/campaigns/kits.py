"""A plan from a kit of knowledge/campaigns: what a campaign's author starts from."""

from __future__ import annotations

from datetime import date, timedelta

from bot.campaigns.content import Audience, Doing, First, Message, Moment, Offer, Plan, Repeat, Source, Variant
from knowledge.campaigns import Kit, KitMessage


def plan_from_kit(kit: Kit, day: date) -> Plan:
    """Return the plan that a kit makes for `day`, from which its messages count.

    One that repeats comes again every year on its occasion, as a draft `kit.ahead` days before. Texts may have blanks
    (knowledge.campaigns.BLANK), without which filled in the plan cannot be submitted. Some people get each message
    first, unless it is an urgent one, which cannot wait for what they make of it.
    """
    return Plan(
        title=f"{kit.title} ({day:%d/%m/%Y})",
        goal=kit.goal,
        occasion=kit.occasion,
        kit=kit.id,
        day=day,
        messages=tuple(_message(one) for one in kit.messages),
        audience=Audience(topics=tuple(one.value for one in kit.topics)),
        first=None if kit.urgent else First(),
        repeat=Repeat(rule=kit.occasion, ahead=kit.ahead) if kit.repeats and kit.occasion else None,
        urgent=kit.urgent,
    )


def _message(one: KitMessage) -> Message:
    return Message(
        key=one.key,
        title=one.title,
        when=Moment(days=one.days, hour=one.hour),
        texts={Variant(variant): text.strip() for variant, text in one.texts.items()},
        cards=one.cards,
        sources=tuple(Source(document=ref.document, locator=ref.at) for ref in one.sources.values()),
        offers=tuple(Offer(label=offer.label, kind=Doing(offer.kind), target=offer.target) for offer in one.offers),
        send_for=timedelta(hours=one.send_for_hours),
        unless=(one.unless[0].value, one.unless[1]) if one.unless else None,
    )
