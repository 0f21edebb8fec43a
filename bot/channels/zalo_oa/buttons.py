"""Buttons of a message: of which kind each is, and how it reads as a line where Zalo takes no such button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from bot.channels.zalo_oa.capabilities import Capability

Button: TypeAlias = Mapping[str, Any]
SHORT: Final = 6
"""Digits below which a telephone number is a short one, such as 114; facts show phone codes as 84… only."""
KINDS: Final = (
    Capability.SHORT_CALLS,
    Capability.CALLS,
    Capability.LINKS,
    Capability.BUTTONS,
    Capability.PICTURES,
)
"""Kinds of what is attached; the likelier to be refused stand in front."""
_HOW: Final = "(Gõ lại lời bạn chọn.)"


def kind_of(button: Button) -> Capability:
    """Return of which kind a button of Zalo's is."""
    if button["type"] == "oa.open.phone":
        return Capability.SHORT_CALLS if len(button["payload"]["phone_code"]) < SHORT else Capability.CALLS
    return Capability.LINKS if button["type"] == "oa.open.url" else Capability.BUTTONS


def kinds_of(message: Mapping[str, Any]) -> list[Capability]:
    """Return of which kinds that is which is attached to a message, the likelier to be refused in front."""
    if "attachment" not in message:
        return []
    kinds = set(map(kind_of, buttons_of(message))) or {Capability.PICTURES}
    return [one for one in KINDS if one in kinds]


def buttons_of(message: Mapping[str, Any]) -> list[Button]:
    """Return the buttons of a message; none for one with a picture."""
    payload = (message.get("attachment") or {}).get("payload") or {}
    return list(payload.get("buttons") or ())


def with_buttons(message: Mapping[str, Any], buttons: Sequence[Button]) -> dict[str, Any]:
    """Return the message with these buttons in the place of its attachment; without any when there are none."""
    bare = {key: value for key, value in message.items() if key != "attachment"}
    if not buttons:
        return bare
    return {**bare, "attachment": {"type": "template", "payload": {"buttons": list(buttons)}}}


def in_lines(buttons: Sequence[Button]) -> str:
    """Return what stands in the text in the place of buttons: numbers and addresses, then the numbered choices.

    A choice is made by its words: that the line's number stands for it is known only of replies that were rendered
    with numbers.
    """
    choices = [one["title"] for one in buttons if kind_of(one) is Capability.BUTTONS]
    lines = [_opened(one) for one in buttons if kind_of(one) is not Capability.BUTTONS]
    lines += [f"{number}. {title}" for number, title in enumerate(choices, 1)]
    return "\n".join([*lines, *([_HOW] if choices else [])])


def in_words(message: Mapping[str, Any], buttons: Sequence[Button]) -> dict[str, Any]:
    """Return the message without these of its buttons, which stand as lines under its text."""
    kept = [one for one in buttons_of(message) if one not in buttons]
    text = "\n\n".join(filter(None, [message.get("text"), in_lines(buttons)]))
    return {**with_buttons(message, kept), **({"text": text} if text else {})}


def _opened(button: Button) -> str:
    where = str(button["payload"].get("phone_code") or button["payload"].get("url"))
    title = str(button["title"])
    return title if where in title else f"{title}: {where}"
