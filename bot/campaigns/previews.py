"""What a message of a campaign looks like on each channel, and what approval freezes of it.

A text cites like an answer, with markers such as [1]. They count what `references` returns: first the message's own
`sources` in their order, then the sources of its `cards` in theirs, each once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from bot.campaigns.content import (
    CHANNELS,
    VARIANTS,
    WAY_OUT,
    Message,
    Offer,
    Plan,
    Source,
    Variant,
    ZaloTemplate,
)
from bot.channels.contract import Rendered
from bot.channels.showing import Rendering
from bot.conversation.citing import cite, cite_document
from bot.conversation.commands import Command, command_payload
from bot.conversation.messages import Button, Citation, Image, Kind, Reply
from knowledge.check import KnowledgeBase

MARKER: Final = re.compile(r"\[(\d{1,3})\]")
LONGEST_PAYLOAD: Final = 64
"""Bytes of a button's payload, which is what Telegram takes."""
WRONG: Final = "Tin này không đúng"
STOP: Final = "Dừng nhận tin"
ZALO: Final = "zalo_oa"
TEMPLATE: Final = "zalo_oa/template"
"""Under this name stands the text for where Zalo's window of consultation is closed; it is the same for everybody."""
_ANY_NUMBER: Final = 10**9
"""Stands for the number of a message that has none yet; as long as one ever gets."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something wrong with a plan, in Vietnamese. `message`: the key of the message, None for the plan as a whole.

    What does not `blocks` is only to be considered.
    """

    message: str | None
    text: str
    blocks: bool = True


@dataclass(frozen=True, kw_only=True)
class Preview:
    """How one text looks on one channel. `length` counts as the channel does; `limit` None: there is none."""

    message: str
    channel: str
    variant: Variant
    text: str
    buttons: tuple[str, ...]
    length: int
    limit: int | None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FrozenText:
    """What approval freezes of a message for one channel and variant: the part's body, and what numbers in it mean."""

    channel: str
    variant: Variant
    body: Mapping[str, Any]
    options: tuple[str, ...] = ()


