"""What an operator sets for the Zalo Bot, and which account that is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bot.channels.contract import Account
from bot.channels.fetching import media_host

CHANNEL: Final = "zalo_bot"
API: Final = "https://bot-api.zaloplatforms.com"
"""The host that the documentation names since 2026; older texts name bot-api.zapps.me."""
SHORTEST_SECRET: Final = 8
LONGEST_SECRET: Final = 256
_DIGITS: Final = 16


class Mode(StrEnum):
    """How events come. The platform allows one of the two at a time."""

    POLLING = "polling"
    WEBHOOK = "webhook"


@dataclass(frozen=True, kw_only=True)
class ZaloBotSettings:
    """Settings of one bot.

    `per_second` is how many messages it may send in a second: the platform names no number, 5 is a careful guess
    (unverified). `answer_seconds` is how long an answer of the API is waited for, `poll_seconds` how long it may hold a
    question for events. `typing`: show "đang nhập" as soon as a message has come; off, because it is not known whether
    that counts against the 3,000 messages a month. `media_hosts` are the domains from which pictures may come: none is
    documented for the bot, so those of the Official Account are taken (unverified).

    Raises `ValueError`, whose text quotes no secret, for settings with which the bot cannot work.
    """

    token: str = field(repr=False)
    mode: Mode = Mode.POLLING
    webhook_url: str | None = None
    secret: str | None = field(default=None, repr=False)
    api: str = API
    per_second: int = 5
    answer_seconds: float = 15.0
    poll_seconds: int = 25
    typing: bool = False
    media_hosts: tuple[str, ...] = ("zdn.vn",)

    def __post_init__(self) -> None:
        """Refuse what the platform would refuse."""
        if not self.token or any(sign.isspace() or sign == "/" for sign in self.token):
            raise ValueError("the token of the Zalo Bot is empty or has blanks or slashes in it")
        if self.per_second < 1 or self.poll_seconds < 1 or self.answer_seconds <= 0:
            raise ValueError("per_second and poll_seconds begin at 1, answer_seconds is above 0")
        for host in self.media_hosts:
            media_host(host)
        if self.mode is Mode.WEBHOOK and not self.webhook_url:
            raise ValueError("webhook mode needs the public address of the webhook")
        if self.mode is Mode.WEBHOOK and not SHORTEST_SECRET <= len(self.secret or "") <= LONGEST_SECRET:
            raise ValueError(f"the secret of the webhook has {SHORTEST_SECRET} to {LONGEST_SECRET} characters")

    @property
    def account(self) -> Account:
        """The bot: what stands before ":" in its token, else a digest; never the token itself."""
        name, colon, _ = self.token.partition(":")
        digest = hashlib.sha256(self.token.encode()).hexdigest()[:_DIGITS]
        return Account(CHANNEL, name if colon and name else digest)
