"""Checks that an event comes from Zalo, was meant for this app, and is not an old one played again."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from bot.channels.contract import RefusedError
from bot.channels.zalo_oa.settings import SignedId, ZaloOaSettings

HEADER: Final = "X-ZEvent-Signature"
_LOG: Final = logging.getLogger(__name__)
_PREFIX: Final = b"mac="


class Signature:
    """Checks signatures: plain SHA-256, no HMAC, of id + raw body + timestamp + secret.

    Source: MacUtils.buildMac of zaloplatform/zalo-java-sdk. The raw bytes are hashed; JSON that is written anew has
    other bytes.
    """

    def __init__(self, settings: ZaloOaSettings) -> None:
        self._settings = settings
        self._told: set[int] = set()

    def check(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> None:
        """Raise `RefusedError` with 403 unless the event is genuine, of our app and not too old.

        Zalo disables a webhook that goes on refusing, so nothing genuine may be refused: what is of another OA of the
        app, of a group, or odd, is for the parser to set aside. An event is repeated for at most about 12 hours;
        `oldest_event` is 24 hours, so what is older is no repetition but a copy that somebody plays back after its
        key was forgotten.
        """
        body = _decoded(raw)
        self._check_signature(headers, raw, body)
        app = body.get("app_id")
        if app is not None and str(app) != self._settings.app_id:
            raise RefusedError(403, "the event is for another app")
        at = moment(body.get("timestamp"))
        if at is not None and now - at > self._settings.oldest_event:
            raise RefusedError(403, "the event is older than any repetition")

    def _check_signature(self, headers: Mapping[str, str], raw: bytes, body: Mapping[str, Any]) -> None:
        given = _header(headers, HEADER)
        if not given:
            raise RefusedError(403, "the signature is missing")
        # Bytes: comparing text that is not ASCII would raise.
        told = given.strip().lower().encode("utf-8", "surrogatepass").removeprefix(_PREFIX).strip()
        matching = [
            number
            for number, expected in self._expected(headers, raw, body)
            if hmac.compare_digest(told, expected.encode("ascii"))
        ]
        if not matching:
            raise RefusedError(403, "the signature is wrong")
        if matching[0] not in self._told:
            self._told.add(matching[0])
            _LOG.info("zalo_oa: events are signed with webhook secret no. %d", matching[0] + 1)

    def _expected(self, headers: Mapping[str, str], raw: bytes, body: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
        """Yield every signature that would be right, with the number of its secret, from 0."""
        settings = self._settings
        times = [str(body["timestamp"])] if "timestamp" in body else []  # without a time nothing can be verified
        if settings.timestamp_header and (more := _header(headers, settings.timestamp_header)):
            times.append(more)
        ids = [settings.app_id if one is SignedId.APP else settings.oa_id for one in settings.signed_ids]
        for number, secret in enumerate(settings.webhook_secrets):
            for front in ids if secret else []:
                for time in times:
                    tail = f"{time}{secret}".encode("utf-8", "surrogatepass")
                    yield number, hashlib.sha256(front.encode() + raw + tail).hexdigest()


def moment(timestamp: object) -> datetime | None:
    """Return the moment of a timestamp in milliseconds, text or number; None when it is none.

    >>> moment("1795282441595").isoformat()
    '2026-11-21T14:54:01.595000+00:00'
    """
    if isinstance(timestamp, bool) or not isinstance(timestamp, str | int):
        return None
    try:
        return datetime.fromtimestamp(int(timestamp) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _decoded(raw: bytes) -> Mapping[str, Any]:
    try:
        body: object = json.loads(raw)
    except (ValueError, RecursionError):
        raise RefusedError(403, "what is not JSON cannot be verified") from None
    if not isinstance(body, dict):
        raise RefusedError(403, "what is no JSON object cannot be verified")
    return body


def _header(headers: Mapping[str, str], name: str) -> str:
    """Return a header whatever its letters' case, as HTTP has it; empty when it is missing."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")