class UnfitMessageError(Exception):
    """A message that is not one part on a channel, or cites what there is not; its faults, in Vietnamese."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(one.text for one in faults))
        self.faults = faults


def references(message: Message, base: KnowledgeBase) -> tuple[Source, ...]:
    """Return what the markers of a message stand for, from [1] on."""
    of_cards = (
        Source(document=ref.document, locator=ref.at)
        for card in message.cards
        if card in base.cards
        for ref in base.cards[card].sources.values()
    )
    return tuple(dict.fromkeys((*message.sources, *of_cards)))


def markers(text: str) -> tuple[int, ...]:
    """Return the markers of a text, in order, each once.

    >>> markers("Gọi 114 [2][1]. Rồi chạy [2].")
    (2, 1)
    """
    return tuple(dict.fromkeys(int(found) for found in MARKER.findall(text)))


def numbers(message: Message, variant: Variant, base: KnowledgeBase) -> Mapping[Source, int]:
    """Return under which number a reader of a variant finds each source that it cites."""
    known, text = references(message, base), message.texts.get(variant, "")
    cited = [number for number in markers(text) if 1 <= number <= len(known) and _is_there(known[number - 1], base)]
    return {known[number - 1]: place for place, number in enumerate(cited, 1)}


def payload_of(offer: Offer, message_id: int) -> str:
    """Return what an offer's button sends.

    >>> payload_of(Offer(label="Thử sức", kind=Doing.QUIZ, target="nha-an-toan"), 7)
    'go:quiz:nha-an-toan:7'
    """
    return f"go:{offer.kind.value}:{offer.target}:{message_id}"


def composed(message: Message, variant: Variant, base: KnowledgeBase, *, day: date, message_id: int) -> Reply:
    """Return a message as a reply: text, way out, sources as of `day`, offers, complaint and stop.

    Markers are counted anew from [1] in the order of the text, as each variant cites some of the message's sources.
    A marker that stands for nothing has no source under the text.
    """
    text = message.texts.get(variant) or message.texts.get(Variant.HOUSEHOLD, "")
    text, citations = _counted_anew(text, _citations(text, message, base, day))
    offers = (Button(label=one.label, payload=payload_of(one, message_id)) for one in message.offers)
    return Reply(
        kind=Kind.FLOW,
        text=f"{text.strip()}\n\n{WAY_OUT}",
        buttons=(
            *offers,
            Button(label=WRONG, payload=f"go:wrong:{message_id}"),
            Button(label=STOP, payload=command_payload(Command.STOP)),
        ),
        citations=citations,
        image=_image(message, base),
        id=uuid5(NAMESPACE_OID, f"campaign message {message_id} {variant.value}"),
    )


def preview(
    message: Message, plan: Plan, base: KnowledgeBase, renderings: Mapping[str, Rendering], *, today: date
) -> list[Preview]:
    """Return how each text of a message looks on each channel of the audience, with what does not fit.

    Sources are shown as of the day on which it is due, `today` where that is not known.
    """
    found: list[Preview] = []
    for channel, rendering in _rendering(plan, renderings):
        for variant in message.texts:
            reply = composed(message, variant, base, day=day_of(message, plan, today), message_id=_ANY_NUMBER)
            rendered, bare = _as_one_part(reply, rendering)
            shown = rendering.shown(rendered)
            one = Preview(
                message=message.key,
                channel=channel,
                variant=variant,
                text=shown.text,
                buttons=shown.buttons,
                length=shown.length,
                limit=rendering.limit,
            )
            found.append(replace(one, faults=tuple(_faults(message, rendered, one, bare=bare))))
    if message.template is not None and any(one.channel == ZALO for one in found):
        found.append(_template_shown(message, message.template))
    return found


def frozen(
    message: Message,
    message_id: int,
    plan: Plan,
    base: KnowledgeBase,
    renderings: Mapping[str, Rendering],
    *,
    today: date,
) -> list[FrozenText]:
    """Return what is sent of a message, whose number in the ledger is `message_id`, on each channel in each variant.

    Raises `UnfitMessageError` for what is not one part of a channel.
    """
    previews = preview(message, plan, base, renderings, today=today)
    if faults := tuple(fault for one in previews for fault in one.faults if fault.blocks):
        raise UnfitMessageError(faults)
    texts = [
        FrozenText(channel=channel, variant=variant, body=dict(rendered.parts[0].body), options=rendered.options)
        for channel, variant, rendered in _rendered(message, message_id, plan, base, renderings, today=today)
    ]
    if message.template is not None and any(one.channel == ZALO for one in texts):
        texts.append(FrozenText(channel=TEMPLATE, variant=Variant.HOUSEHOLD, body=_template(message.template)))
    return texts


def texts_digest(plan: Plan, base: KnowledgeBase, renderings: Mapping[str, Rendering], *, today: date) -> bytes:
    """Return the SHA-256 of all that the messages of a plan say on each channel in each variant, fit or not."""
    everything = [
        [message.key, channel, variant.value, [dict(part.body) for part in rendered.parts], rendered.options]
        for message in plan.messages
        for channel, variant, rendered in _rendered(message, _ANY_NUMBER, plan, base, renderings, today=today)
    ]
    return hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).digest()


def day_of(message: Message, plan: Plan, today: date) -> date:
    """Return the day on which a message is due; `today` where it hangs on a day that is not set."""
    try:
        return message.when.on(plan.day).date()
    except ValueError:
        return today


def _rendered(
    message: Message,
    number: int,
    plan: Plan,
    base: KnowledgeBase,
    renderings: Mapping[str, Rendering],
    *,
    today: date,
) -> Iterator[tuple[str, Variant, Rendered]]:
    """Render each text of a message, whose number in the ledger is `number`, on each channel of the audience."""
    for channel, rendering in _rendering(plan, renderings):
        for variant in message.texts:
            reply = composed(message, variant, base, day=day_of(message, plan, today), message_id=number)
            yield channel, variant, _as_one_part(reply, rendering)[0]


def _template_shown(message: Message, template: ZaloTemplate) -> Preview:
    """What is known of a template here: its words stand at Zalo."""
    lines = [f"{name}: {value}" for name, value in template.data.items()]
    text = "\n".join([f"Mẫu tin Zalo số {template.id}, gửi khi đã quá 7 ngày từ lần tương tác cuối.", *lines])
    return Preview(
        message=message.key,
        channel=TEMPLATE,
        variant=Variant.HOUSEHOLD,
        text=text,
        buttons=(),
        length=len(text),
        limit=None,
    )


def _rendering(plan: Plan, renderings: Mapping[str, Rendering]) -> Iterator[tuple[str, Rendering]]:
    wanted = plan.audience.channels or tuple(CHANNELS)
    return ((channel, renderings[channel]) for channel in wanted if channel in renderings)


def _as_one_part(reply: Reply, rendering: Rendering) -> tuple[Rendered, bool]:
    """The reply with its picture if both are one part there, else without it: a picture is never worth a second.

    Also whether the picture was left out.
    """
    rendered = rendering(reply)
    if reply.image is not None and len(rendered.parts) != 1:
        return rendering(replace(reply, image=None)), True
    return rendered, False


def _faults(message: Message, rendered: Rendered, one: Preview, *, bare: bool) -> Iterator[Fault]:
    """What is wrong with how a text looks on a channel."""
    name = f"“{message.title}”, bản {VARIANTS[one.variant].lower()}, {CHANNELS[one.channel]}"
    if one.limit is not None and len(rendered.parts) != 1:
        over = max(1, one.length - one.limit)
        text = f"dài quá {over} ký tự, giới hạn {one.limit} (tính cả nguồn, nút và dòng hướng dẫn dừng nhận)"
        yield Fault(message=message.key, text=f"{name}: {text}.")
    if bare:
        text = "không kèm được hình trong cùng một tin, nên chỉ gửi chữ"
        yield Fault(message=message.key, text=f"{name}: {text}.", blocks=False)


def _citations(text: str, message: Message, base: KnowledgeBase, day: date) -> tuple[Citation, ...]:
    known = references(message, base)
    found = []
    for number in sorted(markers(text)):
        if not 1 <= number <= len(known):
            continue
        source = known[number - 1]
        document = base.documents.get(source.document)
        passage = base.passage(f"{source.document}#{source.locator}") if source.locator else None
        if passage is not None:
            found.append(cite(number, passage, day))
        elif document is not None:
            found.append(cite_document(number, document, day))
    return tuple(found)


def _is_there(source: Source, base: KnowledgeBase) -> bool:
    if source.locator:
        return base.passage(f"{source.document}#{source.locator}") is not None
    return source.document in base.documents


def _counted_anew(text: str, citations: tuple[Citation, ...]) -> tuple[str, tuple[Citation, ...]]:
    known = {one.marker: one for one in citations}
    places = {number: place for place, number in enumerate((one for one in markers(text) if one in known), 1)}
    counted = MARKER.sub(lambda found: f"[{places.get(int(found[1]), found[1])}]", text)
    return counted, tuple(replace(known[number], marker=place) for number, place in places.items())


def _template(template: ZaloTemplate) -> dict[str, Any]:
    """The part by which the channel sends a template."""
    return {"template": {"template_id": template.id, "template_data": dict(template.data)}}


def _image(message: Message, base: KnowledgeBase) -> Image | None:
    """The picture, in the words of a card that shows it, else in its own title."""
    picture = base.pictures.get(message.image or "")
    if picture is None:
        return None
    shown = (card.image.alt for card in base.cards.values() if card.image and card.image.file == message.image)
    return Image(name=picture.png_name, alt=next(shown, picture.title))
