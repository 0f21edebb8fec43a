"""What an operator sets for a Zalo Official Account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from bot.channels.fetching import media_host

API: Final = "https://openapi.zalo.me"
OAUTH: Final = "https://oauth.zaloapp.com"
WITHDRAWAL_EVENTS: Final = frozenset(
    {"user_withdraw_consent", "data_subject_withdrawal", "user_revoke_consent", "user_data_deletion"}
)
_DIGITS: Final = re.compile(r"[0-9]{1,30}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,100}")
_EVENT: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_PROVINCE: Final = re.compile(r"[0-9]{2}")
_CITY: Final = re.compile(r"[0-9]{1,4}")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class SignedId(StrEnum):
    """Which id stands in front of the signed bytes."""

    APP = "app"
    OA = "oa"


@dataclass(frozen=True, kw_only=True)
class ZaloOaSettings:
    """Settings of one account.

    `webhook_secrets`: sources disagree whether the OA secret key of the webhook page or the secret of the app signs
    events, so all that are given here are tried. `signed_ids`: by Zalo's own SDK the id of the app stands in front of
    the signed bytes; a few report the OA's instead (unverified), which may be added here. `timestamp_header`: a header
    that a few report to carry the signed timestamp (unverified), tried beside the body's own when it is named here.

    `access_token` and `refresh_token` only bring the first pair in; later pairs live in the database.

    `per_minute`: requests a minute; 100 in the package Tăng trưởng, 2,000 in Toàn diện. What a government OA gets is
    unconfirmed. `oldest_event`: how old an event may be; it must exceed the longest repetition, which is about 2 hours
    by newer texts and 12 hours by older ones (conflict).

    `withdrawal_events`: names of the event that a resident withdrew their consent; its name is not confirmed.
    `cities`: Zalo's numbers of provinces for broadcasts, by our code of a province (2 digits); one province of today is
    several of Zalo's, which are those of before July 2025. Zalo's own list is not known to us.

    `media_hosts`: domains from which pictures may come; an address elsewhere is dropped. Known is zdn.vn.
    """

    app_id: str
    app_secret: str = field(repr=False)
    oa_id: str
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    api_url: str = API
    oauth_url: str = OAUTH
    per_minute: int = 100
    verifier: str | None = None
    oldest_event: timedelta = timedelta(hours=24)
    signed_ids: tuple[SignedId, ...] = (SignedId.APP,)
    timestamp_header: str | None = None
    withdrawal_events: frozenset[str] = WITHDRAWAL_EVENTS
    media_hosts: tuple[str, ...] = ("zdn.vn",)
    cities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    connect_seconds: float = 5.0
    answer_seconds: float = 15.0
    throttle_seconds: float = 30.0
    """How long the account rests after -32; Zalo does not say when its minute is over."""
    ready_seconds: float = 25.0
    """How long a message may take to be made ready (token, upload) before it is put off. Not a wait of Zalo's."""

    def __post_init__(self) -> None:
        """Refuse what cannot be right. Raises ValueError, whose text holds no secret."""
        if not _DIGITS.fullmatch(self.oa_id) or not _DIGITS.fullmatch(self.app_id):
            raise ValueError("the ids of the OA and of the app consist of digits")
        if self.verifier is not None and not _VERIFIER.fullmatch(self.verifier):
            raise ValueError("the verifier consists of letters, digits, _ and -: what stands after zalo_verifier")
        if not all(map(_is_address, (self.api_url, self.oauth_url))):
            raise ValueError("the addresses of the servers begin with https://, on this machine also with http://")
        if not self.signed_ids:
            raise ValueError("at least one id must stand in front of the signed bytes: app, oa")
        if self.timestamp_header is not None and not _HEADER.fullmatch(self.timestamp_header):
            raise ValueError("the name of the header with the timestamp consists of letters, digits and -")
        for code, cities in self.cities.items():
            if not _PROVINCE.fullmatch(code) or not cities or not all(map(_CITY.fullmatch, cities)):
                raise ValueError("cities are numbers of Zalo's by the two digits of a province, such as 01:4")
        for host in self.media_hosts:
            media_host(host)
        if not all(map(_EVENT.fullmatch, self.withdrawal_events)):
            raise ValueError("the names of events consist of letters, digits, _, . and -")

    @property
    def verifier_path(self) -> str | None:
        """Where Zalo looks for the file that shows that the domain is ours; None when no code is set."""
        return f"/zalo_verifier{self.verifier}.html" if self.verifier else None

    @property
    def verifier_body(self) -> str:
        """What that file holds: the code as the meta tag that Zalo accepts as well. Empty when no code is set."""
        if not self.verifier:
            return ""
        return (
            '<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8">'
            f'<meta name="zalo-platform-site-verification" content="{self.verifier}">'
            "<title>Trợ lý PCCC</title></head><body>Trợ lý PCCC</body></html>\n"
        )


def _is_address(text: str) -> bool:
    """Whether it is an address to which a token may travel."""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    return (parts.scheme == "https" and bool(host)) or (parts.scheme == "http" and host in _LOOPBACK)
